import { describe, expect, it } from 'vitest'
import { verifyPlan } from '../../src/plan/verify.ts'
import { modelOf, planOf } from '../support/spec.ts'

const plannedLayer = (recipe: string) =>
  planOf(
    modelOf(`gdn 1
model Decoded {
  dim B: batch
  dim T: time
  input x: f32[B, T, 512]
  output y: f32[B, T, 512]
  y = x | ${recipe} as mix
}`),
  )

const stepOf = (recipe: string) => {
  const plan = plannedLayer(recipe)
  expect(verifyPlan(plan)).toEqual([])
  return plan.manifest.programs.step.map(({ kernel, grid }) => ({ kernel: plan.kernels[kernel]?.name, grid }))
}
const names = (recipe: string) => stepOf(recipe).map(({ kernel }) => kernel)

/** What one decoded token of an attention costs: projections, the attention itself, the projection of its output. */
describe('a decoded token of an attention', () => {
  it('takes three launches over a short window, norms and rotations of queries and keys included', () => {
    expect(names('attention(16, kv_heads: 4, head: 64, window: 128, theta: 10_000, qk_norm: rms_norm(), gate: true, sinks: true)')).toEqual(
      ['gemv_512x2560', 'attend_step_64x64', 'gemv_1024x512'],
    )
  })

  it('takes one more where keys may be many, which is left out while the cache is short', () => {
    const step = stepOf('attention(16, kv_heads: 4, head: 64, theta: 10_000, qk_norm: rms_norm())')
    expect(step.map(({ kernel }) => kernel)).toEqual(['gemv_512x1536', 'attend_step_64x64', 'attend_merge_64', 'gemv_1024x512'])
    const cache = { of: 'capacity', state: 0, tile: 128 }
    expect(step[1]?.grid).toEqual([4, { of: 'batch', times: 1, tile: 1 }, { ...cache, most: 64 }])
    expect(step[2]?.grid).toEqual([16, { of: 'batch', times: 1, tile: 1 }, { ...cache, most: 2, plus: -1 }])
  })

  it('divides a long window in as many parts as it has use for', () => {
    const step = stepOf('attention(16, kv_heads: 4, head: 64, window: 1024)')
    expect(step.map(({ grid }) => grid[2])).toEqual([1, 8, 1, 1])
  })

  it('shares a workgroup among the heads that read the same keys, as far as workgroup memory goes', () => {
    expect(stepOf('attention(16, kv_heads: 2, head: 64, window: 8)')[1]?.grid[0]).toBe(4)
    expect(stepOf('attention(16, kv_heads: 2, head: 128, window: 8)')[1]?.grid[0]).toBe(4)
    expect(stepOf('attention(6, kv_heads: 2, head: 64, window: 8)')[1]?.grid[0]).toBe(2)
    expect(stepOf('attention(16, head: 64, window: 8)')[1]?.grid[0]).toBe(16)
  })

  it('appends in the same launch also where a narrow value has three caches', () => {
    const step = names('latent_attention(8, nope: 32, extra: 16, value: 32, latent: 64, theta: 10_000)')
    expect(step.filter((name) => name?.startsWith('attend'))).toEqual(['attend_step_48x32', 'attend_merge_32'])
  })

  it('appends in a launch of its own where the buffers are too many for one', () => {
    const plan = planOf(
      modelOf(`gdn 1
attention crowded(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V], mine[i]: u32, other[j]: u32, bonus[j]: f32) -> f32[V] {
  where j <= i and mine == other
  out softmax(dot(q, k) + bonus) of v
}
model Crowded {
  dim B: batch
  dim T: time
  input x: f32[B, T, 16]
  input s: u32[B, T]
  input z: f32[B, T]
  output y: f32[B, T, 2, 8]
  y = crowded(linear(x, [2, 8]) as q, linear(x, [2, 8]) as k, linear(x, [2, 8]) as v, s, s, z)
}`),
    )
    expect(verifyPlan(plan)).toEqual([])
    const step = plan.manifest.programs.step.map(({ kernel }) => plan.kernels[kernel]?.name)
    expect(step).toEqual(['gemv_16x48', 'attend_append_16_16_1_1', 'attend_step_8x8', 'attend_merge_8'])
  })
})

describe('a kernel that appends and attends', () => {
  const plan = plannedLayer('attention(16, kv_heads: 4, head: 64, theta: 10_000, qk_norm: rms_norm())')
  const at = plan.manifest.programs.step.findIndex(({ kernel }) => plan.kernels[kernel]?.template === 'attend_step')
  const command = plan.manifest.programs.step[at]

  it('alone writes the caches in a step', () => {
    const writers = plan.manifest.programs.step.filter(({ kernel, buffers }) =>
      buffers.some(({ kind }, i) => kind === 'state' && plan.manifest.kernels[kernel]?.access[i] === 'read_write'),
    )
    expect(writers).toEqual([command])
  })

  it('is proven together with what merges its parts', () => {
    const proof = plan.proofs.find(({ program, first }) => program === 'step' && first === at)
    expect(proof?.count).toBe(2)
    expect(proof?.writes).toHaveLength(1)
  })
})
