import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { relativeRms } from '../support/numbers.ts'
import { someTokens, Toy, toyDevice } from './toy/index.ts'
import { toyManifest, toySizes } from './toy/manifest.ts'
import { lastToyLogits, seededToyWeights, toyLogits } from './toy/reference.ts'

const weights = seededToyWeights(toyManifest(), 7)
let device: GPUDevice
let model: Toy

beforeAll(async () => {
  device = await toyDevice()
  model = await Toy.create({ device, weights: { seed: 7 }, chunk: 8 })
})
afterAll(() => {
  model.dispose()
  device.destroy()
})

const close = (found: ArrayLike<number>, expected: ArrayLike<number>): void => expect(relativeRms(found, expected)).toBeLessThan(1e-5)

describe('calls at the same time', () => {
  it('on one session are refused, and the first goes on', async () => {
    const session = model.session()
    const tokens = someTokens(50)
    const running = session.prefill(tokens)
    await expect(session.step(1)).rejects.toThrow('step() was called while prefill() is running')
    await expect(session.snapshot()).rejects.toMatchObject({ code: 'busy' })
    await running
    close((await session.outputs()).logits.data, lastToyLogits(weights, tokens))
    session.dispose()
  })

  it('on different sessions and forward do not disturb each other', async () => {
    const all = [0, 1, 2, 3].map((n) => someTokens(40 + n, n))
    const sessions = all.map(() => model.session())
    const forwards = all.map((tokens) => model.forward(tokens))
    await Promise.all(sessions.map((session, n) => session.prefill(all[n]!.slice(0, 30))))
    for (let t = 30; t < 40; t++) {
      const outputs = await Promise.all(sessions.map((session, n) => session.step(all[n]![t]!)))
      for (const [n, { logits }] of outputs.entries()) close(logits.data, lastToyLogits(weights, all[n]!.slice(0, t + 1)))
    }
    for (const [n, { logits }] of (await Promise.all(forwards)).entries()) close(logits.data, toyLogits(weights, all[n]!))
    const generated = await Promise.all(
      sessions.map(async (session) => {
        const ids: number[] = []
        for await (const id of session.generate({ maxTokens: 8 })) ids.push(id)
        return ids
      }),
    )
    for (const [n, ids] of generated.entries()) {
      const prompt = all[n]!.slice(0, 40)
      for (const [k, id] of ids.entries()) {
        const logits = lastToyLogits(weights, [...prompt, ...ids.slice(0, k)])
        expect(id).toBe(logits.indexOf(Math.max(...logits)))
      }
    }
    for (const session of sessions) session.dispose()
  })
})

describe('arguments', () => {
  it('name the token that is out of vocabulary', async () => {
    const session = model.session({ batch: 2 })
    await expect(
      session.prefill([
        [1, 2],
        [3, 37],
      ]),
    ).rejects.toMatchObject({
      code: 'token',
      token: 37,
      below: 37,
      message: 'tokens[1][1] is 37, expected a whole number of at least 0 and below 37',
    })
    for (const bad of [-1, 1.5, Number.NaN]) await expect(model.forward([0, bad])).rejects.toMatchObject({ code: 'token' })
    await expect(session.prefill([[1], ['2']] as never)).rejects.toMatchObject({ code: 'token' })
    session.dispose()
  })

  it('may not be empty', async () => {
    const session = model.session({ batch: 2 })
    await expect(model.forward([])).rejects.toThrow('sequence 0 is empty')
    await expect(model.forward([[1], []])).rejects.toThrow('sequence 1 is empty')
    await expect(session.prefill([[1], []])).rejects.toThrow('the prompt of sequence 1 is empty')
    await session.prefill([[1], [2]])
    await session.prefill([[], [3]])
    await expect(session.prefill([[], []])).rejects.toThrow('all sequences are empty')
    await expect(session.step([null, null])).rejects.toMatchObject({ code: 'input' })
    expect(session.positions).toEqual([1, 2])
    session.dispose()
  })

  it('must have the session’s batch and form', async () => {
    const session = model.session({ batch: 2 })
    await expect(session.prefill([1, 2])).rejects.toThrow('tokens has 1 sequences, expected 2')
    await expect(session.prefill([[1], [2], [3]])).rejects.toThrow('3 sequences, expected 2')
    await session.prefill({ tokens: [[1], Uint32Array.of(2, 3)] })
    await expect(session.step([[1, 2], [3]])).rejects.toThrow('sequence 0 has 2 tokens, expected one')
    await expect(session.step(1)).rejects.toMatchObject({ code: 'input' })
    await expect(session.prefill({ ids: [[1], [2]] } as never)).rejects.toMatchObject({ code: 'input' })
    await expect(session.prefill({ tokens: [[1], [2]], more: [1] } as never)).rejects.toThrow('no input more')
    for (const bad of [undefined, null, 'text', 7])
      await expect(model.forward(bad as never), String(bad)).rejects.toMatchObject({ code: 'input' })
    await expect(session.generate().next()).rejects.toThrow('use generateBatch()')
    for (const options of [{ batch: 0 }, { batch: 1.5 }, { maxTokens: 0 }, { rollback: -1 }])
      expect(() => model.session(options), JSON.stringify(options)).toThrow(expect.objectContaining({ code: 'input' }))
    session.dispose()
  })

  it('must fit the context', async () => {
    const session = model.session({ batch: 2, maxTokens: 10 })
    await session.prefill([[1, 2, 3, 4, 5, 6, 7, 8], [1]])
    await expect(session.prefill([[1, 2, 3], [1]])).rejects.toMatchObject({ code: 'context', asked: 3, fits: 2 })
    await session.prefill([[1, 2], someTokens(7)])
    await expect(session.step([1, 1])).rejects.toMatchObject({ code: 'context', fits: 0 })
    const { logits } = await session.step([null, 5])
    close(logits.data.subarray(0, toySizes.vocab), lastToyLogits(weights, [1, 2, 3, 4, 5, 6, 7, 8, 1, 2]))
    close(logits.data.subarray(toySizes.vocab), lastToyLogits(weights, [1, ...someTokens(7), 5]))
    session.dispose()
    const short = await Toy.create({ device, weights: { seed: 7 }, maxTokens: 4 })
    await expect(short.forward([1, 2, 3, 4, 5])).rejects.toMatchObject({ code: 'context', fits: 4 })
    expect(short.session().maxTokens).toBe(4)
    short.dispose()
  })
})

describe('an abort', () => {
  it('of a prefill leaves the session after whole passes', async () => {
    const session = model.session()
    const tokens = someTokens(200, 3)
    const stop = new AbortController()
    const running = session.prefill(tokens, { signal: stop.signal })
    await device.queue.onSubmittedWorkDone()
    stop.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
    const [position] = session.positions
    expect(position! % 8).toBe(0)
    expect(position).toBeLessThan(200)
    await session.prefill(tokens.slice(position!))
    close((await session.outputs()).logits.data, lastToyLogits(weights, tokens))
    await expect(session.prefill([1], { signal: AbortSignal.abort() })).rejects.toHaveProperty('name', 'AbortError')
    session.dispose()
  })

  it('of a forward stops it between passes', async () => {
    const stop = new AbortController()
    const running = model.forward(someTokens(200), { signal: stop.signal })
    await device.queue.onSubmittedWorkDone()
    stop.abort()
    await expect(running).rejects.toHaveProperty('name', 'AbortError')
    await expect(model.forward([1], { signal: AbortSignal.abort() })).rejects.toHaveProperty('name', 'AbortError')
    expect(await model.forward([1])).toBeDefined()
  })
})
