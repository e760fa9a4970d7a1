import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GraphBuilder } from '../../src/graph/builder.ts'
import type { Attention, Graph, Node, Recurrence } from '../../src/graph/graph.ts'
import { verifyGraph } from '../../src/graph/verify.ts'
import { verifyAttention, verifyRecurrence } from '../../src/graph/verify-body.ts'
import { delta, gatedDelta, softmaxAttention } from './bodies.ts'

/** `x -> linear -> norm -> silu`, a recurrence with its state, an attention. */
function sample(): Graph {
  const g = new GraphBuilder()
  const origin = { path: 'layers.0', source: 'a.gdn:3:1' }
  const x = g.input('x', { dtype: 'f32', batch: true, time: true, shape: [6] })
  const h = g.add('linear', [x, g.weight('layers.0.q.weight', [8, 6], origin)], { out: [2, 4] }, origin)
  const n = g.add('norm', [h], { kind: 'rms', eps: 1e-6, over: 1 }, origin)
  const s = g.pointwise('silu', [n], origin)
  const body = g.addRecurrence(gatedDelta(4, 4))
  const beta = g.pointwise('sigmoid', [g.add('reshape', [g.add('reduce', [s], { fn: 'sum' })], { shape: [2] })])
  const r = g.add('recurrence', [s, n, s, beta, g.pointwise('log_sigmoid', [beta])], { body, chunk: 16 }, origin)
  const a = g.add('attention', [s, n, s], { body: g.addAttention(softmaxAttention(4, 4)) }, origin)
  return g.finish([
    { name: 'y', node: g.pointwise('add', [r, a]) },
    { name: 'state', node: g.finalState(r, 'S') },
  ])
}

const withNode = (graph: Graph, id: number, change: Partial<Node>): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node) => (node.id === id ? { ...node, ...change } : node)),
})

const idOf = (graph: Graph, op: string): number => graph.nodes.findIndex((node) => node.op === op)

describe('verifyGraph', () => {
  it('accepts what the builder made', () => {
    expect(verifyGraph(sample())).toEqual([])
    expect(verifyGraph({ nodes: [], outputs: [], recurrences: [], attentions: [] })).toEqual([])
  })

  it.each<[string, (graph: Graph) => Graph, string]>([
    ['an id that is no index', (g) => withNode(g, 2, { id: 7 }), 'node 2 (linear of layers.0) has id 7'],
    ['an input after its use', (g) => withNode(g, 2, { inputs: [2, 1] }), 'expected ids below its own'],
    ['an input that is not there', (g) => withNode(g, 2, { inputs: [0, -1] }), 'expected ids below its own'],
    ['an unknown op', (g) => withNode(g, 2, { op: 'gated_delta' }), 'node 2 (gated_delta of layers.0) is no op'],
    [
      'a wrong type',
      (g) => withNode(g, 2, { type: { dtype: 'f32', batch: true, time: true, shape: [8] } }),
      'is f32[B, T, 8], its shape rule gives f32[B, T, 2, 4]',
    ],
    [
      'an incomplete attribute',
      (g) => withNode(g, 3, { attrs: { kind: 'rms', over: 1 } }),
      'found no eps, expected eps to be a finite number',
    ],
    [
      'a number that JSON cannot hold',
      (g) => withNode(g, 3, { attrs: { kind: 'rms', over: 1, eps: 0, extra: [Number.NaN] } }),
      'attributes that JSON cannot hold',
    ],
    ['inputs that do not fit', (g) => withNode(g, 2, { attrs: { out: [9] } }), 'found f32[8, 6], expected f32[9, 6]'],
    ['a body that is not there', (g) => ({ ...g, recurrences: [] }), 'found body 0, expected one of 0 recurrences'],
    [
      'a state of no recurrence',
      (g) => withNode(g, idOf(g, 'final_state'), { inputs: [idOf(g, 'attention')] }),
      'has as its input a attention, expected a recurrence of body 0',
    ],
    ['an output that is not there', (g) => ({ ...g, outputs: [{ name: 'y', node: 99 }] }), 'output y is node 99 of'],
    ['two outputs of one name', (g) => ({ ...g, outputs: [...g.outputs, { name: 'y', node: 0 }] }), 'two outputs y'],
    ['a broken body', (g) => ({ ...g, recurrences: [{ ...gatedDelta(4, 4), out: 99 }] }), 'recurrence gated_delta: out is node 99 of'],
  ])('finds %s', (_, change, expected) => {
    expect(verifyGraph(change(sample())).join('\n')).toContain(expected)
  })

  it('finds one weight with two shapes', () => {
    const g = new GraphBuilder()
    g.weight('w', [2])
    g.weight('w', [3])
    expect(verifyGraph(g.finish([]))).toEqual(['weight w is f32[2] in node 0 and f32[3] in node 1'])
  })

  it('never throws, and finds every change of an edge, a type or an id', () => {
    const graph = sample()
    const change = fc.oneof(
      fc.record({ kind: fc.constant('id' as const), node: fc.nat(graph.nodes.length - 1), value: fc.integer({ min: -2, max: 40 }) }),
      fc.record({ kind: fc.constant('input' as const), node: fc.nat(graph.nodes.length - 1), value: fc.integer({ min: -2, max: 40 }) }),
      fc.record({ kind: fc.constant('shape' as const), node: fc.nat(graph.nodes.length - 1), value: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ kind: fc.constant('role' as const), node: fc.nat(graph.nodes.length - 1), value: fc.constant(0) }),
    )
    fc.assert(
      fc.property(change, ({ kind, node: id, value }) => {
        const node = graph.nodes[id]!
        const changed = {
          id: { id: value },
          input: { inputs: [value, ...node.inputs.slice(1)] },
          shape: { type: { ...node.type, shape: [...node.type.shape, value] } },
          role: { type: { ...node.type, batch: !node.type.batch } },
        }[kind]
        const problems = verifyGraph(withNode(graph, id, changed))
        if (kind === 'id') expect(problems.length > 0).toBe(value !== id)
        // Another input of the same type is another graph, and a legal one.
        else if (kind === 'input') {
          const other = graph.nodes[value]
          if (value < 0 || value >= id || node.inputs.length === 0) expect(problems).not.toEqual([])
          else if (other && JSON.stringify(other.type) === JSON.stringify(graph.nodes[node.inputs[0]!]!.type) && node.op !== 'final_state')
            expect(problems).toEqual([])
        } else expect(problems).not.toEqual([])
      }),
      { numRuns: 400 },
    )
  })
})

describe('verifyRecurrence', () => {
  const body = gatedDelta(4, 6)
  const stateRead = body.nodes.findIndex((node) => node.op === 'read')

  it.each<[string, Partial<Recurrence>, string]>([
    [
      'a state that changes its shape',
      { states: [{ name: 'S', shape: [4, 6], init: null, next: stateRead }] },
      'next of state S is f32[6], expected f32[4, 6]',
    ],
    [
      'a start that depends on a state',
      { states: [{ ...body.states[0]!, init: body.states[0]!.next }] },
      'init of state S depends on a state',
    ],
    ['two states of one name', { states: [body.states[0]!, body.states[0]!] }, 'two of state S'],
    ['a parameter with a side', { params: body.params.map((param) => ({ ...param, side: 'i' as const })) }, 'parameter 0 (q) has side i'],
    ['bounds the wrong way round', { params: body.params.map((param) => ({ ...param, min: 1, max: 0 })) }, 'parameter q lies in 1 .. 0'],
    ['a result that is not there', { out: -1 }, 'out is node -1 of'],
    [
      'a node of another type',
      { nodes: body.nodes.map((node) => (node.op === 'outer' ? { ...node, shape: [6, 4] } : node)) },
      '(outer) is f32[6, 4], its shape rule gives f32[4, 6]',
    ],
  ])('finds %s', (_, change, expected) => {
    expect(verifyRecurrence({ ...body, ...change }).join('\n')).toContain(expected)
  })

  it('accepts what is legal', () => {
    expect(verifyRecurrence(body)).toEqual([])
    expect(verifyRecurrence(delta(1, 1))).toEqual([])
  })
})

describe('verifyAttention', () => {
  const body = softmaxAttention(4, 6, { sink: true, window: 3 })
  const param = (index: number) => body.nodes.findIndex((node) => node.op === 'param' && node.attrs['index'] === index)

  it.each<[string, Partial<Attention>, string]>([
    ['a mask that is a number', { mask: body.score }, 'mask is f32, expected a bool'],
    ['a mask that is not there', { mask: 99 }, 'mask is no node, expected a bool'],
    ['a score that is a vector', { score: param(0) }, 'score is f32[4], expected f32'],
    ['values of the query', { value: param(0) }, 'value depends on the query'],
    ['a scalar value', { value: param(3) }, 'value is a scalar, expected a vector'],
    ['a sink per key', { sink: body.score }, 'sink depends on the key'],
    ['a sink of a sigmoid', { weighting: 'sigmoid' }, 'sink with sigmoid'],
  ])('finds %s', (_, change, expected) => {
    expect(verifyAttention({ ...body, ...change }).join('\n')).toContain(expected)
  })

  it('accepts what is legal', () => {
    expect(verifyAttention(body)).toEqual([])
    expect(verifyAttention(softmaxAttention(1, 2, { whole: true, cap: 3 }))).toEqual([])
  })
})
