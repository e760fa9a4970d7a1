import { product } from '../../util/numbers.ts'
import type { Op } from '../op.ts'
import { zeros } from '../tensor.ts'
import { expectInputs, groups, inputOf } from './rule.ts'

/** `softmax {}` over the last axis. */
export const softmax: Op = {
  name: 'softmax',
  infer(inputs) {
    expectInputs(inputs, 1)
    return inputOf(inputs, 0, 1)
  },
  evaluate(context, node, [x]) {
    const result = zeros(node.type, context.extent)
    const size = node.type.shape.at(-1) ?? 1
    const [from, to] = [x?.data ?? new Float64Array(), result.data]
    for (let group = 0; group < groups(to.length, size); group++) {
      const start = group * size
      let most = Number.NEGATIVE_INFINITY
      for (let i = start; i < start + size; i++) most = Math.max(most, from[i] as number)
      let total = 0
      for (let i = start; i < start + size; i++) {
        to[i] = Math.exp((from[i] as number) - most)
        total += to[i] as number
      }
      for (let i = start; i < start + size; i++) to[i] = (to[i] as number) / total
    }
    return result
  },
  flops: (node) => 5 * product(node.type.shape),
}
