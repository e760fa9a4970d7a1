import { describe, expect, it } from 'vitest'
import { GraphBuilder } from '../../src/graph/builder.ts'
import type { Graph, NodeId, Tensor } from '../../src/graph/graph.ts'
import { tensor } from '../../src/graph/tensor.ts'
import { verifyGraph } from '../../src/graph/verify.ts'
import { evaluate, type States } from '../../src/reference/evaluate.ts'
import { gatedDelta, softmaxAttention, ssd } from '../graph/bodies.ts'
import { randomNormal, relativeRms } from '../support/numbers.ts'

/** What the ops that look along time mean, on values whose every token can be told from every other. */

const ROUNDING = 1e-12
const sequence = { dtype: 'f32', batch: true, time: true, shape: [] } as const

function graphOf(build: (g: GraphBuilder) => NodeId): Graph {
  const g = new GraphBuilder()
  const graph = g.finish([{ name: 'y', node: build(g) }])
  expect(verifyGraph(graph)).toEqual([])
  return graph
}

interface RunOptions {
  readonly lengths?: readonly number[]
  readonly start?: readonly number[]
  readonly states?: States
}

function run(graph: Graph, inputs: Readonly<Record<string, Tensor>>, time: number, { lengths = [time], ...more }: RunOptions = {}) {
  return evaluate(graph, {
    inputs,
    weights: (path) => {
      throw new Error(`no weight ${path}`)
    },
    extent: { batch: lengths.length, time, lengths },
    ...more,
  })
}

const y = (graph: Graph, inputs: Readonly<Record<string, Tensor>>, time: number, options?: RunOptions): readonly number[] => [
  ...(run(graph, inputs, time, options).outputs['y']?.data ?? []),
]

const count = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i)

describe('shift', () => {
  const by = (n: number): Graph => graphOf((g) => g.add('shift', [g.input('x', sequence)], { count: n }))

  it('gives what another token has, and 0 outside of the sequence', () => {
    const x = tensor([1, 5], [1, 2, 3, 4, 5])
    expect(y(by(2), { x }, 5)).toEqual([0, 0, 1, 2, 3])
    expect(y(by(-1), { x }, 5)).toEqual([2, 3, 4, 5, 0])
    expect(y(by(7), { x }, 5)).toEqual([0, 0, 0, 0, 0])
  })

  it('ends where a sequence ends, not where the batch does', () => {
    const x = tensor([2, 3], [1, 2, 3, 4, 5, Number.NaN])
    expect(y(by(-1), { x }, 3, { lengths: [3, 2] })).toEqual([2, 3, 0, 5, 0, 0])
  })

  it.each([[[5]], [[1, 4]], [[1, 1, 1, 1, 1]], [[3, 0, 2]]])('goes on from the tokens of pieces %j', (pieces) => {
    const graph = by(3)
    const found: number[] = []
    let states: States = run(graph, { x: tensor([1, 0], []) }, 0).states
    for (const piece of pieces) {
      const at = found.length
      const result = run(graph, { x: tensor([1, piece], count(at + 1, at + piece + 1)) }, piece, { start: [at], states })
      found.push(...(result.outputs['y']?.data ?? []))
      states = result.states
    }
    expect(found).toEqual([0, 0, 0, 1, 2])
  })

  it('sees nothing before the beginning of a segment', () => {
    const graph = graphOf((g) =>
      g.add('shift', [g.input('x', sequence), g.input('begin', { ...sequence, dtype: 'u32' })], { count: 1, begin: true }),
    )
    const begin = tensor([1, 5], [0, 0, 2, 2, 4], 'u32')
    expect(y(graph, { x: tensor([1, 5], [1, 2, 3, 4, 5]), begin }, 5)).toEqual([0, 1, 0, 3, 0])
  })
})

describe('flip', () => {
  const upto = graphOf((g) => g.add('flip', [g.input('x', sequence), g.input('p', { ...sequence, dtype: 'u32', time: false })]))
  const x = tensor([2, 4], [1, 2, 3, 4, 5, 6, 7, Number.NaN])

  it('reverses each sequence by itself', () => {
    const all = graphOf((g) => g.add('flip', [g.input('x', sequence)]))
    expect(y(all, { x }, 4, { lengths: [4, 3] })).toEqual([4, 3, 2, 1, 7, 6, 5, 0])
  })

  it('reverses the first tokens, as many as there are', () => {
    expect(y(upto, { x, p: tensor([2], [3, 9], 'u32') }, 4, { lengths: [4, 3] })).toEqual([3, 2, 1, 4, 7, 6, 5, 0])
    expect(y(upto, { x, p: tensor([2], [0, 1], 'u32') }, 4, { lengths: [4, 3] })).toEqual([1, 2, 3, 4, 5, 6, 7, 0])
  })

  it('is its own inverse', () => {
    const twice = graphOf((g) => {
      const p = g.input('p', { ...sequence, dtype: 'u32', time: false })
      return g.add('flip', [g.add('flip', [g.input('x', sequence), p]), p])
    })
    expect(y(twice, { x, p: tensor([2], [3, 2], 'u32') }, 4, { lengths: [4, 3] })).toEqual([1, 2, 3, 4, 5, 6, 7, 0])
  })

  it('changes nothing behind the first tokens', () => {
    const whole = y(upto, { x: tensor([1, 5], count(1, 6)), p: tensor([1], [3], 'u32') }, 5)
    const p = tensor([1], [3], 'u32')
    const first = run(upto, { x: tensor([1, 3], count(1, 4)), p }, 3)
    const rest = y(upto, { x: tensor([1, 2], count(4, 6)), p }, 2, { start: [3], states: first.states })
    expect([...(first.outputs['y']?.data ?? []), ...rest]).toEqual(whole)
  })
})

describe('pool', () => {
  it.each([
    ['last', [3, 4, 0]],
    ['sum', [6, 4, 0]],
    ['mean', [2, 4, 0]],
    ['max', [3, 4, 0]],
  ])('%s is over the tokens of a sequence', (fn, expected) => {
    const graph = graphOf((g) => g.add('pool', [g.input('x', sequence)], { fn }))
    const nan = Number.NaN
    expect(y(graph, { x: tensor([3, 3], [1, 2, 3, 4, nan, nan, nan, nan, nan]) }, 3, { lengths: [3, 1, 0] })).toEqual(expected)
  })

  it('knows a largest value below 0', () => {
    const graph = graphOf((g) => g.add('pool', [g.input('x', sequence)], { fn: 'max' }))
    expect(y(graph, { x: tensor([1, 2], [-3, -2]) }, 2)).toEqual([-2])
  })
})

const [K, V, T] = [3, 4, 9]
const normal = (shape: readonly number[], seed: number): Tensor =>
  tensor(
    shape,
    randomNormal(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
  )

/** The arguments of the delta rule, as inputs of a graph. */
const deltaInputs = (g: GraphBuilder): readonly NodeId[] => [
  g.input('q', { ...sequence, shape: [K] }),
  g.input('k', { ...sequence, shape: [K] }),
  g.input('v', { ...sequence, shape: [V] }),
  g.pointwise('sigmoid', [g.input('beta', sequence)]),
  g.pointwise('log_sigmoid', [g.input('g', sequence)]),
]

const deltaValues = (time: number, seed = 1): Record<string, Tensor> => ({
  q: normal([1, time, K], seed),
  k: normal([1, time, K], seed + 1),
  v: normal([1, time, V], seed + 2),
  beta: normal([1, time], seed + 3),
  g: normal([1, time], seed + 4),
})

const part = (values: Readonly<Record<string, Tensor>>, from: number, to: number): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(values).map(([name, { shape, data, dtype }]) => {
      const words = shape.slice(2).reduce((a, b) => a * b, 1)
      return [name, tensor([1, to - from, ...shape.slice(2)], data.slice(from * words, to * words), dtype)]
    }),
  )

describe('a recurrence whose states start anew', () => {
  const graph = graphOf((g) => {
    const body = g.addRecurrence(gatedDelta(K, V))
    return g.add('recurrence', [...deltaInputs(g), g.input('reset', { ...sequence, dtype: 'bool' })], { body, chunk: 0, reset: true })
  })
  const plain = graphOf((g) => g.add('recurrence', deltaInputs(g), { body: g.addRecurrence(gatedDelta(K, V)), chunk: 0 }))
  const values = deltaValues(T)
  const reset = tensor([1, T], [0, 0, 0, 1, 0, 0, 1, 1, 0], 'bool')

  it('is as many sequences as there are parts', () => {
    const together = y(graph, { ...values, reset }, T)
    const ends = [0, 3, 6, 7, T]
    const apart = ends.slice(1).flatMap((end, i) => {
      const from = ends[i] as number
      return y(plain, part(values, from, end), end - from)
    })
    expect(together).toEqual(apart)
  })

  it.each([3, 4, 6])('goes on in a piece that begins at %i', (at) => {
    const all = { ...values, reset }
    const first = run(graph, part(all, 0, at), at)
    const rest = run(graph, part(all, at, T), T - at, { start: [at], states: first.states })
    expect([...first.outputs['y']!.data, ...rest.outputs['y']!.data]).toEqual(y(graph, all, T))
  })
})

describe('a recurrence over a part of the sequence', () => {
  const over = (attrs: { from?: number; until?: number }): Graph =>
    graphOf((g) => g.add('recurrence', deltaInputs(g), { body: g.addRecurrence(gatedDelta(K, V)), chunk: 0, ...attrs }))
  const plain = over({})
  const values = deltaValues(T, 11)

  it('runs the tokens of the part, and gives 0 elsewhere', () => {
    const alone = y(plain, part(values, 2, 6), 4)
    const zeros = (tokens: number): readonly number[] => Array.from({ length: tokens * V }, () => 0)
    expect(y(over({ from: 2, until: 6 }), values, T)).toEqual([...zeros(2), ...alone, ...zeros(T - 6)])
    expect(y(over({ from: 2, until: 2 }), values, T)).toEqual(zeros(T))
    expect(y(over({ from: T + 4 }), values, T)).toEqual(zeros(T))
  })

  it('keeps the state that the part has ended in', () => {
    const inside = run(plain, part(values, 0, 4), 4).states
    const after = run(over({ until: 4 }), values, T).states
    expect(Object.values(after)[0]?.data).toEqual(Object.values(inside)[0]?.data)
  })
})

/** A state handed over at `point`: what the tokens before it leave is where the tokens from it on begin. */
describe('a state that an earlier part ends in', () => {
  const point = 5
  const inputs = (g: GraphBuilder): readonly NodeId[] => [
    g.input('c', { ...sequence, shape: [K] }),
    g.input('b', { ...sequence, shape: [K] }),
    g.input('x', { ...sequence, shape: [V] }),
    g.pointwise('softplus', [g.input('dt', sequence)]),
    g.constant(-0.7),
    g.constant(0.3),
  ]
  const converted = graphOf((g) => {
    const body = g.addRecurrence(ssd(K, V))
    const attention = g.addAttention(softmaxAttention(K, V))
    const args = inputs(g)
    const memory = g.add('recurrence', args, { body, chunk: 0, until: point })
    const late = g.add('recurrence', [...args, g.finalState(memory, 'h')], { body, chunk: 0, from: point, initial: ['h'] })
    const early = g.add('attention', args.slice(0, 3), { body: attention })
    const before = g.pointwise('lt', [g.add('position', []), g.add('constant', [], { value: point, dtype: 'u32' })])
    return g.pointwise('select', [g.add('reshape', [before], { shape: [1] }), early, late])
  })
  const scan = graphOf((g) => g.add('recurrence', inputs(g), { body: g.addRecurrence(ssd(K, V)), chunk: 0 }))
  const attend = graphOf((g) => g.add('attention', inputs(g).slice(0, 3), { body: g.addAttention(softmaxAttention(K, V)) }))
  const values = {
    c: normal([1, T, K], 21),
    b: normal([1, T, K], 22),
    x: normal([1, T, V], 23),
    dt: normal([1, T], 24),
  }

  it('loses nothing: one recurrence over all tokens, chosen by position', () => {
    const [ssdOnly, attention] = [y(scan, values, T), y(attend, values, T)]
    const chosen = [...attention.slice(0, point * V), ...ssdOnly.slice(point * V)]
    expect(relativeRms(y(converted, values, T), chosen)).toBeLessThan(ROUNDING)
  })

  it.each([[[9]], [[3, 6]], [[5, 4]], [[7, 2]], [[2, 2, 2, 3]], [[1, 1, 1, 1, 1, 1, 1, 1, 1]]])('is handed over in pieces %j', (pieces) => {
    const found: number[] = []
    let states: States | undefined
    let at = 0
    for (const piece of pieces) {
      const result = run(converted, part(values, at, at + piece), piece, { start: [at], ...(states ? { states } : {}) })
      found.push(...result.outputs['y']!.data)
      states = result.states
      at += piece
    }
    expect(relativeRms(found, y(converted, values, T))).toBeLessThan(ROUNDING)
  })
})
