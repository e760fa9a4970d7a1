import { z } from 'zod'
import type { NodeId } from '../../graph/graph.ts'
import * as Index from '../expression/index.ts'
import { refuse } from '../problem.ts'
import { materialise, node as nodeOf, type Program, rowKind, rowsGrid } from '../program.ts'
import { KernelScope } from '../scope.ts'
import { lanesAt, matrixName, rowProduct } from './dot.ts'
import { emit } from './emit.ts'

export const gemvBankSchema = z.strictObject({
  inner: z.int(),
  steps: z.int(),
  columns: z.int(),
  first: z.int(),
  experts: z.int(),
  threads: z.int(),
  outputs: z.int(),
  element: z.string(),
  choice: z.string(),
  x: z.array(z.string()),
  matrix: z.string(),
  product: z.string(),
  store: z.string(),
})

const GEMV = { threads: 64, outputs: 4 }

/** `y[s] = W[at[s]] x[s]` for every row and each of its choices. A bank that exceeds a binding is split by experts. */
export function planBank(program: Program, id: NodeId): void {
  const node = nodeOf(program, id)
  const [x, weight, at] = node.inputs as [NodeId, NodeId, NodeId]
  const shape = nodeOf(program, x).type.shape
  const [experts = 1, columns = 1, inner = 1] = nodeOf(program, weight).type.shape
  const [count = 1] = node.type.shape
  if (Index.product(shape.slice(1, -1)) !== 1)
    refuse(node, `an expert's linear follows over the last of its axes [${shape.slice(1).join(', ')}], and flattens nothing`)
  const path = nodeOf(program, weight).attrs['path'] as string
  const per = rowKind(node)
  const format = program.weights.wordFormat(path)
  materialise(program, program.facts.chains.get(id)?.last ?? id, Index.product(node.type.shape))
  for (const [i, part] of program.weights.parts(path).entries()) {
    const scope = new KernelScope(program, { threads: 0, per })
    const slot = Index.variable('slot', count)
    const leading = [shape[0] === 1 ? Index.literal(0) : slot, ...shape.slice(1, -1).map(() => Index.literal(0))]
    const reads = lanesAt(inner, format).map((lane) => scope.loadAt(x, 'row', [...leading, lane]))
    const row = rowProduct(scope, inner, format, reads)
    emit(program, scope, {
      family: 'gemv_bank',
      name: matrixName(inner, columns, format),
      template: 'gemv_bank',
      view: {
        inner,
        ...row,
        columns,
        first: part.first,
        experts: part.rows,
        ...GEMV,
        choice: `min(${scope.loadAt(at, 'row', [slot])}, ${experts - 1}u)`,
        matrix: scope.matrix('', program.weights.slab(path, i), row.element),
        store: scope.store(id, 'row', Index.print(Index.add(Index.scale(slot, columns), Index.variable('column', columns))), 'value'),
      } satisfies z.infer<typeof gemvBankSchema>,
      doc: [
        `${node.path || 'model'}: y = W x for each row and each of its ${count} choices of ${experts}, W [${columns}, ${inner}]`,
        `grid: (ceil(${columns} / ${GEMV.outputs}), rows, ${count}), ${GEMV.outputs} outputs by ${GEMV.threads} invocations`,
      ],
      grid: [Math.ceil(columns / GEMV.outputs), rowsGrid(per), count],
      node: id,
    })
  }
}
