import { z } from 'zod'
import type { NodeId } from '../../graph/graph.ts'
import type { Storage } from '../../model/precision.ts'
import type { BufferRef } from '../../runtime/manifest.ts'
import { pair } from '../expression/halves.ts'
import * as Index from '../expression/index.ts'
import type { LinearGroup } from '../graph/facts.ts'
import { addSlot, node as nodeOf, type Program, rowKind, rowsGrid, rowsOfPass } from '../program.ts'
import { KernelScope } from '../scope.ts'
import { lanesAt, matrixName, rowProduct } from './dot.ts'
import { emit } from './emit.ts'
import { ringWrites } from './window.ts'

const common = { inner: z.int(), columns: z.int(), matrix: z.string(), store: z.string() }
export const matmulSchema = z.strictObject({
  ...common,
  packed: z.boolean(),
  unpacked: z.string(),
  load: z.string(),
  rowsTile: z.int(),
  columnsTile: z.int(),
  slab: z.int(),
  rows: z.string(),
})
export const gemvSchema = z.strictObject({
  ...common,
  steps: z.int(),
  threads: z.int(),
  outputs: z.int(),
  element: z.string(),
  x: z.array(z.string()),
  product: z.string(),
  rings: z.array(z.string()),
})

const MATMUL = { rowsTile: 64, columnsTile: 64, slab: 16 }
const GEMV = { threads: 64, outputs: 4 }

/** `y = x Wᵀ` for every member of a group of linears: tiled products over many rows, or one row at a time in decode. */
export function planLinear(program: Program, id: NodeId, group: LinearGroup): void {
  const paths = group.members.map((member) => nodeOf(program, nodeOf(program, member).inputs[1] as NodeId).attrs['path'] as string)
  const single = group.members.length === 1 ? id : undefined
  const last = single === undefined ? undefined : (program.facts.chains.get(single)?.last ?? single)
  const slot = addSlot(program, group.width)
  let column = 0
  for (const [i, member] of group.members.entries()) {
    program.locations.set(member === single && last !== undefined ? last : member, { slot: slot.id, column })
    column += group.widths[i] ?? 0
  }
  const [path = ''] = paths
  const format = program.weights.wordFormat(path)
  const parts = program.weights.parts(path)
  const slabs: { buffer: BufferRef; first: number; columns: number }[] =
    parts.length > 1
      ? parts.map((part, i) => ({ buffer: program.weights.slab(path, i), first: part.first, columns: part.rows }))
      : [{ buffer: program.weights.run(paths), first: 0, columns: group.width / group.vectors }]
  for (const slab of slabs) {
    const plan = program.mode === 'step' ? planGemv : planMatmul
    plan(program, id, group, slot.id, single, { ...slab, format })
  }
}

type Slab = { readonly buffer: BufferRef; readonly first: number; readonly columns: number; readonly format: Storage }

/**
 * What a kernel's row stands for: a row of the pass, or one of its vectors where x has more axes than the one that is contracted. Those
 * are in memory, one after the other, as are their results.
 */
interface Line {
  /** The row of the pass. */
  readonly row: string
  /** Where in x the vector lies. */
  readonly leading: readonly Index.Index[]
  /** The word of the row of y at which a column of the vector's result lies. */
  word(column: string): string
  /** What the kernel's header says of it. */
  readonly of: string
}

function lineOf(program: Program, x: NodeId, group: LinearGroup, slab: Slab): Line {
  const before = nodeOf(program, x).type.shape.slice(0, -1)
  const column = (text: string) => (slab.first === 0 ? text : `${slab.first}u + ${text}`)
  if (group.vectors === 1) return { row: 'row', leading: before.map(() => Index.literal(0)), word: column, of: '' }
  const vector = `(row % ${group.vectors}u)`
  return {
    row: `(row / ${group.vectors}u)`,
    leading: Index.unflatten(Index.variable(vector, group.vectors), before),
    word: (text) => `${vector} * ${group.width / group.vectors}u + ${column(text)}`,
    of: ` * ${group.vectors}`,
  }
}

function storeOf(scope: KernelScope, group: LinearGroup, slot: number, single: NodeId | undefined, line: Line): string {
  const at = line.word('column')
  if (single === undefined) scope.wrote(group.members)
  return single === undefined ? `${scope.slotWord(slot, line.row, at, 'read_write')} = value;` : scope.store(single, line.row, at, 'value')
}

function planMatmul(program: Program, id: NodeId, group: LinearGroup, slot: number, single: NodeId | undefined, slab: Slab): void {
  const node = nodeOf(program, id)
  const x = node.inputs[0] as NodeId
  const inner = nodeOf(program, x).type.shape.at(-1) ?? 1
  const per = rowKind(node)
  const scope = new KernelScope(program, { threads: 0, per })
  const line = lineOf(program, x, group, slab)
  const load = scope.loadAt(x, line.row, [...line.leading, Index.variable('k', inner)])
  const packed = slab.format !== 'f32'
  const matrix = scope.matrix('', slab.buffer, packed ? 'u32' : 'f32')
  const unpacked = packed ? pair(scope.define.bind(scope), slab.format, 'word') : 'word'
  const store = storeOf(scope, group, slot, single, line)
  emit(program, scope, {
    family: 'matmul',
    name: matrixName(inner, slab.columns, slab.format),
    template: 'matmul',
    view: {
      inner,
      columns: slab.columns,
      matrix,
      packed,
      unpacked,
      store,
      load,
      rows: group.vectors === 1 ? rowsOfPass(per) : `${rowsOfPass(per)} * ${group.vectors}u`,
      ...MATMUL,
    } satisfies z.infer<typeof matmulSchema>,
    doc: [
      `${labels(program, group)}: y = x Wᵀ, x [rows${line.of}, ${inner}], W [${slab.columns}, ${inner}]`,
      `grid: (ceil(${slab.columns} / ${MATMUL.columnsTile}), ceil(rows / ${MATMUL.rowsTile})), tiles ${MATMUL.rowsTile} x ${MATMUL.columnsTile} x ${MATMUL.slab}`,
    ],
    grid: [Math.ceil(slab.columns / MATMUL.columnsTile), rowsGrid(per, MATMUL.rowsTile, group.vectors), 1],
    node: id,
  })
}

/** Where one invocation of a gemv kernel reads its operand in round `k`. */
export const gemvReads = (shape: readonly number[], format: Storage): readonly (readonly Index.Index[])[] =>
  lanesAt(shape.at(-1) ?? 1, format).map((at) => [...shape.slice(0, -1).map(() => Index.literal(0)), at])

function planGemv(program: Program, id: NodeId, group: LinearGroup, slot: number, single: NodeId | undefined, slab: Slab): void {
  const node = nodeOf(program, id)
  const x = node.inputs[0] as NodeId
  const inner = nodeOf(program, x).type.shape.at(-1) ?? 1
  const per = rowKind(node)
  const scope = new KernelScope(program, { threads: GEMV.threads, varying: 'k', per })
  const line = lineOf(program, x, group, slab)
  const reads = lanesAt(inner, slab.format).map((at) => scope.loadAt(x, line.row, [...line.leading, at]))
  const row = rowProduct(scope, inner, slab.format, reads)
  const matrix = scope.matrix('', slab.buffer, row.element)
  const store = storeOf(scope, group, slot, single, line)
  const rings = single === undefined || !program.facts.chains.has(single) ? ringWrites(program, scope, group, slab.first) : []
  emit(program, scope, {
    family: 'gemv',
    name: matrixName(inner, slab.columns, slab.format),
    template: 'gemv',
    view: {
      inner,
      columns: slab.columns,
      matrix,
      store,
      ...GEMV,
      ...row,
      rings,
    } satisfies z.infer<typeof gemvSchema>,
    doc: [
      `${labels(program, group)}: y = W x for each row${line.of}, W [${slab.columns}, ${inner}]`,
      `grid: (ceil(${slab.columns} / ${GEMV.outputs}), rows), ${GEMV.outputs} outputs by ${GEMV.threads} invocations`,
    ],
    grid: [Math.ceil(slab.columns / GEMV.outputs), rowsGrid(per, 1, group.vectors), 1],
    node: id,
  })
}

const labels = (program: Program, group: LinearGroup): string =>
  group.members.map((member) => nodeOf(program, member).path || 'model').join(' + ')
