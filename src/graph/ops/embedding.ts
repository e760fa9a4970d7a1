import { product } from '../../util/numbers.ts'
import { type Op, ShapeError } from '../op.ts'
import { forRows, zeros } from '../tensor.ts'
import { describeType, valueType } from '../types.ts'
import { expectInputs, inputOf } from './rule.ts'

/** `embedding {}`: table `[V, d]`, ids u32 to the rows `[.., d]`. */
export const embedding: Op = {
  name: 'embedding',
  infer(inputs) {
    expectInputs(inputs, 2)
    const table = inputOf(inputs, 0)
    if (table.batch || table.time || table.shape.length !== 2) throw new ShapeError(0, describeType(table), 'a table f32[entries, width]')
    const ids = inputOf(inputs, 1, 0, 'u32')
    return valueType('f32', [...ids.shape, table.shape[1] as number], ids)
  },
  evaluate(context, node, [table, ids]) {
    const result = zeros(node.type, context.extent)
    const [entries = 0, width = 0] = table?.shape ?? []
    const perRow = product(node.type.shape.slice(0, -1))
    forRows(node.type, context.extent, (b, t, row) => {
      if (node.type.batch && node.type.time && t >= (context.extent.lengths[b] ?? 0)) return
      for (let i = row * perRow; i < (row + 1) * perRow; i++) {
        const id = ids?.data[i] as number
        if (!(id >= 0 && id < entries)) throw new RangeError(`id ${id} of token ${t} in sequence ${b}, expected less than ${entries}`)
        for (let j = 0; j < width; j++) result.data[i * width + j] = table?.data[id * width + j] as number
      }
    })
    return result
  },
  flops: () => 0,
}
