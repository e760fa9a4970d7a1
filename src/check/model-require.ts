import * as messages from '../diagnostics/catalogue/check.ts'
import type { Model } from '../model/model.ts'
import { countFlops, countParams, decodeStateBytes } from '../model/statistics.ts'
import type { Expr } from '../syntax/ast.ts'
import { isExpr, walk } from '../syntax/walk.ts'
import type { Elaboration } from './elaboration.ts'
import { Env, type Frame } from './frame.ts'
import { checkRequire } from './require.ts'
import { number, type Value } from './value.ts'

/** A condition of a model, which may name what the whole model costs. */
export function checkModelRequire(e: Elaboration, condition: Expr, frame: Frame, model: Model): void {
  const env = new Env(frame.env.scope, frame.env)
  env.set('params', () => number(countParams(model)))
  env.set('horizon', () => horizonValue(model.horizon))
  const inner = { ...frame, env }
  checkRequire(e, withStatistics(e, condition, inner, model), inner, (failed) => reportHorizon(e, failed, model.horizon))
}

/** 0, a number of tokens, the name of the input that has it for each sequence, or "whole". */
function horizonValue(horizon: Model['horizon']): Value {
  if (horizon.kind === 'causal') return number(0)
  if (horizon.kind === 'prefix' && typeof horizon.upto === 'number') return number(horizon.upto)
  return { kind: 'text', value: horizon.kind === 'prefix' ? String(horizon.upto) : 'whole' }
}

/** Says which op looks ahead, where a condition on the horizon fails; false if it is about something else. */
function reportHorizon(e: Elaboration, condition: Expr, horizon: Model['horizon']): boolean {
  if (horizon.kind === 'causal' || !names(condition, 'horizon')) return false
  const at = e.spanAt(horizon.source)
  const value = horizonValue(horizon)
  const args = {
    condition: e.text(condition.span),
    horizon: value.kind === 'number' ? String(value.value) : horizon.kind === 'prefix' ? `\`${horizon.upto}\`` : '"whole"',
    because: horizon.because,
  }
  const options = at === undefined ? {} : { related: [{ span: at, message: horizon.because }] }
  e.reporter.report(messages.looksAhead.at(condition.span, args, options))
  return true
}

function names(expression: Expr, name: string): boolean {
  let found = false
  walk(expression, (node) => {
    if (isExpr(node) && node.kind === 'name' && node.name === name) found = true
  })
  return found
}

/** `decode_state(T: n)` and `flops(T: n)` are calls: they become numbers before the condition is evaluated. */
function withStatistics(e: Elaboration, expression: Expr, frame: Frame, model: Model): Expr {
  const inside = (part: Expr): Expr => withStatistics(e, part, frame, model)
  switch (expression.kind) {
    case 'binary':
      return { ...expression, left: inside(expression.left), right: inside(expression.right) }
    case 'unary':
    case 'paren':
      return { ...expression, value: inside(expression.value) }
    case 'name':
      return expression.name === 'flops' && !frame.env.has('flops') ? literal(expression, countFlops(model, 1)) : expression
    case 'call': {
      if (expression.callee.kind !== 'name') return expression
      const argument = (name: string): number | undefined => {
        const found = expression.args.find((arg) => arg.name?.text === name)
        const value = found && e.evaluate(found.value, frame)
        return value?.kind === 'number' ? value.value : undefined
      }
      const [tokens, batch, rollback] = [argument('T') ?? 1, argument('B') ?? 1, argument('rollback') ?? 0]
      if (expression.callee.name === 'decode_state') return literal(expression, decodeStateBytes(model, { tokens, batch, rollback }))
      return expression.callee.name === 'flops' ? literal(expression, countFlops(model, tokens)) : expression
    }
    default:
      return expression
  }
}

const literal = ({ span }: Expr, value: number): Expr => ({
  kind: 'number',
  span,
  value,
  isInteger: Number.isSafeInteger(value),
  text: String(value),
})
