import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Denoiser, sampleGestures } from '../../examples/dim_gesture.ts'
import { Judged } from '../support/agree.ts'
import { randomNormal, relativeRms } from '../support/numbers.ts'
import { exampleModel } from '../support/spec.ts'

/** As published, gates and the last projection start at 0, and then no noise is predicted whatever is wrong before. */
const tiny = exampleModel('dim_gesture.gdn', 'TinyDiMGesture')
const begun = { ...tiny, weights: tiny.weights.map((weight) => ({ ...weight, init: { fn: 'normal', args: [0.2] } })) }

const [frames, pose, audio, steps] = [17, 11, 7, 4]

describe('examples/dim_gesture.ts', () => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(begun, { seed: 7, chunk: 16 })
  })
  afterAll(() => judged?.dispose())

  const speech = randomNormal(frames * audio, 3)
  const sample = (model: Denoiser, seed: number, onStep?: (left: number) => void) =>
    sampleGestures(model, { speech, frames, pose, steps, seed, ...(onStep ? { onStep } : {}) })
  const device: Denoiser = { forward: async (input) => ({ noise: (await judged.model.forward(input))['noise'] as { data: Float32Array } }) }
  const reference: Denoiser = {
    forward: async ({ noisy, speech: heard, time }) => {
      const numbers = [noisy, heard, time].map(([sequence]) => Array.from(sequence ?? []))
      const [a, b, c] = numbers as [number[], number[], number[]]
      return { noise: { data: Float32Array.from(judged.reference({ noisy: [a], speech: [b], time: [c] }, 0)['noise'] ?? []) } }
    },
  }

  it('samples on the device what it samples by the reference', async () => {
    const left: number[] = []
    const found = await sample(device, 5, (n) => left.push(n))
    expect(left).toEqual([3, 2, 1, 0])
    expect(found.length).toBe(frames * pose)
    const noise = await reference.forward({ noisy: [new Float32Array(frames * pose)], speech: [speech], time: [[3]] })
    expect(Math.hypot(...noise.noise.data)).toBeGreaterThan(1)
    expect(relativeRms(found, await sample(reference, 5))).toBeLessThan(1e-5)
  })

  it('samples the same again from one seed, and something else from another', async () => {
    const [once, again, other] = [await sample(device, 5), await sample(device, 5), await sample(device, 6)]
    expect([...again]).toEqual([...once])
    expect(relativeRms(other, once)).toBeGreaterThan(0.1)
  })
})
