import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ValueType } from '../../src/graph/graph.ts'
import type { Model } from '../../src/model/model.ts'
import { HorizonError, PrefixError } from '../../src/runtime/index.ts'
import { Judged, modelOfGraph } from '../support/agree.ts'
import { relativeRms } from '../support/numbers.ts'
import { modelOf } from '../support/spec.ts'

const tolerance = 1e-5

/** Values that a sequence has once: conditions, and what is computed from them, beside what every token has. */
const conditioned = `gdn 1
model Conditioned {
  dim B: batch
  dim T: time
  input x: f32[B, T, 6]
  input c: f32[B, 5]
  output y: f32[B, T, 8]
  output z: f32[B, 12]
  s, b = silu(linear(c, 10) as up) | linear(16) as modulation | split(8, 8)
  h = linear(x, 8) as inward
  z = linear(c, 12) as other
  g = h + conv1d((1 + s) * layer_norm(h) as norm + b, 3) as conv
  y = linear(g * (1 + rms_norm(s) as scaled), 8) as outward
}`

/** Shifts back of a projection, of a norm and of a shift. */
function shifts(): Model {
  return modelOfGraph((g) => {
    const x = g.input('x', rows([6]))
    const h = g.add('linear', [x, g.weight('w', [8, 6])], { out: [8] })
    const normed = g.add('norm', [h], { kind: 'rms', eps: 1e-5, over: 1 })
    const one = g.add('shift', [h], { count: 1 })
    const two = g.add('shift', [g.pointwise('tanh', [normed])], { count: 3 })
    const three = g.add('shift', [one], { count: 2 })
    const sum = g.pointwise('add', [g.pointwise('add', [one, two]), g.pointwise('mul', [three, normed])])
    return { y: g.add('linear', [sum, g.weight('v', [5, 8])], { out: [5] }), z: sum }
  })
}

/** What only a whole sequence has: reversed in time, all of it and up to a number of its own, later tokens, and one value of all. */
function around(): Model {
  return modelOfGraph((g) => {
    const x = g.input('x', rows([6]))
    const p = g.input('p', { dtype: 'u32', batch: true, time: false, shape: [] })
    const h = g.add('linear', [x, g.weight('w', [8, 6])], { out: [8] })
    const normed = g.add('norm', [h], { kind: 'layer', eps: 1e-5, over: 1 })
    const flipped = g.add('flip', [normed], {})
    const some = g.add('flip', [g.add('conv1d', [flipped, g.weight('c', [8, 3])], { width: 3 }), p], {})
    const ahead = g.add('shift', [h], { count: -2 })
    const sum = g.pointwise('add', [g.pointwise('mul', [some, ahead]), h])
    const pools = ['last', 'mean', 'sum', 'max'].map((fn) => g.add('pool', [sum], { fn }))
    const [last, mean, total, most] = pools as [number, number, number, number]
    const one = g.add('linear', [g.pointwise('add', [last, most]), g.weight('v', [8, 8])], { out: [8] })
    return { y: g.pointwise('mul', [sum, g.pointwise('sigmoid', [one])]), z: g.pointwise('add', [mean, total]), last }
  })
}

/** Numbers made of a sequence's length and a token's position. */
function lengths(): Model {
  return modelOfGraph((g) => {
    const x = g.input('x', rows([4]))
    const count = g.pointwise('to_f32', [g.add('length', [])])
    const keep = g.pointwise('sub', [count, g.constant(5)])
    const flipped = g.add('flip', [x, keep], {})
    const part = g.pointwise('div', [g.pointwise('to_f32', [g.add('position', [])]), count])
    return { y: g.pointwise('mul', [flipped, g.add('reshape', [part], { shape: [1] })]), z: count }
  })
}

const rows = (shape: readonly number[]): ValueType => ({ dtype: 'f32', batch: true, time: true, shape })

describe.each<[string, () => Model]>([
  ['conditions', () => modelOf(conditioned)],
  ['shifts', shifts],
])('%s', (_, spec) => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(spec())
  })
  afterAll(() => judged?.dispose())

  it('forward agrees with the reference', async () => {
    expect(await judged.forwardError(judged.draw([1, 70, 17]))).toBeLessThan(tolerance)
  })
  it('pieces and steps agree with the reference', async () => {
    expect(await judged.sessionError(judged.draw([21]), [9, 7, 1, 1, 3])).toBeLessThan(tolerance)
  })
  it('verifies itself', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
})

describe.each<[string, () => Model]>([
  ['flips, pools and shifts ahead', around],
  ['the length of a sequence', lengths],
  ['states after the last token', () => modelOf(states)],
])('models of whole sequences: %s', (_, spec) => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(spec())
  })
  afterAll(() => judged?.dispose())

  it('forward agrees with the reference', async () => {
    expect(await judged.forwardError(judged.draw([1, 70, 17]))).toBeLessThan(tolerance)
  })
  it('verifies itself', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
  it('has no session', () => {
    expect(() => judged.model.session()).toThrow(HorizonError)
  })
})

/** What a recurrence holds after the last token. */
const states = `gdn 1
recurrence total(q: f32[K], k: f32[K], v: f32[V], g: f32 in .. 0) -> f32[V] {
  state S: f32[K, V]
  S = exp(g) * S + outer(k, v)
  out read(S, q)
}
layer last(heads: size) {
  in x: f32[B, T, d]
  q, k = linear(x, [heads, 10]) as qk | split(5, 5)
  r = total(q, k, linear(x, [heads, 7]) as v, log_sigmoid(linear(x, heads) as g))
  out r.S
}
model States {
  dim B: batch
  dim T: time
  input x: f32[B, T, 8]
  output y: f32[B, 3, 5, 7]
  y = tanh(last(x, 3))
}`

/** The first tokens of a sequence, as many as it says, in reverse and back, around a convolution. */
describe('a prefix that sees itself', () => {
  let judged: Judged
  beforeAll(async () => {
    const spec = modelOfGraph((g) => {
      const x = g.input('x', rows([6]))
      const p = g.input('p', { dtype: 'u32', batch: true, time: false, shape: [] })
      const h = g.add('linear', [x, g.weight('w', [8, 6])], { out: [8] })
      const back = g.add('flip', [g.add('conv1d', [g.add('flip', [h, p]), g.weight('c', [8, 3])], { width: 3 }), p])
      return { y: g.add('linear', [g.pointwise('mul', [back, h]), g.weight('v', [5, 8])], { out: [5] }) }
    })
    judged = await Judged.open({ ...spec, horizon: { kind: 'prefix', upto: 'p', because: 'the test says so', source: '' } })
  })
  afterAll(() => judged?.dispose())

  it('forward agrees with the reference', async () => {
    expect(await judged.forwardError(judged.draw([1, 70, 17, 4], { p: [[1], [33], [0], [4]] }))).toBeLessThan(tolerance)
  })
  it('pieces and steps agree with the reference', async () => {
    expect(await judged.sessionError(judged.draw([30], { p: [[11]] }), [12, 7, 1, 1, 3])).toBeLessThan(tolerance)
  })
  it('verifies itself', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
  it('refuses to begin with less, and to go back into it', async () => {
    const { x = [] } = judged.draw([20])
    const session = judged.model.session({ rollback: 16 })
    const part = (from: number, to: number) => [(x[0] ?? []).slice(from * 6, to * 6)]
    await expect(session.prefill({ x: part(0, 9), p: [[10]] })).rejects.toThrow(PrefixError)
    await session.prefill({ x: part(0, 14), p: [[10]] })
    expect(session.rollbackPossible).toEqual([4])
    await session.rollback(4)
    const { y } = await session.step({ x: part(10, 11) })
    const want = judged.reference({ x: part(0, 11), p: [[10]] }, 0)['y']?.subarray(50, 55) ?? []
    expect(relativeRms(y?.data ?? [], want)).toBeLessThan(tolerance)
    session.dispose()
  })
  it('refuses a prefix that no pass holds', async () => {
    const { x = [] } = judged.draw([80])
    const session = judged.model.session()
    await expect(session.prefill({ x, p: [[70]] })).rejects.toThrow(/chunk: 70/)
    session.dispose()
  })
})
