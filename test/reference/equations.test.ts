import { describe, expect, it } from 'vitest'
import { BodyBuilder } from '../../src/graph/body-builder.ts'
import { GraphBuilder } from '../../src/graph/builder.ts'
import type { Attention, Recurrence, Tensor, ValueType } from '../../src/graph/graph.ts'
import { tensor } from '../../src/graph/tensor.ts'
import { verifyGraph } from '../../src/graph/verify.ts'
import { type Evaluation, evaluate, stateKey } from '../../src/reference/evaluate.ts'
import { product } from '../../src/util/numbers.ts'
import { gatedDelta, selectiveScan, sigmoidAttention, softmaxAttention } from '../graph/bodies.ts'
import { randomNormal, randomUniform, relativeRms } from '../support/numbers.ts'

const BATCH = 3
const TIME = 7
const TOLERANCE = 1e-13

type Argument = { readonly value: Tensor; readonly type: ValueType }

/** An argument of these feature axes, for every token of a batch unless it is a constant. */
function argument(shape: readonly number[], data: (index: number) => number, constant = false): Argument {
  const full = constant ? shape : [BATCH, TIME, ...shape]
  return {
    value: tensor(
      full,
      Float64Array.from({ length: product(full) }, (_, i) => data(i)),
    ),
    type: { dtype: 'f32', batch: !constant, time: !constant, shape },
  }
}

const normal = (shape: readonly number[], seed: number, constant = false): Argument => {
  const data = randomNormal(BATCH * TIME * product(shape), seed)
  return argument(shape, (i) => data[i]!, constant)
}

function run(
  body: Recurrence | Attention,
  args: readonly Argument[],
  { names = [], extra = [] }: { names?: readonly string[]; extra?: readonly Argument[] } = {},
): Evaluation & { node: number } {
  const g = new GraphBuilder()
  const all = [...args, ...extra]
  const ids = all.map(({ type }, i) => g.input(`x${i}`, type))
  const node =
    'states' in body
      ? g.add('recurrence', ids, { body: g.addRecurrence(body), chunk: 0, ...(names.length > 0 ? { initial: names } : {}) })
      : g.add('attention', ids, { body: g.addAttention(body) })
  const states = 'states' in body ? body.states.map((state) => ({ name: state.name, node: g.finalState(node, state.name) })) : []
  const graph = g.finish([{ name: 'o', node }, ...states])
  expect(verifyGraph(graph)).toEqual([])
  const inputs = Object.fromEntries(all.map(({ value }, i) => [`x${i}`, value]))
  const result = evaluate(graph, {
    inputs,
    weights: () => tensor([], [0]),
    extent: { batch: BATCH, time: TIME, lengths: Array(BATCH).fill(TIME) },
  })
  return { ...result, node }
}

const [HEADS, KEYS, K, V] = [4, 2, 3, 5]

/** The gated delta rule written out: state `[K][V]` of one head. */
function naive(q: Argument, k: Argument, v: Argument, beta: Argument, g: Argument): { o: number[]; states: number[] } {
  const o: number[] = []
  const states: number[] = []
  const read = (x: Argument, b: number, t: number, i: number) => x.value.data[(b * TIME + t) * product(x.type.shape) + i]!
  const final: number[][] = []
  const outputs = new Map<string, number[]>()
  for (let b = 0; b < BATCH; b++) {
    for (let head = 0; head < HEADS; head++) {
      const S = Array.from({ length: K }, () => Array<number>(V).fill(0))
      const shared = Math.floor(head / (HEADS / KEYS))
      for (let t = 0; t < TIME; t++) {
        const decay = Math.exp(read(g, b, t, head))
        for (const row of S) for (let j = 0; j < V; j++) row[j] = row[j]! * decay
        for (let j = 0; j < V; j++) {
          let seen = 0
          for (let i = 0; i < K; i++) seen += S[i]![j]! * read(k, b, t, shared * K + i)
          const change = read(beta, b, t, head) * (read(v, b, t, head * V + j) - seen)
          for (let i = 0; i < K; i++) S[i]![j]! += read(k, b, t, shared * K + i) * change
        }
        outputs.set(
          `${b} ${t} ${head}`,
          Array.from(
            { length: V },
            (_, j) => S.reduce((total, row, i) => total + row[j]! * read(q, b, t, shared * K + i), 0) / Math.sqrt(K),
          ),
        )
      }
      final.push(S.flat())
    }
  }
  for (let b = 0; b < BATCH; b++)
    for (let t = 0; t < TIME; t++) for (let head = 0; head < HEADS; head++) o.push(...outputs.get(`${b} ${t} ${head}`)!)
  states.push(...final.flat())
  return { o, states }
}

describe('the gated delta rule', () => {
  const q = normal([KEYS, K], 1)
  const v = normal([HEADS, V], 3)
  const unit = (x: Argument): Argument => {
    const data = x.value.data.slice()
    for (let i = 0; i < data.length; i += K) {
      const scale = 1 / Math.sqrt(data.subarray(i, i + K).reduce((sum, y) => sum + y * y, 1e-6))
      for (let j = i; j < i + K; j++) data[j] = data[j]! * scale
    }
    return { ...x, value: { ...x.value, data } }
  }
  const k = unit(normal([KEYS, K], 2))
  const gate = randomUniform(BATCH * TIME * HEADS, 4)
  const beta = argument([HEADS], (i) => gate[i]!)
  const decay = argument([HEADS], (i) => -gate[i]!)
  const all = (value: number) => argument([HEADS], () => value)

  it.each<[string, Argument, Argument, Argument]>([
    ['random gates', k, beta, decay],
    ['no decay', k, beta, all(0)],
    ['a decay of -20', k, beta, all(-20)],
    ['decays from 0 to -20', k, beta, argument([HEADS], (i) => -20 * gate[i]!)],
    ['beta 0: nothing is written', k, all(0), decay],
    ['beta 1: an exact projector', k, all(1), decay],
    ['beta 2: a reflection', k, all(2), decay],
    ['identical keys', argument([KEYS, K], (i) => [0.6, 0.8, 0][i % K]!), beta, decay],
    ['zero keys', unit(argument([KEYS, K], () => 0)), beta, decay],
  ])('with %s', (_, keys, strengths, decays) => {
    const args = [q, keys, v, strengths, decays] as const
    const { outputs, states, node } = run(gatedDelta(K, V), args)
    const expected = naive(...args)
    expect(relativeRms(outputs['o']!.data, expected.o)).toBeLessThan(TOLERANCE)
    expect(relativeRms(outputs['S']!.data, expected.states)).toBeLessThan(TOLERANCE)
    expect(outputs['S']!.shape).toEqual([BATCH, HEADS, K, V])
    expect(states[stateKey(node, 'S')]).toEqual(outputs['S'])
  })

  it('starts from a given state', () => {
    const first = run(gatedDelta(K, V), [q, k, v, beta, decay])
    const initial = { value: first.outputs['S']!, type: { dtype: 'f32', batch: true, time: false, shape: [HEADS, K, V] } } as const
    const second = run(gatedDelta(K, V), [q, k, v, beta, decay], { names: ['S'], extra: [initial] })
    // The same tokens twice in one sequence.
    const twice = (x: Argument): Tensor => {
      const words = product(x.type.shape) * TIME
      const data = new Float64Array(2 * x.value.data.length)
      for (let b = 0; b < BATCH; b++)
        for (const half of [0, 1]) data.set(x.value.data.subarray(b * words, (b + 1) * words), (2 * b + half) * words)
      return tensor([BATCH, 2 * TIME, ...x.type.shape], data)
    }
    const g = new GraphBuilder()
    const args = [q, k, v, beta, decay]
    const node = g.add(
      'recurrence',
      args.map((x, i) => g.input(`x${i}`, x.type)),
      { body: g.addRecurrence(gatedDelta(K, V)), chunk: 0 },
    )
    const whole = evaluate(g.finish([{ name: 'o', node }]), {
      inputs: Object.fromEntries(args.map((x, i) => [`x${i}`, twice(x)])),
      weights: () => tensor([], [0]),
      extent: { batch: BATCH, time: 2 * TIME, lengths: Array(BATCH).fill(2 * TIME) },
    })
    expect(relativeRms(second.outputs['S']!.data, whole.states[stateKey(node, 'S')]!.data)).toBeLessThan(TOLERANCE)
  })
})

describe('any recurrence', () => {
  it('maps channels and shares what has no map axis', () => {
    const [C, N] = [6, 4]
    const [x, dt, b, c] = [normal([C], 1), argument([C], (i) => 0.1 + (i % 5) / 10), normal([N], 2), normal([N], 3)]
    const A = argument([C, N], (i) => -1 - i / 10, true)
    const skip = normal([C], 4, true)
    const { outputs } = run(selectiveScan(N), [x, dt, A, b, c, skip])
    const expected: number[] = []
    for (let s = 0; s < BATCH; s++) {
      const h = Array.from({ length: C }, () => Array<number>(N).fill(0))
      for (let t = 0; t < TIME; t++) {
        const row = s * TIME + t
        for (let channel = 0; channel < C; channel++) {
          const [xt, dtt] = [x.value.data[row * C + channel]!, dt.value.data[row * C + channel]!]
          let y = skip.value.data[channel]! * xt
          for (let n = 0; n < N; n++) {
            h[channel]![n] = Math.exp(dtt * A.value.data[channel * N + n]!) * h[channel]![n]! + dtt * xt * b.value.data[row * N + n]!
            y += h[channel]![n]! * c.value.data[row * N + n]!
          }
          expected.push(y)
        }
      }
    }
    expect(relativeRms(outputs['o']!.data, expected)).toBeLessThan(TOLERANCE)
  })

  it('starts states where their equations say', () => {
    const b = new BodyBuilder('recurrence', 'sum')
    const x = b.param({ name: 'x', shape: [2] })
    const start = b.param({ name: 'start', shape: [2] })
    const before = b.state('total', [2], b.pointwise('mul', start, b.constant(10)))
    const after = b.pointwise('add', before, x)
    b.assign('total', after)
    const one = argument([2], () => 1)
    const { outputs } = run(b.recurrence(after), [one, argument([2], (i) => i + 1, true)])
    expect([...outputs['o']!.data.subarray(0, 4)]).toEqual([11, 21, 12, 22])
    expect([...outputs['total']!.data]).toEqual(Array.from({ length: BATCH }, () => [17, 27]).flat())
    // A start that changes with the token has no meaning.
    const g = new GraphBuilder()
    const ids = [one, one].map(({ type }, i) => g.input(`x${i}`, type))
    expect(() => g.add('recurrence', ids, { body: g.addRecurrence(b.recurrence(after)), chunk: 0 })).toThrow(
      'a value without T: total starts from it',
    )
  })

  it('carries several states, each from the values before the token', () => {
    const b = new BodyBuilder('recurrence', 'fibonacci')
    const one = b.param({ name: 'one', shape: [] })
    const x = b.state('x', [])
    const y = b.state('y', [], b.constant(1))
    b.assign('x', y)
    b.assign('y', b.pointwise('mul', one, b.pointwise('add', x, y)))
    const { outputs } = run(b.recurrence(x), [argument([], () => 1)])
    expect([...outputs['o']!.data.subarray(0, TIME)]).toEqual([0, 1, 1, 2, 3, 5, 8])
    expect(outputs['y']!.data[0]).toBe(21)
  })
})

describe('attention', () => {
  const [QUERY, D, VALUE] = [4, 3, 2]
  const [q, k, v] = [normal([QUERY, D], 1), normal([2, D], 2), normal([2, VALUE], 3)]

  /** Scores by `score(i, j, dot, head)`, null where a key is not seen; weights by `weigh`. */
  function brute(
    score: (i: number, j: number, dot: number, head: number) => number | null,
    weigh: (scores: (number | null)[], head: number) => number[],
  ): number[] {
    const o: number[] = []
    for (let b = 0; b < BATCH; b++) {
      for (let i = 0; i < TIME; i++) {
        for (let head = 0; head < QUERY; head++) {
          const kv = Math.floor(head / 2)
          const scores = Array.from({ length: TIME }, (_, j) => {
            let dot = 0
            for (let c = 0; c < D; c++)
              dot += q.value.data[((b * TIME + i) * QUERY + head) * D + c]! * k.value.data[((b * TIME + j) * 2 + kv) * D + c]!
            return score(i, j, dot / Math.sqrt(D), head)
          })
          const weights = weigh(scores, head)
          for (let c = 0; c < VALUE; c++)
            o.push(weights.reduce((sum, w, j) => sum + w * v.value.data[((b * TIME + j) * 2 + kv) * VALUE + c]!, 0))
        }
      }
    }
    return o
  }

  const softmax = (sink: (head: number) => number) => (scores: (number | null)[], head: number) => {
    const total = scores.reduce<number>((sum, s) => sum + (s === null ? 0 : Math.exp(s)), sink(head))
    return scores.map((s) => (s === null ? 0 : Math.exp(s) / total))
  }

  it('is a softmax over what is seen', () => {
    const causal = run(softmaxAttention(D, VALUE), [q, k, v]).outputs['o']!.data
    expect(
      relativeRms(
        causal,
        brute(
          (i, j, dot) => (j <= i ? dot : null),
          softmax(() => 0),
        ),
      ),
    ).toBeLessThan(TOLERANCE)
    const whole = run(softmaxAttention(D, VALUE, { whole: true }), [q, k, v]).outputs['o']!.data
    expect(
      relativeRms(
        whole,
        brute(
          (_i, _j, dot) => dot,
          softmax(() => 0),
        ),
      ),
    ).toBeLessThan(TOLERANCE)
  })

  it('lets a sink take a share', () => {
    const sinks = argument([QUERY], (i) => i - 1, true)
    const { outputs } = run(softmaxAttention(D, VALUE, { window: 3, sink: true }), [q, k, v, sinks])
    const expected = brute(
      (i, j, dot) => (j <= i && i - j < 3 ? dot : null),
      softmax((head) => Math.exp(head - 1)),
    )
    expect(relativeRms(outputs['o']!.data, expected)).toBeLessThan(TOLERANCE)
  })

  it('weighs by a sigmoid of score and distance', () => {
    const slopes = argument([QUERY], (i) => [-0.5, -0.25, 0.5, 0.25][i]!, true)
    const { outputs } = run(sigmoidAttention(D, VALUE, 4), [q, k, v, slopes])
    const slope = (head: number) => slopes.value.data[head]!
    const expected = brute(
      (i, j, dot, head) => (j <= i && i - j < 4 ? dot + slope(head) * (i - j) : null),
      (scores) => scores.map((s) => (s === null ? 0 : 1 / (1 + Math.exp(-s)))),
    )
    expect(relativeRms(outputs['o']!.data, expected)).toBeLessThan(TOLERANCE)
  })

  it('gives 0 where nothing is seen, and large scores no infinity', () => {
    const huge = argument([QUERY, D], () => 1e200)
    const nothing = run(softmaxAttention(D, VALUE, { window: 0 }), [q, k, v]).outputs['o']!.data
    expect(nothing.every((x) => x === 0)).toBe(true)
    expect(run(softmaxAttention(D, VALUE, { window: 2 }), [huge, k, v]).outputs['o']!.data.every(Number.isFinite)).toBe(true)
  })
})
