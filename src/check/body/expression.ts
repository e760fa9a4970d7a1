import * as messages from '../../diagnostics/catalogue/check.ts'
import { subtract } from '../../dims/index.ts'
import type { CaseExpr, Expr, IndexExpr, UnaryExpr } from '../../syntax/ast.ts'
import { asksForNone, choose } from '../choice.ts'
import { lookup } from '../lookup.ts'
import { describe, flag, number, poison } from '../value.ts'
import { bodyBinary, bodyPointwise } from './arithmetic.ts'
import { bodyCall } from './call.ts'
import type { BodyContext } from './context.ts'
import type { BodyValue } from './value.ts'

/** The value of an expression in the body of a recurrence, attention or function. */
export function bodyExpression(b: BodyContext, expression: Expr): BodyValue {
  const value = bodyValue(b, expression)
  if (value.kind !== 'poison') b.e.observer?.value(expression, () => b.describe(value))
  return value
}

function bodyValue(b: BodyContext, expression: Expr): BodyValue {
  const { span } = expression
  switch (expression.kind) {
    case 'paren':
      return bodyExpression(b, expression.value)
    case 'name':
      return bodyName(b, expression.name, expression)
    case 'binary': {
      const left = { value: bodyExpression(b, expression.left), span: expression.left.span }
      const right = { value: bodyExpression(b, expression.right), span: expression.right.span }
      return bodyBinary(b, expression.op, left, right, span)
    }
    case 'unary':
      return bodyUnary(b, expression)
    case 'call':
      return bodyCall(b, expression.callee, expression.args, undefined, span, bodyExpression)
    case 'pipe':
      return bodyPipe(b, expression.left, expression.right)
    case 'index':
      return bodyIndex(b, expression)
    case 'case':
      return bodyCase(b, expression)
    case 'as':
      b.e.reporter.report(
        messages.nothingToName.at(expression.name.span, {
          found: `a value in the body of ${b.kind === 'recurrence' ? 'a recurrence' : 'an attention'}`,
        }),
      )
      return bodyExpression(b, expression.value)
    case 'stackExpr':
      b.e.reporter.report(messages.notInBody.at({ ...span, end: span.start + 5 }, { found: '`stack`', kind: b.kind }))
      return poison
    default:
      // Numbers, texts, lists, ranges, members: compile-time values.
      return b.e.evaluate(expression, b.frame)
  }
}

function bodyName(b: BodyContext, name: string, { span }: Expr): BodyValue {
  if (name === '') return poison
  const local = b.names.get(name)
  if (local !== undefined) return local
  if (name === 'position' && b.frame.env.get(name) === undefined && b.frame.env.scope.find(name) === undefined) {
    b.e.reporter.report(messages.notInBody.at(span, { found: '`position`', kind: b.kind }))
    return poison
  }
  return lookup(b.e, name, span, b.frame)
}

function bodyUnary(b: BodyContext, { op, value: of, span }: UnaryExpr): BodyValue {
  const value = bodyExpression(b, of)
  if (value.kind === 'poison') return poison
  if (op === 'not' && value.kind === 'flag') return flag(!value.value)
  if (op === '-' && value.kind === 'number') return number(0 - value.value, value.form && subtract({ terms: [] }, value.form))
  return bodyPointwise(b, op === '-' ? 'neg' : 'not', [{ value, span: of.span }], span) ?? poison
}

function bodyPipe(b: BodyContext, left: Expr, right: Expr): BodyValue {
  if (right.kind === 'paren' || right.kind === 'as') return bodyPipe(b, left, right.value)
  if (right.kind === 'missing') return poison
  const piped = { value: bodyExpression(b, left), span: left.span }
  if (right.kind === 'call') return bodyCall(b, right.callee, right.args, piped, right.span, bodyExpression)
  return bodyCall(b, right, [], piped, right.span, bodyExpression)
}

function bodyIndex(b: BodyContext, { value: of, index, span }: IndexExpr): BodyValue {
  const value = bodyExpression(b, of)
  if (value.kind === 'poison') return poison
  const at = bodyExpression(b, index)
  if (at.kind === 'poison') return poison
  if (value.kind !== 'node') {
    if (value.kind !== 'list' || at.kind !== 'number') {
      b.refuse(
        value.kind === 'list' ? at : value,
        value.kind === 'list' ? index.span : of.span,
        value.kind === 'list' ? 'a whole number' : 'a list, or a vector',
      )
      return poison
    }
    const item = value.items[at.value]
    if (item === undefined) b.e.reporter.report(messages.indexOutside.at(index.span, { found: at.value, length: value.items.length }))
    return item ?? poison
  }
  const length = b.shape(value)[0]
  if (length === undefined) {
    b.refuse(value, of.span, 'a vector, or a matrix')
    return poison
  }
  if (at.kind === 'range') {
    const [from, to] = [at.from?.value ?? 0, at.to?.value ?? length]
    return b.emit('slice', [{ value, span: of.span }], { axis: 0, start: from, end: to }, undefined, span) ?? poison
  }
  if (at.kind !== 'number' || !Number.isInteger(at.value)) {
    const found = at.kind === 'node' ? 'a value that is known at run time only' : at.kind === 'diagonal' ? '`diag`' : describe(at)
    b.e.reporter.report(messages.wrongKind.at(index.span, { found, expected: 'a whole number' }))
    return poison
  }
  if (at.value < 0 || at.value >= length) {
    b.e.reporter.report(messages.indexOutside.at(index.span, { found: at.value, length }))
    return poison
  }
  return b.emit('index', [{ value, span: of.span }], { at: at.value }, value.forms.slice(1), span) ?? poison
}

function bodyCase(b: BodyContext, expression: CaseExpr): BodyValue {
  const subject = bodyExpression(b, expression.subject)
  const isNode = subject.kind === 'node' || subject.kind === 'diagonal'
  if (isNode && !asksForNone(expression.arms)) {
    b.e.reporter.report(messages.notCompileTime.at(expression.subject.span, { found: b.describe(subject) }))
    return poison
  }
  const arm = isNode ? 'else' : choose(b.e, subject, expression.subject.span, expression.arms, b.frame)
  if (arm === undefined) return poison
  const chosen = arm === 'else' ? expression.otherwise : arm.value
  if (chosen !== undefined) return bodyExpression(b, chosen)
  b.e.reporter.report(
    messages.noArm.at(expression.subject.span, {
      found: isNode ? b.describe(subject) : describe(subject),
      arms: expression.arms.map(({ key }) => b.e.text(key.span)),
    }),
  )
  return poison
}
