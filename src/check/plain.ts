import type { Expr } from '../syntax/ast.ts'
import type { Locals, Scalar } from './checkpoint/evaluate.ts'
import { itemsOf } from './choice.ts'
import { Elaboration } from './elaboration.ts'
import { evaluate } from './expression.ts'
import { Env, type Frame } from './frame.ts'
import type { Program } from './program.ts'
import { Reporter } from './report.ts'
import { flag, none, number, text, type Value } from './value.ts'

/** More than any mapping has layers: a number that is meant for something else. */
const mostItems = 4096

/** A number, a text, a flag or nothing, as the language has it. */
export const fromPlain = (value: Scalar): Value =>
  value === null ? none : typeof value === 'number' ? number(value) : typeof value === 'boolean' ? flag(value) : text(value)

function toPlain(value: Value): Scalar | undefined {
  if (value.kind === 'number' || value.kind === 'text' || value.kind === 'flag') return value.value
  return value.kind === 'none' ? null : undefined
}

/** A compile-time value of an expression, of lists and ranges their items; undefined, without a report, if it has none. */
export function plainValue(program: Program, expression: Expr, around: Frame, locals: Locals): Scalar | readonly Scalar[] | undefined {
  const silent = new Elaboration(program, new Reporter(), evaluate)
  const env = new Env(around.env.scope, around.env)
  for (const [name, value] of locals) env.set(name, fromPlain(value))
  const frame = { ...around, env }
  const value = silent.evaluate(expression, frame)
  if (value.kind !== 'list' && value.kind !== 'range') return toPlain(value)
  const items = itemsOf(silent, expression, frame, mostItems)?.map(toPlain) ?? [undefined]
  return items.every((item) => item !== undefined) ? items : undefined
}
