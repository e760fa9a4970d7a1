import { text, wholeNumbers } from '../attributes.ts'
import type { Op } from '../op.ts'
import { expectInputs } from './rule.ts'

/** `weight {path, shape}`: a trainable tensor, the same for all tokens and sequences. */
export const weight: Op = {
  name: 'weight',
  infer(inputs, attrs) {
    expectInputs(inputs, 0)
    text(attrs, 'path')
    return { dtype: 'f32', batch: false, time: false, shape: wholeNumbers(attrs, 'shape') }
  },
  evaluate: (context, node) => context.weight(text(node.attrs, 'path')),
  flops: () => 0,
}
