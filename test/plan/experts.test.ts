import { describe, expect, it } from 'vitest'
import { type DeviceProfile, portable } from '../../src/plan/profile.ts'
import { verifyPlan } from '../../src/plan/verify.ts'
import { modelOf, planOf } from '../support/spec.ts'

const spec = (stack: string): string => `gdn 1
model Routed {
  dim B: batch
  dim T: time
  input tokens: u32[B, T]
  output logits: f32[B, T, 23]
  stack {
    embedding(23, 20) as embed
    ${stack}
    linear(23) as head
  }
}`
const routed = 'moe(6, 2, swiglu(12))'
const between = `PreNorm(gated_conv(), ${routed}) as first\n    PreNorm(gated_conv(), ${routed}) as second`

const planned = (stack: string, profile?: DeviceProfile) => {
  const plan = planOf(modelOf(spec(stack)), profile)
  expect(verifyPlan(plan)).toEqual([])
  const families = (program: keyof typeof plan.manifest.programs) =>
    plan.manifest.programs[program].map(({ kernel }) => plan.kernels[kernel]?.family).filter((family) => family?.includes('bank'))
  return { plan, families }
}

describe('experts', () => {
  it('are taken by the choice in decode, and by the expert over many rows', () => {
    const { families } = planned(between)
    expect(families('prefill')).toEqual(['bank_order', 'matmul_bank', 'matmul_bank', 'matmul_bank'])
    // The last layer's are needed for the last token only.
    expect(families('forwardTail')).toEqual(['bank_order', 'matmul_bank', 'matmul_bank', 'matmul_bank'])
    expect(families('tail')).toEqual(['gemv_bank', 'gemv_bank', 'gemv_bank'])
    expect(families('step')).toHaveLength(6)
  })

  it('of equal layers share their kernels', () => {
    const { plan } = planned(between)
    expect(plan.kernels.filter(({ family }) => family === 'bank_order')).toHaveLength(1)
    expect(plan.kernels.filter(({ family }) => family === 'matmul_bank')).toHaveLength(3)
  })

  it('leave the counts that a grid needs on the GPU', () => {
    const { plan } = planned(between)
    const [command] = plan.manifest.programs.prefill.filter(({ kernel }) => plan.kernels[kernel]?.family === 'matmul_bank')
    expect(command?.grid).toEqual([1, { of: 'rows', times: 2, tile: 32, plus: 6 }, 1])
  })

  it('are taken by the choice where a workgroup cannot count them', () => {
    const { families } = planned(`Single(${routed}) as only`, { ...portable, workgroupWords: 1024 })
    expect(families('forwardTail')).toEqual(['gemv_bank', 'gemv_bank', 'gemv_bank'])
  })

  it('are taken by the choice where what is fused behind a product leaves no buffers for their order', () => {
    const { families } = planned(`Single(${routed}) as only`, { ...portable, storageBuffers: 5 })
    expect(families('forwardTail')).toEqual(['bank_order', 'matmul_bank', 'gemv_bank', 'matmul_bank'])
  })
})
