import { wholeNumber } from '../attributes.ts'
import { type Op, ShapeError } from '../op.ts'
import { zeros } from '../tensor.ts'
import { describeType, valueType } from '../types.ts'
import { expectInputs, groups, inputOf, typeOfInput } from './rule.ts'

/** `top_k {count}`: the indices of the `count` largest of the last axis, largest first, the lower index first where two are equal. */
export const topK: Op = {
  name: 'top_k',
  infer(inputs, attrs) {
    expectInputs(inputs, 1)
    const x = inputOf(inputs, 0, 1)
    const count = wholeNumber(attrs, 'count', 1)
    if (count > (x.shape.at(-1) ?? 0)) throw new ShapeError(0, describeType(x), `at least ${count} elements on the last axis`)
    return valueType('u32', [...x.shape.slice(0, -1), count], x)
  },
  evaluate(context, node, [x]) {
    const result = zeros(node.type, context.extent)
    const size = typeOfInput(context, node, 0).shape.at(-1) ?? 1
    const count = wholeNumber(node.attrs, 'count', 1)
    const from = x?.data ?? new Float64Array()
    for (let group = 0; group < groups(from.length, size); group++) {
      const at = (i: number): number => from[group * size + i] as number
      const order = Array.from({ length: size }, (_, i) => i).sort((a, b) => at(b) - at(a) || a - b)
      for (let i = 0; i < count; i++) result.data[group * count + i] = order[i] as number
    }
    return result
  },
  // Every element is compared with every other one: what the kernel does.
  flops(_node, [x]) {
    const size = x?.shape.at(-1) ?? 0
    return size * (x?.shape.reduce((all, one) => all * one, 1) ?? 0)
  },
}
