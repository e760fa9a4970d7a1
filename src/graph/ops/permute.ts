import { product } from '../../util/numbers.ts'
import { wholeNumbers } from '../attributes.ts'
import { type Op, ShapeError } from '../op.ts'
import { zeros } from '../tensor.ts'
import { expectInputs, groups, typeOfInput } from './rule.ts'

/** `permute {order}` of the feature axes: axis `i` of the result is axis `order[i]` of the input. */
export const permute: Op = {
  name: 'permute',
  infer(inputs, attrs) {
    expectInputs(inputs, 1)
    const [x] = inputs as [(typeof inputs)[number]]
    const order = wholeNumbers(attrs, 'order')
    const complete = order.length === x.shape.length && x.shape.every((_, axis) => order.includes(axis))
    if (!complete) throw new ShapeError(null, `order [${order.join(', ')}]`, `each of the ${x.shape.length} feature axes once`)
    return { ...x, shape: order.map((axis) => x.shape[axis] as number) }
  },
  evaluate(context, node, [x]) {
    const result = zeros(node.type, context.extent)
    const shape = typeOfInput(context, node, 0).shape
    const strides = shape.map((_, axis) => product(shape.slice(axis + 1)))
    let index = new Int32Array(1)
    for (const axis of [...wholeNumbers(node.attrs, 'order')].reverse()) {
      const [size = 1, stride = 1, inner = index] = [shape[axis], strides[axis]]
      index = Int32Array.from(
        { length: size * inner.length },
        (_, i) => Math.floor(i / inner.length) * stride + (inner[i % inner.length] as number),
      )
    }
    const words = product(shape)
    for (let group = 0; group < groups(result.data.length, words); group++) {
      for (let i = 0; i < words; i++) result.data[group * words + i] = x?.data[group * words + (index[i] as number)] as number
    }
    return result
  },
  flops: () => 0,
}
