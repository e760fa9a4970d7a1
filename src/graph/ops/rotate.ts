import { product } from '../../util/numbers.ts'
import { choice } from '../attributes.ts'
import { type Op, ShapeError } from '../op.ts'
import { forRows, rowOf, zeros } from '../tensor.ts'
import { broadcastIndex, broadcastShapes, describeType, unionRoles, valueType } from '../types.ts'
import { expectInputs, inputOf, typeOfInput } from './rule.ts'

const pairings = ['half', 'adjacent'] as const

/**
 * `rotate {pairing}`: `x[.., n]`, `angle[.., n / 2]`; pairs `(x1 cos - x2 sin, x2 cos + x1 sin)`. Pairing `half`: element `j` with `j + n / 2`,
 * `adjacent`: `2j` with `2j + 1`. The angle's leading axes broadcast to those of `x`.
 */
export const rotate: Op = {
  name: 'rotate',
  infer(inputs, attrs) {
    expectInputs(inputs, 2)
    choice(attrs, 'pairing', pairings)
    const x = inputOf(inputs, 0, 1)
    const angle = inputOf(inputs, 1, 1)
    const n = x.shape.at(-1) as number
    if (n % 2 !== 0) throw new ShapeError(0, describeType(x), 'an even number of elements to rotate in pairs')
    const leading = broadcastShapes([x.shape.slice(0, -1), angle.shape.slice(0, -1)])
    const fits = leading && leading.length === x.shape.length - 1 && leading.every((size, axis) => size === x.shape[axis])
    if (angle.shape.at(-1) !== n / 2 || !fits) {
      throw new ShapeError(
        1,
        describeType(angle),
        `f32[.., ${[...x.shape.slice(0, -1), n / 2].join(', ')}], leading axes may be 1 or absent`,
      )
    }
    return valueType('f32', x.shape, unionRoles(inputs))
  },
  evaluate(context, node, [x, angle]) {
    const { extent } = context
    const result = zeros(node.type, extent)
    const [xType, angleType] = [typeOfInput(context, node, 0), typeOfInput(context, node, 1)]
    const adjacent = choice(node.attrs, 'pairing', pairings) === 'adjacent'
    const n = node.type.shape.at(-1) ?? 2
    const leading = node.type.shape.slice(0, -1)
    const angleIndex = broadcastIndex(angleType.shape, [...leading, n / 2])
    const [words, angleWords, count] = [product(node.type.shape), product(angleType.shape), product(leading)]
    forRows(node.type, extent, (b, t, row) => {
      const from = rowOf(xType, extent, b, t) * words
      const angleFrom = rowOf(angleType, extent, b, t) * angleWords
      for (let group = 0; group < count; group++) {
        for (let pair = 0; pair < n / 2; pair++) {
          const first = group * n + (adjacent ? 2 * pair : pair)
          const second = first + (adjacent ? 1 : n / 2)
          const turn = angle?.data[angleFrom + (angleIndex[(group * n) / 2 + pair] as number)] as number
          const [x1, x2] = [x?.data[from + first] as number, x?.data[from + second] as number]
          result.data[row * words + first] = x1 * Math.cos(turn) - x2 * Math.sin(turn)
          result.data[row * words + second] = x2 * Math.cos(turn) + x1 * Math.sin(turn)
        }
      }
    })
    return result
  },
  flops: (node) => 3 * product(node.type.shape),
}
