import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { portable } from '../../src/plan/profile.ts'
import { verifyPlan } from '../../src/plan/verify.ts'
import { Judged } from '../support/agree.ts'
import { modelOf } from '../support/spec.ts'

/** Rows of 512, 24, 14 and 7 numbers: each load that a kernel of halves can make of a row, and one that is not packed. */
const spec = (storage: string, hidden: number): string => `gdn 1
model Stored {
  dim B: batch
  dim T: time
  input tokens: u32[B, T]
  output logits: f32[B, T, 61]
  stack {
    shared embed = embedding(61, 24)
    embed as start
    Single(swiglu(${hidden})) as first
    Single(moe(5, 2, biased(14), common: relu2(7))) as second
    linear(61, weight: embed.table) as head
  }
  precision { ${storage} }
}
layer biased(hidden: size) {
  in x: f32[.., d]
  out relu(linear(x, hidden, bias: normal(0.5)) as up) | linear(d, bias: normal(0.5)) as down
}`

describe.each([
  ['halves', 'weights = f16', 512, portable],
  [
    'upper halves of f32 but for a few, split over bindings',
    'weights = bf16, "first.mixer.*" = f32',
    20,
    { ...portable, bindingWords: 500 },
  ],
])('a model with its weights as %s', (_, storage, hidden, profile) => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(modelOf(spec(storage, hidden)), { chunk: 16, profile })
  })
  afterAll(() => judged?.dispose())

  it('agrees with the reference', async () => {
    expect(verifyPlan(judged.plan)).toEqual([])
    const inputs = judged.draw([37, 15])
    expect(await judged.forwardError(inputs)).toBeLessThan(1e-5)
    expect(await judged.sessionError(inputs, [17, 16, 1, 1])).toBeLessThan(1e-5)
  })

  it('verifies itself', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
})
