import { describe, expect, it } from 'vitest'
import { GraphBuilder } from '../../src/graph/builder.ts'
import type { Graph, NodeId, Tensor } from '../../src/graph/graph.ts'
import { tensor } from '../../src/graph/tensor.ts'
import { verifyGraph } from '../../src/graph/verify.ts'
import { evaluate, stateKey } from '../../src/reference/evaluate.ts'
import { delta, gatedDelta, softmaxAttention, ssd } from '../graph/bodies.ts'
import { type GoldenOp, goldenOps, readGoldenOp } from '../support/golden.ts'
import { relativeRms } from '../support/numbers.ts'
import type { Tensor as FileTensor } from '../support/safetensors.ts'

const TOLERANCE = 1e-6

type Inputs = (name: string) => NodeId

/** How a case is built from its inputs: the node whose states are judged too, and the output. */
interface Built {
  readonly recurrence?: { readonly node: NodeId; readonly state: string; readonly transposed?: boolean }
  readonly out: NodeId
}

const build: Readonly<Record<string, (g: GraphBuilder, input: Inputs, op: GoldenOp) => Built>> = {
  gated_delta_rule: (g, input, op) => gdn(g, op, ['q', 'k', 'v', 'beta', 'g'].map(input)),
  delta_rule: (g, input, op) => deltaRule(g, op, ['q', 'k', 'v', 'beta'].map(input)),
  delta_rule_neg: (g, input, op) => deltaRule(g, op, ['q', 'k', 'v', 'beta'].map(input)),
  gdn_raw(g, input, op) {
    const unit = (name: string) => g.add('norm', [input(name)], { kind: 'l2', eps: 1e-6, over: 1 })
    const beta = g.pointwise('sigmoid', [input('b')])
    const rate = g.pointwise('softplus', [g.pointwise('add', [input('a'), input('dt_bias')])])
    const decay = g.pointwise('mul', [g.pointwise('neg', [g.pointwise('exp', [input('A_log')])]), rate])
    expect(g.range(beta)).toEqual({ min: 0, max: 1 })
    expect(g.range(decay).max).toBe(0)
    return gdn(g, op, [unit('q'), unit('k'), input('v'), beta, decay])
  },
  mamba2: (g, input, op) => mamba2(g, input, op),
  mamba2_z(g, input, op) {
    const built = mamba2(g, input, op)
    return { ...built, out: g.pointwise('mul', [built.out, g.pointwise('silu', [input('z')])]) }
  },
  swa: (g, input, op) => window(g, input, op),
  swa_sink: (g, input, op) => window(g, input, op),
  swa_softcap: (g, input, op) => window(g, input, op),
}

function gdn(g: GraphBuilder, op: GoldenOp, inputs: readonly NodeId[]): Built {
  const body = g.addRecurrence(gatedDelta(op.shapes['in.q']!.at(-1)!, op.shapes['in.v']!.at(-1)!))
  const node = g.add('recurrence', inputs, { body, chunk: 0 })
  return { out: node, recurrence: { node, state: 'S' } }
}

function deltaRule(g: GraphBuilder, op: GoldenOp, inputs: readonly NodeId[]): Built {
  const body = g.addRecurrence(delta(op.shapes['in.q']!.at(-1)!, op.shapes['in.v']!.at(-1)!))
  const node = g.add('recurrence', inputs, { body, chunk: 0 })
  return { out: node, recurrence: { node, state: 'S' } }
}

function mamba2(g: GraphBuilder, input: Inputs, op: GoldenOp): Built {
  const body = g.addRecurrence(ssd(op.shapes['in.B']!.at(-1)!, op.shapes['in.x']!.at(-1)!))
  const dt = g.pointwise('softplus', [g.pointwise('add', [input('dt'), input('dt_bias')])])
  const a = g.pointwise('neg', [g.pointwise('exp', [input('A_log')])])
  const node = g.add('recurrence', [input('C'), input('B'), input('x'), dt, a, input('D')], { body, chunk: 0 })
  return { out: node, recurrence: { node, state: 'h', transposed: true } }
}

function window(g: GraphBuilder, input: Inputs, op: GoldenOp): Built {
  const D = op.shapes['in.q']!.at(-1)!
  const sink = op.shapes['in.sinks'] !== undefined
  const cap = op.args['softcap'] as number | undefined
  const options = { window: Number(op.args['window']), sink, ...(cap === undefined ? {} : { cap }) }
  const body = g.addAttention(softmaxAttention(D, op.shapes['in.v']!.at(-1)!, options))
  const args = [rope(g, input('q'), D), rope(g, input('k'), D), input('v')]
  return { out: g.add('attention', sink ? [...args, input('sinks')] : args, { body }) }
}

/** Angle `t * 10000^(-2p / D)`, pairs (p, p + D / 2). */
function rope(g: GraphBuilder, x: NodeId, D: number): NodeId {
  const exponent = g.pointwise('mul', [g.constant((-2 * Math.log(10_000)) / D), g.add('iota', [], { count: D / 2 })])
  const angle = g.pointwise('mul', [g.pointwise('to_f32', [g.add('position', [])]), g.pointwise('exp', [exponent])])
  return g.add('rotate', [x, g.add('reshape', [angle], { shape: [1, D / 2] })], { pairing: 'half' })
}

/** `[B, T, ..]` unless it is a parameter of the layer. */
const parameters = new Set(['A_log', 'D', 'dt_bias', 'sinks'])

function graphOf(op: GoldenOp, tensors: ReadonlyMap<string, FileTensor>): { graph: Graph; built: Built; inputs: Record<string, Tensor> } {
  const g = new GraphBuilder()
  const inputs: Record<string, Tensor> = {}
  const known = new Map<string, NodeId>()
  const input = (name: string): NodeId => {
    const found = known.get(name)
    if (found !== undefined) return found
    const file = tensors.get(`in.${name}`)!
    const roles = !parameters.has(name)
    inputs[name] = tensor(file.shape, Float64Array.from(file.data, Number))
    const node = g.input(name, { dtype: 'f32', batch: roles, time: roles, shape: roles ? file.shape.slice(2) : file.shape })
    known.set(name, node)
    return node
  }
  const built = build[op.variant]!(g, input, op)
  const graph = g.finish([{ name: 'o', node: built.out }])
  return { graph, built, inputs }
}

/** `[.., rows, columns]` with its last axes exchanged. */
function transposed(data: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(data.length)
  for (let i = 0; i < data.length; i++) {
    const [row, column] = [Math.floor((i % (rows * columns)) / columns), i % columns]
    result[i - (i % (rows * columns)) + column * rows + row] = data[i]!
  }
  return result
}

const cases = Object.keys(build).flatMap((variant) => goldenOps(variant))

describe('the reference agrees with published implementations', () => {
  it.each(cases.map((op) => [op.file, op] as const))('%s', (_, op) => {
    const tensors = readGoldenOp(op)
    const numbers = (name: string) => Float64Array.from(tensors.get(name)!.data, Number)
    const { graph, built, inputs } = graphOf(op, tensors)
    expect(verifyGraph(graph)).toEqual([])
    const [batch, time] = [op.shapes['out.o']![0]!, op.shapes['out.o']![1]!]
    const { recurrence } = built
    const key = recurrence ? stateKey(recurrence.node, recurrence.state) : ''
    const stateShape = op.shapes['out.ht'] ?? []
    const [rows, columns] = [stateShape.at(-2) ?? 1, stateShape.at(-1) ?? 1]
    const ours = recurrence?.transposed ? [...stateShape.slice(0, -2), columns, rows] : stateShape
    const theirs = (name: string) => (recurrence?.transposed ? transposed(numbers(name), rows, columns) : numbers(name))
    const states = op.shapes['in.h0'] && recurrence ? { [key]: tensor(ours, theirs('in.h0')) } : undefined
    const result = evaluate(graph, {
      inputs,
      weights: () => tensor([], [0]),
      extent: { batch, time, lengths: Array.from({ length: batch }, () => time) },
      ...(states ? { states } : {}),
    })
    expect(result.outputs['o']!.shape).toEqual(op.shapes['out.o'])
    expect(relativeRms(result.outputs['o']!.data, numbers('out.o'))).toBeLessThan(TOLERANCE)
    if (!recurrence) return
    expect(result.states[key]!.shape).toEqual(ours)
    expect(relativeRms(result.states[key]!.data, theirs('out.ht'))).toBeLessThan(TOLERANCE)
  })
})
