import type { Model } from '../model/model.ts'
import { countFlops, countParams, decodeStateBytes } from '../model/statistics.ts'
import type { Expr } from '../syntax/ast.ts'
import type { Elaboration } from './elaboration.ts'
import { Env, type Frame } from './frame.ts'
import { checkRequire } from './require.ts'
import { number } from './value.ts'

/** A condition of a model, which may name what the whole model costs. */
export function checkModelRequire(e: Elaboration, condition: Expr, frame: Frame, model: Model): void {
  const env = new Env(frame.env.scope, frame.env)
  env.set('params', () => number(countParams(model)))
  env.set('horizon', () => (model.horizon.kind === 'causal' ? number(0) : { kind: 'text', value: 'whole' }))
  checkRequire(e, withStatistics(e, condition, { ...frame, env }, model), { ...frame, env })
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
