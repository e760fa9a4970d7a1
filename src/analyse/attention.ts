import type { Attention, BodyNode } from '../graph/graph.ts'
import { nodeAt, reachable } from './body.ts'

/** What a node of an attention body depends on: the query, the key, both, or neither. */
export type Side = 'i' | 'j' | 'pair' | 'constant'

/** A product of a query's vector with a key's: all that a score may know of a pair besides positions. */
export interface PairDot {
  readonly node: number
  /** Body nodes of side `i` and `j`. */
  readonly query: number
  readonly key: number
  readonly width: number
}

export interface AttentionForm {
  readonly sides: readonly Side[]
  readonly dots: readonly PairDot[]
  /** A query at `i` sees no key before `i - window + 1`; null: no such bound. */
  readonly window: number | null
  /** A query at `i` sees no key after `i + reach`; null: no such bound. */
  readonly reach: number | null
  /** No key after the query is seen: what a session needs. */
  readonly causal: boolean
  /** Parameters of side `j`: what is kept of a token for the queries after it. */
  readonly kept: readonly number[]
}

export type AttentionAnalysis = { readonly form: AttentionForm } | { readonly form: null; readonly reason: string }

export function analyseAttention(body: Attention): AttentionAnalysis {
  const sides = sidesOf(body)
  const needed = reachable(body.nodes, [body.score, body.value, ...[body.mask, body.sink].filter((id) => id !== null)])
  const dots: PairDot[] = []
  for (const id of needed) {
    if (sides[id] !== 'pair') continue
    const node = nodeAt(body.nodes, id)
    if (node.shape.length > 0) return { form: null, reason: `${node.op} makes a vector for every pair of query and key` }
    if (node.op === 'pointwise') continue
    const dot = node.op === 'dot' ? pairDot(body.nodes, sides, node) : null
    if (!dot) return { form: null, reason: `a score may not be made of ${node.op} over a pair of query and key` }
    dots.push(dot)
  }
  if (sides[body.value] !== 'j') return { form: null, reason: 'the values do not belong to the keys' }
  if (body.sink !== null && sides[body.sink] !== 'constant' && sides[body.sink] !== 'i')
    return { form: null, reason: 'the sink depends on the key' }
  const { window, reach } = maskBounds(body)
  const kept = body.params.flatMap((param, index) => (param.side === 'j' ? [index] : []))
  return { form: { sides, dots, window, reach, causal: reach !== null && reach <= 0, kept } }
}

function sidesOf(body: Attention): readonly Side[] {
  const sides: Side[] = []
  for (const node of body.nodes) {
    if (node.op === 'param') sides.push(body.params[node.attrs['index'] as number]?.side ?? 'constant')
    else if (node.op === 'position_i') sides.push('i')
    else if (node.op === 'position_j') sides.push('j')
    else sides.push(node.inputs.map((id) => sides[id] as Side).reduce(joined, 'constant'))
  }
  return sides
}

const joined = (a: Side, b: Side): Side => (a === b || b === 'constant' ? a : a === 'constant' ? b : 'pair')

function pairDot(nodes: readonly BodyNode[], sides: readonly Side[], { id, inputs }: BodyNode): PairDot | null {
  const [a, b] = inputs as [number, number]
  const width = nodeAt(nodes, a).shape[0] ?? 1
  if (sides[a] === 'i' && sides[b] === 'j') return { node: id, query: a, key: b, width }
  if (sides[a] === 'j' && sides[b] === 'i') return { node: id, query: b, key: a, width }
  return null
}

/** Bounds of `i - j` that the conjuncts of the mask which are linear in `i` and `j` imply. */
export function maskBounds(body: Pick<Attention, 'nodes' | 'mask'>): { readonly window: number | null; readonly reach: number | null } {
  let window: number | null = null
  let reach: number | null = null
  for (const conjunct of conjuncts(body.nodes, body.mask)) {
    const form = atLeastZero(body.nodes, conjunct)
    if (!form) continue
    if (form.i === 1 && form.j === -1) reach = Math.min(reach ?? Number.POSITIVE_INFINITY, form.offset)
    if (form.i === -1 && form.j === 1) window = Math.min(window ?? Number.POSITIVE_INFINITY, form.offset + 1)
  }
  return { window, reach }
}

function conjuncts(nodes: readonly BodyNode[], id: number | null): readonly number[] {
  if (id === null) return []
  const node = nodeAt(nodes, id)
  return node.op === 'pointwise' && node.attrs['fn'] === 'and' ? node.inputs.flatMap((input) => conjuncts(nodes, input)) : [id]
}

/** `i * (query position) + j * (key position) + offset`, in whole numbers. */
interface Linear {
  readonly i: number
  readonly j: number
  readonly offset: number
}

/** The linear form that a comparison says is at least 0. */
function atLeastZero(nodes: readonly BodyNode[], id: number): Linear | null {
  const node = nodeAt(nodes, id)
  const [left, right] = node.inputs.map((input) => linear(nodes, input))
  if (node.op !== 'pointwise' || !left || !right) return null
  switch (node.attrs['fn']) {
    case 'le':
      return sum(right, left, -1, 0)
    case 'lt':
      return sum(right, left, -1, -1)
    case 'ge':
      return sum(left, right, -1, 0)
    case 'gt':
      return sum(left, right, -1, -1)
    default:
      return null
  }
}

function linear(nodes: readonly BodyNode[], id: number): Linear | null {
  const node = nodeAt(nodes, id)
  if (node.op === 'position_i') return { i: 1, j: 0, offset: 0 }
  if (node.op === 'position_j') return { i: 0, j: 1, offset: 0 }
  if (node.op === 'constant') {
    const value = node.attrs['value']
    return typeof value === 'number' && Number.isInteger(value) ? { i: 0, j: 0, offset: value } : null
  }
  if (node.op !== 'pointwise') return null
  const parts = node.inputs.map((input) => linear(nodes, input))
  const [a, b] = parts
  if (!a) return null
  switch (node.attrs['fn']) {
    case 'to_f32':
      return a
    case 'neg':
      return sum({ i: 0, j: 0, offset: 0 }, a, -1, 0)
    case 'add':
      return b ? sum(a, b, 1, 0) : null
    case 'sub':
      return b ? sum(a, b, -1, 0) : null
    default:
      return null
  }
}

const sum = (a: Linear, b: Linear, sign: 1 | -1, offset: number): Linear => ({
  i: a.i + sign * b.i,
  j: a.j + sign * b.j,
  offset: a.offset + sign * b.offset + offset,
})
