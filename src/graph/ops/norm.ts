import { product } from '../../util/numbers.ts'
import { choice, finiteNumber, wholeNumber } from '../attributes.ts'
import type { Op } from '../op.ts'
import { zeros } from '../tensor.ts'
import { expectInputs, groups, inputOf } from './rule.ts'

const kinds = ['rms', 'layer', 'l2'] as const

/**
 * `norm {kind, eps, over}`: statistics over the last `over` axes. rms `x / sqrt(mean(x^2) + eps)`, layer `(x - mean) / sqrt(var + eps)`,
 * l2 `x / sqrt(sum(x^2) + eps)`. Weights are a multiplication of its own.
 */
export const norm: Op = {
  name: 'norm',
  infer(inputs, attrs) {
    expectInputs(inputs, 1)
    choice(attrs, 'kind', kinds)
    finiteNumber(attrs, 'eps', 0)
    return inputOf(inputs, 0, wholeNumber(attrs, 'over', 1))
  },
  evaluate(context, node, [x]) {
    const result = zeros(node.type, context.extent)
    const size = product(node.type.shape.slice(node.type.shape.length - wholeNumber(node.attrs, 'over', 1)))
    const kind = choice(node.attrs, 'kind', kinds)
    const eps = finiteNumber(node.attrs, 'eps', 0)
    const [from, to] = [x?.data ?? new Float64Array(), result.data]
    for (let group = 0; group < groups(to.length, size); group++) {
      const start = group * size
      let mean = 0
      if (kind === 'layer') {
        for (let i = start; i < start + size; i++) mean += from[i] as number
        mean /= size
      }
      let squares = 0
      for (let i = start; i < start + size; i++) squares += ((from[i] as number) - mean) ** 2
      const root = Math.sqrt((kind === 'l2' ? squares : squares / size) + eps)
      // A zero vector stays zero even with eps 0, where the quotient would be 0 / 0.
      const scale = root === 0 ? 0 : 1 / root
      for (let i = start; i < start + size; i++) to[i] = ((from[i] as number) - mean) * scale
    }
    return result
  },
  flops: (node) => (node.attrs['kind'] === 'layer' ? 5 : 3) * product(node.type.shape),
}
