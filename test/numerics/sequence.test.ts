import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Judged } from '../support/agree.ts'
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

describe.each([['conditions', conditioned]])('%s', (_, text) => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(modelOf(text))
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
