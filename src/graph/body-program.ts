import { product } from '../util/numbers.ts'
import { bodyCone } from './body.ts'
import type { BodyNode } from './graph.ts'
import { pointwiseFunction } from './pointwise.ts'
import { broadcastIndex } from './types.ts'

type Step = () => void

/**
 * A body compiled for many runs: every node has its place in one array, every computing node is a closure over it. The caller writes the
 * leaves (`param`, `state`, `position_i`, `position_j`) before it runs what depends on them.
 */
export class BodyProgram {
  readonly memory: Float64Array
  readonly #nodes: readonly BodyNode[]
  readonly #offsets: readonly number[]

  /** `roots`: the nodes that are wanted; nothing else is given a place. */
  constructor(nodes: readonly BodyNode[], roots: readonly number[]) {
    const offsets: number[] = []
    let size = 0
    for (const id of bodyCone(nodes, roots)) {
      const node = nodes[id] as BodyNode
      const view = viewOffset(node, nodes)
      if (view === null) {
        offsets[id] = size
        size += product(node.shape)
      } else offsets[id] = (offsets[node.inputs[0] as number] as number) + view
    }
    this.#nodes = nodes
    this.#offsets = offsets
    this.memory = new Float64Array(size)
    for (const node of nodes)
      if (node.op === 'constant' && offsets[node.id] !== undefined) this.memory[this.offset(node.id)] = Number(node.attrs['value'])
  }

  /** Where the node's elements begin in `memory`. */
  offset(id: number): number {
    const offset = this.#offsets[id]
    if (offset === undefined) throw new Error(`body node ${id} has no place: nothing that is wanted needs it`)
    return offset
  }

  size(id: number): number {
    return product((this.#nodes[id] as BodyNode).shape)
  }

  /** The work of these nodes, which are sorted and whose inputs are leaves, among them, or run before. */
  compile(ids: readonly number[]): Step {
    const steps = ids.map((id) => this.#step(this.#nodes[id] as BodyNode)).filter((step) => step !== null)
    return () => {
      for (const step of steps) step()
    }
  }

  #step(node: BodyNode): Step | null {
    if (leaves.has(node.op) || viewOffset(node, this.#nodes) !== null) return null
    const places: Place[] = [node.id, ...node.inputs].map((id) => ({
      start: this.offset(id),
      shape: (this.#nodes[id] as BodyNode).shape,
      size: this.size(id),
    }))
    const [to, ...from] = places as [Place, ...Place[]]
    const maker = makers[node.op]
    if (!maker) throw new Error(`a ${node.op} in a body`)
    return maker(
      this.memory,
      to,
      from,
      node,
      node.inputs.map((id) => this.#nodes[id] as BodyNode),
    )
  }
}

const leaves = new Set(['param', 'state', 'constant', 'position_i', 'position_j'])

/** Where a view begins in its input's place; null if the node is not a view of a contiguous run. */
function viewOffset(node: BodyNode, nodes: readonly BodyNode[]): number | null {
  const shape = nodes[node.inputs[0] ?? -1]?.shape ?? []
  if (node.op === 'reshape') return 0
  if (node.op === 'index') return Number(node.attrs['at']) * product(shape.slice(1))
  if (node.op === 'slice' && product(shape.slice(0, Number(node.attrs['axis']))) === 1)
    return Number(node.attrs['start']) * product(shape.slice(Number(node.attrs['axis']) + 1))
  return null
}

interface Place {
  readonly start: number
  readonly shape: readonly number[]
  readonly size: number
}

type Maker = (m: Float64Array, to: Place, from: readonly Place[], node: BodyNode, inputs: readonly BodyNode[]) => Step

const makers: Readonly<Record<string, Maker>> = {
  pointwise(m, to, from, node, inputs) {
    const fn = pointwiseFunction(node.attrs['fn'])
    const f = inputs[0]?.dtype === 'u32' && fn.whole ? fn.whole : fn.evaluate
    const [a, b, c] = from as [Place, Place | undefined, Place | undefined]
    if (!b) return () => mapInto(m, f, to.start, a.start, to.size)
    if (!c && (a.size === to.size || a.size === 1) && (b.size === to.size || b.size === 1)) {
      const [stepA, stepB] = [a.size === 1 ? 0 : 1, b.size === 1 ? 0 : 1]
      const fast = arithmetic[String(node.attrs['fn'])]
      if (fast) return () => fast(m, to.start, a.start, stepA, b.start, stepB, to.size)
    }
    const [x, y, z] = [a, b, c ?? a].map((place) => broadcastIndex(place.shape, to.shape).map((at) => at + place.start)) as [
      Int32Array,
      Int32Array,
      Int32Array,
    ]
    return () => {
      for (let i = 0; i < to.size; i++)
        m[to.start + i] = f(m[x[i] as number] as number, m[y[i] as number] as number, m[z[i] as number] as number)
    }
  },
  dot(m, to, [a, b]) {
    const [p, q, n] = [start(a), start(b), a?.size ?? 0]
    return () => {
      let total = 0
      for (let i = 0; i < n; i++) total += (m[p + i] as number) * (m[q + i] as number)
      m[to.start] = total
    }
  },
  outer(m, to, [u, w]) {
    const [p, q, rows, columns] = [start(u), start(w), u?.size ?? 0, w?.size ?? 0]
    return () => {
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) m[to.start + i * columns + j] = (m[p + i] as number) * (m[q + j] as number)
    }
  },
  read(m, to, [matrix, u]) {
    const [p, q, rows, columns] = [start(matrix), start(u), u?.size ?? 0, to.size]
    return () => {
      m.fill(0, to.start, to.start + columns)
      for (let i = 0; i < rows; i++) {
        const by = m[q + i] as number
        for (let j = 0; j < columns; j++) m[to.start + j] = (m[to.start + j] as number) + by * (m[p + i * columns + j] as number)
      }
    }
  },
  scale_rows(m, to, [a, matrix]) {
    const [p, q, rows, columns] = [start(a), start(matrix), a?.size ?? 0, to.shape[1] ?? 0]
    return () => {
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) m[to.start + i * columns + j] = (m[p + i] as number) * (m[q + i * columns + j] as number)
    }
  },
  scale_cols(m, to, [matrix, a]) {
    const [p, q, rows, columns] = [start(matrix), start(a), to.shape[0] ?? 0, a?.size ?? 0]
    return () => {
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) m[to.start + i * columns + j] = (m[p + i * columns + j] as number) * (m[q + j] as number)
    }
  },
  matvec(m, to, [matrix, u]) {
    const [p, q, rows, columns] = [start(matrix), start(u), to.size, u?.size ?? 0]
    return () => {
      for (let i = 0; i < rows; i++) {
        let total = 0
        for (let j = 0; j < columns; j++) total += (m[p + i * columns + j] as number) * (m[q + j] as number)
        m[to.start + i] = total
      }
    }
  },
  reduce(m, to, [x], node) {
    const [p, size, fn] = [start(x), x?.shape.at(-1) ?? 1, node.attrs['fn']]
    return () => {
      for (let group = 0; group < to.size; group++) {
        let total = fn === 'max' ? Number.NEGATIVE_INFINITY : 0
        for (let i = 0; i < size; i++) {
          const value = m[p + group * size + i] as number
          total = fn === 'max' ? Math.max(total, value) : total + value
        }
        m[to.start + group] = fn === 'mean' ? total / size : total
      }
    }
  },
  softmax(m, to, [x]) {
    const [p, size] = [start(x), x?.shape.at(-1) ?? 1]
    return () => {
      for (let group = 0; group < to.size; group += size) {
        let most = Number.NEGATIVE_INFINITY
        for (let i = 0; i < size; i++) most = Math.max(most, m[p + group + i] as number)
        let total = 0
        for (let i = 0; i < size; i++) total += Math.exp((m[p + group + i] as number) - most)
        for (let i = 0; i < size; i++) m[to.start + group + i] = Math.exp((m[p + group + i] as number) - most) / total
      }
    }
  },
  unit(m, to, [x], node) {
    const [p, size, eps] = [start(x), x?.shape.at(-1) ?? 1, Number(node.attrs['eps'])]
    return () => {
      for (let group = 0; group < to.size; group += size) {
        let squares = eps
        for (let i = 0; i < size; i++) squares += (m[p + group + i] as number) ** 2
        const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares)
        for (let i = 0; i < size; i++) m[to.start + group + i] = (m[p + group + i] as number) * scale
      }
    }
  },
  slice(m, to, [x], node) {
    const axis = Number(node.attrs['axis'])
    const inner = product(to.shape.slice(axis + 1))
    const [run, stride] = [(to.shape[axis] ?? 0) * inner, (x?.shape[axis] ?? 0) * inner]
    const p = start(x) + Number(node.attrs['start']) * inner
    return () => {
      for (let group = 0; group * run < to.size; group++)
        for (let i = 0; i < run; i++) m[to.start + group * run + i] = m[p + group * stride + i] as number
    }
  },
  concat(m, to, from, node) {
    const axis = Number(node.attrs['axis'])
    const stride = product(to.shape.slice(axis))
    const outer = product(to.shape.slice(0, axis))
    return () => {
      let offset = to.start
      for (const place of from) {
        const run = place.size / outer
        for (let group = 0; group < outer; group++)
          for (let i = 0; i < run; i++) m[offset + group * stride + i] = m[place.start + group * run + i] as number
        offset += run
      }
    }
  },
}

const start = (place: Place | undefined): number => place?.start ?? 0

function mapInto(m: Float64Array, f: (a: number, b: number, c: number) => number, to: number, from: number, size: number): void {
  for (let i = 0; i < size; i++) m[to + i] = f(m[from + i] as number, 0, 0)
}

type Fast = (m: Float64Array, to: number, a: number, stepA: number, b: number, stepB: number, size: number) => void

/** The work of matrix states, without a call per element. */
const arithmetic: Readonly<Record<string, Fast>> = {
  add(m, to, a, stepA, b, stepB, size) {
    for (let i = 0; i < size; i++) m[to + i] = (m[a + i * stepA] as number) + (m[b + i * stepB] as number)
  },
  sub(m, to, a, stepA, b, stepB, size) {
    for (let i = 0; i < size; i++) m[to + i] = (m[a + i * stepA] as number) - (m[b + i * stepB] as number)
  },
  mul(m, to, a, stepA, b, stepB, size) {
    for (let i = 0; i < size; i++) m[to + i] = (m[a + i * stepA] as number) * (m[b + i * stepB] as number)
  },
}
