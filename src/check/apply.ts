import * as messages from '../diagnostics/catalogue/check.ts'
import type { Span } from '../source/source.ts'
import { resetAt } from './along.ts'
import { maskOf, resetKey } from './bind.ts'
import { BuiltinCall } from './builtins/builtin.ts'
import { coerce } from './coerce.ts'
import type { Elaboration } from './elaboration.ts'
import { type Frame, join, type Place } from './frame.ts'
import { applyLayer } from './layer.ts'
import { describeKind, signatureOf } from './signature.ts'
import {
  type Argument,
  calleeName,
  type Given,
  type Members,
  type RecipeValue,
  type SharedValue,
  type TensorValue,
  type Value,
} from './value.ts'

/** The last name of an application's path, and the text that it comes from. */
export interface Naming {
  readonly segment: string
  readonly span: Span
  /** Whether it is an `as`. */
  readonly given: boolean
}

/** Applies a recipe whose inputs are all given, with fresh weights at its place. Undefined after an error. */
export function apply(e: Elaboration, recipe: RecipeValue, naming: Naming, span: Span, frame: Frame): Value | undefined {
  const base = recipe.place ?? frame.place
  return applyAt(e, recipe, { ...base, path: join(base.path, naming.segment), naming }, span, frame)
}

/** Applies a shared value: its weights stay where they are, what this use gives has weights at this use. */
export function applyShared(
  e: Elaboration,
  shared: SharedValue,
  given: Given,
  naming: Naming,
  span: Span,
  frame: Frame,
): Value | undefined {
  const use: Place = { ...frame.place, path: join(frame.place.path, naming.segment), naming }
  const own = new Map<string, Argument>()
  for (const [name, argument] of given) own.set(name, shared.recipe.given.has(name) ? argument : usedAt(argument, use))
  const place: Place = { path: shared.path, owner: shared.path, claims: new Map(), bank: shared.bank }
  return applyAt(e, { ...shared.recipe, given: own }, place, span, frame, span)
}

const usedAt = (argument: Argument, place: Place): Argument =>
  argument.value.kind === 'recipe' && argument.value.place === undefined ? { ...argument, value: { ...argument.value, place } } : argument

/**
 * Applies a recipe whose inputs are all given, with its weights at a place.
 *
 * @param complete the call that should have given every parameter
 */
export function applyAt(
  e: Elaboration,
  { callee, given, made }: RecipeValue,
  place: Place,
  span: Span,
  frame: Frame,
  complete = made ?? span,
): Value | undefined {
  const name = calleeName(callee)
  const signature = signatureOf(callee)
  if (!e.countApplication()) {
    e.reporter.report(messages.tooManyApplications.at(complete, { most: e.mostApplications }))
    return undefined
  }
  for (const { name: param, kind, optional } of signature.params) {
    if (optional || given.has(param)) continue
    e.reporter.report(messages.missingArgument.at(complete, { definition: name, argument: param, kind: describeKind(kind) }))
    return undefined
  }
  const inputs: TensorValue[] = []
  for (const key of inputKeys(
    given,
    signature.inputs.map((input) => input.name),
  )) {
    const { value, span: at } = given.get(key) as Argument
    const tensor = coerce(value, { kind: 'tensor' }, at, e.reporter)
    if (tensor.kind === 'none' && signature.inputs.some((input) => input.name === key && input.optional)) continue
    if (tensor.kind === 'none') e.reporter.report(messages.wrongKind.at(at, { found: '`none`', expected: 'a tensor' }))
    if (tensor.kind !== 'tensor') return undefined
    inputs.push(tensor)
  }
  const asked = given.get(resetKey)
  const mask = asked && maskOf(e, asked.value, asked.span)
  const reset = mask === undefined ? frame.reset : resetAt(e, mask, frame.reset, frame, span)
  if (asked !== undefined && (mask === undefined || reset === undefined)) return undefined
  const source = e.source(span)
  if (callee.kind === 'layer' || callee.builtin.weights) e.startInstance(place.path)
  const record = (out: Value | undefined): void => {
    if (out?.kind === 'tensor')
      e.endInstance({ path: place.path, definition: name, source, in: inputs.map(({ type }) => type), out: out.type })
  }
  if (callee.kind === 'builtin') {
    const { builtin } = callee
    const inner: Frame = { ...frame, reset, ...(builtin.weights ? { instance: place.path } : {}) }
    const out = builtin.apply(new BuiltinCall(e, builtin, given, inner, place, span, made ?? span))
    if (!builtin.weights) return out
    record(out)
    return out?.kind === 'tensor' ? withWeights(e, out, place.path) : out
  }
  const out = e.reporter.within({ span, made: made ?? span, definition: name }, () =>
    applyLayer(e, callee.decl, callee.scope, given, place, span, reset),
  )
  record(out)
  return out && withWeights(e, out, place.path)
}

const inputKeys = (given: Given, declared: readonly string[]): readonly string[] => [
  ...declared.filter((name) => given.has(name)),
  ...[...given.keys()].filter((key) => key.startsWith('#')),
]

/** The result of an application, through which its weights can be named. */
function withWeights(e: Elaboration, value: TensorValue, path: string): TensorValue {
  const inner = value.members
  const members: Members = {
    names: () => [...(inner?.names() ?? []), ...e.weights.namesBelow(path)],
    get: (name, span) => inner?.get(name, span) ?? e.weights.find(join(path, name)),
  }
  return { ...value, members }
}
