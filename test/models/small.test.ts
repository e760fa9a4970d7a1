import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluate } from '../../src/reference/evaluate.ts'
import type { Model } from '../../src/runtime/index.ts'
import { sharedTestDevice } from '../support/gpu.ts'
import { relativeRms } from '../support/numbers.ts'
import { exampleModel, planOf, run } from '../support/spec.ts'
import { seededWeight } from '../support/weights.ts'

const SEED = 5

/** Small instances of the examples, started from a seed, against the reference with the same weights. */
describe.each([
  ['h1.gdn', 'TinyH1'],
  ['h2.gdn', 'TinyH2'],
  ['own_recurrence.gdn', 'TinyOwnRecurrence'],
  ['mamba2_lm.gdn', 'TinyMamba2LM'],
])('examples/%s: %s', (file, name) => {
  const source = exampleModel(file, name)
  const plan = planOf(source)
  const vocab = plan.manifest.sampling?.vocab ?? 0
  const weights = new Map(plan.manifest.weights.map((weight) => [weight.path, seededWeight(weight, SEED)]))
  let model: Model
  beforeAll(async () => {
    model = await run(plan, { device: await sharedTestDevice(), weights: { seed: SEED }, chunk: 64 })
  })
  afterAll(() => model?.dispose())

  const ids = (count: number, from = 1) => Array.from({ length: count }, (_, i) => (i * 13 + from * 7) % vocab)
  const reference = (tokens: readonly number[]): Float64Array =>
    evaluate(plan.graph, {
      inputs: { tokens: { dtype: 'u32', shape: [1, tokens.length], data: Float64Array.from(tokens) } },
      weights: (path) => weights.get(path) ?? { dtype: 'f32', shape: [], data: new Float64Array() },
      extent: { batch: 1, time: tokens.length, lengths: [tokens.length] },
    }).outputs['logits']?.data ?? new Float64Array()

  it('agrees with the reference, sequences of different lengths together', async () => {
    const batch = [ids(1), ids(65, 2), ids(17, 3)]
    const { logits } = await model.forward(batch)
    for (const [b, sequence] of batch.entries()) {
      const rows = logits?.data.subarray(b * 65 * vocab, (b * 65 + sequence.length) * vocab) ?? []
      expect(relativeRms(rows, reference(sequence))).toBeLessThan(1e-5)
    }
  })

  it('gives by prefill in pieces and steps what it gives at once', async () => {
    const all = ids(31)
    const want = reference(all)
    const session = model.session()
    await session.prefill(all.slice(0, 16))
    await session.prefill(all.slice(16, 27))
    for (let t = 27; t < all.length; t++) {
      const { logits } = await session.step([all[t] ?? 0])
      expect(relativeRms(logits?.data ?? [], want.subarray(t * vocab, (t + 1) * vocab))).toBeLessThan(1e-5)
    }
    session.dispose()
  })

  it('verifies itself', async () => {
    const report = await model.verify()
    expect(report.kernels.filter(({ ok }) => !ok)).toEqual([])
  })
})
