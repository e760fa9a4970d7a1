import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Session, Snapshot } from '../../src/runtime/index.ts'
import { relativeRms, seeded } from '../support/numbers.ts'
import { someTokens, Toy, toyDevice } from './toy/index.ts'
import { toyManifest, toySizes } from './toy/manifest.ts'
import { lastToyLogits, seededToyWeights } from './toy/reference.ts'

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

async function expectState(session: Session<'tokens', 'logits'>, sequences: readonly (readonly number[])[], what: string): Promise<void> {
  const { logits } = await session.outputs()
  for (const [b, tokens] of sequences.entries()) {
    const own = logits.data.subarray(b * toySizes.vocab, (b + 1) * toySizes.vocab)
    expect(relativeRms(own, lastToyLogits(weights, tokens)), `${what}, sequence ${b}`).toBeLessThan(1e-5)
  }
  expect(session.positions, what).toEqual(sequences.map((tokens) => tokens.length))
}

describe('rollback', () => {
  it.each([1, 3, 8, 20])('of up to %i tokens, then on, equals a straight run', async (limit) => {
    const session = model.session({ rollback: limit })
    const tokens = someTokens(200, limit)
    let consumed = tokens.slice(0, 75)
    await session.prefill(consumed)
    for (const count of [limit, 1, Math.ceil(limit / 2)]) {
      await session.rollback(count)
      consumed = consumed.slice(0, consumed.length - count)
      await expectState(session, [consumed], `after rollback(${count})`)
      for (let n = 0; n < limit + 2; n++) {
        const token = (n * 7 + count) % 37
        await session.step(token)
        consumed = [...consumed, token]
      }
      await expectState(session, [consumed], 'after steps')
    }
    session.dispose()
  })

  it('goes back to the very beginning, and no further', async () => {
    const session = model.session({ rollback: 10 })
    await session.prefill([1, 2, 3])
    await expect(session.rollback(4)).rejects.toMatchObject({ code: 'rollback', asked: 4, possible: 3 })
    await session.rollback(3)
    expect(session.positions).toEqual([0])
    await expect(session.outputs()).rejects.toMatchObject({ code: 'input' })
    await session.prefill([4, 5])
    await expectState(session, [[4, 5]], 'begun again')
    session.dispose()
  })

  it('refuses more than the session was opened for, and leaves it as it was', async () => {
    const session = model.session({ rollback: 4 })
    const tokens = someTokens(40)
    await session.prefill(tokens)
    await expect(session.rollback(5)).rejects.toMatchObject({ code: 'rollback', possible: 4 })
    await expect(session.rollback(-1)).rejects.toMatchObject({ code: 'input' })
    await expect(session.rollback(0.5)).rejects.toMatchObject({ code: 'input' })
    await expect(session.rollback([1, 1])).rejects.toMatchObject({ code: 'input' })
    await session.rollback(0)
    await expectState(session, [tokens], 'after refusals')
    const plain = model.session()
    await plain.prefill(tokens)
    await expect(plain.rollback(1)).rejects.toMatchObject({ code: 'rollback', possible: 0 })
    session.dispose()
    plain.dispose()
  })

  it('takes back what was generated', async () => {
    const session = model.session({ rollback: 6 })
    const prompt = someTokens(30, 8)
    await session.prefill(prompt)
    const ids: number[] = []
    for await (const id of session.generate({ temperature: 5, seed: 1, maxTokens: 40 })) ids.push(id)
    await session.rollback(6)
    await expectState(session, [[...prompt, ...ids.slice(0, 34)]], 'after rollback')
    const again: number[] = []
    for await (const id of session.generate({ temperature: 5, seed: 1, maxTokens: 6 })) again.push(id)
    expect(again).toEqual(ids.slice(34))
    session.dispose()
  })
})

describe('snapshots', () => {
  it('go to bytes and into another session, with other sizes', async () => {
    const tokens = someTokens(120, 3)
    const session = model.session({ rollback: 9 })
    await session.prefill(tokens.slice(0, 100))
    const saved = await session.snapshot()
    const bytes = await saved.toBytes()
    await session.prefill([1, 2, 3])
    const other = await Toy.create({ device, weights: { seed: 7 }, chunk: 5 })
    const there = other.session({ maxTokens: 110 })
    await expect(there.restore(saved)).rejects.toMatchObject({ code: 'snapshot' })
    saved.dispose()
    const back = Snapshot.fromBytes(bytes)
    expect(back.positions).toEqual([100])
    await there.restore(back)
    await expectState(there, [tokens.slice(0, 100)], 'elsewhere')
    await there.prefill(tokens.slice(100, 108))
    await expectState(there, [tokens.slice(0, 108)], 'elsewhere, gone on')
    await session.restore(back)
    await expectState(session, [tokens.slice(0, 100)], 'restored')
    expect(session.rollbackPossible).toEqual([0])
    const small = other.session({ maxTokens: 99 })
    await expect(small.restore(back)).rejects.toMatchObject({ code: 'context', fits: 99 })
    const two = other.session({ batch: 2 })
    await expect(two.restore(back)).rejects.toMatchObject({ code: 'snapshot' })
    expect(await back.toBytes()).toEqual(bytes)
    session.dispose()
    other.dispose()
  })

  it('of other models, other bytes and half the bytes are refused', async () => {
    const session = model.session()
    await session.prefill([1, 2, 3])
    const bytes = await (await session.snapshot()).toBytes()
    for (const bad of [new Uint8Array(0), bytes.slice(0, 11), bytes.slice(0, 40), bytes.slice(0, -1), Uint8Array.of(...bytes, 0)])
      expect(() => Snapshot.fromBytes(bad)).toThrow(expect.objectContaining({ code: 'snapshot' }))
    const text = new TextDecoder('latin1').decode(bytes)
    const renamed = Uint8Array.from(text.replace('"Toy"', '"Not"'), (c) => c.charCodeAt(0))
    await expect(session.restore(Snapshot.fromBytes(renamed))).rejects.toThrow('its model differ')
    const longer = Uint8Array.from(text.replace('"positions":[3]', '"positions":[5]'), (c) => c.charCodeAt(0))
    await expect(session.restore(Snapshot.fromBytes(longer))).rejects.toMatchObject({ code: 'snapshot' })
    await expectState(session, [[1, 2, 3]], 'after refusals')
    session.dispose()
  })
})

describe('any order of operations', () => {
  it.each([1, 2, 3, 4, 5, 6])('ends where a straight run does (seed %i)', async (seed) => {
    const random = seeded(seed)
    const below = (n: number): number => Math.floor(random() * n)
    const batch = 1 + (seed % 3)
    const limit = [0, 1, 5, 17][seed % 4]!
    const own = await Toy.create({ device, weights: { seed: 7 }, chunk: [4, 16, 50][seed % 3]! })
    let session = own.session({ batch, rollback: limit })
    let sequences: number[][] = Array.from({ length: batch }, () => [])
    let saved: { snapshot: Snapshot; sequences: number[][] } | undefined
    const ids = (count: number): number[] => Array.from({ length: count }, () => below(37))
    sequences = sequences.map(() => ids(1 + below(60)))
    await session.prefill(sequences)
    for (let n = 0; n < 25; n++) {
      const operation = below(8)
      let what = ''
      if (operation === 0) {
        const more = sequences.map((_, b) => ids(b === n % batch ? 1 + below(90) : below(20)))
        what = `prefill ${more.map((m) => m.length)}`
        await session.prefill(more)
        sequences = sequences.map((tokens, b) => [...tokens, ...more[b]!])
      } else if (operation <= 2) {
        const one = sequences.map((_, b) => (b === n % batch || random() < 0.6 ? below(37) : null))
        what = `step ${one}`
        await session.step(one)
        sequences = sequences.map((tokens, b) => (one[b] === null ? tokens : [...tokens, one[b]!]))
      } else if (operation <= 4) {
        const counts = session.rollbackPossible.map((possible) => below(possible + 1))
        what = `rollback ${counts}`
        await session.rollback(counts)
        sequences = sequences.map((tokens, b) => tokens.slice(0, tokens.length - counts[b]!))
        if (sequences.some((tokens) => tokens.length === 0)) {
          const first = sequences.map((tokens) => (tokens.length === 0 ? [1] : []))
          await session.prefill(first)
          sequences = sequences.map((tokens, b) => [...tokens, ...first[b]!])
        }
      } else if (operation === 5) {
        what = 'generate'
        const stop = ids(4)
        for await (const row of session.generateBatch({ temperature: 20, seed: n, stop, maxTokens: below(30) }))
          sequences = sequences.map((tokens, b) => (row[b] === null ? tokens : [...tokens, row[b]!]))
      } else if (operation === 6) {
        what = 'snapshot or restore'
        if (saved === undefined) saved = { snapshot: await session.snapshot(), sequences }
        else {
          await session.restore(saved.snapshot)
          sequences = saved.sequences
          saved.snapshot.dispose()
          saved = undefined
        }
      } else {
        what = 'fork'
        const fork = await session.fork()
        await session.prefill(sequences.map(() => [1]))
        session.dispose()
        session = fork
      }
      await expectState(session, sequences, `operation ${n}: ${what}`)
      // As many tokens as the session was opened for can be taken back, once so many have been consumed since the last time.
      for (const possible of session.rollbackPossible) expect(possible).toBeLessThanOrEqual(limit)
    }
    own.dispose()
    expect(own.memory).toEqual({ buffers: 0, bytes: 0 })
  })
})
