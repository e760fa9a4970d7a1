import { product } from '../../util/numbers.ts'
import type { Attributes } from '../graph.ts'
import { type Op, ShapeError } from '../op.ts'
import { rowOf, zeros } from '../tensor.ts'
import { Past } from './past.ts'
import { beginOf, expectInputs, sequenceOf } from './rule.ts'

/**
 * `shift {count, begin?}`: token i gets what token `i - count` has, 0 outside the sequence. A positive count looks back: state `window`, the last
 * `count` inputs, `[B, count, C]`. A negative one looks ahead, which needs the whole sequence. With `begin: true` the last input is u32 `[B, T]`,
 * the first position that a token sees.
 */
export const shift: Op = {
  name: 'shift',
  stateful: true,
  infer(all, attrs) {
    shiftCount(attrs)
    const inputs = beginOf(all, attrs).rest
    expectInputs(inputs, 1)
    return sequenceOf(inputs, 0)
  },
  evaluate(context, node, inputs) {
    const { extent } = context
    const [x] = inputs
    if (!x) throw new Error('shift without an input')
    const count = shiftCount(node.attrs)
    const channels = product(node.type.shape)
    const result = zeros(node.type, extent)
    const past = new Past(context, node, x, Math.max(0, count), inputs)
    for (let b = 0; b < extent.batch; b++) {
      const first = rowOf(node.type, extent, b, 0)
      const length = extent.lengths[b] ?? 0
      for (let t = 0; t < length; t++) {
        if (t - count >= length) continue
        for (let c = 0; c < channels; c++) result.data[(first + t) * channels + c] = past.read(b, t, count, c)
      }
    }
    if (count > 0) past.write()
    return result
  },
  flops: () => 0,
}

function shiftCount(attrs: Attributes): number {
  const count = attrs['count']
  if (typeof count === 'number' && Number.isSafeInteger(count) && count !== 0) return count
  throw new ShapeError(null, `count ${String(count)}`, 'a whole number of tokens other than 0')
}
