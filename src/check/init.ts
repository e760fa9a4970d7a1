import * as messages from '../diagnostics/catalogue/check.ts'
import type { Init } from '../model/model.ts'
import type { Expr } from '../syntax/ast.ts'
import { foldInits } from './arithmetic.ts'
import { initFunctions, pointwiseFunctions } from './builtins/index.ts'
import { asInit } from './coerce.ts'
import type { Elaboration } from './elaboration.ts'
import type { Frame } from './frame.ts'
import { describe, poison, type Value } from './value.ts'

/**
 * A starting value: `zeros`, `ones`, `normal(deviation)`, `uniform(a, b)`, `log_uniform(a, b)`, `inverse_softplus(x)`, `iota(n)` along the last
 * axis, pointwise functions and arithmetic of these, numbers, and lists of numbers.
 */
export function evaluateInit(e: Elaboration, expression: Expr, frame: Frame): Value {
  if (expression.kind === 'paren') return evaluateInit(e, expression.value, frame)
  if (expression.kind === 'missing') return poison
  if (expression.kind === 'binary' || expression.kind === 'unary') {
    const sides = expression.kind === 'binary' ? [expression.left, expression.right] : [expression.value]
    const args = sides.map((side) => ({ value: evaluateInit(e, side, frame), span: side.span }))
    if (args.every(({ value }) => value.kind === 'number')) return e.evaluate(expression, frame)
    const names: Readonly<Record<string, string>> = {
      '+': 'add',
      '-': args.length === 1 ? 'neg' : 'sub',
      '*': 'mul',
      '/': 'div',
      '^': 'pow',
    }
    const fn = names[expression.op]
    return fn === undefined ? refused(e, expression, e.evaluate(expression, frame)) : foldInits(fn, args, e.reporter)
  }
  if (expression.kind === 'call' && expression.callee.kind === 'name' && !frame.env.has(expression.callee.name)) {
    const { name } = expression.callee
    const known = frame.env.scope.find(name) === undefined
    const isInit = Object.hasOwn(initFunctions, name)
    if (known && (isInit || pointwiseFunctions.has(name) || name === 'iota')) {
      const args = expression.args.map(({ value }) => ({ value: evaluateInit(e, value, frame), span: value.span }))
      if (!isInit && name !== 'iota' && args.every(({ value }) => value.kind === 'number')) return e.evaluate(expression, frame)
      const wanted = isInit ? (initFunctions[name] as number) : undefined
      if (wanted !== undefined && wanted !== args.length && args.every(({ value }) => value.kind !== 'poison')) {
        e.reporter.report(messages.wrongCount.at(expression.span, { name, found: args.length, expected: String(wanted) }))
        return poison
      }
      return foldInits(name, args, e.reporter)
    }
  }
  const value = e.evaluate(expression, frame)
  if (value.kind === 'poison' || value.kind === 'number' || value.kind === 'none') return value
  const init: Init | undefined = asInit(value)
  return init === undefined ? refused(e, expression, value) : { kind: 'init', init }
}

function refused(e: Elaboration, { span }: Expr, value: Value): Value {
  if (value.kind !== 'poison') e.reporter.report(messages.wrongKind.at(span, { found: describe(value), expected: 'a starting value' }))
  return poison
}
