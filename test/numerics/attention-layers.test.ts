import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Judged } from '../support/agree.ts'
import { modelOf } from '../support/spec.ts'

const tolerance = 1e-5

const layer = (recipe: string): string => `gdn 1
model Layered {
  dim B: batch
  dim T: time
  input x: f32[B, T, 24]
  output y: f32[B, T, 24]
  y = x | ${recipe} as mix
}`

/** What published models put around attention, by the library's own layers. */
describe.each([
  'attention(6, kv_heads: 6, head: 5)',
  'attention(6, kv_heads: 3, head: 5, theta: 10_000, rotated: 2)',
  'attention(6, kv_heads: 1, head: 7, theta: 10_000, rotated: 4, pairing: "adjacent", window: 9)',
  'attention(6, kv_heads: 2, head: 6, theta: 10_000, qk_norm: rms_norm(), gate: true)',
  'attention(6, kv_heads: 2, head: 6, theta: 10_000, qk_norm: rms_norm(over: 2))',
  'attention(4, kv_heads: 2, head: 6, sinks: true, window: 8, cap: 3, bias: normal(0.1), o_bias: normal(0.1), rotary: rope(150_000, scaling: "yarn", factor: 4, original: 128, truncate: false))',
  'attention(4, head: 8, rotary: rope(10_000, scaling: "llama3", factor: 8, original: 16))',
  'attention(4, head: 8, rotary: rope(10_000, scaling: "dynamic", factor: 2, original: 8))',
  'latent_attention(3, nope: 5, extra: 4, value: 7, latent: 6)',
  'latent_attention(4, nope: 5, extra: 4, value: 3, latent: 9, theta: 10_000, pairing: "adjacent")',
])('%s', (recipe) => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(modelOf(layer(recipe)))
  })
  afterAll(() => judged?.dispose())

  it('forward agrees with the reference', async () => {
    expect(await judged.forwardError(judged.draw([1, 70, 17]))).toBeLessThan(tolerance)
  })
  it('pieces and steps agree with the reference', async () => {
    expect(await judged.sessionError(judged.draw([29]), [9, 13, 1, 1, 5])).toBeLessThan(tolerance)
  })
  it('verifies itself', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
})
