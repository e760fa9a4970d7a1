import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { relativeRms } from '../support/numbers.ts'
import { someTokens, Toy, toyDevice } from './toy/index.ts'
import { toyManifest, toySizes } from './toy/manifest.ts'
import { lastToyLogits, seededToyWeights, toyLogits } from './toy/reference.ts'

const manifest = toyManifest()
const weights = seededToyWeights(manifest, 7)
let device: GPUDevice
let model: Toy

beforeAll(async () => {
  device = await toyDevice()
  model = await Toy.create({ device, weights: { seed: 7 }, chunk: 16, validate: true })
})
afterAll(() => {
  model.dispose()
  device.destroy()
})

const close = (found: ArrayLike<number>, expected: ArrayLike<number>): void => expect(relativeRms(found, expected)).toBeLessThan(1e-5)

describe('forward', () => {
  it.each([1, 2, 15, 16, 17, 63, 64, 65, 129])('agrees with the reference over %i tokens', async (count) => {
    const tokens = someTokens(count)
    const { logits } = await model.forward(tokens)
    expect(logits.shape).toEqual([1, count, toySizes.vocab])
    close(logits.data, toyLogits(weights, tokens))
  })

  it('runs sequences of different lengths side by side, with zeros past their ends', async () => {
    const sequences = [someTokens(33, 2), someTokens(1, 3), someTokens(20, 4)]
    const { logits } = await model.forward(sequences)
    expect(logits.shape).toEqual([3, 33, toySizes.vocab])
    for (const [b, tokens] of sequences.entries()) {
      const own = logits.data.subarray(b * 33 * toySizes.vocab, (b + 1) * 33 * toySizes.vocab)
      close(own.subarray(0, tokens.length * toySizes.vocab), toyLogits(weights, tokens))
      expect(own.subarray(tokens.length * toySizes.vocab).every((value) => value === 0)).toBe(true)
    }
  })
})

describe('a session', () => {
  it.each([1, 2, 15, 16, 17, 65])('gives the logits after a prompt of %i tokens', async (count) => {
    const session = model.session()
    const tokens = someTokens(count, count)
    await session.prefill(tokens)
    const { logits } = await session.outputs()
    expect(logits.shape).toEqual([1, toySizes.vocab])
    close(logits.data, lastToyLogits(weights, tokens))
    session.dispose()
  })

  it('goes on by steps and by more prefill as one forward would', async () => {
    const session = model.session()
    const tokens = someTokens(300, 5)
    await session.prefill(tokens.slice(0, 30))
    for (let t = 30; t < 60; t++) close((await session.step(tokens[t]!)).logits.data, lastToyLogits(weights, tokens.slice(0, t + 1)))
    await session.prefill(Uint32Array.from(tokens.slice(60, 290)))
    for (let t = 290; t < 300; t++) close((await session.step([tokens[t]!])).logits.data, lastToyLogits(weights, tokens.slice(0, t + 1)))
    expect(session.positions).toEqual([300])
    session.dispose()
  })
})
