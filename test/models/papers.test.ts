import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Judged } from '../support/agree.ts'
import { exampleModel } from '../support/spec.ts'

/** One small instance of each paper's example, in f32 on the device against the same equations in f64. */
const papers: readonly (readonly [file: string, model: string])[] = [
  ['deltanet.gdn', 'TinyDeltaNet'],
  ['delta_product.gdn', 'TinyDeltaProduct'],
  ['gated_slot_attention.gdn', 'TinyGatedSlotAttention'],
  ['swat.gdn', 'TinySwat'],
]

describe.each(papers)('examples/%s: %s', (file, name) => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(exampleModel(file, name))
  })
  afterAll(() => judged?.dispose())

  it('forward agrees with the reference, sequences of different lengths together', async () => {
    expect(await judged.forwardError(judged.draw([1, 65, 17]))).toBeLessThan(1e-5)
  })
  it('pieces and steps agree with the reference', async () => {
    expect(await judged.sessionError(judged.draw([31]), [16, 11, 1, 1, 2])).toBeLessThan(1e-5)
  })
  it('verifies itself', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
})
