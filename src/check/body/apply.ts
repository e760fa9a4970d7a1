import * as messages from '../../diagnostics/catalogue/check.ts'
import { constant, type Dim } from '../../dims/index.ts'
import { BodyBuilder } from '../../graph/body-builder.ts'
import type { Recurrence } from '../../graph/graph.ts'
import type { Span } from '../../source/source.ts'
import { resetAt } from '../along.ts'
import type { Written } from '../bind.ts'
import { maskOf } from '../bind.ts'
import type { Elaboration } from '../elaboration.ts'
import { Env, type Frame } from '../frame.ts'
import type { BodyDefinition, FileScope } from '../program.ts'
import { commonSegment } from '../segment.ts'
import { asCount } from '../size.ts'
import { describe, number, orPoison, poison, type TensorValue, type Value } from '../value.ts'
import { assign, bindCompileTime, type TensorArgument, tensorArguments } from './arguments.ts'
import { attentionBody } from './attention.ts'
import { BodyContext } from './context.ts'
import { describeMapping } from './mapping.ts'
import { declareParams } from './params.ts'
import { recurrenceBody } from './recurrence.ts'
import { bindSizes, mappedHeads, outward, sidesFit } from './shapes.ts'

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
  e.observer?.mapped(span, () => describeMapping(tensors, heads))
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
  const outside = decl.kind === 'attention' ? callFrame(e, given.get('reset'), frame) : frame
  const segment = commonSegment(e, tensors, span)
  if (segment === undefined || outside === undefined) return poison
  const limits = { segment, reset: outside.reset !== undefined }
  const built = e.reporter.within({ span, definition: decl.name.text }, () =>
    decl.kind === 'recurrence' ? recurrenceBody(context, decl) : attentionBody(context, decl, limits),
  )
  if (built === undefined) return poison
  const forms = [...heads, ...built.forms.map((form, axis) => outward(form, outer, built.shape[axis] as number))]
  if (built.kind === 'recurrence') return recur(e, built.body, built.stateForms, tensors, heads, given, forms, outer, span, frame)
  const { body } = built
  const index = e.body('attention', body, () => e.builder.addAttention(body))
  const begin = outside.reset?.begin()
  if (outside.reset !== undefined && begin === undefined) return poison
  const begins = begin === undefined ? [] : [{ value: begin }, { value: begin }]
  return orPoison(e.emit('attention', [...tensors, ...begins], { body: index }, forms, frame, span))
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
  const anew = callFrame(e, given.get('reset'), frame)
  const node = anew && e.emit('recurrence', [...tensors, ...initial], attrs, forms, anew, span)
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
        const final = e.emitAsIs('final_state', [{ value: node, span: at }], { name, body: index }, axes, frame, at)
        const until = e.builder.node(node.node).attrs['until']
        if (final !== undefined) e.markLate(final.node, name, typeof until === 'number' ? until : null)
        return final
      },
    },
  }
}

/** The frame of a call that says `reset:` itself. */
function callFrame(e: Elaboration, arg: Written | undefined, frame: Frame): Frame | undefined {
  if (arg === undefined || arg.value.kind === 'none') return frame
  const mask = maskOf(e, arg.value, arg.span)
  const reset = mask && resetAt(e, mask, frame.reset, frame, arg.span)
  return reset && { ...frame, reset }
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
