import { describe, expect, it } from 'vitest'
import { verifyPlan } from '../../src/plan/verify.ts'
import { randomIntegers, relativeRms } from '../support/numbers.ts'
import { Instance } from './random/instance.ts'

const spec = (experts: string): string => `gdn 1
model Routed {
  dim B: batch
  dim T: time
  input tokens: u32[B, T]
  output logits: f32[B, T, 23]
  stack {
    embedding(23, 20) as embed
    PreNorm(attention(2), ${experts}) as first
    PreNorm(gated_deltanet(2, key: 5), ${experts}) as second
    rms_norm() as norm
    linear(23) as head
  }
}
layer normed(hidden: size) {
  in x: f32[.., d]
  h = linear(x, hidden, bias: zeros) as up
  out linear(rms_norm(h) as norm, d) as down
}`

describe('experts agree with the reference', () => {
  it.each([
    'moe(6, 2, swiglu(12))',
    'moe(5, 3, clamped_swiglu(7), router: "top_softmax", bias: zeros)',
    'moe(40, 4, relu2(9), router: "sigmoid", eps: 0.1, scale: 2.5, latent: 6, common: relu2(7))',
    'moe(4, 2, normed(6))',
    'moe(3, 1, swiglu(5), normalise: false, common: swiglu(5), common_gate: true)',
  ])('%s', async (experts) => {
    const instance = await Instance.open(spec(experts), 16)
    try {
      expect(verifyPlan(instance.plan)).toEqual([])
      const tokens = [...randomIntegers(37, 5, 23)]
      const want = instance.reference(tokens)
      const { logits } = await instance.model.forward([tokens])
      expect(relativeRms(logits?.data ?? [], want)).toBeLessThan(1e-5)
      const session = instance.model.session()
      await session.prefill(tokens.slice(0, 33))
      for (let t = 33; t < 37; t++) {
        const { logits: last } = await session.step([tokens[t] as number])
        expect(relativeRms(last?.data ?? [], want.slice(t * 23, (t + 1) * 23))).toBeLessThan(1e-5)
      }
    } finally {
      instance.model.dispose()
    }
  })
})
