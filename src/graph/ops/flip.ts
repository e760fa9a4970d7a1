import { product } from '../../util/numbers.ts'
import { type Op, ShapeError } from '../op.ts'
import { rowOf, zeros } from '../tensor.ts'
import { describeType } from '../types.ts'
import { expectInputs, sequenceOf } from './rule.ts'

/**
 * `flip {}`: the first p tokens in reverse order, the others as they are. Inputs: the value, and p, a number per sequence (u32 or f32,
 * `[B]` or the same for all); all tokens without it. p is taken as between 0 and the length of the sequence. In a run that continues
 * another, p lies before its first token.
 */
export const flip: Op = {
  name: 'flip',
  infer(inputs) {
    expectInputs(inputs, 1, 2)
    const type = sequenceOf(inputs, 0)
    const upto = inputs[1]
    if (upto && (upto.time || upto.shape.length > 0 || upto.dtype === 'bool'))
      throw new ShapeError(1, describeType(upto), 'a number of tokens per sequence, u32[B]')
    return type
  },
  evaluate(context, node, [x, upto]) {
    const { extent, start } = context
    if (!x) throw new Error('flip without an input')
    const words = product(node.type.shape)
    const result = zeros(node.type, extent)
    for (let b = 0; b < extent.batch; b++) {
      const first = rowOf(node.type, extent, b, 0)
      const length = extent.lengths[b] ?? 0
      const asked = upto === undefined ? length : (upto.data[upto.data.length === 1 ? 0 : b] as number)
      const end = (start[b] ?? 0) > 0 ? 0 : Math.min(length, Math.max(0, Math.trunc(asked)))
      for (let t = 0; t < length; t++) {
        const from = (first + (t < end ? end - 1 - t : t)) * words
        result.data.set(x.data.subarray(from, from + words), (first + t) * words)
      }
    }
    return result
  },
  flops: () => 0,
}
