import { product } from '../../util/numbers.ts'
import { choice } from '../attributes.ts'
import { type Op, ShapeError } from '../op.ts'
import { zeros } from '../tensor.ts'
import { describeType } from '../types.ts'
import { expectInputs, inputOf } from './rule.ts'

const functions = ['sum', 'mean', 'max'] as const

/** `reduce {fn}` over the last axis, which stays as 1. */
export const reduce: Op = {
  name: 'reduce',
  infer(inputs, attrs) {
    expectInputs(inputs, 1)
    const x = inputOf(inputs, 0, 1)
    const fn = choice(attrs, 'fn', functions)
    if (fn !== 'sum' && x.shape.at(-1) === 0) throw new ShapeError(0, describeType(x), `at least one element for a ${fn}`)
    return { ...x, shape: [...x.shape.slice(0, -1), 1] }
  },
  evaluate(context, node, [x]) {
    const result = zeros(node.type, context.extent)
    const fn = choice(node.attrs, 'fn', functions)
    const size = x?.shape.at(-1) ?? 1
    for (let group = 0; group < result.data.length; group++) {
      let total = fn === 'max' ? (x?.data[group * size] as number) : 0
      for (let i = 0; i < size; i++) {
        const value = x?.data[group * size + i] as number
        total = fn === 'max' ? Math.max(total, value) : total + value
      }
      result.data[group] = fn === 'mean' ? total / size : total
    }
    return result
  },
  flops: (_, [x]) => product(x?.shape ?? []),
}
