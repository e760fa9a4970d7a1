import { z } from 'zod'
import type { NodeId } from '../../graph/graph.ts'
import * as Index from '../expression/index.ts'
import { materialise, node as nodeOf, type Program, rowKind, rowsGrid, rowsOfPass } from '../program.ts'
import { KernelScope } from '../scope.ts'
import { emit } from './emit.ts'

export const schema = z.strictObject({ words: z.int(), threads: z.int(), rows: z.string(), store: z.string() })

const THREADS = 64

/** One invocation per element of `id`: everything in its cone that is not in memory, in one kernel. */
export function planPointwise(program: Program, id: NodeId): void {
  const node = nodeOf(program, id)
  const words = Index.product(node.type.shape)
  materialise(program, id, words)
  const per = rowKind(node)
  const value = withoutLocation(
    program,
    id,
    (scope) => scope.loadAt(id, 'row', Index.unflatten(Index.variable('i', words), node.type.shape)),
    { threads: 0, per },
  )
  emit(program, value.scope, {
    family: 'pointwise',
    name: String(node.attrs['fn'] ?? node.op),
    template: 'pointwise',
    view: { words, threads: THREADS, rows: rowsOfPass(per), store: value.scope.store(id, 'row', 'i', value.text) } satisfies z.infer<
      typeof schema
    >,
    doc: [
      `${node.path || 'model'}: ${String(node.attrs['fn'] ?? node.op)}, element by element`,
      `grid: (ceil(${words} / ${THREADS}), rows)`,
    ],
    grid: [Math.ceil(words / THREADS), rowsGrid(per), 1],
    node: id,
  })
}

/** Prints a value that is being materialised as what it is computed from, not as a load of itself. */
export function withoutLocation(
  program: Program,
  id: NodeId,
  print: (scope: KernelScope) => string,
  options?: ConstructorParameters<typeof KernelScope>[1],
): { scope: KernelScope; text: string } {
  const location = program.locations.get(id)
  program.locations.delete(id)
  const scope = new KernelScope(program, options)
  const text = print(scope)
  if (location) program.locations.set(id, location)
  return { scope, text }
}
