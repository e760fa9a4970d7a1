import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GenerationEnd } from '../../src/runtime/index.ts'
import { relativeRms } from '../support/numbers.ts'
import { someTokens, Toy, toyDevice } from './toy/index.ts'
import { toyManifest } from './toy/manifest.ts'
import { lastToyLogits, seededToyWeights } from './toy/reference.ts'
import { type Draw, drawId, penalised } from './toy/sampling.ts'

const weights = seededToyWeights(toyManifest(), 7)
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

/** What the session should generate, token by token on the host. */
function expected(prompt: readonly number[], count: number, draw: Draw = {}, sequence = 0): number[] {
  const tokens = [...prompt]
  for (let n = 0; n < count; n++) {
    const logits = penalised(lastToyLogits(weights, tokens), tokens, draw.penalty)
    tokens.push(drawId(logits, draw, tokens.length, sequence))
  }
  return tokens.slice(prompt.length)
}

async function collect<T>(tokens: AsyncGenerator<T, unknown, void>): Promise<T[]> {
  const all: T[] = []
  for await (const token of tokens) all.push(token)
  return all
}

const prompt = someTokens(20, 11)

describe('generate', () => {
  it('is greedy by default, and consumes what it yields', async () => {
    const session = model.session()
    await session.prefill(prompt)
    const ids = await collect(session.generate({ maxTokens: 30 }))
    expect(ids).toEqual(expected(prompt, 30))
    expect(session.positions).toEqual([50])
    const { logits } = await session.outputs()
    expect(relativeRms(logits.data, lastToyLogits(weights, [...prompt, ...ids]))).toBeLessThan(1e-5)
    session.dispose()
  })

  const draws: Draw[] = [
    { temperature: 1 },
    { temperature: 0.5 },
    { temperature: 3 },
    { temperature: 2, topK: 5 },
    { temperature: 2, topK: 1 },
    { temperature: 3, topP: 0.7 },
    { temperature: 3, topP: 0 },
    { temperature: 3, topP: 0.9, topK: 9 },
    { temperature: 3, minP: 0.1 },
    { temperature: 5, minP: 0.01, topP: 0.95, topK: 20, penalty: 1.3 },
    { penalty: 1.5 },
    { temperature: 2, penalty: 0.7 },
  ]
  it.each(draws)('draws as defined with %o', async (draw) => {
    const session = model.session()
    await session.prefill(prompt)
    for (const seed of [0, 1, 2 ** 40 + 5]) {
      const saved = await session.snapshot()
      const { penalty, ...rest } = draw
      const ids = await collect(
        session.generate({ ...rest, ...(penalty === undefined ? {} : { repetitionPenalty: penalty }), seed, maxTokens: 12 }),
      )
      expect(ids).toEqual(expected(prompt, 12, { ...draw, seed }))
      await session.restore(saved)
      saved.dispose()
    }
    session.dispose()
  })

  it('goes on with the same seed as if never interrupted', async () => {
    const options = { temperature: 4, seed: 3 }
    const session = model.session()
    await session.prefill(prompt)
    const first = await collect(session.generate({ ...options, maxTokens: 5 }))
    const second = await collect(session.generate({ ...options, maxTokens: 7 }))
    expect([...first, ...second]).toEqual(expected(prompt, 12, options))
    session.dispose()
  })

  it('leaves the session after the last token taken when broken off', async () => {
    const session = model.session()
    await session.prefill(prompt)
    const taken: number[] = []
    for await (const id of session.generate({ temperature: 4, seed: 1 })) {
      taken.push(id)
      if (taken.length === 4) break
    }
    expect(session.positions).toEqual([24])
    const { logits } = await session.outputs()
    expect(relativeRms(logits.data, lastToyLogits(weights, [...prompt, ...taken]))).toBeLessThan(1e-5)
    const next = await session.step(3)
    expect(relativeRms(next.logits.data, lastToyLogits(weights, [...prompt, ...taken, 3]))).toBeLessThan(1e-5)
    session.dispose()
  })

  it('can be aborted between tokens and while one is awaited, and used afterwards', async () => {
    for (const when of ['between', 'during'] as const) {
      const session = model.session()
      await session.prefill(prompt)
      const stop = new AbortController()
      const taken: number[] = []
      const run = async (): Promise<void> => {
        const tokens = session.generate({ signal: stop.signal })
        for (;;) {
          const pending = tokens.next()
          if (when === 'during' && taken.length === 3) stop.abort()
          const { done, value } = await pending
          if (done === true) return
          taken.push(value as number)
          if (when === 'between' && taken.length === 3) stop.abort()
        }
      }
      await expect(run()).rejects.toHaveProperty('name', 'AbortError')
      expect(session.positions).toEqual([20 + taken.length])
      expect(taken).toEqual(expected(prompt, taken.length))
      const { logits } = await session.step(1)
      expect(relativeRms(logits.data, lastToyLogits(weights, [...prompt, ...taken, 1]))).toBeLessThan(1e-5)
      session.dispose()
    }
  })

  it('ends before a stop token, which it neither yields nor consumes', async () => {
    const [, , , stop] = expected(prompt, 4, { temperature: 6, seed: 2 }) as [number, number, number, number]
    const session = model.session()
    await session.prefill(prompt)
    const tokens = session.generate({ temperature: 6, seed: 2, stop: [stop] })
    const ids: number[] = []
    let end: GenerationEnd | undefined
    while (end === undefined) {
      const { done, value } = await tokens.next()
      if (done === true) end = value
      else ids.push(value)
    }
    const want = expected(prompt, 4, { temperature: 6, seed: 2 })
    expect(ids).toEqual(want.slice(0, want.indexOf(stop)))
    expect(end).toBe('stop')
    expect(session.positions).toEqual([20 + ids.length])
    const { logits } = await session.outputs()
    expect(relativeRms(logits.data, lastToyLogits(weights, [...prompt, ...ids]))).toBeLessThan(1e-5)
    session.dispose()
  })

  it('lets a session be read between two tokens, but not changed', async () => {
    const session = model.session()
    await session.prefill(prompt)
    const tokens = session.generate({ temperature: 4, seed: 9 })
    const taken: number[] = []
    for (let n = 0; n < 3; n++) taken.push((await tokens.next()).value as number)
    const { logits } = await session.outputs()
    expect(relativeRms(logits.data, lastToyLogits(weights, [...prompt, ...taken]))).toBeLessThan(1e-5)
    const fork = await session.fork()
    await expect(session.step(1)).rejects.toMatchObject({ code: 'busy' })
    await expect(session.generate().next()).rejects.toMatchObject({ code: 'busy' })
    for (let n = 0; n < 3; n++) taken.push((await tokens.next()).value as number)
    await tokens.return('length')
    expect(taken).toEqual(expected(prompt, 6, { temperature: 4, seed: 9 }))
    expect(await collect(fork.generate({ temperature: 4, seed: 9, maxTokens: 3 }))).toEqual(taken.slice(3))
    await session.step(1)
    session.dispose()
    fork.dispose()
  })

  it('fills the context exactly, and says how many tokens fit', async () => {
    const session = model.session({ maxTokens: 25 })
    await session.prefill(prompt)
    await expect(session.generate({ maxTokens: 6 }).next()).rejects.toMatchObject({ code: 'context', fits: 5 })
    expect(await collect(session.generate())).toEqual(expected(prompt, 5))
    expect(await collect(session.generate())).toEqual([])
    await expect(session.step(1)).rejects.toMatchObject({ code: 'context', fits: 0 })
    session.dispose()
  })

  it('runs on while the caches grow', async () => {
    const session = model.session()
    const long = someTokens(250, 5)
    await session.prefill(long)
    expect(await collect(session.generate({ maxTokens: 15 }))).toEqual(expected(long, 15))
    session.dispose()
  })

  it('allocates nothing on the way', async () => {
    const session = model.session({ rollback: 3 })
    await session.prefill(prompt)
    const tokens = session.generate({ temperature: 1, repetitionPenalty: 1.1, seed: 1 })
    await tokens.next()
    const { createBuffer, createBindGroup } = device
    let made = 0
    device.createBuffer = (descriptor) => {
      made++
      return createBuffer.call(device, descriptor)
    }
    device.createBindGroup = (descriptor) => {
      made++
      return createBindGroup.call(device, descriptor)
    }
    for (let n = 0; n < 60; n++) await tokens.next()
    Object.assign(device, { createBuffer, createBindGroup })
    await tokens.return('length')
    expect(made).toBe(0)
    session.dispose()
  })

  it('refuses options outside their ranges', async () => {
    const session = model.session()
    await session.prefill(prompt)
    for (const options of [
      { temperature: -1 },
      { temperature: Number.NaN },
      { topK: 1.5 },
      { topK: -1 },
      { topP: 1.1 },
      { minP: -0.1 },
      { repetitionPenalty: 0 },
      { seed: 0.5 },
      { stop: [37] },
      { maxTokens: -1 },
    ]) {
      await expect(session.generate(options).next(), JSON.stringify(options)).rejects.toMatchObject({ code: 'input' })
    }
    expect(await collect(session.generate({ maxTokens: 2 }))).toEqual(expected(prompt, 2))
    const empty = model.session()
    await expect(empty.generate().next()).rejects.toMatchObject({ code: 'input' })
    session.dispose()
    empty.dispose()
  })
})

describe('generateBatch', () => {
  it('runs sequences of different lengths until each has ended', async () => {
    const prompts = [someTokens(9, 21), someTokens(17, 22), someTokens(2, 23)]
    const draw = { temperature: 6, seed: 4 }
    const full = prompts.map((p, b) => expected(p, 12, draw, b))
    const stop = [full[0]![3]!, full[2]![6]!]
    const session = model.session({ batch: 3 })
    await session.prefill(prompts)
    const rows = await collect(session.generateBatch({ ...draw, stop, maxTokens: 12 }))
    const want = full.map((ids) => {
      const end = ids.findIndex((id) => stop.includes(id))
      return end < 0 ? ids : ids.slice(0, end)
    })
    for (const [b, ids] of want.entries()) {
      expect(rows.map((row) => row[b]).filter((id) => id !== null)).toEqual(ids)
      expect(session.positions[b]).toBe(prompts[b]!.length + ids.length)
    }
    // Sequences that ended early are still after their own last tokens.
    const { logits } = await session.outputs()
    for (const [b, ids] of want.entries()) {
      const own = logits.data.subarray(b * 37, (b + 1) * 37)
      expect(relativeRms(own, lastToyLogits(weights, [...prompts[b]!, ...ids]))).toBeLessThan(1e-5)
    }
    const { logits: next } = await session.step([5, null, 6])
    const after = [5, null, 6].map((id, b) => lastToyLogits(weights, [...prompts[b]!, ...want[b]!, ...(id === null ? [] : [id])]))
    for (const [b, row] of after.entries()) expect(relativeRms(next.data.subarray(b * 37, (b + 1) * 37), row)).toBeLessThan(1e-5)
    session.dispose()
  })
})
