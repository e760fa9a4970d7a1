import { product } from '../../util/numbers.ts'
import { wholeNumber } from '../attributes.ts'
import type { Tensor } from '../graph.ts'
import { type Op, ShapeError } from '../op.ts'
import { rowOf, zeros } from '../tensor.ts'
import { describeType, valueType } from '../types.ts'
import { expectInputs, inputOf, parameterOf } from './rule.ts'

/**
 * `conv1d {width}`: causal depthwise convolution, `u_t = bias + sum_i W[:, i] * x_{t - (width - 1) + i}`, weight `[C, width]`, bias? `[C]`, C the
 * product of the feature axes. State `window`: the last `width - 1` inputs, `[B, width - 1, C]`, oldest first; what lies before a sequence is 0.
 */
export const conv1d: Op = {
  name: 'conv1d',
  infer(inputs, attrs) {
    expectInputs(inputs, 2, 3)
    const x = inputOf(inputs, 0)
    if (!x.batch || !x.time)
      throw new ShapeError(0, describeType(x), 'a value with B and T: a convolution runs over the tokens of sequences')
    const channels = product(x.shape)
    parameterOf(inputs, 1, [channels, wholeNumber(attrs, 'width', 1)], 'a filter per channel')
    if (inputs.length === 3) parameterOf(inputs, 2, [channels], 'a bias per channel')
    return valueType('f32', x.shape, x)
  },
  evaluate(context, node, [x, weight, bias]) {
    const { extent } = context
    const result = zeros(node.type, extent)
    const width = wholeNumber(node.attrs, 'width', 1)
    const channels = product(node.type.shape)
    const past = width - 1
    const window = context.readState(node.id, 'window')?.data
    const state = {
      dtype: 'f32',
      shape: [extent.batch, past, channels],
      data: new Float64Array(extent.batch * past * channels),
    } satisfies Tensor
    if (!x || !weight) throw new Error('conv1d without inputs')
    for (let b = 0; b < extent.batch; b++) {
      const first = rowOf(node.type, extent, b, 0)
      /** The input of a token of this run, or of one before it. */
      const read = (t: number, c: number): number =>
        t >= 0
          ? (x.data[(first + t) * channels + c] as number)
          : ((window?.[(b * past + past + t) * channels + c] as number | undefined) ?? 0)
      const length = extent.lengths[b] ?? 0
      for (let t = 0; t < length; t++) {
        for (let c = 0; c < channels; c++) {
          let total = (bias?.data[c] as number | undefined) ?? 0
          for (let i = 0; i < width; i++) total += (weight.data[c * width + i] as number) * read(t - past + i, c)
          result.data[(first + t) * channels + c] = total
        }
      }
      for (let i = 0; i < past; i++)
        for (let c = 0; c < channels; c++) state.data[(b * past + i) * channels + c] = read(length - past + i, c)
    }
    context.writeState(node.id, 'window', state)
    return result
  },
  flops: (node) => (2 * wholeNumber(node.attrs, 'width', 1) + (node.inputs.length === 3 ? 1 : 0)) * product(node.type.shape),
}
