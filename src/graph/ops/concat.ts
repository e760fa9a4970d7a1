import { product } from '../../util/numbers.ts'
import { wholeNumber } from '../attributes.ts'
import { commonDtype, concatenatedShape } from '../body.ts'
import type { Op } from '../op.ts'
import { forRows, rowOf, zeros } from '../tensor.ts'
import { unionRoles, valueType } from '../types.ts'
import { expectInputs, typeOfInput } from './rule.ts'

/** `concat {axis}` along a feature axis; roles align by role. */
export const concat: Op = {
  name: 'concat',
  infer(inputs, attrs) {
    expectInputs(inputs, 1, Number.POSITIVE_INFINITY)
    return valueType(
      commonDtype(inputs),
      concatenatedShape(
        inputs.map((input) => input.shape),
        attrs,
      ),
      unionRoles(inputs),
    )
  },
  evaluate(context, node, inputs) {
    const result = zeros(node.type, context.extent)
    const axis = wholeNumber(node.attrs, 'axis')
    const outer = product(node.type.shape.slice(0, axis))
    const stride = product(node.type.shape.slice(axis))
    let offset = 0
    for (const [i, input] of inputs.entries()) {
      const type = typeOfInput(context, node, i)
      const run = product(type.shape.slice(axis))
      const start = offset
      forRows(node.type, context.extent, (b, t, row) => {
        const from = rowOf(type, context.extent, b, t) * outer * run
        for (let o = 0; o < outer; o++) {
          for (let j = 0; j < run; j++) result.data[(row * outer + o) * stride + start + j] = input.data[from + o * run + j] as number
        }
      })
      offset += run
    }
    return result
  },
  flops: () => 0,
}
