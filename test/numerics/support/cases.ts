import { GraphBuilder } from '../../../src/graph/builder.ts'
import type { Attention, Graph, NodeId, Recurrence, Tensor } from '../../../src/graph/graph.ts'
import { tensor } from '../../../src/graph/tensor.ts'
import type { FamilyContext } from '../../../src/plan/body/context.ts'
import { planAttention } from '../../../src/plan/families/attend.ts'
import type { StepForm } from '../../../src/plan/families/attend-text.ts'
import type { Launch } from '../../../src/plan/kernel.ts'
import { evaluate, stateKey } from '../../../src/reference/evaluate.ts'
import { product } from '../../../src/util/numbers.ts'
import { relativeRms } from '../../support/numbers.ts'
import { Bench, type BenchState } from './bench.ts'

/** An argument of a body. */
export interface Argument {
  /** Heads of its own; null: shared by all. */
  readonly heads: number | null
  /** `[B][T][heads][...shape]`, or `[heads][...shape]` if it has no roles. */
  readonly data: ArrayLike<number>
  readonly roles?: boolean
}

/** One recurrence or attention on arguments that are given, in f64 and on the device. */
export interface Case {
  readonly body: Recurrence | Attention
  readonly args: readonly Argument[]
  readonly batch: number
  /** Rows of `data` per sequence; a sequence may end earlier. */
  readonly tokens: number
  readonly lengths: readonly number[]
  /** Where recurrent states start, `[B][heads][...shape]`; zeros if absent. */
  readonly initial?: Readonly<Record<string, ArrayLike<number>>>
  /** Slots of the caches of an attention. */
  readonly slots?: number
  /** `[B][T]`: 1 where every recurrent state is 0 before the token. */
  readonly reset?: ArrayLike<number>
  /** Positions that the recurrence runs, of the second one to the end if it is null. */
  readonly span?: readonly [from: number, until: number | null]
}

export interface Outcome {
  /** By sequence: `[length][heads][...out]`. */
  readonly outputs: readonly Float64Array[]
  /** Recurrent states after the last token. */
  readonly states: Readonly<Record<string, Float64Array>>
}

export type Plan = (context: FamilyContext, node: NodeId) => readonly Launch[]

/** An attention's launches; a step in that form and no other. */
export const attends =
  (mode: 'prefill' | 'step', form: StepForm): Plan =>
  (context, node) => {
    const launches = planAttention(context, node, mode, form)
    if (launches === null) throw new Error(`found no ${mode} in the form ${JSON.stringify(form)}, expected one`)
    return launches
  }

const isRecurrence = (body: Recurrence | Attention): body is Recurrence => 'states' in body

/** Inputs in the order of the parameters, then the node. */
function graphOf({ body, args, reset, span }: Case): { graph: Graph; node: NodeId; mask: NodeId | null } {
  const g = new GraphBuilder()
  const inputs = args.map((arg, index) => {
    const shape = [...(arg.heads === null ? [] : [arg.heads]), ...(body.params[index]?.shape ?? [])]
    const roles = arg.roles ?? true
    return g.input(`in${index}`, { dtype: 'f32', batch: roles, time: roles, shape })
  })
  const index = isRecurrence(body) ? g.addRecurrence(body) : g.addAttention(body)
  const mask = reset ? g.pointwise('gt', [g.input('reset', { dtype: 'f32', batch: true, time: true, shape: [] }), g.constant(0)]) : null
  const node = g.add(
    isRecurrence(body) ? 'recurrence' : 'attention',
    mask === null ? inputs : [...inputs, mask],
    isRecurrence(body)
      ? { body: index, chunk: 0, ...(mask === null ? {} : { reset: true }), ...(span ? { from: span[0], until: span[1] } : {}) }
      : { body: index },
  )
  return { graph: g.finish([{ name: 'out', node }]), node, mask }
}

function headsOf({ body, args }: Case): number {
  return Math.max(1, ...args.map(({ heads }) => heads ?? 1), body.params.length === 0 ? 1 : 0)
}

/** By the reference. */
export function expected(test: Case): Outcome {
  const { graph, node } = graphOf(test)
  const { body, batch, tokens, lengths } = test
  const inputs: Record<string, Tensor> = {}
  for (const [index, arg] of test.args.entries()) {
    const shape = graph.nodes[index]?.type.shape ?? []
    inputs[`in${index}`] = tensor((arg.roles ?? true) ? [batch, tokens, ...shape] : shape, withoutPadding(test, index))
  }
  if (test.reset) inputs['reset'] = tensor([batch, tokens], Float64Array.from(test.reset))
  const heads = headsOf(test)
  const states: Record<string, Tensor> = {}
  if (isRecurrence(body)) {
    for (const { name, shape, init } of body.states) {
      if (init !== null) continue
      const data = test.initial?.[name] ?? new Float64Array(batch * heads * product(shape))
      states[stateKey(node, name)] = tensor([batch, ...(graph.nodes[node]?.type.shape.slice(0, 1) ?? []), ...shape], data)
    }
  }
  const result = evaluate(graph, {
    inputs,
    weights: () => tensor([], [0]),
    extent: { batch, time: tokens, lengths },
    ...(Object.keys(states).length > 0 ? { states } : {}),
  })
  const width = product(graph.nodes[node]?.type.shape ?? [])
  const out = result.outputs['out']?.data ?? new Float64Array()
  return {
    outputs: lengths.map((length, b) => out.slice(b * tokens * width, (b * tokens + length) * width)),
    states: Object.fromEntries(
      (isRecurrence(body) ? body.states : []).map(({ name }) => [name, result.states[stateKey(node, name)]?.data ?? new Float64Array()]),
    ),
  }
}

/** Padding is nothing to the reference; 0 stands for it, whatever the case has there. */
function withoutPadding(test: Case, index: number): Float64Array {
  const arg = test.args[index] as Argument
  const data = Float64Array.from(arg.data)
  if (!(arg.roles ?? true)) return data
  const width = data.length / (test.batch * test.tokens)
  for (const [b, length] of test.lengths.entries()) data.fill(0, (b * test.tokens + length) * width, (b + 1) * test.tokens * width)
  return data
}

const benches = new Map<string, Promise<Bench>>()

function benchOf(test: Case, graph: Graph): Promise<Bench> {
  const { body } = test
  const states = new Map<string, BenchState>(
    isRecurrence(body)
      ? body.states.map(({ name, shape }) => [name, { words: headsOf(test) * product(shape), slots: 1 }])
      : body.params.flatMap(({ name, side, shape }, index) =>
          side === 'j'
            ? [[`keys.${name}`, { words: (test.args[index]?.heads ?? 1) * product(shape), slots: test.slots ?? test.tokens }]]
            : [],
        ),
  )
  const key = JSON.stringify([graph, [...states]])
  const bench = benches.get(key) ?? Bench.open(graph, states)
  benches.set(key, bench)
  return bench
}

export interface Pass {
  readonly tokens: number
  /** Names a program in `plans`. */
  readonly by: string
}

/** `tokens` in passes of at most `size`. */
export const passes = (by: string, tokens: number, size = tokens): Pass[] =>
  Array.from({ length: Math.ceil(tokens / size) }, (_, i) => ({ by, tokens: Math.min(size, tokens - i * size) }))

/** On the device, pass by pass; what a pass does not write stays NaN. */
export async function actual(test: Case, plans: Readonly<Record<string, Plan>>, sequence: readonly Pass[]): Promise<Outcome> {
  const { body, batch, tokens, lengths } = test
  const { graph, node, mask } = graphOf(test)
  const bench = await benchOf(test, graph)
  for (const { by } of sequence) await bench.program(by, (context) => (plans[by] as Plan)(context, node))
  const heads = headsOf(test)
  const stateWords = (shape: readonly number[]) => batch * heads * product(shape)
  if (isRecurrence(body))
    for (const { name, shape, init } of body.states)
      bench.setState(name, init === null ? (test.initial?.[name] ?? new Float64Array(stateWords(shape))) : undefined)
  else for (const { name, side } of body.params) if (side === 'j') bench.setState(`keys.${name}`)

  const width = product(graph.nodes[node]?.type.shape ?? [])
  const outputs = lengths.map((length) => new Float64Array(length * width))
  let start = 0
  for (const { by, tokens: size } of sequence) {
    const spans = lengths.map((length) => ({ start: Math.min(start, length), length: Math.max(0, Math.min(size, length - start)) }))
    bench.poison()
    for (const [index, arg] of test.args.entries()) {
      if (!(arg.roles ?? true)) bench.write(index, arg.data)
      else {
        const per = arg.data.length / (batch * tokens)
        const all = Float32Array.from(arg.data)
        for (const [b, span] of spans.entries())
          if (span.length > 0)
            bench.write(index, all.subarray((b * tokens + start) * per, (b * tokens + start + span.length) * per), b * size)
      }
    }
    if (mask !== null && test.reset) {
      const all = Float32Array.from(test.reset)
      for (const [b, span] of spans.entries())
        if (span.length > 0) bench.write(mask, all.subarray(b * tokens + start, b * tokens + start + span.length), b * size)
    }
    bench.pass(by, size, spans)
    const rows = await bench.readRows(node, batch * size)
    for (const [b, { length }] of spans.entries())
      if (length > 0) outputs[b]?.set(rows.subarray(b * size * width, (b * size + length) * width), start * width)
    start += size
  }
  const states: Record<string, Float64Array> = {}
  if (isRecurrence(body))
    for (const { name, shape } of body.states) states[name] = Float64Array.from(await bench.readState(name, stateWords(shape)))
  return { outputs, states }
}

/** The largest relative error of an output or a state. NaN anywhere gives NaN. */
export function worstError(found: Outcome, wanted: Outcome): number {
  const all = (outcome: Outcome) => concatenated(outcome.outputs)
  const errors = [
    relativeRms(all(found), all(wanted)),
    ...Object.keys(wanted.states).map((name) => relativeRms(found.states[name] as Float64Array, wanted.states[name] as Float64Array)),
  ]
  return errors.some(Number.isNaN) ? Number.NaN : Math.max(...errors)
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
