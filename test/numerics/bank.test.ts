import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { portable } from '../../src/plan/profile.ts'
import { verifyPlan } from '../../src/plan/verify.ts'
import { Judged } from '../support/agree.ts'
import { randomIntegers } from '../support/numbers.ts'
import { modelOf } from '../support/spec.ts'

const EXPERTS = 5

/** Choices are inputs, so that a test decides who goes where. Rows of 20 halves are packed, rows of 13 are not. */
const spec = `gdn 1
model Banked {
  dim B: batch
  dim T: time
  input x: f32[B, T, 20]
  input at: u32[B, T, 2]
  input by: f32[B, T, 2]
  output y: f32[B, T, 20]
  y = bank(x, swiglu(13), ${EXPERTS}, at: min(at, ${EXPERTS - 1}), by: by) as experts
  precision { weights = f16 }
}`

/** Choices of `length` tokens. */
const spreads: Readonly<Record<string, (length: number) => number[]>> = {
  'any expert': (length) => [...randomIntegers(2 * length, length, EXPERTS)],
  'one expert, twice': (length) => Array.from({ length: 2 * length }, () => 3),
  'the last one, and seldom the first': (length) => Array.from({ length: 2 * length }, (_, i) => (i % 11 === 7 ? 0 : EXPERTS - 1)),
}

describe('experts over many rows', () => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(modelOf(spec), { chunk: 64, profile: { ...portable, bindingWords: 600 } })
  })
  afterAll(() => judged?.dispose())

  const inputs = (lengths: readonly number[], choose: (length: number) => number[]) => judged.draw(lengths, { at: lengths.map(choose) })

  it('are sorted once for the products of all their matrices', () => {
    const { manifest, kernels } = judged.plan
    expect(verifyPlan(judged.plan)).toEqual([])
    const families = manifest.programs.forwardTail.map(({ kernel }) => kernels[kernel]?.family)
    expect(families.filter((family) => family === 'bank_order')).toHaveLength(1)
    // 130 words of an expert's gate and up, 260 of its down, 600 to a binding.
    expect(families.filter((family) => family === 'matmul_bank')).toHaveLength(2 + 2 + 3)
    expect(new Set(manifest.kernels.map(({ family }) => family))).toContain('gemv_bank')
    expect(manifest.kernels.filter(({ family }) => family.endsWith('_bank'))).toHaveLength(6)
  })

  it.each(Object.entries(spreads))('agree with the reference: %s', async (_, choose) => {
    for (const length of [1, 2, 15, 16, 17, 63, 64, 65, 129]) expect(await judged.forwardError(inputs([length], choose))).toBeLessThan(1e-5)
    expect(await judged.forwardError(inputs([33, 64, 5], choose))).toBeLessThan(1e-5)
  })

  it('give by prefill in pieces and steps what they give at once', async () => {
    const any = spreads['any expert'] as (length: number) => number[]
    expect(await judged.sessionError(inputs([40], any), [33, 5, 1, 1])).toBeLessThan(1e-5)
  })

  it('give the same bits whatever the order in which workgroups come', async () => {
    const given = inputs([129, 70], spreads['any expert'] as (length: number) => number[])
    const [first, again] = [await judged.model.forward(given), await judged.model.forward(given)]
    expect(again).toEqual(first)
  })

  it('verify themselves', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
})
