import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../src/graph/graph.ts'
import { tensor } from '../../src/graph/tensor.ts'
import type { Model } from '../../src/model/model.ts'
import { verifyModel } from '../../src/model/verify.ts'
import { evaluate, type States } from '../../src/reference/evaluate.ts'
import { product } from '../../src/util/numbers.ts'
import { randomIntegers, randomNormal, relativeRms } from '../support/numbers.ts'
import { exampleModel, modelOf } from '../support/spec.ts'

/** Specs that look along time, by what must hold of them whatever their weights are. */

const ROUNDING = 1e-10

function weightsOf(model: Model): (path: string) => Tensor {
  const made = new Map(model.weights.map(({ path, shape }, i) => [path, tensor(shape, randomNormal(product(shape), 100 + i, 0.4))]))
  return (path) => made.get(path) as Tensor
}

interface RunOptions {
  readonly start?: number
  readonly states?: States
}

/** One sequence through a model. Weights are the same for the same model. */
function runner(model: Model) {
  expect(verifyModel(model)).toEqual([])
  const weights = weightsOf(model)
  return (inputs: Readonly<Record<string, Tensor>>, time: number, { start = 0, states }: RunOptions = {}) => {
    const options = { inputs, weights, extent: { batch: 1, time, lengths: [time] }, start: [start] }
    return evaluate(model.graph, states === undefined ? options : { ...options, states })
  }
}

const row = (data: Float64Array | undefined, width: number, t: number): readonly number[] => [
  ...(data ?? []).slice(t * width, (t + 1) * width),
]
const tokensOf = (values: readonly number[]): Tensor => tensor([1, values.length], values, 'u32')
const random = (length: number, below: number, seed: number): number[] => [...randomIntegers(length, seed, below)]

describe('a prefix that is read in both directions', () => {
  const model = exampleModel('birdie.gdn', 'TinyBirdie')
  const run = runner(model)
  const [T, prefix, vocab] = [11, 6, 61]
  const tokens = random(T, vocab, 3)
  const logits = (ids: readonly number[], p = prefix) =>
    run({ tokens: tokensOf(ids), prefix: tensor([1], [p], 'u32') }, ids.length).outputs['logits']?.data

  it('bounds how far tokens see ahead', () => {
    expect(model.horizon).toMatchObject({ kind: 'prefix', upto: 'prefix' })
  })

  it('lets its tokens see each other', () => {
    const changed = tokens.with(prefix - 1, ((tokens[prefix - 1] as number) + 1) % vocab)
    for (const t of [0, prefix - 2]) expect(row(logits(changed), vocab, t)).not.toEqual(row(logits(tokens), vocab, t))
  })

  it.each([prefix, prefix + 2, T - 1])('hides token %i of the suffix from all before it', (at) => {
    const changed = tokens.with(at, ((tokens[at] as number) + 1) % vocab)
    const [before, after] = [logits(tokens), logits(changed)]
    for (let t = 0; t < at; t++) expect(row(after, vocab, t)).toEqual(row(before, vocab, t))
    expect(row(after, vocab, at)).not.toEqual(row(before, vocab, at))
  })

  it.each([[[6, 5]], [[6, 1, 1, 1, 1, 1]], [[8, 3]]])('is prefilled and goes on in pieces %j', (pieces) => {
    const found: number[] = []
    let states: States | undefined
    let at = 0
    for (const piece of pieces) {
      const inputs = { tokens: tokensOf(tokens.slice(at, at + piece)), prefix: tensor([1], [prefix], 'u32') }
      const result = run(inputs, piece, { start: at, ...(states ? { states } : {}) })
      found.push(...(result.outputs['logits']?.data ?? []))
      states = result.states
      at += piece
    }
    expect(relativeRms(found, logits(tokens) ?? [])).toBeLessThan(ROUNDING)
  })

  it('is causal where there is no prefix', () => {
    const changed = tokens.with(4, ((tokens[4] as number) + 1) % vocab)
    for (let t = 0; t < 4; t++) expect(row(logits(changed, 0), vocab, t)).toEqual(row(logits(tokens, 0), vocab, t))
  })
})

/** The mixer of TransMamba and, with the same weights, both halves over all tokens, chosen by position. */
const converter = (mix: string): string => `gdn 1
model M {
  dim B: batch
  dim T: time
  input x: f32[B, T, 6]
  output y: f32[B, T, 6]
  y = x | mixer(2, 3, 4, 5) as mixer
}
layer mixer(heads: size, head: size, state: size, point: size) {
  in x: f32[B, T, d]
  weight A_log: f32[heads]
  weight D: f32[heads]
  c = linear(x, [heads, state]) as q_proj
  b = linear(x, [heads, state]) as k_proj
  v = linear(x, [heads, head]) as v_proj
  dt = softplus(linear(x, heads) as dt_proj)
  a = -exp(A_log)
${mix}
  out mixed | flatten | linear(d) as o_proj
}
`

describe('attention that hands its memory to a recurrence', () => {
  const [T, width] = [9, 6]
  const spans = modelOf(
    converter(`  early = dense(span(c, .. point), span(b, .. point), span(v, .. point))
  memory = ssd(span(c, .. point), span(b, .. point), span(v, .. point), span(dt, .. point), a, D)
  late = ssd(span(c, point ..), span(b, point ..), span(v, point ..), span(dt, point ..), a, D, initial: memory.h)
  mixed = join(early, late)`),
  )
  const chosen = modelOf(
    converter(`  early = flatten(dense(c, b, v))
  late = flatten(ssd(c, b, v, dt, a, D))
  mixed = select(position < point, early, late)`),
  )
  const x = randomNormal(T * width, 7)
  const input = (from: number, to: number): Record<string, Tensor> => ({
    x: tensor([1, to - from, width], x.slice(from * width, to * width)),
  })

  it('can be stepped', () => {
    expect(spans.horizon).toEqual({ kind: 'causal' })
  })

  it('equals both over all tokens, chosen by position', () => {
    const [a, b] = [spans, chosen].map((model) => runner(model)(input(0, T), T).outputs['y']?.data ?? [])
    expect(relativeRms(a as Float64Array, b as Float64Array)).toBeLessThan(ROUNDING)
  })

  it.each([[[5, 4]], [[3, 1, 5]], [[1, 1, 1, 1, 1, 1, 1, 1, 1]]])('goes on in pieces %j', (pieces) => {
    const run = runner(spans)
    const found: number[] = []
    let states: States | undefined
    let at = 0
    for (const piece of pieces) {
      const result = run(input(at, at + piece), piece, { start: at, ...(states ? { states } : {}) })
      found.push(...(result.outputs['y']?.data ?? []))
      states = result.states
      at += piece
    }
    expect(relativeRms(found, run(input(0, T), T).outputs['y']?.data ?? [])).toBeLessThan(ROUNDING)
  })
})

describe('a layer that starts anew', () => {
  const spec = (reset: string): Model =>
    modelOf(`gdn 1
model M {
  dim B: batch
  dim T: time
  input x: f32[B, T, 8]
  output y: f32[B, T, 8]
  y = everything(x${reset}) as all
}
layer everything() {
  in x: f32[B, T, d]
  h = x + (gated_deltanet(x, 2, key: 4) as delta)
  g = h + (attention(h, 2, theta: none) as attend)
  out g + (linear(shift(g, 1), d) as shifted)
}
`)
  const [T, width, begin] = [9, 8, 4]
  const x = randomNormal(T * width, 17)
  const input = (from: number, to: number): Record<string, Tensor> => ({
    x: tensor([1, to - from, width], x.slice(from * width, to * width)),
  })

  it('is as many layers as there are parts: every op inside forgets', () => {
    const parts = runner(spec(''))
    const apart = [
      ...(parts(input(0, begin), begin).outputs['y']?.data ?? []),
      ...(parts(input(begin, T), T - begin).outputs['y']?.data ?? []),
    ]
    const together = runner(spec(`, reset: position == ${begin}`))(input(0, T), T).outputs['y']?.data ?? []
    expect(relativeRms(together, apart)).toBeLessThan(ROUNDING)
  })

  it('gives a token that always starts anew only itself', () => {
    const alone = runner(spec(''))
    const apart = Array.from({ length: T }, (_, t) => [...(alone(input(t, t + 1), 1).outputs['y']?.data ?? [])]).flat()
    const together = runner(spec(', reset: position >= 0'))(input(0, T), T).outputs['y']?.data ?? []
    expect(relativeRms(together, apart)).toBeLessThan(ROUNDING)
  })
})

describe('an attention that sees a prefix in both directions', () => {
  const model = modelOf(`gdn 1
model M {
  dim B: batch
  dim T: time
  input x: f32[B, T, 2, 3]
  input prefix: u32[B]
  input part: u32[B, T]
  output y: f32[B, T, 2, 3]
  y = prefixed(x, x, x, prefix, part, part)
}
attention prefixed(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V], prefix: u32, a[i]: u32, b[j]: u32) -> f32[V] {
  where j <= max(i, prefix - 1) and a == b
  out softmax(dot(q, k)) of v
}
`)
  const [T, width] = [7, 6]
  const x = randomNormal(T * width, 31)
  const run = runner(model)
  const y = (data: ArrayLike<number>, prefix: number, part: readonly number[] = Array.from({ length: T }, () => 0)) =>
    run({ x: tensor([1, T, 2, 3], data), prefix: tensor([1], [prefix], 'u32'), part: tensor([1, T], part, 'u32') }, T).outputs['y']?.data
  const changed = (at: number): Float32Array => x.map((value, i) => (Math.floor(i / width) === at ? -value : value))
  /** The tokens whose result a change of token `at` reaches. */
  const reached = (at: number, prefix: number, part?: readonly number[]): readonly number[] => {
    const [before, after] = [y(x, prefix, part), y(changed(at), prefix, part)]
    return Array.from({ length: T }, (_, t) => t).filter((t) => row(before, width, t).some((value, i) => value !== row(after, width, t)[i]))
  }

  it('can be stepped behind the prefix', () => {
    expect(model.horizon).toMatchObject({ kind: 'prefix', upto: 'prefix' })
  })

  it('reads whole numbers of the sequence and of both tokens', () => {
    expect(reached(2, 4)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(reached(4, 4)).toEqual([4, 5, 6])
    expect(reached(2, 0)).toEqual([2, 3, 4, 5, 6])
    expect(reached(2, 4, [0, 0, 1, 1, 1, 2, 2])).toEqual([2, 3, 4])
  })
})

describe('models of whole sequences', () => {
  it('say which op needs the last token', () => {
    expect(exampleModel('sigma.gdn', 'TinySigma').horizon).toMatchObject({
      kind: 'whole',
      because: expect.stringMatching(/`(T|flip|pool|shift)`/),
    })
  })
})
