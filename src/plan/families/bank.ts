import { z } from 'zod'
import type { NodeId } from '../../graph/graph.ts'
import * as Index from '../expression/index.ts'
import { materialise, node as nodeOf, type Program, rowKind, rowsGrid } from '../program.ts'
import { KernelScope } from '../scope.ts'
import { type Bank, bankOf, boundExperts } from './bank-node.ts'
import { planBankTiles } from './bank-tiles.ts'
import { lanesAt, matrixName, rowProduct } from './dot.ts'
import { emit } from './emit.ts'

export const gemvBankSchema = z.strictObject({
  inner: z.int(),
  steps: z.int(),
  columns: z.int(),
  first: z.string(),
  end: z.string(),
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

/** `y[s] = W[at[s]] x[s]` for every row and each of its choices: by expert over many rows, a choice at a time in decode. */
export function planBank(program: Program, id: NodeId): void {
  const bank = bankOf(program, nodeOf(program, id))
  materialise(program, program.facts.chains.get(id)?.last ?? id, Index.product(bank.node.type.shape))
  const many = program.mode === 'prefill' && rowKind(bank.node) === 'token'
  if (!many || !planBankTiles(program, bank)) planBankRows(program, bank)
}

/** One row of one choice by a workgroup. A bank that exceeds a binding is split by experts. */
function planBankRows(program: Program, { node, x, at, count, path, format, experts, columns, inner, index }: Bank): void {
  const per = rowKind(node)
  for (const [i, part] of program.weights.parts(path).entries()) {
    const scope = new KernelScope(program, { threads: 0, per })
    const slot = Index.variable('slot', count)
    const reads = lanesAt(inner, format).map((lane) => scope.loadAt(x, 'row', index(slot, lane)))
    const row = rowProduct(scope, inner, format, reads)
    emit(program, scope, {
      family: 'gemv_bank',
      name: matrixName(inner, columns, format),
      template: 'gemv_bank',
      view: {
        inner,
        ...row,
        columns,
        ...boundExperts(scope, part),
        ...GEMV,
        choice: `min(${scope.loadAt(at, 'row', [slot])}, ${experts - 1}u)`,
        matrix: scope.matrix('', program.weights.slab(path, i), row.element),
        store: scope.store(node.id, 'row', Index.print(Index.add(Index.scale(slot, columns), Index.variable('column', columns))), 'value'),
      } satisfies z.infer<typeof gemvBankSchema>,
      doc: [
        `${node.path || 'model'}: y = W x for each row and each of its ${count} choices of ${experts}, W [${columns}, ${inner}]`,
        `grid: (ceil(${columns} / ${GEMV.outputs}), rows, ${count}), ${GEMV.outputs} outputs by ${GEMV.threads} invocations`,
      ],
      grid: [Math.ceil(columns / GEMV.outputs), rowsGrid(per), count],
      node: node.id,
    })
  }
}
