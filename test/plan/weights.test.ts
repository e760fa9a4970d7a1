import { describe, expect, it } from 'vitest'
import { planModel } from '../../src/plan/plan.ts'
import { type DeviceProfile, portable } from '../../src/plan/profile.ts'
import { verifyPlan } from '../../src/plan/verify.ts'
import { kernelsOf, modelOf, planOf } from '../support/spec.ts'
import { crowded } from './crowded.ts'

const binding = (words: number): DeviceProfile => ({ ...portable, bindingWords: words, bufferWords: 2 * words })

describe('weights that exceed a binding', () => {
  const model = modelOf(crowded)
  const small = planOf(model, binding(512))

  it('are spread over several buffers, all of which kernels can bind', () => {
    expect(verifyPlan(planOf(model))).toEqual([])
    expect(verifyPlan(small)).toEqual([])
    expect(small.manifest.weightBuffers.length).toBeGreaterThan(planOf(model).manifest.weightBuffers.length)
  })

  it('have names by their turn in a kernel, so that layers have the same text whichever buffers their weights lie in', () => {
    const { manifest } = small
    const shared = new Set(manifest.weights.filter(({ shape }) => shape.length !== 2).map(({ parts }) => parts[0]?.buffer))
    expect(shared.size).toBeGreaterThan(3)
    for (const [name, text] of Object.entries(kernelsOf(small))) {
      const names = [...text.matchAll(/var<storage, read> (weights\d+):/g)].map(([, found]) => found)
      expect({ name, names }).toEqual({ name, names: names.map((_, i) => `weights${i}`) })
    }
  })

  it('are refused where one of them is bound whole and too large', () => {
    const { diagnostics } = planModel(model, binding(64))
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'GDN3006 layers.0.mixer.W_input has 72 numbers; profile portable binds 64 at a time',
    ])
  })
})
