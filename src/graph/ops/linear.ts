import { product } from '../../util/numbers.ts'
import { wholeNumbers } from '../attributes.ts'
import type { Op } from '../op.ts'
import { zeros } from '../tensor.ts'
import { valueType } from '../types.ts'
import { expectInputs, groups, inputOf, parameterOf } from './rule.ts'

/** `linear {out}`: `x[.., I]`, weight `[O, I]`, bias? `[O]` to `[.., ...out]`, O the product of `out`. */
export const linear: Op = {
  name: 'linear',
  infer(inputs, attrs) {
    expectInputs(inputs, 2, 3)
    const x = inputOf(inputs, 0, 1)
    const out = wholeNumbers(attrs, 'out', 1)
    const [inner, outer] = [x.shape.at(-1) as number, product(out)]
    parameterOf(inputs, 1, [outer, inner], `a row of ${inner} weights per output`)
    if (inputs.length === 3) parameterOf(inputs, 2, [outer], 'a bias per output')
    return valueType('f32', [...x.shape.slice(0, -1), ...out], x)
  },
  evaluate(context, node, [x, weight, bias]) {
    const result = zeros(node.type, context.extent)
    if (!x || !weight) throw new Error('linear without inputs')
    const [outer = 0, inner = 0] = weight.shape
    const rows = groups(result.data.length, outer)
    const [from, w, to] = [x.data, weight.data, result.data]
    for (let row = 0; row < rows; row++) {
      for (let o = 0; o < outer; o++) {
        let total = bias ? (bias.data[o] as number) : 0
        for (let i = 0; i < inner; i++) total += (from[row * inner + i] as number) * (w[o * inner + i] as number)
        to[row * outer + o] = total
      }
    }
    return result
  },
  flops(node, [x]) {
    const words = product(node.type.shape)
    return 2 * (x?.shape.at(-1) ?? 0) * words + (node.inputs.length === 3 ? words : 0)
  },
}
