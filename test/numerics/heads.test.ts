import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { portable } from '../../src/plan/profile.ts'
import { Judged } from '../support/agree.ts'
import { modelOf } from '../support/spec.ts'

/** Products with each head by itself: one matrix for all of them, with what may stand before and behind a product. */
const causal = `gdn 1
model Heads {
  dim B: batch
  dim T: time
  input x: f32[B, T, 24]
  output y: f32[B, T, 2, 3, 5]
  y = x
    | linear([3, 8]) as up
    | silu
    | linear([2, 6], bias: ones) as each
    | conv1d(3) as conv
    | permute(1, 0, 2)
    | rms_norm() as norm
    | linear(5, bias: normal(1)) as again
    | tanh
}`

/** The same with matrices that exceed a binding, two numbers to a word. */
const slabs = `gdn 1
model Slabs {
  dim B: batch
  dim T: time
  input x: f32[B, T, 24]
  output y: f32[B, T, 3, 5, 14]
  y = x | linear([3, 8]) as up | linear([5, 14], bias: ones) as each | tanh
  precision { weights = bf16 }
}`

/** Final states are outputs of a model, and can be worked on. */
const states = `gdn 1
recurrence total(k: f32[K], v: f32[V], g: f32 in .. 0) -> f32[V] {
  state S: f32[K, V]
  state n: f32[K]
  S = exp(g) * S + outer(k, v)
  n = n + k
  out read(S, n)
}
layer summed {
  in x: f32[B, T, d]
  r = total(linear(x, [3, 5]) as k, linear(x, [3, 4]) as v, log_sigmoid(linear(x, 3) as g))
  out state = r.S
  out each = r.S | rms_norm() as norm | linear(6) as project
  out r
}
model Totals {
  dim B: batch
  dim T: time
  input x: f32[B, T, 24]
  output y: f32[B, T, 3, 4]
  output state: f32[B, 3, 5, 4]
  output each: f32[B, 3, 5, 6]
  r = summed(x)
  y = r
  state = r.state
  each = r.each
}`

describe.each([
  ['a product of every head with one matrix', causal, portable],
  ['the same in slabs of halves', slabs, { ...portable, bindingWords: 200 }],
  ['final states as outputs', states, portable],
])('%s', (_what, text, profile) => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(modelOf(text), { profile })
  })
  afterAll(() => judged?.dispose())

  it('agrees with the reference', async () => {
    expect(await judged.forwardError(judged.draw([1, 65, 17]))).toBeLessThan(1e-5)
  })
  it('agrees in pieces and steps, where there are sessions', async () => {
    if (judged.plan.manifest.horizon.kind === 'whole') return
    expect(await judged.sessionError(judged.draw([31]), [16, 11, 1, 1, 2])).toBeLessThan(1e-5)
  })
  it('verifies itself', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
})
