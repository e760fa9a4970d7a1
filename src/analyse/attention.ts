import { bodyCone } from '../graph/body.ts'
import type { Attention, BodyNode } from '../graph/graph.ts'
import { maskForm, seenAhead } from '../graph/mask.ts'
import { type Side, sidesOf } from '../graph/sides.ts'
import { nodeAt } from './body.ts'

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
  /** Whether keys of earlier passes are read: nothing later is seen, but within a prefix that one pass holds. */
  readonly cached: boolean
  /** Parameters of side `j`: what is kept of a token for the queries after it. */
  readonly kept: readonly number[]
}

export type AttentionAnalysis = { readonly form: AttentionForm } | { readonly form: null; readonly reason: string }

export function analyseAttention(body: Attention): AttentionAnalysis {
  const sides = sidesOf(body.nodes, body.params)
  const needed = bodyCone(body.nodes, [body.score, body.value, ...[body.mask, body.sink].filter((id) => id !== null)])
  const dots: PairDot[] = []
  for (const id of needed) {
    if (sides[id] !== 'both') continue
    const node = nodeAt(body.nodes, id)
    if (node.shape.length > 0) return { form: null, reason: `${node.op} makes a vector for every pair of query and key` }
    if (node.op === 'pointwise') continue
    const dot = node.op === 'dot' ? pairDot(body.nodes, sides, node) : null
    if (!dot) return { form: null, reason: `a score may not be made of ${node.op} over a pair of query and key` }
    dots.push(dot)
  }
  if (sides[body.value] !== 'j') return { form: null, reason: 'the values do not belong to the keys' }
  if (body.sink !== null && sides[body.sink] !== 'none' && sides[body.sink] !== 'i')
    return { form: null, reason: 'the sink depends on the key' }
  const { window, reach, causal } = maskForm(body)
  const kept = body.params.flatMap((param, index) => (param.side === 'j' ? [index] : []))
  return { form: { sides, dots, window, reach, causal, cached: seenAhead(body).kind !== 'any', kept } }
}

function pairDot(nodes: readonly BodyNode[], sides: readonly Side[], { id, inputs }: BodyNode): PairDot | null {
  const [a, b] = inputs as [number, number]
  const width = nodeAt(nodes, a).shape[0] ?? 1
  if (sides[a] === 'i' && sides[b] === 'j') return { node: id, query: a, key: b, width }
  if (sides[a] === 'j' && sides[b] === 'i') return { node: id, query: b, key: a, width }
  return null
}
