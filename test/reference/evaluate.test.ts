import { describe, expect, it } from 'vitest'
import { GraphBuilder } from '../../src/graph/builder.ts'
import type { Graph, Tensor } from '../../src/graph/graph.ts'
import { tensor } from '../../src/graph/tensor.ts'
import { verifyGraph } from '../../src/graph/verify.ts'
import { type Evaluation, evaluate, type States } from '../../src/reference/evaluate.ts'
import { relativeRms } from '../support/numbers.ts'
import { hybrid, randomTokens, randomWeights, rows, small } from './hybrid.ts'

const graph = hybrid()
const weights = randomWeights(graph)
/** Other orders of the same f64 sums. */
const ROUNDING = 1e-12

function run(tokens: Tensor, lengths: readonly number[], start: readonly number[] = lengths.map(() => 0), states?: States): Evaluation {
  return evaluate(graph, {
    inputs: { tokens },
    weights,
    extent: { batch: lengths.length, time: tokens.shape[1]!, lengths },
    start,
    ...(states ? { states } : {}),
  })
}

const logits = (result: Evaluation): Tensor => result.outputs['logits']!

/** The states of one sequence of a batch, without rows that are not its own. */
function statesOf(states: States, b: number): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(states).map(([key, { shape, data }]) => [
      key,
      data.subarray((b * data.length) / shape[0]!, ((b + 1) * data.length) / shape[0]!),
    ]),
  )
}

describe('evaluate', () => {
  it('runs a legal graph', () => {
    expect(verifyGraph(graph)).toEqual([])
    const { tokens, extent } = randomTokens([5, 5], small.vocab)
    const result = evaluate(graph, { inputs: { tokens }, weights, extent, keepValues: true })
    expect(logits(result).shape).toEqual([2, 5, small.vocab])
    expect(logits(result).data.every(Number.isFinite)).toBe(true)
    expect(result.values.length).toBe(graph.nodes.length)
    expect(run(tokens, [5, 5]).values).toEqual([])
    // Every stateful node of both layers: three convolutions, three recurrences, keys and values.
    expect(Object.keys(result.states).length).toBe(2 * (3 + 3 + 2))
  })

  it.each([[[9]], [[1, 8]], [[4, 5]], [[1, 1, 1, 1, 1, 1, 1, 1, 1]], [[3, 0, 6]]])(
    'continues from states: pieces of %j equal the whole',
    (pieces) => {
      const { tokens } = randomTokens([9, 9, 9], small.vocab)
      const whole = run(tokens, [9, 9, 9])
      let states: States | undefined
      let at = 0
      for (const piece of pieces) {
        const result = run(rows(tokens, at, at + piece), [piece, piece, piece], [at, at, at], states)
        if (piece > 0) expect(relativeRms(logits(result).data, rows(logits(whole), at, at + piece).data)).toBeLessThan(ROUNDING)
        states = result.states
        at += piece
      }
      for (const [key, state] of Object.entries(whole.states)) {
        expect(states?.[key]?.shape).toEqual(state.shape)
        expect(relativeRms(states![key]!.data, state.data)).toBeLessThan(ROUNDING)
      }
    },
  )

  it('reads no padding: a batch of different lengths equals separate runs', () => {
    const lengths = [7, 1, 0, 4]
    const { tokens } = randomTokens(lengths, small.vocab)
    const together = run(tokens, lengths)
    for (const [b, length] of lengths.entries()) {
      const own = { dtype: tokens.dtype, shape: [1, length], data: tokens.data.slice(b * 7, b * 7 + length) }
      const alone = run(own, [length])
      const mine = logits(together).data.subarray(b * 7 * small.vocab, (b + 1) * 7 * small.vocab)
      expect(mine.subarray(0, length * small.vocab)).toEqual(logits(alone).data)
      expect(mine.subarray(length * small.vocab).every((x) => x === 0)).toBe(true)
      const [shared, separate] = [statesOf(together.states, b), statesOf(alone.states, 0)]
      for (const [key, state] of Object.entries(separate)) expect(shared[key]!.subarray(0, state.length)).toEqual(state)
    }
  })

  it('continues sequences that are of different lengths', () => {
    const { tokens } = randomTokens([8, 8], small.vocab)
    const whole = run(tokens, [8, 8])
    // Two tokens of the first and five of the second, then three more of each.
    const first = run(rows(tokens, 0, 5), [2, 5])
    const next = tensor([2, 3], [...tokens.data.subarray(2, 5), ...tokens.data.subarray(8 + 5, 8 + 8)], 'u32')
    const second = logits(run(next, [3, 3], [2, 5], first.states)).data
    const words = small.vocab
    expect(relativeRms(second.subarray(0, 3 * words), logits(whole).data.subarray(2 * words, 5 * words))).toBeLessThan(ROUNDING)
    expect(relativeRms(second.subarray(3 * words), logits(whole).data.subarray(13 * words, 16 * words))).toBeLessThan(ROUNDING)
  })

  it('takes an empty prompt', () => {
    const empty = run(randomTokens([0, 0], small.vocab).tokens, [0, 0])
    expect(logits(empty).shape).toEqual([2, 0, small.vocab])
    const { tokens } = randomTokens([3, 3], small.vocab)
    expect(logits(run(tokens, [3, 3], [0, 0], empty.states)).data).toEqual(logits(run(tokens, [3, 3])).data)
  })

  it('does not change what it was given', () => {
    const { tokens } = randomTokens([4], small.vocab)
    const before = run(tokens, [4])
    const copies = Object.fromEntries(Object.entries(before.states).map(([key, state]) => [key, state.data.slice()]))
    run(tokens, [4], [4], before.states)
    for (const [key, copy] of Object.entries(copies)) expect(before.states[key]!.data).toEqual(copy)
  })
})

describe('evaluate refuses', () => {
  const { tokens, extent } = randomTokens([3, 2], small.vocab)
  const options = { inputs: { tokens }, weights, extent }

  it.each<[string, () => unknown, string]>([
    ['a missing input', () => evaluate(graph, { ...options, inputs: {} }), 'no input tokens, only none'],
    [
      'an input of another shape',
      () => evaluate(graph, { ...options, inputs: { tokens: tensor([3, 2], new Float64Array(6), 'u32') } }),
      'input tokens is u32[3, 2] of 6 elements, expected u32[2, 3]',
    ],
    [
      'an input of another dtype',
      () => evaluate(graph, { ...options, inputs: { tokens: { ...tokens, dtype: 'f32' } } }),
      'input tokens is f32[2, 3] of 6 elements, expected u32[2, 3]',
    ],
    [
      'a weight of another shape',
      () => evaluate(graph, { ...options, weights: () => tensor([1], [0]) }),
      'weight embed is f32[1] of 1 elements, expected f32[17, 12]',
    ],
    [
      'a token out of the vocabulary',
      () => evaluate(graph, { ...options, inputs: { tokens: tensor([2, 3], [0, 17, 0, 0, 0, 0], 'u32') } }),
      'id 17 of token 1 in sequence 0, expected less than 17',
    ],
    [
      'lengths that are not one per sequence',
      () => evaluate(graph, { ...options, extent: { ...extent, lengths: [3] } }),
      '1 lengths and 1 starts, expected one per sequence of 2',
    ],
    [
      'a length beyond the time axis',
      () => evaluate(graph, { ...options, extent: { ...extent, lengths: [3, 4] } }),
      'sequence 1 has 4 tokens, expected a whole number up to 3',
    ],
    ['a later start without states', () => evaluate(graph, { ...options, start: [2, 0] }), 'sequences start at 2, 0, expected the states'],
    ['states that lack one', () => evaluate(graph, { ...options, start: [2, 0], states: {} }), 'no state window of node'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message)
  })
})

describe('ops', () => {
  /** One op on given tensors, `[1, T, ..]` if `time` is not 0. */
  function apply(
    op: string,
    operands: readonly (readonly [shape: readonly number[], data: readonly number[], time?: number])[],
    attrs: Parameters<GraphBuilder['add']>[2] = {},
  ): number[] {
    const g = new GraphBuilder()
    const inputs: Record<string, Tensor> = {}
    const T = Math.max(1, ...operands.map(([, , time = 0]) => time))
    const ids = operands.map(([shape, data, time = 0], i) => {
      const roles = time > 0
      inputs[`x${i}`] = tensor([...(roles ? [1, time] : []), ...shape], data)
      return g.input(`x${i}`, { dtype: 'f32', batch: roles, time: roles, shape })
    })
    const made: Graph = g.finish([{ name: 'y', node: g.add(op, ids, attrs) }])
    return [...evaluate(made, { inputs, weights: () => tensor([], [0]), extent: { batch: 1, time: T, lengths: [T] } }).outputs['y']!.data]
  }

  it('align roles by role and features from the right', () => {
    expect(
      apply(
        'pointwise',
        [
          [[2, 1], [1, 2, 3, 4], 2],
          [[3], [10, 20, 30]],
        ],
        { fn: 'add' },
      ),
    ).toEqual([11, 21, 31, 12, 22, 32, 13, 23, 33, 14, 24, 34])
  })

  it('contract the last axis with a row of weights per output', () => {
    expect(
      apply(
        'linear',
        [
          [[2], [1, 2, 3, 4], 2],
          [
            [3, 2],
            [1, 0, 0, 1, 1, 1],
          ],
          [[3], [100, 200, 300]],
        ],
        { out: [3] },
      ),
    ).toEqual([101, 202, 303, 103, 204, 307])
  })

  it('convolve with the current token last', () => {
    expect(
      apply(
        'conv1d',
        [
          [[1], [1, 2, 3], 3],
          [
            [1, 2],
            [10, 1],
          ],
          [[1], [0.5]],
        ],
        { width: 2 },
      ),
    ).toEqual([1.5, 12.5, 23.5])
    expect(
      apply(
        'conv1d',
        [
          [[2], [1, 2, 3, 4], 2],
          [
            [2, 1],
            [2, 3],
          ],
        ],
        { width: 1 },
      ),
    ).toEqual([2, 6, 6, 12])
  })

  it('normalise, also what is zero', () => {
    const [a = 0, b = 0] = apply('norm', [[[2], [3, 4]]], { kind: 'l2', eps: 0, over: 1 })
    expect([a, b]).toEqual([expect.closeTo(0.6, 15), expect.closeTo(0.8, 15)])
    expect(apply('norm', [[[2], [3, 4]]], { kind: 'l2', eps: 11, over: 1 })).toEqual([0.5, 4 / 6])
    expect(apply('norm', [[[2], [3, 4]]], { kind: 'rms', eps: 3.5, over: 1 })).toEqual([0.75, 1])
    expect(apply('norm', [[[2], [3, 5]]], { kind: 'layer', eps: 3, over: 1 })).toEqual([-0.5, 0.5])
    for (const kind of ['l2', 'rms', 'layer']) expect(apply('norm', [[[2], [0, 0]]], { kind, eps: 0, over: 1 })).toEqual([0, 0])
    // Over two axes: one statistic.
    expect(
      apply(
        'norm',
        [
          [
            [2, 2],
            [1, 1, 1, 1],
          ],
        ],
        { kind: 'l2', eps: 0, over: 2 },
      ),
    ).toEqual([0.5, 0.5, 0.5, 0.5])
  })

  it('move features about', () => {
    const x = [1, 2, 3, 4, 5, 6]
    expect(apply('slice', [[[2, 3], x]], { axis: 1, start: 1, end: 3 })).toEqual([2, 3, 5, 6])
    expect(apply('slice', [[[2, 3], x]], { axis: 0, start: 1, end: 2 })).toEqual([4, 5, 6])
    expect(apply('permute', [[[2, 3], x]], { order: [1, 0] })).toEqual([1, 4, 2, 5, 3, 6])
    expect(apply('permute', [[[1, 2, 3], x]], { order: [2, 0, 1] })).toEqual([1, 4, 2, 5, 3, 6])
    expect(
      apply(
        'concat',
        [
          [[1], [7, 8], 2],
          [[2], [1, 2]],
        ],
        { axis: 0 },
      ),
    ).toEqual([7, 1, 2, 8, 1, 2])
    expect(apply('reduce', [[[2, 3], x]], { fn: 'sum' })).toEqual([6, 15])
    expect(apply('reduce', [[[2, 3], x]], { fn: 'mean' })).toEqual([2, 5])
    expect(apply('reduce', [[[2, 3], x.map((v) => -v)]], { fn: 'max' })).toEqual([-1, -4])
    expect(apply('softmax', [[[3], [1e4, 1e4, -1e4]]])).toEqual([0.5, 0.5, 0])
  })

  it('rotate pairs', () => {
    const quarter = Math.PI / 2
    const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12))
    expect(
      apply(
        'rotate',
        [
          [[4], [1, 2, 3, 4]],
          [[2], [quarter, 0]],
        ],
        { pairing: 'half' },
      ),
    ).toEqual(close([-3, 2, 1, 4]))
    expect(
      apply(
        'rotate',
        [
          [[4], [1, 2, 3, 4]],
          [[2], [quarter, 0]],
        ],
        { pairing: 'adjacent' },
      ),
    ).toEqual(close([-2, 1, 3, 4]))
    // One angle for both heads, another per token.
    expect(
      apply(
        'rotate',
        [
          [[2, 2], [1, 0, 0, 1, 1, 0, 0, 1], 2],
          [[1, 1], [0, quarter], 2],
        ],
        { pairing: 'half' },
      ),
    ).toEqual(close([1, 0, 0, 1, 0, 1, -1, 0]))
  })

  it('wrap whole numbers around', () => {
    const g = new GraphBuilder()
    const u32 = (value: number) => g.add('constant', [], { value, dtype: 'u32' })
    const names = ['sub', 'mul', 'div', 'mod', 'add']
    const made = g.finish(
      names.map((fn) => ({
        name: fn,
        node: g.pointwise(fn, fn === 'mul' ? [u32(65_537), u32(65_537)] : fn === 'add' ? [u32(2 ** 32 - 1), u32(3)] : [u32(5), u32(7)]),
      })),
    )
    const { outputs } = evaluate(made, { inputs: {}, weights: () => tensor([], [0]), extent: { batch: 1, time: 1, lengths: [1] } })
    expect(names.map((name) => outputs[name]!.data[0])).toEqual([2 ** 32 - 2, 131_073, 0, 5, 2])
  })
})
