import * as messages from '../diagnostics/catalogue/check.ts'
import { constant, type Dim, substitute } from '../dims/index.ts'
import type { Init } from '../model/model.ts'
import type { Span } from '../source/source.ts'
import type { LayerDecl, Param, Statement, TensorTypeExpr } from '../syntax/ast.ts'
import type { Reset } from './along.ts'
import { asInit, coerce } from './coerce.ts'
import type { Elaboration } from './elaboration.ts'
import { below, Env, type Frame, join, type Place } from './frame.ts'
import type { FileScope } from './program.ts'
import { checkRequire } from './require.ts'
import { inputsOf, kindOf } from './signature.ts'
import { asCount, asSize, underName } from './size.ts'
import { type Bound, type Meeting, printType, unify } from './unify.ts'
import { describe, type Given, number, type SharedValue, type TensorValue, type Value } from './value.ts'

/** How deep definitions may apply each other: more is a definition that applies itself. */
const deepest = 64

/** The definition applied to its arguments: a tensor with its side results, or undefined after an error. */
export function applyLayer(
  e: Elaboration,
  decl: LayerDecl,
  scope: FileScope,
  given: Given,
  place: Place,
  span: Span,
  reset: Reset | undefined,
): TensorValue | undefined {
  if (e.reporter.depth() > deepest) {
    e.reporter.report(messages.appliesItself.at(span, { definition: decl.name.text }))
    return undefined
  }
  const env = new Env(scope)
  const frame: Frame = { env, place, instance: place.path, reset }
  declareRoles(env, decl.body)
  const bound: Bound = new Map()
  for (const param of decl.params) bindParam(e, param, given, frame, bound)
  if (!bindInputs(e, decl, given, frame, bound, span)) return undefined
  const results = new Body(e, frame)
  for (const statement of decl.body) results.run(statement)
  return results.result(decl, bound, span)
}

/** `B` and `T` are known in every layer; `dim` statements rename them. */
function declareRoles(env: Env, body: readonly Statement[]): void {
  const dims = body.filter((statement) => statement.kind === 'dim')
  for (const [name, role] of [
    ['B', 'batch'],
    ['T', 'time'],
  ] as const)
    if (!dims.some((dim) => dim.role.text === role)) env.roles.set(name, role)
  for (const { name, role } of dims) {
    if (role.text === 'batch' || role.text === 'time') env.roles.set(name.text, role.text)
    else env.set(name.text, { kind: 'poison' })
  }
}

function bindParam(e: Elaboration, param: Param, given: Given, frame: Frame, bound: Bound): void {
  const name = param.name.text
  const kind = kindOf(param.type, frame.env.scope)
  const length = (): number | undefined => {
    const expression = param.type.length
    return expression ? asSize(e.evaluate(expression, frame), expression.span, e.reporter)?.value : undefined
  }
  const argument = given.get(name)
  if (argument !== undefined) {
    const value = coerce(argument.value, kind, argument.span, e.reporter, length())
    if (value.kind === 'number' && kind.kind === 'size') {
      bound.set(name, value.form ?? constant(value.value))
      frame.env.set(name, underName(number(value.value, constant(value.value)), name))
    } else frame.env.set(name, value)
    return
  }
  const { default: otherwise } = param
  if (otherwise === undefined) return
  frame.env.set(name, () => {
    const value = kind.kind === 'init' ? initValue(e.init(otherwise, frame)) : e.evaluate(otherwise, frame)
    const fitting = coerce(value, kind, otherwise.span, e.reporter, length())
    return kind.kind === 'size' ? underName(fitting, name) : fitting
  })
}

/** A number or a list is a starting value too, where one is asked for. */
export function initValue(value: Value): Value {
  const init = value.kind === 'none' ? undefined : asInit(value)
  return init === undefined ? value : { kind: 'init', init }
}

function bindInputs(e: Elaboration, decl: LayerDecl, given: Given, frame: Frame, bound: Bound, span: Span): boolean {
  const inputs = inputsOf(decl)
  const meet = (meetings: readonly Meeting[]): boolean => {
    const tensors = unify(e, meetings, frame, bound)
    for (const [i, tensor] of tensors?.entries() ?? []) frame.env.set((meetings[i] as Meeting).name, tensor)
    return tensors !== undefined
  }
  const meetings = inputs.flatMap(({ name: { text: name }, type: declared }): readonly Meeting[] => {
    const argument = given.get(name)
    return argument?.value.kind === 'tensor' ? [{ name, declared, found: argument.value, span: argument.span }] : []
  })
  if (!meet(meetings)) return false
  // A default may use the inputs that are there.
  for (const { name, type, default: otherwise } of inputs) {
    if (frame.env.has(name.text)) continue
    if (otherwise === undefined) return false
    const value = e.evaluate(otherwise, frame)
    if (value.kind === 'none') frame.env.set(name.text, value)
    else if (value.kind !== 'tensor' || !meet([{ name: name.text, declared: type, found: value, span }])) return false
  }
  return true
}

/** The equations of a layer, block or model, one statement after the other. */
export class Body {
  readonly #e: Elaboration
  readonly #frame: Frame
  readonly #side = new Map<string, TensorValue>()
  #out: TensorValue | undefined
  #failed = false

  constructor(e: Elaboration, frame: Frame) {
    this.#e = e
    this.#frame = frame
  }

  run(statement: Statement): void {
    const { env } = this.#frame
    switch (statement.kind) {
      case 'size': {
        if (statement.value === undefined || statement.name.text === '') return
        const value = asSize(this.#e.evaluate(statement.value, this.#frame), statement.value.span, this.#e.reporter)
        env.set(statement.name.text, value === undefined ? { kind: 'poison' } : underName(value, statement.name.text))
        return
      }
      case 'weight':
        env.set(statement.name.text, this.#weight(statement) ?? { kind: 'poison' })
        return
      case 'shared':
        env.set(
          statement.name.text,
          makeShared(this.#e, this.#e.evaluate(statement.value, this.#frame), statement.name.text, statement.value.span, this.#frame),
        )
        return
      case 'bind':
        this.#bind(statement)
        return
      case 'out':
        this.#output(statement)
        return
      case 'require':
        for (const condition of statement.conditions) checkRequire(this.#e, condition, this.#frame)
        return
    }
  }

  result(decl: LayerDecl, bound: Bound, span: Span): TensorValue | undefined {
    if (this.#out === undefined) {
      if (!this.#failed)
        this.#e.reporter.report(
          messages.noOut.at(decl.name.span, { definition: decl.name.text }, { related: [{ span, message: 'applied here' }] }),
        )
      return undefined
    }
    const outside = (value: TensorValue): TensorValue => ({
      ...value,
      forms: value.forms.map((form, axis) => outward(form, bound, value.type.shape[axis] as number)),
    })
    const side = new Map([...this.#side].map(([name, value]) => [name, outside(value)]))
    return { ...outside(this.#out), members: { names: () => [...side.keys()], get: (name) => side.get(name) } }
  }

  #weight({ name, type, init }: Extract<Statement, { kind: 'weight' }>): TensorValue | undefined {
    const given = init && this.#e.init(init, this.#frame)
    const start: Init | undefined = given === undefined ? { fn: 'normal', args: [0.02] } : asInit(given)
    if (init !== undefined && given?.kind === 'none') {
      this.#e.reporter.report(messages.wrongKind.at(init.span, { found: '`none`', expected: 'a starting value' }))
    }
    const shape = shapeOf(this.#e, type, this.#frame)
    if (shape === undefined || start === undefined || name.text === '') return undefined
    if (type.dtype.text !== 'f32') {
      this.#e.reporter.report(
        messages.wrongKind.at(type.dtype.span, {
          found: `\`${type.dtype.text}\``,
          expected: '`f32`: a weight is a number, `precision` says how it is stored',
        }),
      )
      return undefined
    }
    return this.#e.weights.make(this.#frame.place, name.text, shape.values, shape.forms, start, this.#frame, name.span)
  }

  #bind({ targets, type, value: expression }: Extract<Statement, { kind: 'bind' }>): void {
    const value = this.#e.evaluate(expression, this.#frame)
    const items: readonly Value[] =
      targets.length === 1
        ? [value]
        : value.kind === 'parts' || value.kind === 'list'
          ? value.items
          : value.kind === 'poison'
            ? []
            : [value]
    if (value.kind !== 'poison' && items.length !== targets.length) {
      this.#e.reporter.report(messages.unpackCount.at(expression.span, { names: targets.length, values: items.length }))
      for (const target of targets) this.#frame.env.set(target.text, { kind: 'poison' })
      return
    }
    for (const [i, target] of targets.entries()) {
      if (target.text === '') continue
      const item = items[i] ?? { kind: 'poison' }
      this.#frame.env.set(target.text, type === undefined ? item : this.assert(item, type, target.text, expression.span))
    }
  }

  /** A typed binding: the value if it is what the type says, poison otherwise. */
  assert(value: Value, type: TensorTypeExpr, name: string, span: Span): Value {
    if (value.kind === 'poison') return value
    if (value.kind !== 'tensor') {
      this.#e.reporter.report(messages.wrongKind.at(span, { found: describe(value), expected: `a tensor ${printType(this.#e, type)}` }))
      return { kind: 'poison' }
    }
    const [checked] = unify(this.#e, [{ name, declared: type, found: value, span }], this.#frame, new Map()) ?? []
    return checked === undefined ? { kind: 'poison' } : { ...checked, members: value.members }
  }

  #output({ name, value: expression, span }: Extract<Statement, { kind: 'out' }>): void {
    const value = this.#e.evaluate(expression, this.#frame)
    if (value.kind !== 'tensor') {
      this.#failed = true
      if (value.kind !== 'poison')
        this.#e.reporter.report(messages.wrongKind.at(expression.span, { found: describe(value), expected: 'a tensor' }))
    } else if (name !== undefined) {
      this.#side.set(name.text, value)
      if (!this.#frame.env.has(name.text)) this.#frame.env.set(name.text, value)
    } else if (this.#out === undefined) this.#out = value
    else this.#e.reporter.report(messages.secondOut.at(span, {}))
  }
}

/** A form of the definition's own sizes in those of the place where it is applied; names that mean nothing there become their number. */
function outward(form: Dim, bound: Bound, value: number): Dim {
  let known = true
  const outer = substitute(form, (name) => {
    const found = bound.get(name)
    if (found === undefined) known = false
    return found
  })
  return known ? outer : constant(value)
}

/** The sizes of a weight's type: every one must be known. */
function shapeOf(
  e: Elaboration,
  { axes }: TensorTypeExpr,
  frame: Frame,
): { readonly values: readonly number[]; readonly forms: readonly Dim[] } | undefined {
  const [values, forms]: [number[], Dim[]] = [[], []]
  for (const axis of axes) {
    if (
      axis.kind === 'rest' ||
      (axis.size.kind === 'name' && !frame.env.has(axis.size.name) && frame.env.role(axis.size.name) !== undefined)
    ) {
      e.reporter.report(
        messages.wrongKind.at(axis.span, {
          found: axis.kind === 'rest' ? '`..`' : 'a run-time axis',
          expected: 'a size: a weight is the same for all tokens',
        }),
      )
      return undefined
    }
    const size = asCount(e.evaluate(axis.size, frame), axis.span, e.reporter)
    if (size === undefined) return undefined
    values.push(size.value)
    forms.push(size.form ?? constant(size.value))
  }
  return { values, forms }
}

/** The value of `shared name = recipe`, or of a list of recipes. */
export function makeShared(e: Elaboration, value: Value, name: string, span: Span, frame: Frame): Value {
  if (value.kind === 'poison' || name === '') return { kind: 'poison' }
  if (value.kind === 'list') {
    const items = value.items.map((item, i) => makeShared(e, item, `${name}.${i}`, span, frame))
    return items.some((item) => item.kind === 'poison') ? { kind: 'poison' } : { kind: 'list', items }
  }
  if (value.kind !== 'recipe') {
    e.reporter.report(messages.wrongKind.at(span, { found: describe(value), expected: 'a layer with an open input' }))
    return { kind: 'poison' }
  }
  const path = below(frame.place, value.as?.text ?? name).path
  const shared: SharedValue = {
    kind: 'shared',
    recipe: value,
    path,
    bank: frame.place.bank,
    weight: (weight, at) => {
      const found = e.weights.find(join(path, weight))
      if (found === undefined) e.reporter.report(messages.notAppliedYet.at(at, { shared: name, weight }))
      return found ?? { kind: 'poison' }
    },
    weightNames: () => e.weights.namesBelow(path),
  }
  return shared
}
