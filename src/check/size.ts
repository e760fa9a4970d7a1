import * as messages from '../diagnostics/catalogue/check.ts'
import { call, constantValue, named, printDim } from '../dims/index.ts'
import type { Span } from '../source/source.ts'
import type { Reporter } from './report.ts'
import { describe, type NumberValue, number, type Value } from './value.ts'

/** The value as a size: a whole number that is not negative. Reports what it is instead. */
export function asSize(value: Value, span: Span, reporter: Reporter, what = 'a size'): NumberValue | undefined {
  if (value.kind === 'poison') return undefined
  if (value.kind !== 'number') {
    reporter.report(messages.wrongKind.at(span, { found: describe(value), expected: what }))
    return undefined
  }
  if (Number.isSafeInteger(value.value) && value.value >= 0) return value
  const form = value.form === undefined || Number(printDim(value.form)) === value.value ? null : printDim(value.form)
  reporter.report(messages.notASize.at(span, { value: value.value, form }))
  return undefined
}

/** A size that is the number of something: at least 1. */
export function asCount(value: Value, span: Span, reporter: Reporter): NumberValue | undefined {
  const size = asSize(value, span, reporter)
  if (size === undefined || size.value > 0) return size
  reporter.report(messages.notASize.at(span, { value: size.value, form: size.form ? printDim(size.form) : null }))
  return undefined
}

/** The number under a name of its own, unless its form says already of which names it is made. */
export function underName(value: Value, name: string): Value {
  if (value.kind !== 'number' || value.form === undefined || constantValue(value.form) === undefined) return value
  return { ...value, form: named(name) }
}

/** `round_up(x, m)`: the least multiple of `m` that is at least `x`. */
export function roundUp(x: NumberValue, m: NumberValue): NumberValue {
  const value = Math.ceil(x.value / m.value) * m.value
  return number(value, x.form && m.form ? call('round_up', x.form, m.form) : undefined)
}
