import { wholeNumber } from '../attributes.ts'
import type { Op } from '../op.ts'
import { expectInputs } from './rule.ts'

/** `iota {count}`: 0, 1, .. count - 1 as f32. */
export const iota: Op = {
  name: 'iota',
  infer(inputs, attrs) {
    expectInputs(inputs, 0)
    return { dtype: 'f32', batch: false, time: false, shape: [wholeNumber(attrs, 'count')] }
  },
  evaluate: (_, node) => ({
    dtype: 'f32',
    shape: node.type.shape,
    data: Float64Array.from({ length: node.type.shape[0] ?? 0 }, (_, i) => i),
  }),
  flops: () => 0,
}
