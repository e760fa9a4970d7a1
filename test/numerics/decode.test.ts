import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Judged, type Sequences } from '../support/agree.ts'
import { relativeRms } from '../support/numbers.ts'
import { modelOf } from '../support/spec.ts'

const tolerance = 1e-5
const width = 24

const layer = (recipe: string): string => `gdn 1
model Decoded {
  dim B: batch
  dim T: time
  input x: f32[B, T, ${width}]
  output y: f32[B, T, ${width}]
  y = x | ${recipe} as mix
}`

const sloped = `gdn 1
model Decoded {
  dim B: batch
  dim T: time
  input x: f32[B, T, ${width}]
  output y: f32[B, T, ${width}]
  q = linear(x, [6, 4]) as q_proj
  k = linear(x, [2, 4]) as k_proj
  v = linear(x, [2, 5]) as v_proj
  y = linear(flatten(sigmoid_local(q, k, v, -exp2(-iota(6)), 300)), ${width}) as o_proj
}`

/** Contexts that several workgroups divide: caches that grow past 256 and 512 slots, and rings that come round. */
describe.each([
  ['all tokens', layer('attention(6, kv_heads: 2, head: 6, theta: 10_000, qk_norm: rms_norm(), gate: true)')],
  ['all tokens, with sinks and a soft cap', layer('attention(4, kv_heads: 1, head: 6, sinks: true, cap: 3, qk_norm: rms_norm(over: 2))')],
  ['a window', layer('attention(6, kv_heads: 2, head: 6, window: 300, theta: 10_000, rotated: 4, qk_norm: layer_norm())')],
  ['a window with sigmoid weights', sloped],
  ['a narrow value', layer('latent_attention(3, nope: 5, extra: 4, value: 7, latent: 6, theta: 10_000)')],
])('decoding over %s', (_, text) => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(modelOf(text))
  })
  afterAll(() => judged?.dispose())

  const rows = (inputs: Sequences, b: number, from: number, to: number) => (inputs['x']?.[b] ?? []).slice(from * width, to * width)
  const wanted = (inputs: Sequences, b: number, token: number) =>
    judged.reference({ x: [rows(inputs, b, 0, token + 1)] }, 0)['y']?.subarray(token * width) ?? new Float64Array()

  it('pieces and steps agree with the reference, as the caches grow or come round', async () => {
    const pieces = [200, 53, 1, 1, 1, 1, 1, 200, 51, 1, 1, 1, 1, 1, 1]
    expect(await judged.sessionError(judged.draw([515]), pieces)).toBeLessThan(tolerance)
  })

  it('sequences of different lengths agree with the reference, and a step repeated after a rollback gives the same numbers', async () => {
    const lengths = [300, 2, 131]
    const inputs = judged.draw(lengths.map((length) => length + 2))
    const session = judged.model.session({ batch: 3, rollback: 4 })
    await session.prefill({ x: lengths.map((length, b) => rows(inputs, b, 0, length)) })
    const step = async (n: number) => {
      const { y } = await session.step({ x: lengths.map((length, b) => rows(inputs, b, length + n, length + n + 1)) })
      return y?.data as Float32Array
    }
    await step(0)
    const found = await step(1)
    for (const [b, length] of lengths.entries())
      expect(relativeRms(found.subarray(b * width, (b + 1) * width), wanted(inputs, b, length + 1))).toBeLessThan(tolerance)
    await session.rollback(2)
    await step(0)
    expect(await step(1)).toEqual(found)
    session.dispose()
  })

  it('verifies itself', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
})
