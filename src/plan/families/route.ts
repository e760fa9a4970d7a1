import { z } from 'zod'
import type { NodeId } from '../../graph/graph.ts'
import * as Index from '../expression/index.ts'
import { refuse } from '../problem.ts'
import { materialise, node as nodeOf, type Program, rowKind, rowsGrid } from '../program.ts'
import { KernelScope } from '../scope.ts'
import { emit } from './emit.ts'

export const topKSchema = z.strictObject({ size: z.int(), count: z.int(), threads: z.int(), load: z.string(), store: z.string() })

/** Scores that fit into the smallest workgroup memory a device may have. */
const MOST = 4096

/** The indices of the largest of a row: a workgroup compares each with every other one. */
export function planTopK(program: Program, id: NodeId): void {
  const node = nodeOf(program, id)
  const [x] = node.inputs as [NodeId]
  const shape = nodeOf(program, x).type.shape
  const size = shape.at(-1) ?? 1
  const count = node.type.shape.at(-1) ?? 1
  if (size > MOST) refuse(node, `it chooses from ${size}, and a workgroup holds ${MOST}`)
  const leading = node.type.shape.slice(0, -1)
  const groups = Index.product(leading)
  const per = rowKind(node)
  const threads = Math.min(256, Math.max(32, 2 ** Math.ceil(Math.log2(size))))
  materialise(program, id, Index.product(node.type.shape))
  const scope = new KernelScope(program, { threads: 0, per })
  const group = Index.variable('group', groups)
  const load = scope.loadAt(x, 'row', [...Index.unflatten(group, leading), Index.variable('i', size)])
  const flat = Index.add(Index.scale(group, count), Index.variable('rank', count))
  emit(program, scope, {
    family: 'top_k',
    name: `${count}_of_${size}`,
    template: 'top_k',
    view: { size, count, threads, load, store: scope.store(id, 'row', Index.print(flat), 'i') } satisfies z.infer<typeof topKSchema>,
    doc: [`${node.path || 'model'}: indices of the ${count} largest of ${size}, largest first`, `grid: (${groups}, rows)`],
    grid: [groups, rowsGrid(per), 1],
    node: id,
  })
}
