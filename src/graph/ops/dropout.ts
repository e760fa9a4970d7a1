import { finiteNumber } from '../attributes.ts'
import { type Op, ShapeError } from '../op.ts'
import { expectInputs, inputOf } from './rule.ts'

/** `dropout {rate}`: in training each element is 0 with probability `rate`, and the others are divided by `1 - rate`; otherwise the value itself. */
export const dropout: Op = {
  name: 'dropout',
  infer(inputs, attrs) {
    const rate = finiteNumber(attrs, 'rate', 0)
    if (rate >= 1) throw new ShapeError(null, `rate ${rate}`, 'a probability below 1')
    expectInputs(inputs, 1)
    return inputOf(inputs, 0)
  },
  evaluate(_, __, [x]) {
    if (!x) throw new Error('dropout without an input')
    return x
  },
  flops: () => 0,
}
