import { z } from 'zod'
import type { NodeId } from '../../graph/graph.ts'
import { numberAt } from '../expression/halves.ts'
import { tablePath } from '../graph/tables.ts'
import { materialise, node as nodeOf, type Program, rowKind, rowsGrid, rowsOfPass } from '../program.ts'
import { KernelScope } from '../scope.ts'
import { emit } from './emit.ts'

export const schema = z.strictObject({
  words: z.int(),
  threads: z.int(),
  load: z.string(),
  id: z.string(),
  first: z.int(),
  rows: z.int(),
  store: z.string(),
  of: z.string(),
})

const THREADS = 64

/** Rows of a table too large for one binding: one launch per slab, each writes the rows whose ids it holds. */
export function planTable(program: Program, id: NodeId): void {
  const node = nodeOf(program, id)
  const path = tablePath(program.graph, node.inputs[0] as NodeId)
  const words = node.type.shape.at(-1) ?? 1
  const per = rowKind(node)
  const format = program.weights.wordFormat(path)
  materialise(program, id, words)
  for (const [i, part] of program.weights.parts(path).entries()) {
    const scope = new KernelScope(program, { threads: 0, per })
    const table = scope.matrix('', program.weights.slab(path, i), format === 'f32' ? 'f32' : 'u32')
    emit(program, scope, {
      family: 'gather',
      name: `table_${words}`,
      template: 'table',
      view: {
        words,
        threads: THREADS,
        load: numberAt(scope.define.bind(scope), format, table, `(entry - ${part.first}u) * ${words}u + i`),
        id: scope.loadAt(node.inputs[1] as NodeId, 'row', []),
        first: part.first,
        rows: part.rows,
        of: rowsOfPass(per),
        store: scope.store(id, 'row', 'i', 'value'),
      } satisfies z.infer<typeof schema>,
      doc: [
        `${node.path || 'model'}: rows ${part.first} to ${part.first + part.rows - 1} of the table`,
        `grid: (ceil(${words} / ${THREADS}), rows)`,
      ],
      grid: [Math.ceil(words / THREADS), rowsGrid(per), 1],
      node: id,
    })
  }
}
