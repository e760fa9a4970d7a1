import * as messages from '../diagnostics/catalogue/check.ts'
import { subtract } from '../dims/index.ts'
import type { Span } from '../source/source.ts'
import type { CaseExpr, Expr, IndexExpr, MemberExpr, Name, RangeExpr } from '../syntax/ast.ts'
import { binary, unary } from './arithmetic.ts'
import { applyCall } from './call.ts'
import { choose } from './choice.ts'
import type { Elaboration } from './elaboration.ts'
import type { Frame } from './frame.ts'
import { lookup } from './lookup.ts'
import { evaluateStack } from './stack.ts'
import { replacement, suggest } from './suggest.ts'
import { describe, type NumberValue, number, orPoison, poison, type TensorValue, type Value } from './value.ts'

/** The value of an expression in the body of a model or layer. `as`: the name that it is followed by. */
export function evaluate(e: Elaboration, expression: Expr, frame: Frame, as?: Name): Value {
  const value = evaluateAny(e, expression, frame, as)
  if (value.kind !== 'poison') e.observer?.value(expression, () => describe(value))
  const { span } = expression
  if (as === undefined || value.kind === 'poison') return value
  if (expression.kind === 'call' || expression.kind === 'pipe' || expression.kind === 'stackExpr' || expression.kind === 'paren')
    return value
  if (value.kind === 'recipe') return { ...value, as }
  if (value.kind === 'shared') return value
  e.reporter.report(
    messages.nothingToName.at(
      as.span,
      { found: describe(value) },
      { fixes: [{ title: `remove \`as ${as.text}\``, edits: [{ span: { ...span, start: span.end, end: as.span.end }, text: '' }] }] },
    ),
  )
  return value
}

function evaluateAny(e: Elaboration, expression: Expr, frame: Frame, as: Name | undefined): Value {
  switch (expression.kind) {
    case 'missing':
      return poison
    case 'number':
      return expression.isInteger ? number(expression.value) : { kind: 'number', value: expression.value, form: undefined }
    case 'text':
      return { kind: 'text', value: expression.value }
    case 'name':
      return expression.name === '' ? poison : lookup(e, expression.name, expression.span, frame)
    case 'paren':
      return evaluate(e, expression.value, frame, as)
    case 'list': {
      const items = expression.items.map((item) => evaluate(e, item, frame))
      return items.some((item) => item.kind === 'poison') ? poison : { kind: 'list', items }
    }
    case 'range':
      return evaluateRange(e, expression, frame)
    case 'as':
      return evaluate(e, expression.value, frame, expression.name)
    case 'call':
      return applyCall(e, expression.callee, expression.args, undefined, expression.span, frame, as)
    case 'pipe':
      return evaluatePipe(e, expression.left, expression.right, expression.span, frame, as)
    case 'binary': {
      const left = { value: evaluate(e, expression.left, frame), span: expression.left.span }
      const right = { value: evaluate(e, expression.right, frame), span: expression.right.span }
      return binary(e, expression.op, left, right, expression.span, frame)
    }
    case 'unary': {
      const operand = { value: evaluate(e, expression.value, frame), span: expression.value.span }
      return unary(e, expression.op, operand, expression.span, frame)
    }
    case 'index':
      return evaluateIndex(e, expression, frame)
    case 'member':
      return evaluateMember(e, expression, frame)
    case 'case':
      return evaluateCase(e, expression, frame, as)
    case 'stackExpr':
      return evaluateStack(e, expression, frame, as)
  }
}

/** `x | f(a) as n` is `f(x, a) as n`. */
function evaluatePipe(e: Elaboration, left: Expr, right: Expr, span: Span, frame: Frame, as: Name | undefined): Value {
  if (right.kind === 'as') return evaluatePipe(e, left, right.value, span, frame, right.name)
  if (right.kind === 'paren') return evaluatePipe(e, left, right.value, span, frame, as)
  const piped = { name: undefined, value: evaluate(e, left, frame), span: left.span }
  if (right.kind === 'missing') return poison
  if (right.kind === 'call') return applyCall(e, right.callee, right.args, piped, right.span, frame, as)
  return applyCall(e, right, [], piped, right.span, frame, as)
}

function evaluateRange(e: Elaboration, { from, to }: RangeExpr, frame: Frame): Value {
  const end = (side: Expr | undefined): NumberValue | undefined | null => {
    if (side === undefined) return undefined
    const value = evaluate(e, side, frame)
    if (value.kind === 'number') return value
    if (value.kind !== 'poison') e.reporter.report(messages.wrongKind.at(side.span, { found: describe(value), expected: 'a size' }))
    return null
  }
  const [first, last] = [end(from), end(to)]
  return first === null || last === null ? poison : { kind: 'range', from: first, to: last }
}

function evaluateCase(e: Elaboration, expression: CaseExpr, frame: Frame, as: Name | undefined): Value {
  const subject = evaluate(e, expression.subject, frame)
  const arm = choose(e, subject, expression.subject.span, expression.arms, frame)
  if (arm === undefined) return poison
  const chosen = arm === 'else' ? expression.otherwise : arm.value
  return chosen === undefined ? noArm(e, expression, subject) : evaluate(e, chosen, frame, as)
}

function noArm(e: Elaboration, { subject, arms }: CaseExpr, value: Value): Value {
  e.reporter.report(messages.noArm.at(subject.span, { found: describe(value), arms: arms.map(({ key }) => e.text(key.span)) }))
  return poison
}

function evaluateIndex(e: Elaboration, { value: of, index, span }: IndexExpr, frame: Frame): Value {
  const [value, at] = [evaluate(e, of, frame), evaluate(e, index, frame)]
  if (value.kind === 'poison' || at.kind === 'poison') return poison
  const items =
    value.kind === 'list'
      ? value.items
      : value.kind === 'text'
        ? [...value.value].map((letter): Value => ({ kind: 'text', value: letter }))
        : undefined
  const length = items?.length ?? (value.kind === 'tensor' ? value.type.shape[0] : undefined)
  if (length === undefined) {
    e.reporter.report(messages.wrongKind.at(of.span, { found: describe(value), expected: 'a list, a text, or a tensor with feature axes' }))
    return poison
  }
  if (at.kind === 'range' && value.kind === 'tensor')
    return sliceFirst(e, value, at.from ?? number(0), at.to ?? number(length, value.forms[0]), index.span, span, frame)
  if (at.kind !== 'number' || !Number.isInteger(at.value)) {
    e.reporter.report(messages.wrongKind.at(index.span, { found: describe(at), expected: 'a whole number' }))
    return poison
  }
  if (at.value < 0 || at.value >= length) {
    e.reporter.report(messages.indexOutside.at(index.span, { found: at.value, length }))
    return poison
  }
  if (items !== undefined) return items[at.value] as Value
  const tensor = value as TensorValue
  const one = sliceFirst(e, tensor, at, number(at.value + 1), index.span, span, frame)
  if (one.kind !== 'tensor') return one
  return orPoison(e.emit('reshape', [{ value: one, span }], { shape: tensor.type.shape.slice(1) }, tensor.forms.slice(1), frame, span))
}

function sliceFirst(e: Elaboration, value: TensorValue, from: NumberValue, to: NumberValue, at: Span, span: Span, frame: Frame): Value {
  const length = value.type.shape[0] ?? 0
  if (!(from.value >= 0 && from.value <= to.value && to.value <= length)) {
    e.reporter.report(messages.indexOutside.at(at, { found: to.value, length }))
    return poison
  }
  const form = to.form && from.form ? subtract(to.form, from.form) : undefined
  const forms = form === undefined ? undefined : value.forms.with(0, form)
  return orPoison(e.emit('slice', [{ value, span }], { axis: 0, start: from.value, end: to.value }, forms, frame, span))
}

function evaluateMember(e: Elaboration, { value: of, name }: MemberExpr, frame: Frame): Value {
  const value = evaluate(e, of, frame)
  if (value.kind === 'poison' || name.text === '') return poison
  const members =
    value.kind === 'tensor' ? value.members : value.kind === 'shared' ? { get: value.weight, names: value.weightNames } : undefined
  const found = members?.get(name.text, name.span)
  if (found !== undefined) return found
  const known = members?.names() ?? []
  const near = suggest(name.text, known)
  e.reporter.report(
    messages.noSuchMember.at(
      name.span,
      { of: e.text(of.span), name: name.text, known, near: near ?? null },
      { fixes: replacement(name.span, near) },
    ),
  )
  return poison
}
