import * as messages from '../diagnostics/catalogue/check.ts'
import { add, call, constant, constantValue, type Dim, divide, equal, multiply, negate, subtract } from '../dims/index.ts'
import type { DType } from '../graph/graph.ts'
import { pointwise as functions } from '../graph/pointwise.ts'
import { broadcastShapes } from '../graph/types.ts'
import type { Init } from '../model/model.ts'
import type { Span } from '../source/source.ts'
import type { BinaryOp } from '../syntax/ast.ts'
import type { Elaboration } from './elaboration.ts'
import type { Frame } from './frame.ts'
import type { Reporter } from './report.ts'
import {
  describe,
  describeTensor,
  flag,
  type NumberValue,
  number,
  orPoison,
  poison,
  sameValue,
  type TensorValue,
  type Value,
} from './value.ts'

/** A value and the text that it comes from. */
export interface Spanned<V = Value> {
  readonly value: V
  readonly span: Span
}

const pointwiseNames: Readonly<Record<BinaryOp, string>> = {
  ...{ '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '%': 'mod', '^': 'pow' },
  ...{ '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge', '==': 'eq', '!=': 'ne', and: 'and', or: 'or' },
}

export const functionOf = (op: BinaryOp): string => pointwiseNames[op]

/** `left op right` of compile-time values; undefined where an operand is not one of those. Reports what does not fit. */
export function foldBinary(op: BinaryOp, left: Spanned, right: Spanned, span: Span, reporter: Reporter): Value | undefined {
  const [a, b] = [left.value, right.value]
  if (a.kind === 'poison' || b.kind === 'poison') return poison
  if (a.kind === 'init' || b.kind === 'init') return foldInits(pointwiseNames[op], [left, right], reporter)
  if (a.kind === 'number' && b.kind === 'number') return foldNumbers(op, a, b, span, reporter)
  if (a.kind === 'flag' && b.kind === 'flag' && (op === 'and' || op === 'or')) {
    return flag(op === 'and' ? a.value && b.value : a.value || b.value)
  }
  const plain = (value: Value): boolean => ['number', 'flag', 'text', 'none'].includes(value.kind)
  if ((op === '==' || op === '!=') && plain(a) && plain(b)) return flag(sameValue(a, b) === (op === '=='))
  return undefined
}

function foldNumbers(op: BinaryOp, a: NumberValue, b: NumberValue, span: Span, reporter: Reporter): Value {
  const forms = (of: (x: Dim, y: Dim) => Dim | undefined): Dim | undefined => (a.form && b.form ? of(a.form, b.form) : undefined)
  switch (op) {
    case '+':
      return number(a.value + b.value, forms(add))
    case '-':
      return number(a.value - b.value, forms(subtract))
    case '*':
      return number(a.value * b.value, forms(multiply))
    case '/':
    case '%':
      if (b.value === 0) {
        reporter.report(messages.divisionByZero.at(span, {}))
        return poison
      }
      if (op === '/') return number(a.value / b.value, forms(divide))
      return number(
        a.value - b.value * Math.floor(a.value / b.value),
        forms((x, y) => call('remainder', x, y)),
      )
    case '^':
      return number(a.value ** b.value, wholePower(a, b))
    case '<':
      return flag(a.value < b.value)
    case '<=':
      return flag(a.value <= b.value)
    case '>':
      return flag(a.value > b.value)
    case '>=':
      return flag(a.value >= b.value)
    case '==':
      return flag(a.value === b.value)
    case '!=':
      return flag(a.value !== b.value)
    default:
      reporter.report(messages.wrongKind.at(span, { found: 'numbers', expected: `conditions on both sides of \`${op}\`` }))
      return poison
  }
}

function wholePower(a: NumberValue, b: NumberValue): Dim | undefined {
  if (a.form === undefined || !Number.isInteger(b.value) || b.value < 0 || b.value > 8) return undefined
  let form = constant(1)
  for (let i = 0; i < b.value; i++) form = multiply(form, a.form)
  return form
}

/** A pointwise function of starting values: evaluated when the weights are made. */
export function foldInits(fn: string, args: readonly Spanned[], reporter: Reporter): Value {
  const inits: Init[] = []
  for (const { value, span } of args) {
    if (value.kind === 'poison') return poison
    if (value.kind === 'init') inits.push(value.init)
    else if (value.kind === 'number') inits.push(value.value)
    else {
      reporter.report(messages.wrongKind.at(span, { found: describe(value), expected: 'a starting value or a number' }))
      return poison
    }
  }
  return { kind: 'init', init: { fn, args: inits } }
}

export function binary(e: Elaboration, op: BinaryOp, left: Spanned, right: Spanned, span: Span, frame: Frame): Value {
  const folded = foldBinary(op, left, right, span, e.reporter)
  if (folded !== undefined) return folded
  if (op === '^' && left.value.kind === 'tensor' && right.value.kind === 'number' && right.value.value === 2) {
    return orPoison(pointwise(e, 'mul', [left, left], span, frame))
  }
  return neutral(op, left.value, right.value) ?? orPoison(pointwise(e, pointwiseNames[op], [left, right], span, frame))
}

/** The operand that the other one leaves as it is: definitions have factors that are 1 unless a model says more. */
function neutral(op: BinaryOp, a: Value, b: Value): TensorValue | undefined {
  const is = (value: Value, number: number): boolean => value.kind === 'number' && value.value === number
  const f32 = (value: Value): TensorValue | undefined => (value.kind === 'tensor' && value.type.dtype === 'f32' ? value : undefined)
  if (is(b, op === '*' || op === '/' || op === '^' ? 1 : op === '+' || op === '-' ? 0 : Number.NaN)) return f32(a)
  return is(a, op === '*' ? 1 : op === '+' ? 0 : Number.NaN) ? f32(b) : undefined
}

export function unary(e: Elaboration, op: '-' | 'not', operand: Spanned, span: Span, frame: Frame): Value {
  const { value } = operand
  if (value.kind === 'poison') return poison
  if (op === 'not') {
    if (value.kind === 'flag') return flag(!value.value)
    return orPoison(pointwise(e, 'not', [operand], span, frame))
  }
  if (value.kind === 'number') return number(0 - value.value, value.form && negate(value.form))
  if (value.kind === 'init') return foldInits('neg', [operand], e.reporter)
  return orPoison(pointwise(e, 'neg', [operand], span, frame))
}

/** Functions whose result of whole numbers is a whole number that cannot wrap around. */
const staysWhole = new Set(['add', 'mul', 'mod', 'min', 'max', 'lt', 'le', 'gt', 'ge', 'eq', 'ne'])
const onConditions = new Set(['and', 'or', 'not'])
const onEither = new Set(['eq', 'ne'])

/** A pointwise function of tensors and numbers, at least one a tensor. Whole numbers become f32 where the function needs it. */
export function pointwise(e: Elaboration, fn: string, args: readonly Spanned[], span: Span, frame: Frame): TensorValue | undefined {
  const dtypes: DType[] = []
  for (const { value, span: at } of args) {
    if (value.kind === 'poison') return undefined
    if (value.kind === 'flag') dtypes.push('bool')
    else if (value.kind === 'number') dtypes.push(Number.isSafeInteger(value.value) && value.value >= 0 ? 'u32' : 'f32')
    else if (value.kind === 'tensor') dtypes.push(value.type.dtype)
    else {
      e.reporter.report(messages.wrongKind.at(at, { found: describe(value), expected: 'a tensor or a number' }))
      return undefined
    }
  }
  const values = fn === 'select' ? dtypes.slice(1) : dtypes
  const whole = values.every((dtype) => dtype === 'u32') && args.some(({ value }) => value.kind === 'tensor' && value.type.dtype === 'u32')
  const target: DType = values.every((dtype) => dtype === 'bool')
    ? 'bool'
    : whole && (staysWhole.has(fn) || fn === 'select')
      ? 'u32'
      : 'f32'
  const inputs: Spanned<TensorValue>[] = []
  for (const [i, arg] of args.entries()) {
    const condition = fn === 'select' ? i === 0 : onConditions.has(fn)
    const wanted = condition ? 'bool' : target === 'bool' && fn !== 'select' && !onEither.has(fn) ? 'f32' : target
    const value = convert(e, arg, wanted, frame)
    if (value === undefined) return undefined
    inputs.push({ value, span: arg.span })
  }
  const forms = alignForms(e, inputs, span)
  return forms && e.emit('pointwise', inputs, { fn }, forms, frame, span)
}

/** The operand with another element type, where that loses nothing. */
export function convert(e: Elaboration, { value, span }: Spanned, wanted: DType, frame: Frame): TensorValue | undefined {
  if (value.kind === 'number' && wanted !== 'bool') {
    if (Number.isFinite(value.value)) return e.constant(value.value, wanted)
    e.reporter.report(messages.notFinite.at(span, { value: String(value.value) }))
    return undefined
  }
  if (value.kind === 'flag' && wanted === 'bool') return e.constant(value.value, 'bool')
  if (value.kind === 'tensor') {
    if (value.type.dtype === wanted) return value
    if (value.type.dtype === 'u32' && wanted === 'f32')
      return e.emit('pointwise', [{ value, span }], { fn: 'to_f32' }, value.forms, frame, span)
  }
  if (value.kind !== 'poison') {
    e.reporter.report(
      messages.wrongKind.at(span, { found: describe(value), expected: wanted === 'bool' ? 'a condition' : 'a tensor of numbers' }),
    )
  }
  return undefined
}

/** The forms of a broadcast result; reports sizes that differ. */
function alignForms(e: Elaboration, inputs: readonly Spanned<TensorValue>[], span: Span): readonly Dim[] | undefined {
  const shape = broadcastShapes(inputs.map(({ value }) => value.type.shape))
  if (shape === null) {
    const [a, b] = inputs.filter(({ value }) => value.type.shape.length > 0)
    const axis = a && b ? misfit(a.value, b.value) : undefined
    e.reporter.report(
      messages.shapesDiffer.at(span, {
        left: a ? describeTensor(a.value) : '',
        right: b ? describeTensor(b.value) : '',
        axis: axis ?? 1,
      }),
    )
    return undefined
  }
  warnOfAlignment(e, inputs, span)
  return shape.map((size, i) => {
    const fromRight = shape.length - i
    const candidates = inputs.flatMap(({ value }) => {
      const at = value.type.shape.length - fromRight
      return value.type.shape[at] === size ? [value.forms[at] as Dim] : []
    })
    return candidates.find((form) => constantValue(form) === undefined) ?? candidates[0] ?? constant(size)
  })
}

/** The axis from the right, counted from 1, on which two shapes differ. */
function misfit(a: TensorValue, b: TensorValue): number | undefined {
  for (let i = 1; i <= Math.min(a.type.shape.length, b.type.shape.length); i++) {
    const [x, y] = [a.type.shape.at(-i) as number, b.type.shape.at(-i) as number]
    if (x !== y && x !== 1 && y !== 1) return i
  }
  return undefined
}

/**
 * A vector of one size meets an axis of another that happens to be as long, while the axis that it names stands elsewhere: most likely a
 * mistake that other sizes would have shown.
 */
function warnOfAlignment(e: Elaboration, inputs: readonly Spanned<TensorValue>[], span: Span): void {
  const [a, b] = inputs
  if (a === undefined || b === undefined || inputs.length > 2) return
  const [low, high] = a.value.type.shape.length < b.value.type.shape.length ? [a, b] : [b, a]
  const last = low.value.forms.at(-1)
  const met = high.value.forms.at(-1)
  if (low.value.forms.length === high.value.forms.length || last === undefined || met === undefined) return
  if (constantValue(last) !== undefined || low.value.type.shape.at(-1) === 1 || high.value.type.shape.at(-1) === 1 || equal(last, met))
    return
  if (!high.value.forms.slice(0, -1).some((form) => equal(form, last))) return
  e.reporter.report(messages.alignedByChance.at(span, { low: describeTensor(low.value), high: describeTensor(high.value) }))
}

/** A pointwise function by name of whatever it is given: numbers are computed now, starting values when weights are made. */
export function applyFunction(e: Elaboration, fn: string, args: readonly Spanned[], span: Span, frame: Frame): Value {
  if (args.some(({ value }) => value.kind === 'poison')) return poison
  const table = functions[fn]
  if (table === undefined) throw new Error(`no pointwise function ${fn}`)
  if (args.length !== table.arity) {
    e.reporter.report(messages.wrongCount.at(span, { name: fn, found: args.length, expected: String(table.arity) }))
    return poison
  }
  if (args.some(({ value }) => value.kind === 'init')) return foldInits(fn, args, e.reporter)
  if (args.every(({ value }) => value.kind === 'number')) return foldFunction(fn, args as readonly Spanned<NumberValue>[])
  return orPoison(pointwise(e, fn, args, span, frame))
}

export function foldFunction(fn: string, args: readonly Spanned<NumberValue>[]): Value {
  const [a, b, c] = args.map(({ value }) => value)
  const result = functions[fn]?.evaluate(a?.value ?? 0, b?.value ?? 0, c?.value ?? 0) as number
  if ((fn === 'min' || fn === 'max') && a?.form && b?.form) return number(result, call(fn, a.form, b.form))
  return number(result)
}
