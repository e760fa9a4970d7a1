import type { Op } from '../op.ts'
import { forRows, zeros } from '../tensor.ts'
import { expectInputs } from './rule.ts'

/** `position {}`: the index of each token in its own sequence; it goes on in a continued run. */
export const position: Op = {
  name: 'position',
  infer(inputs) {
    expectInputs(inputs, 0)
    return { dtype: 'u32', batch: true, time: true, shape: [] }
  },
  evaluate(context, node) {
    const result = zeros(node.type, context.extent)
    forRows(node.type, context.extent, (b, t, row) => {
      result.data[row] = (context.start[b] ?? 0) + t
    })
    return result
  },
  flops: () => 0,
}
