import { product } from '../../util/numbers.ts'
import { choice } from '../attributes.ts'
import type { Op } from '../op.ts'
import { rowOf, zeros } from '../tensor.ts'
import { expectInputs, sequenceOf } from './rule.ts'

export const poolFunctions = ['last', 'mean', 'sum', 'max'] as const

/** `pool {fn}`: one value for each sequence from those of all its tokens, `[B, T, ..F]` to `[B, ..F]`. */
export const pool: Op = {
  name: 'pool',
  infer(inputs, attrs) {
    choice(attrs, 'fn', poolFunctions)
    expectInputs(inputs, 1)
    return { ...sequenceOf(inputs, 0), time: false }
  },
  evaluate(context, node, [x]) {
    const { extent } = context
    if (!x) throw new Error('pool without an input')
    const fn = choice(node.attrs, 'fn', poolFunctions)
    const words = product(node.type.shape)
    const result = zeros(node.type, extent)
    for (let b = 0; b < extent.batch; b++) {
      const length = extent.lengths[b] ?? 0
      if (length === 0) continue
      const first = rowOf({ batch: true, time: true }, extent, b, 0)
      for (let i = 0; i < words; i++) {
        const at = (t: number): number => x.data[(first + t) * words + i] as number
        let total = fn === 'max' ? at(0) : 0
        if (fn === 'last') total = at(length - 1)
        else for (let t = 0; t < length; t++) total = fn === 'max' ? Math.max(total, at(t)) : total + at(t)
        result.data[b * words + i] = fn === 'mean' ? total / length : total
      }
    }
    return result
  },
  flops: (node, inputs) => (inputs.length === 0 || node.attrs['fn'] === 'last' ? 0 : product(node.type.shape)),
}
