import * as messages from '../diagnostics/catalogue/check.ts'
import type { NodeId } from '../graph/graph.ts'
import { stateful } from '../graph/ops/index.ts'
import type { Span } from '../source/source.ts'
import { pointwise } from './arithmetic.ts'
import type { Elaboration, Operand } from './elaboration.ts'
import type { Frame } from './frame.ts'
import { number, type TensorValue } from './value.ts'

/** Tokens at positions `[from, until)` of every sequence; null: to its end. */
export interface Segment {
  readonly from: number
  readonly until: number | null
}

/** All tokens: what a value without `segment` has. */
export const wholeTime: Segment = { from: 0, until: null }

export const describeSegment = ({ from, until }: Segment): string => `tokens ${from} .. ${until ?? ''}`.trimEnd()

/** The part of time that a value with tokens has; undefined for one that is the same for all tokens. */
export function segmentOf({ type, segment }: TensorValue): Segment | undefined {
  return type.time ? (segment ?? wholeTime) : undefined
}

/** The segment that all inputs with tokens have; undefined, and reported, where they differ. */
export function commonSegment(e: Elaboration, inputs: readonly Operand[], span: Span): Segment | undefined {
  let found: Segment | undefined
  for (const input of inputs) {
    const here = segmentOf(input.value)
    if (here === undefined || isEverywhere(e, input.value)) continue
    if (found !== undefined && (found.from !== here.from || found.until !== here.until)) {
      e.reporter.report(messages.segmentsDiffer.at(input.span ?? span, { found: describeSegment(here), expected: describeSegment(found) }))
      return undefined
    }
    found = here
  }
  return found ?? wholeTime
}

/** Ops whose value at a token is made of other tokens, or given from outside. */
const notOfOneToken: ReadonlySet<string> = new Set([...stateful, 'flip', 'input'])

const everywhere = new WeakMap<Elaboration, Map<NodeId, boolean>>()

/** The position of a token is known in every span, and so is what is made of it and of values without tokens. */
function isEverywhere(e: Elaboration, { node: id }: Pick<TensorValue, 'node'>): boolean {
  const known = everywhere.get(e) ?? new Map<NodeId, boolean>()
  everywhere.set(e, known)
  const found = known.get(id)
  if (found !== undefined) return found
  const node = e.builder.node(id)
  const timed = node.inputs.filter((input) => e.builder.type(input).time)
  const result =
    node.op === 'position' || (timed.length > 0 && !notOfOneToken.has(node.op) && timed.every((input) => isEverywhere(e, { node: input })))
  known.set(id, result)
  return result
}

/** `a` up to where `b` begins, then `b`. */
export function joined(
  e: Elaboration,
  a: { readonly value: TensorValue; readonly span: Span },
  b: { readonly value: TensorValue; readonly span: Span },
  frame: Frame,
  span: Span,
): TensorValue | undefined {
  const [first, second] = [segmentOf(a.value), segmentOf(b.value)]
  if (first === undefined || second === undefined || first.until === null || first.until !== second.from) {
    const found = second === undefined ? 'a value without tokens' : describeSegment(second)
    const expected = first?.until === null || first === undefined ? 'spans that lie side by side' : `tokens ${first.until} ..`
    e.reporter.report(messages.segmentsDiffer.at(b.span, { found, expected }))
    return undefined
  }
  const early = pointwise(
    e,
    'lt',
    [
      { value: e.position(), span },
      { value: number(first.until), span },
    ],
    span,
    frame,
  )
  if (early === undefined) return undefined
  const everywhere = (value: TensorValue): TensorValue => ({ ...value, segment: undefined })
  const both = pointwise(
    e,
    'select',
    [
      { value: early, span },
      { ...a, value: everywhere(a.value) },
      { ...b, value: everywhere(b.value) },
    ],
    span,
    frame,
  )
  if (both === undefined) return undefined
  const whole = first.from === 0 && second.until === null
  return { ...both, segment: whole ? undefined : { from: first.from, until: second.until } }
}
