import { product } from '../../util/numbers.ts'
import { wholeNumber } from '../attributes.ts'
import { slicedShape } from '../body.ts'
import type { Op } from '../op.ts'
import { zeros } from '../tensor.ts'
import { expectInputs, groups, typeOfInput } from './rule.ts'

/** `slice {axis, start, end}` of a feature axis. */
export const slice: Op = {
  name: 'slice',
  infer(inputs, attrs) {
    expectInputs(inputs, 1)
    const [x] = inputs as [(typeof inputs)[number]]
    return { ...x, shape: slicedShape(x.shape, attrs) }
  },
  evaluate(context, node, [x]) {
    const result = zeros(node.type, context.extent)
    const shape = typeOfInput(context, node, 0).shape
    const axis = wholeNumber(node.attrs, 'axis')
    const inner = product(shape.slice(axis + 1))
    const [from, to] = [(shape[axis] ?? 0) * inner, (node.type.shape[axis] ?? 0) * inner]
    const start = wholeNumber(node.attrs, 'start') * inner
    for (let group = 0; group < groups(result.data.length, to); group++) {
      for (let i = 0; i < to; i++) result.data[group * to + i] = x?.data[group * from + start + i] as number
    }
    return result
  },
  flops: () => 0,
}
