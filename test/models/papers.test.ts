import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HorizonError } from '../../src/runtime/index.ts'
import { Judged, type Sequences } from '../support/agree.ts'
import { exampleModel } from '../support/spec.ts'

/** One small instance of each example that writes a mixer out, in f32 on the device against the same equations in f64. */
const papers: readonly (readonly [file: string, model: string])[] = [
  ['gated_deltanet.gdn', 'TinyGatedDeltaNet'],
  ['kda.gdn', 'TinyKimiDelta'],
  ['expert_transformer.gdn', 'TinyExpertTransformer'],
  ['deltanet.gdn', 'TinyDeltaNet'],
  ['delta_product.gdn', 'TinyDeltaProduct'],
  ['gated_slot_attention.gdn', 'TinyGatedSlotAttention'],
  ['swat.gdn', 'TinySwat'],
  ['transmamba.gdn', 'TinyTransMamba'],
  ['sigma.gdn', 'TinySigma'],
  ['dim_gesture.gdn', 'TinyDiMGesture'],
  ['birdie.gdn', 'TinyBirdie'],
  ['scans.gdn', 'TinyScans'],
  ['rwkv7.gdn', 'TinyRwkv7'],
  ['mamba3.gdn', 'TinyMamba3'],
]

describe.each(papers)('examples/%s: %s', (file, name) => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(exampleModel(file, name))
  })
  afterAll(() => judged?.dispose())

  /** Tokens that see each other, for a model that asks for them. */
  const prefixes = (counts: readonly number[]): Sequences => {
    const { horizon } = judged.plan.manifest
    return horizon.kind === 'prefix' ? { [String(horizon.upto)]: counts.map((count) => [count]) } : {}
  }

  it('forward agrees with the reference, sequences of different lengths together', async () => {
    expect(await judged.forwardError(judged.draw([1, 65, 17], prefixes([1, 40, 0])))).toBeLessThan(1e-5)
  })
  it('pieces and steps agree with the reference, where there are sessions', async () => {
    if (judged.plan.manifest.horizon.kind === 'whole') expect(() => judged.model.session()).toThrow(HorizonError)
    else expect(await judged.sessionError(judged.draw([31], prefixes([9])), [16, 11, 1, 1, 2])).toBeLessThan(1e-5)
  })
  it('verifies itself', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
})
