import { describe, expect, it } from 'vitest'
import { planModel } from '../../src/plan/plan.ts'
import { printPlan } from '../../src/plan/print.ts'
import { verifyPlan } from '../../src/plan/verify.ts'
import { hybrid } from './hybrid.ts'

function planned(pattern: string) {
  const { plan, diagnostics } = planModel(hybrid(pattern))
  expect(diagnostics).toEqual([])
  if (!plan) throw new Error('no plan')
  return plan
}

const launches = (pattern: string, program: 'step' | 'prefill', layer: number) => {
  const plan = planned(pattern)
  return plan.manifest.programs[program]
    .filter((command) => command.label === `layers.${layer}`)
    .map((command) => plan.kernels[command.kernel]?.family)
}

describe('a plan', () => {
  it.each(['', 'r', 'a', 'ra', 'ar', 'rra'])('of layers "%s" is legal', (pattern) => {
    expect(verifyPlan(planned(pattern))).toEqual([])
  })

  it('runs a recurrent layer in five launches per decoded token', () => {
    expect(launches('rr', 'step', 0)).toEqual(['gemv', 'step', 'gemv', 'gemv', 'gemv'])
  })

  it('runs an attention layer with norms of queries and keys in five', () => {
    expect(launches('aa', 'step', 0)).toEqual(['gemv', 'attend', 'gemv', 'gemv', 'gemv'])
  })

  it('shares the kernels of equal layers', () => {
    expect(planned('rrrr').kernels.length).toBe(planned('rr').kernels.length)
    expect(planned('rara').kernels.length).toBe(planned('rarara').kernels.length)
  })

  it('leaves out of prefill what only the last token needs', () => {
    const { manifest, kernels } = planned('r')
    const families = (program: 'prefill' | 'tail' | 'forwardTail') =>
      manifest.programs[program].map((command) => kernels[command.kernel]?.family)
    expect(families('prefill').filter((family) => family === 'matmul')).toHaveLength(2)
    expect(families('tail')).toEqual(['gemv', 'gemv', 'gemv'])
    expect(families('forwardTail').filter((family) => family === 'matmul')).toHaveLength(3)
  })

  it('proves every kernel', () => {
    const { manifest, proofs } = planned('ra')
    const proven = new Set(proofs.flatMap((proof) => proof.kernels))
    expect(manifest.kernels.filter((_, i) => !proven.has(i)).map((kernel) => kernel.name)).toEqual([])
  })

  it('is the same for the same model', () => {
    expect(printPlan(planned('ra'))).toBe(printPlan(planned('ra')))
    expect(JSON.stringify(planned('ra').manifest)).toBe(JSON.stringify(planned('ra').manifest))
  })
})
