import { product } from '../../util/numbers.ts'
import { wholeNumber } from '../attributes.ts'
import type { Attributes, Tensor } from '../graph.ts'
import { type Op, ShapeError } from '../op.ts'
import { rowOf, zeros } from '../tensor.ts'
import { describeType, valueType } from '../types.ts'
import { Past } from './past.ts'
import { beginOf, expectInputs, inputOf, parameterOf } from './rule.ts'

/**
 * `conv1d {width, begin?}`: causal depthwise convolution, `u_t = bias + sum_i W[:, i] * x_{t - (width - 1) + i}`, weight `[C, width]`, bias?
 * `[C]`, C the product of the feature axes. State `window`: the last `width - 1` inputs, `[B, width - 1, C]`, oldest first; what lies before
 * a sequence is 0. With `begin: true` the last input is u32 `[B, T]`, the first position that a token sees.
 */
export const conv1d: Op = {
  name: 'conv1d',
  stateful: true,
  infer(all, attrs) {
    const inputs = beginOf(all, attrs).rest
    expectInputs(inputs, 2, 3)
    const x = inputOf(inputs, 0)
    if (!x.batch || !x.time)
      throw new ShapeError(0, describeType(x), 'a value with B and T: a convolution runs over the tokens of sequences')
    const channels = product(x.shape)
    parameterOf(inputs, 1, [channels, wholeNumber(attrs, 'width', 1)], 'a filter per channel')
    if (inputs.length === 3) parameterOf(inputs, 2, [channels], 'a bias per channel')
    return valueType('f32', x.shape, x)
  },
  evaluate(context, node, inputs) {
    const { extent } = context
    const [x, weight, bias] = withoutBegin(inputs, node.attrs)
    const result = zeros(node.type, extent)
    const width = wholeNumber(node.attrs, 'width', 1)
    const channels = product(node.type.shape)
    if (!x || !weight) throw new Error('conv1d without inputs')
    const past = new Past(context, node, x, width - 1, inputs)
    for (let b = 0; b < extent.batch; b++) {
      const first = rowOf(node.type, extent, b, 0)
      for (let t = 0; t < (extent.lengths[b] ?? 0); t++) {
        for (let c = 0; c < channels; c++) {
          let total = bias?.data[c] ?? 0
          for (let i = 0; i < width; i++) total += (weight.data[c * width + i] as number) * past.read(b, t, width - 1 - i, c)
          result.data[(first + t) * channels + c] = total
        }
      }
    }
    past.write()
    return result
  },
  flops: (node) =>
    (2 * wholeNumber(node.attrs, 'width', 1) + (withoutBegin(node.inputs, node.attrs).length === 3 ? 1 : 0)) * product(node.type.shape),
}

const withoutBegin = <T extends Tensor | number>(inputs: readonly T[], attrs: Attributes): readonly T[] =>
  attrs['begin'] === true ? inputs.slice(0, -1) : inputs
