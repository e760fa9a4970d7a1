import type { Op } from '../op.ts'
import { zeros } from '../tensor.ts'
import { expectInputs } from './rule.ts'

/** `length {}`: the number of tokens of each sequence, u32 `[B]`. It needs the whole sequence. */
export const length: Op = {
  name: 'length',
  infer(inputs) {
    expectInputs(inputs, 0)
    return { dtype: 'u32', batch: true, time: false, shape: [] }
  },
  evaluate(context, node) {
    const result = zeros(node.type, context.extent)
    for (let b = 0; b < context.extent.batch; b++) result.data[b] = context.extent.lengths[b] ?? 0
    return result
  },
  flops: () => 0,
}
