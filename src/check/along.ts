import * as messages from '../diagnostics/catalogue/check.ts'
import { BodyBuilder } from '../graph/body-builder.ts'
import type { Attributes } from '../graph/graph.ts'
import type { Span } from '../source/source.ts'
import { convert, pointwise } from './arithmetic.ts'
import type { Elaboration, Operand } from './elaboration.ts'
import type { Frame } from './frame.ts'
import { describeSegment, type Segment } from './segment.ts'
import { number, type TensorValue } from './value.ts'

/** Where states start anew: a mask of tokens, and for ops that look back the position of the last such token, made when it is first needed. */
export interface Reset {
  readonly mask: TensorValue
  readonly begin: () => TensorValue | undefined
}

/** `mask` together with what a layer around it says. */
export function resetAt(e: Elaboration, mask: TensorValue, outer: Reset | undefined, frame: Frame, span: Span): Reset | undefined {
  const both =
    outer === undefined
      ? mask
      : pointwise(
          e,
          'or',
          [
            { value: outer.mask, span },
            { value: mask, span },
          ],
          span,
          frame,
        )
  if (both === undefined) return undefined
  let begin: TensorValue | undefined
  return { mask: both, begin: () => (begin ??= lastReset(e, both, frame, span)) }
}

/** u32 [B, T]: the position of the last token at or before each where the mask is true, 0 before the first. */
function lastReset(e: Elaboration, mask: TensorValue, frame: Frame, span: Span): TensorValue | undefined {
  const position = convert(e, { value: e.position(), span }, 'f32', frame)
  const at =
    position &&
    pointwise(
      e,
      'select',
      [
        { value: mask, span },
        { value: position, span },
        { value: number(0), span },
      ],
      span,
      frame,
    )
  if (at === undefined) return undefined
  const body = new BodyBuilder('recurrence', 'last_reset')
  const next = body.pointwise('max', body.state('begin', []), body.param({ name: 'at', shape: [] }))
  body.assign('begin', next)
  const equations = body.recurrence(next)
  const index = e.body('recurrence', equations, () => e.builder.addRecurrence(equations))
  const scan = e.emitAsIs('recurrence', [{ value: at }], { body: index, chunk: 0 }, [], frame, span)
  return scan && pointwise(e, 'to_u32', [{ value: scan, span }], span, frame)
}

/** Ops that need all tokens of a sequence. */
const whole = new Set(['flip', 'pool'])

/** What an op that looks along time gets beside its inputs, on a segment of time and where states start anew. */
export function along(
  e: Elaboration,
  op: string,
  inputs: readonly Operand[],
  attrs: Attributes,
  segment: Segment,
  { frame, span }: { readonly frame: Frame; readonly span: Span },
): { readonly inputs: readonly Operand[]; readonly attrs: Attributes } | undefined {
  const { reset } = frame
  const { from, until } = segment
  if (op === 'conv1d' || (op === 'shift' && Number(attrs['count']) > 0)) {
    if (from === 0 && reset === undefined) return { inputs, attrs }
    const start = e.constant(from, 'u32')
    const last = reset?.begin()
    if (reset !== undefined && last === undefined) return undefined
    const begin =
      last === undefined
        ? start
        : from === 0
          ? last
          : pointwise(
              e,
              'max',
              [
                { value: start, span },
                { value: last, span },
              ],
              span,
              frame,
            )
    return begin && { inputs: [...inputs, { value: begin }], attrs: { ...attrs, begin: true } }
  }
  if (op === 'recurrence') {
    const part = { ...(from > 0 ? { from } : {}), ...(until === null ? {} : { until }) }
    if (reset === undefined) return { inputs, attrs: { ...attrs, ...part } }
    return { inputs: [...inputs, { value: reset.mask }], attrs: { ...attrs, ...part, reset: true } }
  }
  if (reset !== undefined && (whole.has(op) || op === 'shift')) {
    e.reporter.report(messages.resetAhead.at(span, { operation: op }))
    return undefined
  }
  const partial = from > 0 || until !== null
  if (partial && (whole.has(op) || op === 'shift')) {
    e.reporter.report(messages.segmentsDiffer.at(inputs[0]?.span ?? span, { found: describeSegment(segment), expected: 'all tokens' }))
    return undefined
  }
  return { inputs, attrs }
}
