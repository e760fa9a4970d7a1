import { rowTooLarge, weightTooLarge } from '../diagnostics/catalogue/plan.ts'
import type { Graph } from '../graph/graph.ts'
import type { Weight } from '../model/model.ts'
import type { Storage } from '../model/precision.ts'
import type { BufferRef, InitEntry, WeightEntry } from '../runtime/manifest.ts'
import { wordsOfRows } from '../runtime/weights/halves.ts'
import type { Constant } from './graph/constants.ts'
import type { Facts } from './graph/facts.ts'
import { PlanProblem } from './problem.ts'
import type { DeviceProfile } from './profile.ts'
import { matrixOf, type StorageOf } from './storage.ts'

/** Where every weight lies. Small ones share the first buffers, which kernels bind whole; matrices are bound by themselves. */
export interface WeightLayout {
  readonly entries: readonly WeightEntry[]
  readonly bufferWords: readonly number[]
  /** A weight of one part in a buffer that is bound whole. */
  at(path: string): { readonly buffer: number; readonly offset: number }
  whole(buffer: number): BufferRef
  /** Whether a weight is a matrix of a product or a table, which is bound by itself. */
  isMatrix(path: string): boolean
  /** What the words of a weight hold: a number, or two halves. */
  wordFormat(path: string): Storage
  parts(path: string): WeightEntry['parts']
  /** Part `part` of a matrix. */
  slab(path: string, part: number): BufferRef
  /** The rows of several matrices that lie one after the other. */
  run(paths: readonly string[]): BufferRef
}

/** Bind group offsets are multiples of 256 bytes in every implementation. */
const ALIGNMENT = 64
const aligned = (words: number) => Math.ceil(words / ALIGNMENT) * ALIGNMENT

export function layOutWeights(
  graph: Graph,
  facts: Facts,
  weights: readonly Weight[],
  constants: ReadonlyMap<string, Constant>,
  storage: StorageOf,
  profile: DeviceProfile,
): WeightLayout {
  const shapes = new Map(weights.map((w) => [w.path, w.shape]))
  const shapeOf = (path: string) => shapes.get(path) ?? constants.get(path)?.shape ?? [0]
  const rowsOf = (path: string) => shapeOf(path)[0] ?? 1
  const words = (path: string, rows = rowsOf(path)) =>
    wordsOfRows({ shape: shapeOf(path), ...(storage(path).packed ? { packed: true } : {}) }, rows)
  const used = new Set(graph.nodes.filter((n) => n.op === 'weight').map((n) => n.attrs['path'] as string))

  const buffers: number[] = [0]
  const parts = new Map<string, WeightEntry['parts'][number][]>()
  let begun = 0
  /** Room behind what lies in the last buffer since `begun`, or in a new one. */
  const reserve = (size: number, most: number): { buffer: number; offset: number } => {
    const last = buffers.length - 1
    const offset = buffers[last] ?? 0
    if (last >= begun && offset + size <= most) {
      buffers[last] = aligned(offset + size)
      return { buffer: last, offset }
    }
    buffers.push(aligned(size))
    return { buffer: last + 1, offset: 0 }
  }
  for (const path of used) {
    if (storage(path).matrix) continue
    const size = words(path)
    if (size > profile.bindingWords)
      throw new PlanProblem(
        weightTooLarge.at(undefined, { weight: path, words: size, allowed: profile.bindingWords, profile: profile.name }),
      )
    parts.set(path, [{ ...reserve(size, profile.bindingWords), first: 0, rows: rowsOf(path) }])
  }
  if (buffers[0] === 0) buffers[0] = ALIGNMENT

  begun = buffers.length
  for (const run of matrixRuns(graph, facts)) {
    const [first = ''] = run
    const total = run.reduce((sum, path) => sum + words(path), 0)
    if (run.length === 1 && total > profile.bindingWords) {
      const row = words(first, 1)
      // Slabs begin at aligned offsets because they are bound by themselves.
      const each = Math.floor(profile.bindingWords / row)
      if (each === 0)
        throw new PlanProblem(
          rowTooLarge.at(undefined, { weight: first, words: row, allowed: profile.bindingWords, profile: profile.name }),
        )
      const slabs: WeightEntry['parts'][number][] = []
      for (let at = 0; at < rowsOf(first); at += each) {
        const rows = Math.min(each, rowsOf(first) - at)
        slabs.push({ ...reserve(rows * row, profile.bufferWords), first: at, rows })
      }
      parts.set(first, slabs)
      continue
    }
    let { buffer, offset } = reserve(total, profile.bufferWords)
    for (const path of run) {
      parts.set(path, [{ buffer, offset, first: 0, rows: rowsOf(path) }])
      offset += words(path)
    }
  }

  const inits = new Map(weights.map((w) => [w.path, w.init as InitEntry]))
  const entries = [...parts].map(([path, where]): WeightEntry => {
    const constant = constants.get(path)
    if (constant) return { path, shape: constant.shape, init: constant.data, parts: where, constant: true }
    const { format, packed } = storage(path)
    const stored = format === 'f32' ? {} : { format, ...(packed ? { packed } : {}) }
    return { path, shape: shapeOf(path), init: inits.get(path) ?? 0, ...stored, parts: where }
  })
  const partsOf = (path: string) => {
    const found = parts.get(path)
    if (!found) throw new Error(`no weight ${path}`)
    return found
  }
  return {
    entries,
    bufferWords: buffers,
    at: (path) => {
      const [part] = partsOf(path)
      if (!part || storage(path).matrix) throw new Error(`${path} is not among the small weights`)
      return { buffer: part.buffer, offset: part.offset }
    },
    whole: (buffer) => ({ kind: 'weights', buffer, offset: 0, words: buffers[buffer] ?? 0 }),
    isMatrix: (path) => storage(path).matrix,
    wordFormat: (path) => (storage(path).packed ? storage(path).format : 'f32'),
    parts: partsOf,
    slab: (path, index) => {
      const part = partsOf(path)[index]
      if (!part) throw new Error(`${path} has no part ${index}`)
      return { kind: 'weights', buffer: part.buffer, offset: part.offset, words: words(path, part.rows) }
    },
    run: (paths) => {
      const [part] = partsOf(paths[0] ?? '')
      return {
        kind: 'weights',
        buffer: part?.buffer ?? 0,
        offset: part?.offset ?? 0,
        words: paths.reduce((sum, path) => sum + words(path), 0),
      }
    },
  }
}

/** Matrices in the order they are first used: those of one linear group together, each in one run. */
function matrixRuns(graph: Graph, facts: Facts): string[][] {
  const runs: string[][] = []
  const seen = new Set<string>()
  for (const node of graph.nodes) {
    const run = (facts.groups.get(node.id)?.members ?? [node.id]).flatMap((id) => matrixOf(graph, id) ?? [])
    const fresh = run.filter((path) => !seen.has(path))
    for (const path of fresh) seen.add(path)
    if (fresh.length > 0) runs.push(fresh)
  }
  return runs
}
