import { bodyCone } from './body.ts'
import { BodyProgram } from './body-program.ts'
import type { Attention } from './graph.ts'

/** What the linear conjuncts of a mask say of the keys `j` that query `i` can see. */
export interface MaskForm {
  /** Only `j > i - window` are seen; null if no conjunct bounds the distance. */
  readonly window: number | null
  /** No `j > i` is seen. */
  readonly causal: boolean
  /** Whether every conjunct is one of these two: then the mask is exactly `i - window < j <= i + reach`. */
  readonly exact: boolean
  /** The largest `j - i` that is seen; null if no conjunct bounds it. */
  readonly reach: number | null
}

/** Reads window and horizon off a mask. Conservative: a condition that is not linear in `i` and `j` bounds nothing. */
export function maskForm(body: Attention): MaskForm {
  if (body.mask === null) return { window: null, causal: false, exact: true, reach: null }
  let window: number | null = null
  let reach: number | null = null
  let exact = true
  for (const conjunct of conjuncts(body, body.mask)) {
    const bound = boundOf(body, conjunct)
    if (!bound) exact = false
    else if (bound.kind === 'behind') window = Math.min(window ?? Number.POSITIVE_INFINITY, bound.most + 1)
    else reach = Math.min(reach ?? Number.POSITIVE_INFINITY, bound.most)
  }
  return { window, causal: reach !== null && reach <= 0, exact, reach }
}

/** How far ahead of itself a token sees: not at all, among the tokens before an end only, or any number of them. */
export type Ahead =
  | { readonly kind: 'none' }
  /** Tokens before `param + offset`, where `param` is the index of a parameter of the sequence; null: before `offset`. */
  | { readonly kind: 'before'; readonly param: number | null; readonly offset: number }
  | { readonly kind: 'any' }

/**
 * Reads off a mask which keys `j > i` a query sees: `j <= i` none, `j <= max(i, prefix - 1)` and `j <= i or j < prefix` those before `prefix`.
 * Conservative: of what is not of such a form it says that any is seen.
 */
export function seenAhead(body: Attention): Ahead {
  if (body.mask === null) return { kind: 'any' }
  // A pair has to pass every conjunct, so the strictest one that can be read decides.
  const bounds = conjuncts(body, body.mask).map((conjunct) => aheadOf(body, conjunct))
  return bounds.find(({ kind }) => kind === 'none') ?? bounds.find(({ kind }) => kind === 'before') ?? { kind: 'any' }
}

function aheadOf(body: Attention, id: number): Ahead {
  const node = body.nodes[id]
  if (node?.op !== 'pointwise') return { kind: 'any' }
  const [a, b] = node.inputs as [number, number]
  switch (node.attrs['fn']) {
    case 'or':
      return either(aheadOf(body, a), aheadOf(body, b))
    case 'and':
      return seenAhead({ ...body, mask: id })
    case 'le':
    case 'lt':
      return keysUpTo(body, a, b, node.attrs['fn'] === 'lt' ? 0 : 1)
    case 'ge':
    case 'gt':
      return keysUpTo(body, b, a, node.attrs['fn'] === 'gt' ? 0 : 1)
    default:
      return { kind: 'any' }
  }
}

/** `j < end + more`, where `end` may be the largest of several. */
function keysUpTo(body: Attention, j: number, end: number, more: number): Ahead {
  const node = body.nodes[end]
  if (node?.op === 'pointwise' && node.attrs['fn'] === 'max') {
    const [a, b] = node.inputs as [number, number]
    return either(keysUpTo(body, j, a, more), keysUpTo(body, j, b, more))
  }
  if (node?.op === 'pointwise' && node.attrs['fn'] === 'to_f32') return keysUpTo(body, j, node.inputs[0] as number, more)
  const [left, right] = [linear(body, j), linear(body, end)]
  if (left && right) {
    const [i, key, one] = combine(right, left, -1)
    // `key` is what `end - j` has of j: the condition reads `0 < i * I + key * J + one + more`.
    if (key < 0 && i === -key) return one + more <= -key ? { kind: 'none' } : { kind: 'any' }
    if (key === -1 && i === 0) return { kind: 'before', param: null, offset: one + more }
    return { kind: 'any' }
  }
  const [param, offset] = parameterOf(body, end) ?? []
  return left?.[1] === 1 && left[0] === 0 && param !== undefined && offset !== undefined
    ? { kind: 'before', param, offset: offset + more - left[2] }
    : { kind: 'any' }
}

/** A whole number of the sequence, and what is added to it. */
function parameterOf(body: Attention, id: number): readonly [param: number, offset: number] | undefined {
  const node = body.nodes[id]
  if (node?.op === 'param') {
    const index = Number(node.attrs['index'])
    return body.params[index]?.side === null && node.shape.length === 0 ? [index, 0] : undefined
  }
  if (node?.op !== 'pointwise') return undefined
  const [a, b] = node.inputs as [number, number]
  const fn = node.attrs['fn']
  if (fn === 'to_f32') return parameterOf(body, a)
  if (fn !== 'add' && fn !== 'sub') return undefined
  const [found, by] = [parameterOf(body, a), linear(body, b)]
  return found && by?.[0] === 0 && by[1] === 0 ? [found[0], found[1] + (fn === 'add' ? by[2] : -by[2])] : undefined
}

/** What is seen if either of two conditions lets a key pass. */
function either(a: Ahead, b: Ahead): Ahead {
  if (a.kind === 'none') return b
  if (b.kind === 'none') return a
  if (a.kind !== 'before' || b.kind !== 'before' || a.param !== b.param) return { kind: 'any' }
  return a.offset >= b.offset ? a : b
}

/** How many keys the last of `context` tokens sees. */
export function pairsSeen(body: Attention, context: number): number {
  const form = maskForm(body)
  if (context <= 0) return 0
  if (form.exact) {
    const last = Math.min(context - 1, context - 1 + (form.reach ?? 0))
    return Math.max(0, Math.min(last + 1, last - (context - 1) + (form.window ?? context)))
  }
  return countSeen(body, context) ?? Math.min(context, form.window ?? context)
}

/** By trying every key; null if the mask depends on more than positions. */
function countSeen(body: Attention, context: number): number | null {
  const { mask, nodes } = body
  if (mask === null) return context
  const cone = bodyCone(nodes, [mask])
  if (cone.some((id) => nodes[id]?.op === 'param')) return null
  const program = new BodyProgram(nodes, [mask])
  const run = program.compile(cone)
  const leaves = (op: string) => cone.filter((id) => nodes[id]?.op === op).map((id) => program.offset(id))
  for (const at of leaves('position_i')) program.memory[at] = context - 1
  let seen = 0
  for (let j = 0; j < context; j++) {
    for (const at of leaves('position_j')) program.memory[at] = j
    run()
    if (program.memory[program.offset(mask)] !== 0) seen++
  }
  return seen
}

function conjuncts(body: Attention, id: number): readonly number[] {
  const node = body.nodes[id]
  if (node?.op !== 'pointwise' || node.attrs['fn'] !== 'and') return [id]
  return node.inputs.flatMap((input) => conjuncts(body, input))
}

/** `i`, `j` and 1 by these factors. */
type Linear = readonly [i: number, j: number, one: number]

function linear(body: Attention, id: number): Linear | null {
  const node = body.nodes[id]
  switch (node?.op) {
    case 'position_i':
      return [1, 0, 0]
    case 'position_j':
      return [0, 1, 0]
    case 'constant':
      return [0, 0, Number(node.attrs['value'])]
    case 'pointwise':
      break
    default:
      return null
  }
  const [a, b] = node.inputs.map((input) => linear(body, input))
  if (node.attrs['fn'] === 'to_f32') return a ?? null
  if (!a || !b) return null
  switch (node.attrs['fn']) {
    case 'add':
      return combine(a, b, 1)
    case 'sub':
      return combine(a, b, -1)
    case 'mul':
      if (a[0] === 0 && a[1] === 0) return combine([0, 0, 0], b, a[2])
      return b[0] === 0 && b[1] === 0 ? combine([0, 0, 0], a, b[2]) : null
    default:
      return null
  }
}

const combine = (a: Linear, b: Linear, factor: number): Linear => [a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]]

/** `i - j <= most` (behind), or `j - i <= most` (reach). */
function boundOf(body: Attention, id: number): { readonly kind: 'behind' | 'reach'; readonly most: number } | null {
  const node = body.nodes[id]
  if (node?.op !== 'pointwise') return null
  const sign = { lt: 1, le: 1, gt: -1, ge: -1 }[String(node.attrs['fn'])]
  if (sign === undefined) return null
  const [a, b] = node.inputs.map((input) => linear(body, input))
  if (!a || !b) return null
  // factor * (i - j) + one <= 0, or < 0
  const [factor, other, one] = combine(a, b, -1).map((x) => sign * x) as [number, number, number]
  if (factor === 0 || factor !== -other) return null
  const limit = (0 - one) / Math.abs(factor)
  const strict = node.attrs['fn'] === 'lt' || node.attrs['fn'] === 'gt'
  const most = strict ? Math.ceil(limit) - 1 : Math.floor(limit)
  return { kind: factor > 0 ? 'behind' : 'reach', most }
}
