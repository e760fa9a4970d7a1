import { product, sameNumbers } from '../../util/numbers.ts'
import { wholeNumbers } from '../attributes.ts'
import { type Op, ShapeError } from '../op.ts'
import { forRows, rowOf, zeros } from '../tensor.ts'
import { describeType, unionRoles, valueType } from '../types.ts'
import { expectInputs, inputOf, typeOfInput } from './rule.ts'

/**
 * `linear_bank {out}`: one of several linears for each place of `at`. `x[k or 1, .., I]`, weight `[E, O, I]`, `at` u32 `[k]` to
 * `[k, .., ...out]`, O the product of `out`: row `at[s]` of the weight's first axis for element `s` of x's.
 */
export const linearBank: Op = {
  name: 'linear_bank',
  infer(inputs, attrs) {
    expectInputs(inputs, 3)
    const x = inputOf(inputs, 0, 2)
    const weight = inputOf(inputs, 1)
    const at = inputOf(inputs, 2, 1, 'u32')
    const out = wholeNumbers(attrs, 'out', 1)
    const inner = x.shape.at(-1) as number
    if (weight.batch || weight.time || weight.shape.length !== 3 || !sameNumbers(weight.shape.slice(1), [product(out), inner]))
      throw new ShapeError(
        1,
        describeType(weight),
        `f32[count, ${product(out)}, ${inner}], a row of ${inner} weights per output and choice`,
      )
    if (at.shape.length !== 1) throw new ShapeError(2, describeType(at), 'one feature axis: the choices of a token')
    const [count = 1] = at.shape
    if (x.shape[0] !== 1 && x.shape[0] !== count) throw new ShapeError(0, describeType(x), `1 or ${count} on the first feature axis`)
    return valueType('f32', [count, ...x.shape.slice(1, -1), ...out], unionRoles([x, at]))
  },
  evaluate(context, node, [x, weight, at]) {
    const result = zeros(node.type, context.extent)
    const [from, index] = [typeOfInput(context, node, 0), typeOfInput(context, node, 2)]
    const [choices = 0, outer = 0, inner = 0] = weight?.shape ?? []
    const [count = 1] = index.shape
    const vectors = product(from.shape.slice(1, -1))
    const [data, w] = [x?.data ?? new Float64Array(), weight?.data ?? new Float64Array()]
    forRows(node.type, context.extent, (b, t, row) => {
      if (node.type.batch && node.type.time && t >= (context.extent.lengths[b] ?? 0)) return
      const [source, chosen] = [rowOf(from, context.extent, b, t), rowOf(index, context.extent, b, t)]
      for (let slot = 0; slot < count; slot++) {
        const choice = at?.data[chosen * count + slot] as number
        if (!(choice >= 0 && choice < choices))
          throw new RangeError(`choice ${choice} of token ${t} in sequence ${b}, expected less than ${choices}`)
        for (let vector = 0; vector < vectors; vector++) {
          const start = ((source * (from.shape[0] ?? 1) + (from.shape[0] === 1 ? 0 : slot)) * vectors + vector) * inner
          for (let o = 0; o < outer; o++) {
            let total = 0
            for (let i = 0; i < inner; i++) total += (data[start + i] as number) * (w[(choice * outer + o) * inner + i] as number)
            result.data[((row * count + slot) * vectors + vector) * outer + o] = total
          }
        }
      }
    })
    return result
  },
  /** Of the chosen ones only. */
  flops: (node, [x]) => 2 * (x?.shape.at(-1) ?? 0) * product(node.type.shape),
}
