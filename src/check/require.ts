import * as messages from '../diagnostics/catalogue/check.ts'
import type { Expr } from '../syntax/ast.ts'
import type { Elaboration } from './elaboration.ts'
import type { Frame } from './frame.ts'
import { describe, type Value } from './value.ts'

/** One condition of a `require`: reports it with the numbers on both sides if it does not hold, unless `explain` has said why. */
export function checkRequire(e: Elaboration, condition: Expr, frame: Frame, explain?: (condition: Expr) => boolean): void {
  if (condition.kind === 'paren') {
    checkRequire(e, condition.value, frame, explain)
    return
  }
  if (condition.kind === 'binary' && condition.op === 'and') {
    checkRequire(e, condition.left, frame, explain)
    checkRequire(e, condition.right, frame, explain)
    return
  }
  const value = e.evaluate(condition, frame)
  if (value.kind === 'poison' || (value.kind === 'flag' && value.value)) return
  if (value.kind !== 'flag') {
    e.reporter.report(messages.wrongKind.at(condition.span, { found: describe(value), expected: 'a condition' }))
    return
  }
  if (explain?.(condition) === true) return
  const comparison = condition.kind === 'binary' && !['and', 'or'].includes(condition.op) ? condition : undefined
  const number = (value: Value): string => (value.kind === 'number' ? String(value.value) : describe(value))
  const found =
    comparison && `${number(e.evaluate(comparison.left, frame))} ${comparison.op} ${number(e.evaluate(comparison.right, frame))}`
  e.reporter.report(messages.requireFails.at(condition.span, { condition: e.text(condition.span), found: found ?? null }))
}
