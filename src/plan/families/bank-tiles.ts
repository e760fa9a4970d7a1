import { z } from 'zod'
import { pair } from '../expression/halves.ts'
import * as Index from '../expression/index.ts'
import type { ExpertOrder, PendingLaunch, Program } from '../program.ts'
import { KernelScope } from '../scope.ts'
import { type Bank, boundExperts } from './bank-node.ts'
import { matrixName } from './dot.ts'

export const bankOrderSchema = z.strictObject({
  experts: z.int(),
  choices: z.int(),
  tile: z.int(),
  threads: z.int(),
  expert: z.string(),
  storeChoice: z.string(),
  storeTile: z.string(),
  storeTileExpert: z.string(),
  storeRest: z.string(),
  storeRestCount: z.string(),
  storeTiles: z.string(),
})

export const matmulBankSchema = z.strictObject({
  inner: z.int(),
  columns: z.int(),
  first: z.string(),
  end: z.string(),
  experts: z.int(),
  choices: z.int(),
  rowsTile: z.int(),
  columnsTile: z.int(),
  threads: z.int(),
  slab: z.int(),
  load: z.string(),
  store: z.string(),
  choice: z.string(),
  rest: z.string(),
  restCount: z.string(),
  tiles: z.string(),
  tileStart: z.string(),
  tileExpert: z.string(),
  matrix: z.string(),
  packed: z.boolean(),
  unpacked: z.string(),
})

/** Fewer rows than a `matmul` tile has: an expert gets a part of a pass only. */
const TILES = { rowsTile: 32, columnsTile: 64, slab: 16, threads: 128 }
const ORDER = { threads: 256 }

/**
 * `y[s] = W[at[s]] x[s]` over many rows: the choices of all rows are sorted by expert, in their order, and each workgroup multiplies a tile
 * of one expert's. An expert whose choices fill no whole number of tiles has one with the rest, so the grid needs no count from the GPU:
 * it has a workgroup for each rest, and for as many full tiles as there may be. False, and nothing planned, if the profile has too little
 * room: for the counts of all experts, or for the order beside what is fused behind the product.
 */
export function planBankTiles(program: Program, bank: Bank): boolean {
  if (bank.experts + 4 * ORDER.threads > program.profile.workgroupWords) return false
  // What the tail of a program computes is run apart from the rest.
  const key = `${bank.at} ${bank.experts} ${program.facts.tail.has(bank.node.id)}`
  const known = program.orders.get(key)
  const sorted = known ? { order: known, launches: [] } : planOrder(program, bank)
  const products = planProducts(program, bank, sorted.order)
  if (products.some(({ operands }) => operands.length > program.profile.storageBuffers)) return false
  program.orders.set(key, sorted.order)
  program.launches.push(...sorted.launches, ...products)
  return true
}

function planProducts(program: Program, bank: Bank, order: ExpertOrder): PendingLaunch[] {
  return program.weights.parts(bank.path).map((part, i): PendingLaunch => {
    const { node, inner, columns, format, experts, count } = bank
    const packed = format !== 'f32'
    const scope = new KernelScope(program, { threads: 0 })
    const word = (scratch: keyof ExpertOrder, at: string) => `u32(${scope.loadScratch(order[scratch], '0u', at)})`
    const slot = Index.variable('slot', count)
    return scope.launch({
      family: 'matmul_bank',
      name: matrixName(inner, columns, format),
      template: 'matmul_bank',
      view: {
        inner,
        columns,
        ...boundExperts(scope, part),
        experts,
        choices: count,
        ...TILES,
        load: scope.loadAt(bank.x, 'row', bank.index(slot, Index.variable('k', inner))),
        store: scope.store(node.id, 'row', Index.print(Index.add(Index.scale(slot, columns), Index.variable('column', columns))), 'value'),
        choice: word('order', 'position'),
        rest: word('rest', '2u * expert'),
        restCount: word('rest', '2u * expert + 1u'),
        tiles: word('rest', `${2 * experts}u`),
        tileStart: word('order', `${tileAt(count, 'full')}`),
        tileExpert: word('order', `${tileAt(count, 'full')} + 1u`),
        matrix: scope.matrix('', program.weights.slab(bank.path, i), packed ? 'u32' : 'f32'),
        packed,
        unpacked: packed ? pair(scope.define.bind(scope), format, 'word') : 'word',
      } satisfies z.infer<typeof matmulBankSchema>,
      doc: [
        `${node.path || 'model'}: y = W x for the choices of each row, by expert, W [${experts}, ${columns}, ${inner}]`,
        `grid: (ceil(${columns} / ${TILES.columnsTile}), ceil(choices / ${TILES.rowsTile}) + ${experts}), tiles ${TILES.rowsTile} x ${TILES.columnsTile} x ${TILES.slab}`,
      ],
      grid: [Math.ceil(columns / TILES.columnsTile), { of: 'rows', times: count, tile: TILES.rowsTile, plus: experts }, 1],
      node: node.id,
    }) as PendingLaunch
  })
}

/** Where the start of a full tile lies among the words of `order`, and behind it the tile's expert. */
const tileAt = (choices: number, tile: string): string => `run.rows * ${choices}u + 2u * ${tile}`

/** The choices in the order of their experts; sorted once for all banks that are asked with the same ones. */
function planOrder(program: Program, { node, at, experts, count }: Bank): { order: ExpertOrder; launches: readonly PendingLaunch[] } {
  const scope = new KernelScope(program, { threads: 0 })
  const order = scope.scratch(count + 2 * Math.ceil(count / TILES.rowsTile), 'row')
  const rest = scope.scratch(2 * experts + 1, 'pass')
  const store = (at: string, value: string) => scope.storeScratch(order, '0u', at, `f32(${value})`)
  const storeRest = (at: string, value: string) => scope.storeScratch(rest, '0u', at, `f32(${value})`)
  const launch = scope.launch({
    family: 'bank_order',
    name: `${count}_of_${experts}`,
    template: 'bank_order',
    view: {
      experts,
      choices: count,
      tile: TILES.rowsTile,
      ...ORDER,
      expert: `min(${scope.loadAt(at, 'row', [Index.variable('slot', count)])}, ${experts - 1}u)`,
      storeChoice: store('position', 'i'),
      storeTile: store(tileAt(count, 'tile'), 'start'),
      storeTileExpert: store(`${tileAt(count, 'tile')} + 1u`, 'expert'),
      storeRest: storeRest('2u * expert', 'start'),
      storeRestCount: storeRest('2u * expert + 1u', 'all.x % TILE'),
      storeTiles: storeRest(`${2 * experts}u`, 'tiles'),
    } satisfies z.infer<typeof bankOrderSchema>,
    doc: [
      `${node.path || 'model'}: the choices of all rows, ${count} of ${experts} each, in the order of the experts, and their tiles`,
      `grid: (${experts} experts)`,
    ],
    grid: [experts, 1, 1],
    node: node.id,
  })
  return { order: { order, rest }, launches: [launch as PendingLaunch] }
}
