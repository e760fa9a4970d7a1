import { choice, flag, text, wholeNumbers } from '../attributes.ts'
import type { Op } from '../op.ts'
import { expectInputs } from './rule.ts'

/** `input {name, dtype, batch, time, shape}`: what the caller gives. */
export const input: Op = {
  name: 'input',
  infer(inputs, attrs) {
    expectInputs(inputs, 0)
    text(attrs, 'name')
    return {
      dtype: choice(attrs, 'dtype', ['f32', 'u32', 'bool']),
      batch: flag(attrs, 'batch'),
      time: flag(attrs, 'time'),
      shape: wholeNumbers(attrs, 'shape'),
    }
  },
  evaluate: (context, node) => context.input(text(node.attrs, 'name')),
  flops: () => 0,
}
