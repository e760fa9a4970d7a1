import * as messages from '../../diagnostics/catalogue/check.ts'
import type { Dim } from '../../dims/index.ts'
import type { Attention } from '../../graph/graph.ts'
import { type Side, sidesOf } from '../../graph/sides.ts'
import type { Span } from '../../source/source.ts'
import type { AttentionDecl, Expr } from '../../syntax/ast.ts'
import { sameNumbers } from '../../util/numbers.ts'
import type { Segment } from '../segment.ts'
import { bodyPointwise, toNode } from './arithmetic.ts'
import type { BodyContext } from './context.ts'
import { bodyExpression } from './expression.ts'
import { sizesOf } from './recurrence.ts'
import type { BodyValue, NodeValue } from './value.ts'

export interface BuiltAttention {
  readonly kind: 'attention'
  readonly body: Attention
  readonly shape: readonly number[]
  readonly forms: readonly Dim[]
}

/** What a call adds to the mask: a segment of time that keys lie in, and that a query sees no key before the last reset. */
export interface Limits {
  readonly segment: Segment
  readonly reset: boolean
}

/** Mask, score and weighting of one pair (i, j) and one head for given sizes. Undefined after an error. */
export function attentionBody(b: BodyContext, decl: AttentionDecl, limits: Limits): BuiltAttention | undefined {
  b.names.set('i', b.node(b.builder.add('position_i')))
  b.names.set('j', b.node(b.builder.add('position_j')))
  let mask: NodeValue | null = null
  let result: Extract<AttentionDecl['body'][number], { kind: 'outOf' }> | undefined
  let failed = false
  for (const statement of decl.body) {
    switch (statement.kind) {
      case 'missing':
        failed = true
        break
      case 'assign':
        b.names.set(statement.name.text, bodyExpression(b, statement.value))
        break
      case 'where': {
        const value = bodyExpression(b, statement.condition)
        const span = statement.condition.span
        const condition = value.kind === 'poison' ? undefined : toNode(b, { value, span }, 'bool')
        if (condition === undefined || !isScalar(b, condition, span)) failed = true
        else
          mask =
            mask === null
              ? condition
              : (bodyPointwise(
                  b,
                  'and',
                  [
                    { value: mask, span },
                    { value: condition, span },
                  ],
                  span,
                ) ?? mask)
        break
      }
      case 'outOf':
        if (result === undefined) result = statement
        else b.e.reporter.report(messages.secondOut.at(statement.span, {}))
    }
  }
  if (failed) return undefined
  if (result === undefined) {
    b.e.reporter.report(messages.noOut.at(decl.name.span, { definition: decl.name.text }))
    return undefined
  }
  const weighting = readWeighting(b, result.weighting)
  const value = vector(b, bodyExpression(b, result.of), result.of.span)
  const expected = sizesOf(b, decl.result)
  if (weighting === undefined || value === undefined || expected === undefined) return undefined
  if (!sameNumbers(b.shape(value), expected.values)) {
    const related = [{ span: decl.result.span, message: 'declared here' }]
    const args = { name: 'out', found: b.describe(value), expected: `${b.e.text(decl.result.span)}, [${expected.values.join(', ')}]` }
    b.e.reporter.report(messages.typeDiffers.at(result.of.span, args, { related }))
    return undefined
  }
  const body = b.builder.attention({
    mask: limited(b, mask?.id ?? null, limits),
    score: weighting.score.id,
    weighting: weighting.kind,
    sink: weighting.sink?.id ?? null,
    value: value.id,
  })
  if (!sidesHold(b, body, weighting, value, result.of.span)) return undefined
  return { kind: 'attention', body, shape: expected.values, forms: expected.forms }
}

/** The mask with what the call adds. Segments begin at one position each, so equal beginnings mean the same segment. */
function limited(b: BodyContext, mask: number | null, { segment, reset }: Limits): number | null {
  const { builder } = b
  const conditions: number[] = mask === null ? [] : [mask]
  const key = (): number => builder.add('position_j')
  if (segment.from > 0) conditions.push(builder.pointwise('ge', key(), builder.constant(segment.from, 'u32')))
  if (segment.until !== null) conditions.push(builder.pointwise('lt', key(), builder.constant(segment.until, 'u32')))
  if (reset) {
    const [asks, answers] = (['i', 'j'] as const).map((side) => builder.param({ name: `begin_${side}`, shape: [], dtype: 'u32', side }))
    conditions.push(builder.pointwise('eq', asks as number, answers as number))
  }
  return conditions.length === 0 ? null : conditions.reduce((all, one) => builder.pointwise('and', all, one))
}

interface Weighting {
  readonly kind: 'softmax' | 'sigmoid'
  readonly score: NodeValue
  readonly scoreSpan: Span
  readonly sink: NodeValue | null
  readonly sinkSpan: Span
}

/** `softmax(score, sink: c)` or `sigmoid(score)`. */
function readWeighting(b: BodyContext, expression: Expr): Weighting | undefined {
  if (expression.kind === 'paren') return readWeighting(b, expression.value)
  const kind = expression.kind === 'call' && expression.callee.kind === 'name' ? expression.callee.name : undefined
  if (expression.kind !== 'call' || (kind !== 'softmax' && kind !== 'sigmoid')) {
    if (expression.kind !== 'missing') b.e.reporter.report(messages.badWeighting.at(expression.span, { found: b.e.text(expression.span) }))
    return undefined
  }
  const [score, ...more] = expression.args.filter(({ name }) => name === undefined)
  const named = expression.args.filter(({ name }) => name !== undefined)
  const sink = named.find(({ name }) => name?.text === 'sink')
  const odd = more[0] ?? named.find((arg) => arg !== sink || kind === 'sigmoid')
  if (score === undefined || odd !== undefined) {
    b.e.reporter.report(messages.badWeighting.at((odd ?? expression).span, { found: b.e.text(expression.span) }))
    return undefined
  }
  const scoreValue = scalar(b, bodyExpression(b, score.value), score.value.span)
  const sinkValue = sink && bodyExpression(b, sink.value)
  const sinkNode = sinkValue === undefined || sinkValue.kind === 'none' ? null : scalar(b, sinkValue, (sink as { span: Span }).span)
  if (scoreValue === undefined || sinkNode === undefined) return undefined
  return { kind, score: scoreValue, scoreSpan: score.value.span, sink: sinkNode, sinkSpan: sink?.value.span ?? expression.span }
}

function scalar(b: BodyContext, value: BodyValue, span: Span): NodeValue | undefined {
  const node = value.kind === 'poison' ? undefined : toNode(b, { value, span }, 'f32')
  return node !== undefined && isScalar(b, node, span) ? node : undefined
}

function isScalar(b: BodyContext, node: NodeValue, span: Span): boolean {
  if (b.shape(node).length === 0) return true
  b.refuse(node, span, 'a scalar: one value for the pair (i, j)')
  return false
}

function vector(b: BodyContext, value: BodyValue, span: Span): NodeValue | undefined {
  const node = value.kind === 'poison' ? undefined : toNode(b, { value, span }, 'f32')
  if (node === undefined || b.shape(node).length === 1) return node
  return b.refuse(node, span, 'a vector of the key position j')
}

/** The weighted value belongs to j alone, the sink to no position. */
function sidesHold(b: BodyContext, body: Attention, weighting: Weighting, value: NodeValue, span: Span): boolean {
  const sides = sidesOf(body.nodes, body.params)
  const wrong = (id: number, allowed: readonly Side[], at: Span, expected: string): boolean => {
    const side = sides[id] ?? 'none'
    if (allowed.includes(side)) return false
    const found = side === 'both' ? 'depends on i and j' : side === 'none' ? 'depends on no position' : `depends on ${side}`
    b.e.reporter.report(messages.wrongSide.at(at, { found, expected }))
    return true
  }
  if (wrong(value.id, ['j'], span, 'a value of the key position j')) return false
  return weighting.sink === null || !wrong(weighting.sink.id, ['none'], weighting.sinkSpan, 'a constant per head')
}
