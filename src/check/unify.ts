import * as messages from '../diagnostics/catalogue/check.ts'
import { constant, type Dim, equal, named, printSize } from '../dims/index.ts'
import type { Span } from '../source/source.ts'
import type { AxisExpr, Expr, TensorTypeExpr } from '../syntax/ast.ts'
import type { Elaboration } from './elaboration.ts'
import type { Frame } from './frame.ts'
import { asSize } from './size.ts'
import { describeTensor, type NumberValue, number, type TensorValue } from './value.ts'

/** A tensor that meets a declared type. */
export interface Meeting {
  readonly name: string
  readonly declared: TensorTypeExpr
  readonly found: TensorValue
  /** The text that gave the tensor. */
  readonly span: Span
}

/** The names that a border has bound, with their forms on the outer side. */
export type Bound = Map<string, Dim>

interface Pair {
  readonly size: Expr
  readonly axis: number
}

/**
 * Fits tensors to the declared types of a border: names that have no value yet are bound, everything else is compared. Gives the tensors
 * with their sizes in the words of the declarations, or undefined if something does not fit, which is reported.
 */
export function unify(e: Elaboration, meetings: readonly Meeting[], frame: Frame, bound: Bound): readonly TensorValue[] | undefined {
  const pairs = meetings.map((meeting) => alignAxes(e, meeting, frame))
  if (!pairs.every((one) => one !== undefined)) return undefined
  for (const [i, meeting] of meetings.entries()) {
    for (const { size, axis } of pairs[i] as readonly Pair[]) {
      if (size.kind !== 'name' || size.name === '' || frame.env.has(size.name)) continue
      bindName(frame, bound, size.name, meeting.found.type.shape[axis] as number, meeting.found.forms[axis] as Dim)
    }
  }
  const results: TensorValue[] = []
  for (const [i, meeting] of meetings.entries()) {
    const forms = checkSizes(e, meeting, pairs[i] as readonly Pair[], frame, bound)
    if (forms === undefined) return undefined
    results.push({ ...meeting.found, forms })
  }
  return results
}

function bindName(frame: Frame, bound: Bound, name: string, value: number, form: Dim): void {
  frame.env.set(name, number(value, named(name)))
  bound.set(name, form)
}

/** Which declared axis stands for which feature axis; reports another rank, other roles, another element type. */
function alignAxes(e: Elaboration, { name, declared, found, span }: Meeting, frame: Frame): readonly Pair[] | undefined {
  const refuse = (): undefined => {
    const related = [{ span: declared.span, message: `\`${name}\` is declared here` }]
    e.reporter.report(messages.typeDiffers.at(span, { name, found: describeTensor(found), expected: printType(e, declared) }, { related }))
    return undefined
  }
  if (declared.dtype.text !== '' && declared.dtype.text !== found.type.dtype) return refuse()
  const roles = [...(found.type.batch ? ['batch'] : []), ...(found.type.time ? ['time'] : [])]
  const total = roles.length + found.type.shape.length
  const rest = declared.axes.findIndex((axis) => axis.kind === 'rest')
  const fixed = declared.axes.filter((axis) => axis.kind === 'axis').length
  if (rest < 0 ? fixed !== total : fixed > total) return refuse()
  const skipped = total - fixed
  const pairs: Pair[] = []
  let at = 0
  for (const axis of declared.axes) {
    if (axis.kind === 'rest') {
      at += skipped
      continue
    }
    const role = axis.size.kind === 'name' && !frame.env.has(axis.size.name) ? frame.env.role(axis.size.name) : undefined
    if (at < roles.length ? role !== roles[at] : role !== undefined) return refuse()
    if (at >= roles.length) pairs.push({ size: axis.size, axis: at - roles.length })
    at++
  }
  return pairs
}

/** Compares what the declaration says of each axis with the tensor; the forms in the declaration's words. */
function checkSizes(
  e: Elaboration,
  { name, declared, found, span }: Meeting,
  pairs: readonly Pair[],
  frame: Frame,
  bound: Bound,
): readonly Dim[] | undefined {
  const forms = found.type.shape.map((size) => constant(size))
  for (const { size, axis } of pairs) {
    const actual = found.type.shape[axis] as number
    const expected = sizeOf(e, size, actual, found.forms[axis] as Dim, frame, bound)
    if (expected === undefined) return undefined
    if (expected.value !== actual) {
      const related = [{ span: size.span, message: `\`${name}\` is declared here` }]
      const args = {
        name,
        axis: axis + 1,
        of: found.type.shape.length,
        found: printSize(found.forms[axis] as Dim, actual),
        expected: printNumber(expected),
        type: printType(e, declared),
      }
      e.reporter.report(messages.sizeDiffers.at(span, args, { related }))
      return undefined
    }
    forms[axis] = expected.form ?? constant(actual)
  }
  return forms
}

/** The value of a declared size. One name that is not bound yet takes the value that makes the size come out. */
function sizeOf(e: Elaboration, size: Expr, actual: number, form: Dim, frame: Frame, bound: Bound): NumberValue | undefined {
  const open = size.kind === 'binary' ? openName(size, frame) : undefined
  if (open !== undefined) {
    // Linear in the one open name, so two trials tell its factor and the rest.
    const trial = (value: number): number | undefined => {
      frame.env.set(open, number(value, named(open)))
      const result = e.evaluate(size, frame)
      return result.kind === 'number' ? result.value : undefined
    }
    const [at0, at1, at2] = [trial(1), trial(2), trial(3)]
    if (at0 !== undefined && at1 !== undefined && at2 !== undefined && at1 - at0 === at2 - at1 && at1 !== at0) {
      const value = 1 + (actual - at0) / (at1 - at0)
      if (Number.isSafeInteger(value) && value > 0)
        bindName(frame, bound, open, value, equal(form, constant(actual)) ? constant(value) : named(open))
    }
  }
  return asSize(e.evaluate(size, frame), size.span, e.reporter)
}

/** The only name of an expression of sizes without a value; undefined if there are none or several. */
function openName(size: Expr, frame: Frame): string | undefined {
  const names = new Set<string>()
  const visit = (expression: Expr): void => {
    if (expression.kind === 'name' && !frame.env.has(expression.name) && frame.env.scope.find(expression.name) === undefined)
      names.add(expression.name)
    if (expression.kind === 'binary') {
      visit(expression.left)
      visit(expression.right)
    }
    if (expression.kind === 'paren' || expression.kind === 'unary') visit(expression.value)
  }
  visit(size)
  return names.size === 1 ? [...names][0] : undefined
}

const printNumber = ({ value, form }: NumberValue): string => (form === undefined ? String(value) : printSize(form, value))

/** A declared type as it was written. */
export function printType(e: Elaboration, { dtype, axes }: TensorTypeExpr): string {
  const text = axes.map((axis: AxisExpr) => (axis.kind === 'rest' ? '..' : e.text(axis.span)))
  return text.length === 0 ? dtype.text : `${dtype.text}[${text.join(', ')}]`
}
