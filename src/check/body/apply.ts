import * as messages from '../../diagnostics/catalogue/check.ts'
import { constant, constantValue, type Dim, printSize, substitute } from '../../dims/index.ts'
import { BodyBuilder } from '../../graph/body-builder.ts'
import type { Attention, Recurrence } from '../../graph/graph.ts'
import { mapArguments } from '../../graph/mapping.ts'
import { type Range, within } from '../../graph/range.ts'
import type { Span } from '../../source/source.ts'
import type { BodyParam, KindType, TensorTypeExpr } from '../../syntax/ast.ts'
import { convert } from '../arithmetic.ts'
import type { Written } from '../bind.ts'
import { coerce } from '../coerce.ts'
import type { Elaboration } from '../elaboration.ts'
import { Env, type Frame } from '../frame.ts'
import type { BodyDefinition, FileScope } from '../program.ts'
import { kindOf, tensorType } from '../signature.ts'
import { asCount, underName } from '../size.ts'
import { replacement, suggest } from '../suggest.ts'
import { describe, describeTensor, number, orPoison, poison, type TensorValue, type Value } from '../value.ts'
import { attentionBody } from './attention.ts'
import { BodyContext } from './context.ts'
import { recurrenceBody } from './recurrence.ts'
import type { BodyValue } from './value.ts'

/** A tensor argument of a body with what is declared of it. */
interface TensorArgument {
  readonly param: BodyParam
  readonly type: TensorTypeExpr
  readonly value: TensorValue
  readonly span: Span
}

/** Arguments of the call that are no parameters of the definition. */
const callOnly = ['chunk', 'initial', 'reset']

/** A recurrence or attention applied to arguments: its equations for these sizes, and a node that runs them. */
export function applyBody(
  e: Elaboration,
  decl: BodyDefinition,
  scope: FileScope,
  args: readonly Written[],
  span: Span,
  frame: Frame,
): Value {
  const env = new Env(scope)
  const inner: Frame = { env, place: { path: '', owner: '', claims: new Map() }, instance: frame.instance }
  const given = assign(e, decl, args, span)
  if (given === undefined || [...given.values()].some(({ value }) => value.kind === 'poison')) return poison
  const tensors = tensorArguments(e, decl, given, inner, frame, span)
  if (tensors === undefined || !bindCompileTime(e, decl, given, inner, span)) return poison
  const outer = new Map<string, Dim>()
  if (!bindSizes(e, tensors, inner, outer)) return poison
  const heads = mappedHeads(e, decl, tensors, span)
  if (heads === undefined || !sidesFit(e, tensors)) return poison
  const builder = new BodyBuilder(decl.kind, decl.name.text, e.source(decl.name.span))
  const names = declareParams(e, tensors, builder, inner)
  if (names === undefined) return poison
  const context = new BodyContext({
    e,
    builder,
    kind: decl.kind,
    frame: inner,
    names,
    states: new Set(decl.kind === 'recurrence' ? decl.body.flatMap((one) => (one.kind === 'state' ? [one.name.text] : [])) : []),
  })
  const built = e.reporter.within({ span, definition: decl.name.text }, () =>
    decl.kind === 'recurrence' ? recurrenceBody(context, decl) : attentionBody(context, decl),
  )
  if (built === undefined) return poison
  const forms = [...heads, ...built.forms.map((form, axis) => outward(form, outer, built.shape[axis] as number))]
  if (built.kind === 'recurrence') return recur(e, built.body, built.stateForms, tensors, heads, given, forms, outer, span, frame)
  const body: Attention = built.body
  const index = e.body('attention', body, () => e.builder.addAttention(body))
  return orPoison(e.emit('attention', tensors, { body: index }, forms, frame, span))
}

function recur(
  e: Elaboration,
  body: Recurrence,
  stateForms: readonly (readonly Dim[])[],
  tensors: readonly TensorArgument[],
  heads: readonly Dim[],
  given: ReadonlyMap<string, Written>,
  forms: readonly Dim[],
  outer: ReadonlyMap<string, Dim>,
  span: Span,
  frame: Frame,
): Value {
  const index = e.body('recurrence', body, () => e.builder.addRecurrence(body))
  const chunk = given.get('chunk')
  const hint = chunk === undefined || chunk.value.kind === 'none' ? number(0) : asCount(chunk.value, chunk.span, e.reporter)
  const initial = initialStates(e, body, given.get('initial'))
  if (hint === undefined || initial === undefined) return poison
  const attrs = { body: index, chunk: hint.value, ...(initial.length > 0 ? { initial: initial.map(({ name }) => name) } : {}) }
  const node = e.emit('recurrence', [...tensors, ...initial], attrs, forms, frame, span)
  if (node === undefined) return poison
  const names = body.states.map(({ name }) => name)
  return {
    ...node,
    members: {
      names: () => names,
      get: (name, at) => {
        const state = names.indexOf(name)
        if (state < 0) return undefined
        const shape = body.states[state]?.shape ?? []
        const axes = [...heads, ...shape.map((size, axis) => outward(stateForms[state]?.[axis] ?? constant(size), outer, size))]
        const final = e.emit('final_state', [{ value: node, span: at }], { name, body: index }, axes, frame, at)
        if (final !== undefined) e.markLate(final.node, name)
        return final
      },
    },
  }
}

/** `initial: s` for the one state, or `initial: [a, b]` for all of them in order. */
function initialStates(
  e: Elaboration,
  body: Recurrence,
  arg: Written | undefined,
): readonly { name: string; value: TensorValue; span: Span }[] | undefined {
  if (arg === undefined || arg.value.kind === 'none') return []
  const values = arg.value.kind === 'list' ? arg.value.items : [arg.value]
  if (values.length !== body.states.length) {
    e.reporter.report(
      messages.wrongCount.at(arg.span, {
        name: 'initial',
        found: values.length,
        expected: `one value per state (${body.states.map(({ name }) => name).join(', ')})`,
      }),
    )
    return undefined
  }
  const found = values.flatMap((value, i) => (value.kind === 'tensor' ? [{ name: body.states[i]?.name ?? '', value, span: arg.span }] : []))
  if (found.length === values.length) return found
  e.reporter.report(messages.wrongKind.at(arg.span, { found: describe(arg.value), expected: 'a tensor [B, heads, ..]' }))
  return undefined
}

/** Gives arguments to parameters: tensors to tensor parameters in order, all else to the compile-time ones, or where there are none left, in order. */
function assign(e: Elaboration, decl: BodyDefinition, args: readonly Written[], span: Span): ReadonlyMap<string, Written> | undefined {
  const given = new Map<string, Written>()
  const params = decl.params.map((param) => param.name.text)
  const extra = decl.kind === 'recurrence' ? callOnly : []
  let fits = true
  const put = (name: string, arg: Written): void => {
    const first = given.get(name)
    if (first === undefined) given.set(name, arg)
    else {
      fits = false
      e.reporter.report(
        messages.givenTwice.at(
          arg.span,
          { definition: decl.name.text, argument: name },
          { related: [{ span: first.span, message: 'given here first' }] },
        ),
      )
    }
  }
  for (const arg of args) {
    if (arg.name === undefined) continue
    const name = arg.name.text
    if (params.includes(name) || extra.includes(name)) put(name, arg)
    else if (name !== '') {
      fits = false
      const near = suggest(name, [...params, ...extra])
      e.reporter.report(
        messages.unknownArgument.at(
          arg.name.span,
          { definition: decl.name.text, argument: name, known: [...params, ...extra], near: near ?? null },
          { fixes: replacement(arg.name.span, near) },
        ),
      )
    }
  }
  for (const arg of args) {
    if (arg.name !== undefined) continue
    const tensor = arg.value.kind === 'tensor'
    const open = decl.params.filter((param) => !given.has(param.name.text))
    const param = open.find((one) => one.isTensor === tensor) ?? (tensor ? undefined : open[0])
    if (param !== undefined) put(param.name.text, arg)
    else {
      fits = false
      if (arg.value.kind !== 'poison')
        e.reporter.report(
          messages.tooManyArguments.at(arg.span, {
            definition: decl.name.text,
            found: describe(arg.value),
            expected: `${params.length} (${params.join(', ')})`,
          }),
        )
    }
  }
  const missing = decl.params.find((param) => !given.has(param.name.text) && param.default === undefined)
  if (missing !== undefined && fits) {
    fits = false
    e.reporter.report(
      messages.missingArgument.at(span, {
        definition: decl.name.text,
        argument: missing.name.text,
        kind: missing.isTensor ? 'a tensor' : 'a value',
      }),
    )
  }
  const reset = given.get('reset')
  if (reset !== undefined && !params.includes('reset')) {
    fits = false
    e.reporter.report(
      messages.notTakenYet.at(reset.name?.span ?? reset.span, {
        construct: '`reset:`',
        what: 'a state that starts anew inside a sequence',
      }),
    )
  }
  return fits ? given : undefined
}

function tensorArguments(
  e: Elaboration,
  decl: BodyDefinition,
  given: ReadonlyMap<string, Written>,
  inner: Frame,
  frame: Frame,
  span: Span,
): readonly TensorArgument[] | undefined {
  const found: TensorArgument[] = []
  for (const param of decl.params) {
    const type = tensorType(param)
    if (type === undefined) continue
    const name = param.name.text
    const arg = given.get(name)
    const value = arg?.value ?? (param.default && e.evaluate(param.default, inner))
    if (value === undefined || value.kind === 'poison') return undefined
    if (value.kind === 'none' && param.default !== undefined) {
      inner.env.set(name, value)
      continue
    }
    const at = arg?.span ?? span
    const tensor = convert(e, { value, span: at }, type.dtype.text === 'u32' ? 'u32' : 'f32', frame)
    if (tensor === undefined) return undefined
    found.push({ param, type, value: tensor, span: at })
  }
  return found
}

function bindCompileTime(e: Elaboration, decl: BodyDefinition, given: ReadonlyMap<string, Written>, inner: Frame, span: Span): boolean {
  for (const param of decl.params) {
    if (param.isTensor) continue
    const kind = kindOf(param.type as KindType)
    const name = param.name.text
    const arg = given.get(name)
    if (arg === undefined) {
      const { default: otherwise } = param
      if (otherwise !== undefined) inner.env.set(name, () => coerce(e.evaluate(otherwise, inner), kind, otherwise.span, e.reporter))
      continue
    }
    const value = coerce(arg.value, kind, arg.span, e.reporter)
    if (value.kind === 'poison') return false
    if (value.kind === 'none' && param.default === undefined) {
      e.reporter.report(messages.missingArgument.at(span, { definition: decl.name.text, argument: name, kind: 'a value' }))
      return false
    }
    inner.env.set(
      name,
      kind.kind === 'size' && value.kind === 'number' ? underName(number(value.value, constant(value.value)), name) : value,
    )
  }
  return true
}

/** Unifies the declared shapes with the last axes of the arguments. */
function bindSizes(e: Elaboration, tensors: readonly TensorArgument[], inner: Frame, outer: Map<string, Dim>): boolean {
  const own = ({ type, value }: TensorArgument): number => value.type.shape.length - type.axes.length
  for (const tensor of tensors) {
    if (own(tensor) >= 0) continue
    const { param, type, value, span } = tensor
    const related = [{ span: type.span, message: `\`${param.name.text}\` is declared here` }]
    const expected = `at least ${type.axes.length} feature ${type.axes.length === 1 ? 'axis' : 'axes'}, which one head sees`
    e.reporter.report(messages.typeDiffers.at(span, { name: param.name.text, found: describeTensor(value), expected }, { related }))
    return false
  }
  for (const tensor of tensors) {
    for (const [i, axis] of tensor.type.axes.entries()) {
      if (axis.kind === 'rest' || axis.size.kind !== 'name' || axis.size.name === '' || inner.env.has(axis.size.name)) continue
      const at = own(tensor) + i
      inner.env.set(
        axis.size.name,
        number(tensor.value.type.shape[at] as number, {
          terms: [{ coefficient: { over: 1, under: 1 }, factors: [{ atom: { kind: 'name', name: axis.size.name }, power: 1 }] }],
        }),
      )
      outer.set(axis.size.name, tensor.value.forms[at] as Dim)
    }
  }
  for (const tensor of tensors) {
    for (const [i, axis] of tensor.type.axes.entries()) {
      if (axis.kind === 'rest') continue
      const at = own(tensor) + i
      const expected = e.evaluate(axis.size, inner)
      const actual = tensor.value.type.shape[at] as number
      if (expected.kind !== 'number') return false
      if (expected.value === actual) continue
      const { param, span, type } = tensor
      const form = expected.form === undefined ? undefined : outwardForm(expected.form, outer)
      const related = [{ span: axis.span, message: `\`${param.name.text}\` is declared here` }]
      e.reporter.report(
        messages.sizeDiffers.at(
          span,
          {
            name: param.name.text,
            axis: at + 1,
            of: tensor.value.type.shape.length,
            found: printSize(tensor.value.forms[at] as Dim, actual),
            expected: `${e.text(axis.span)} = ${form === undefined || constantValue(form) !== undefined ? expected.value : printSize(form, expected.value)}`,
            type: e.text(type.span),
          },
          { related },
        ),
      )
      return false
    }
  }
  return true
}

/** The forms of the map axes; reports counts that do not divide each other. */
function mappedHeads(e: Elaboration, decl: BodyDefinition, tensors: readonly TensorArgument[], span: Span): readonly Dim[] | undefined {
  const ranks = tensors.map(({ type }) => type.axes.length)
  const { heads, problem } = mapArguments(
    tensors.map(({ value }) => value.type),
    ranks,
  )
  if (problem !== undefined) {
    const blamed = tensors[problem.argument]
    const others = tensors
      .filter(({ value, type }) => value.type.shape.length > type.axes.length)
      .map(({ param, value, type, span: at }) => ({
        span: at,
        message: `\`${param.name.text}\` has ${value.forms
          .slice(0, value.forms.length - type.axes.length)
          .map((form, axis) => printSize(form, value.type.shape[axis] as number))
          .join(', ')}`,
      }))
    const args = {
      definition: decl.name.text,
      name: blamed?.param.name.text ?? '',
      found: problem.found,
      expected: problem.expected.replace(/argument (\d+)/, (_, i: string) => `\`${tensors[Number(i)]?.param.name.text}\``),
    }
    e.reporter.report(
      messages.headsDiffer.at(blamed?.span ?? span, args, { related: others.filter((other) => other.span !== blamed?.span) }),
    )
    return undefined
  }
  return heads.map((count, axis) => {
    const candidates = tensors.flatMap(({ value }, i) => {
      const map = value.type.shape.length - (ranks[i] as number)
      return map > 0 && value.type.shape[axis] === count ? [value.forms[axis] as Dim] : []
    })
    return candidates.find((form) => constantValue(form) === undefined) ?? candidates[0] ?? constant(count)
  })
}

/** In an attention what has a side has tokens, and what has none has no tokens. */
function sidesFit(e: Elaboration, tensors: readonly TensorArgument[]): boolean {
  for (const { param, value, span } of tensors) {
    const side = param.side?.text
    if (side === undefined) continue
    if (value.type.time) continue
    e.reporter.report(
      messages.typeDiffers.at(span, {
        name: `${param.name.text}[${side}]`,
        found: describeTensor(value),
        expected: 'a value with time: it belongs to a token',
      }),
    )
    return false
  }
  return true
}

/** Declares the parameters in order and proves their ranges. */
function declareParams(
  e: Elaboration,
  tensors: readonly TensorArgument[],
  builder: BodyBuilder,
  inner: Frame,
): Map<string, BodyValue> | undefined {
  const names = new Map<string, BodyValue>()
  for (const { param, type, value, span } of tensors) {
    const declared = declaredRange(e, type, inner)
    if (declared === undefined) return undefined
    const proven = e.builder.range(value.node)
    if (!within(proven, declared)) {
      reportRange(e, param, declared, proven, span)
      return undefined
    }
    const shape = value.type.shape.slice(value.type.shape.length - type.axes.length)
    const [min, max] = [Math.max(declared.min, proven.min), Math.min(declared.max, proven.max)]
    const name = param.name.text
    const id = builder.param({
      name,
      shape,
      dtype: type.dtype.text === 'u32' ? 'u32' : 'f32',
      min: Number.isFinite(min) ? min : null,
      max: Number.isFinite(max) ? max : null,
      side: param.side?.text === 'i' || param.side?.text === 'j' ? param.side.text : null,
    })
    const forms = type.axes.map((axis, i) => {
      const size = axis.kind === 'axis' ? e.evaluate(axis.size, inner) : undefined
      return (size?.kind === 'number' ? size.form : undefined) ?? constant(shape[i] as number)
    })
    names.set(name, { kind: 'node', id, forms })
  }
  return names
}

function declaredRange(e: Elaboration, { range }: TensorTypeExpr, inner: Frame): Range | undefined {
  const value = range && e.evaluate(range, inner)
  if (value === undefined) return { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY }
  if (value.kind !== 'range') return undefined
  return { min: value.from?.value ?? Number.NEGATIVE_INFINITY, max: value.to?.value ?? Number.POSITIVE_INFINITY }
}

function reportRange(e: Elaboration, param: BodyParam, declared: Range, proven: Range, span: Span): void {
  const ends = `${Number.isFinite(declared.min) ? declared.min : 'none'}${Number.isFinite(declared.max) ? `, ${declared.max}` : ''}`
  const fixes = [
    {
      title: `write \`clamp(.., ${ends})\``,
      edits: [
        { span: { ...span, end: span.start }, text: 'clamp(' },
        { span: { ...span, start: span.end }, text: `, ${ends})` },
      ],
    },
  ]
  const related = [{ span: param.span, message: 'the range is declared here' }]
  e.reporter.report(
    messages.rangeNotProven.at(
      span,
      { name: param.name.text, proven: printRange(proven), declared: printRange(declared) },
      { related, fixes },
    ),
  )
}

const printRange = ({ min, max }: Range): string => {
  const end = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(6))) : '')
  return min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY ? 'anything' : `${end(min)} .. ${end(max)}`.trim()
}

const outwardForm = (form: Dim, outer: ReadonlyMap<string, Dim>): Dim => substitute(form, (name) => outer.get(name))

/** A form over the body's sizes in those of the call; names without one there become the number. */
function outward(form: Dim, outer: ReadonlyMap<string, Dim>, value: number): Dim {
  let known = true
  const result = substitute(form, (name) => {
    const found = outer.get(name)
    if (found === undefined) known = false
    return found
  })
  return known ? result : constant(value)
}
