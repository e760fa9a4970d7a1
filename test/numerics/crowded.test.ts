import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { portable } from '../../src/plan/profile.ts'
import { crowded } from '../plan/crowded.ts'
import { Judged } from '../support/agree.ts'
import { modelOf } from '../support/spec.ts'

/** A device that binds 512 numbers at a time: matrices in slabs, banks by experts, the other weights in several buffers. */
describe('weights that exceed a binding', () => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(modelOf(crowded), { profile: { ...portable, bindingWords: 512, bufferWords: 1024 } })
  })
  afterAll(() => judged?.dispose())

  it('agree with the reference by prefill in pieces and steps', async () => {
    expect(await judged.sessionError(judged.draw([19]), [16, 1, 1, 1])).toBeLessThan(1e-5)
  })

  it('verify themselves', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
})
