import * as messages from '../diagnostics/catalogue/check.ts'
import type { Span } from '../source/source.ts'
import type { Argument as ArgumentExpr, Expr, Name } from '../syntax/ast.ts'
import { apply, applyShared, type Naming } from './apply.ts'
import { applyFunction } from './arithmetic.ts'
import { bindArguments, type Written } from './bind.ts'
import { applyBody } from './body/apply.ts'
import { openInputs } from './coerce.ts'
import type { Elaboration } from './elaboration.ts'
import type { Frame } from './frame.ts'
import { applyUserFunction } from './function.ts'
import { signatureOf } from './signature.ts'
import { roundUp } from './size.ts'
import { calleeName, describe, type FunctionCallee, orPoison, poison, type RecipeValue, type SharedValue, type Value } from './value.ts'

/** A call, or what a pipe ends in. `piped` is the value that a pipe gives as the first argument. */
export function applyCall(
  e: Elaboration,
  callee: Expr,
  argumentExpressions: readonly ArgumentExpr[],
  piped: Written | undefined,
  span: Span,
  frame: Frame,
  as: Name | undefined,
): Value {
  let target = e.evaluate(callee, frame)
  const count = argumentExpressions.length + (piped === undefined ? 0 : 1)
  if (target.kind === 'recipe' && target.callee.kind === 'builtin' && target.callee.builtin.name === 'max' && count === 2) {
    target = { kind: 'function', callee: { kind: 'pointwise', fn: 'max' } }
  }
  if (target.kind === 'function' && target.callee.kind === 'init' && piped === undefined) {
    return e.init({ kind: 'call', callee, args: argumentExpressions, span }, frame)
  }
  const args = argumentExpressions.map((arg): Written => ({ name: arg.name, value: e.evaluate(arg.value, frame), span: arg.value.span }))
  if (piped !== undefined) args.unshift(piped)
  const text = callee.kind === 'name' ? callee.name : ''
  switch (target.kind) {
    case 'poison':
      return poison
    case 'recipe':
      return applyRecipe(e, target, args, text, span, frame, as)
    case 'shared':
      return applySharedValue(e, target, args, text, span, frame, as)
    case 'function':
      return applyFunctionCallee(e, target.callee, args, span, frame, as)
    default:
      e.reporter.report(messages.notCallable.at(callee.span, { found: describe(target) }))
      return poison
  }
}

/** How the application is named: `as`, else the recipe's own `as`, else the name it is called by. */
function namingOf(recipe: RecipeValue, called: string, span: Span, frame: Frame, as: Name | undefined): Naming {
  const name = as ?? recipe.as
  if (name !== undefined) return { segment: name.text, span: name.span, given: true }
  return { segment: called !== '' && frame.env.has(called) ? called : calleeName(recipe.callee), span, given: false }
}

function applyRecipe(
  e: Elaboration,
  recipe: RecipeValue,
  args: readonly Written[],
  called: string,
  span: Span,
  frame: Frame,
  as: Name | undefined,
): Value {
  const name = calleeName(recipe.callee)
  const signature = signatureOf(recipe.callee)
  const given = bindArguments(name, signature, recipe.given, args, e.reporter)
  if (given === undefined || [...given.values()].some(({ value }) => value.kind === 'poison')) return poison
  const open = openInputs(signature, { given })
  const made = called !== '' && !frame.env.has(called) ? span : (recipe.made ?? span)
  if (open.length === 0) return orPoison(apply(e, { ...recipe, given, made }, namingOf(recipe, called, span, frame, as), span, frame))
  const first = signature.inputs[0]
  if (first !== undefined && given.has(first.name) && !first.optional) {
    e.reporter.report(messages.neitherNor.at(span, { definition: name, given: first.name, missing: open }))
    return poison
  }
  return { ...recipe, given, as: as ?? recipe.as, span, made: span }
}

function applySharedValue(
  e: Elaboration,
  shared: SharedValue,
  args: readonly Written[],
  called: string,
  span: Span,
  frame: Frame,
  as: Name | undefined,
): Value {
  const { recipe } = shared
  const name = calleeName(recipe.callee)
  const signature = signatureOf(recipe.callee)
  const given = bindArguments(name, signature, recipe.given, args, e.reporter)
  if (given === undefined || [...given.values()].some(({ value }) => value.kind === 'poison')) return poison
  const open = openInputs(signature, { given })
  if (open.length > 0) {
    e.reporter.report(messages.neitherNor.at(span, { definition: name, given: '', missing: open }))
    return poison
  }
  return orPoison(applyShared(e, shared, given, namingOf(recipe, called, span, frame, as), span, frame))
}

function applyFunctionCallee(
  e: Elaboration,
  callee: FunctionCallee,
  args: readonly Written[],
  span: Span,
  frame: Frame,
  as: Name | undefined,
): Value {
  if (as !== undefined) e.reporter.report(messages.nothingToName.at(as.span, { found: 'a function, which has no weights' }))
  if (callee.kind === 'body') return applyBody(e, callee.decl, callee.scope, args, span, frame)
  if (callee.kind === 'function') return applyUserFunction(e, callee.decl, callee.scope, args, span, frame)
  const named = args.find(({ name }) => name !== undefined)
  if (named?.name !== undefined) {
    const definition = callee.kind === 'special' ? callee.name : callee.fn
    e.reporter.report(messages.unknownArgument.at(named.name.span, { definition, argument: named.name.text, known: [], near: null }))
    return poison
  }
  if (callee.kind === 'pointwise') return applyFunction(e, callee.fn, args, span, frame)
  if (callee.kind === 'init') return e.init({ kind: 'missing', span }, frame)
  return applySpecial(e, callee.name, args, span)
}

function applySpecial(e: Elaboration, name: string, args: readonly Written[], span: Span): Value {
  if (args.some(({ value }) => value.kind === 'poison')) return poison
  if (name !== 'round_up') {
    e.reporter.report(messages.bodyOnly.at(span, { name }))
    return poison
  }
  const [x, m] = args.map(({ value }) => value)
  if (args.length !== 2 || x?.kind !== 'number' || m?.kind !== 'number' || m.value <= 0) {
    e.reporter.report(messages.wrongCount.at(span, { name, found: args.length, expected: '2 numbers, the second positive' }))
    return poison
  }
  return roundUp(x, m)
}
