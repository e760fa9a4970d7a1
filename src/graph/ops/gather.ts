import { product, sameNumbers } from '../../util/numbers.ts'
import { type Op, ShapeError } from '../op.ts'
import { forRows, rowOf, zeros } from '../tensor.ts'
import { describeType, unionRoles, valueType } from '../types.ts'
import { expectInputs, inputOf, typeOfInput } from './rule.ts'

/** `gather {}`: `x[.., n]`, `at` u32 `[.., k]` to `[.., k]`, the elements of the last axis at these indices. */
export const gather: Op = {
  name: 'gather',
  infer(inputs) {
    expectInputs(inputs, 2)
    const x = inputOf(inputs, 0, 1)
    const at = inputOf(inputs, 1, 1, 'u32')
    const [groups, wanted] = [at.shape.slice(0, -1), x.shape.slice(0, -1)]
    if (!sameNumbers(groups, wanted))
      throw new ShapeError(1, describeType(at), `u32[${['..', ...wanted, 'k'].join(', ')}], indices into ${describeType(x)}`)
    return valueType('f32', at.shape, unionRoles([x, at]))
  },
  evaluate(context, node, [x, at]) {
    const result = zeros(node.type, context.extent)
    const [from, index] = [typeOfInput(context, node, 0), typeOfInput(context, node, 1)]
    const [size, count] = [from.shape.at(-1) ?? 1, index.shape.at(-1) ?? 1]
    const groups = product(index.shape.slice(0, -1))
    forRows(node.type, context.extent, (b, t, row) => {
      const [source, chosen] = [rowOf(from, context.extent, b, t), rowOf(index, context.extent, b, t)]
      for (let group = 0; group < groups; group++) {
        for (let i = 0; i < count; i++) {
          const id = at?.data[(chosen * groups + group) * count + i] as number
          if (!(id >= 0 && id < size)) throw new RangeError(`index ${id} of token ${t} in sequence ${b}, expected less than ${size}`)
          result.data[(row * groups + group) * count + i] = x?.data[(source * groups + group) * size + id] as number
        }
      }
    })
    return result
  },
  flops: () => 0,
}
