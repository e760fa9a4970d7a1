import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createModel, DeviceLostError, LimitError, type Progress } from '../../src/runtime/index.ts'
import { requestTestDevice, testAdapter, testGpu } from '../support/gpu.ts'
import { relativeRms } from '../support/numbers.ts'
import { someTokens, Toy, toyDevice } from './toy/index.ts'
import { kernels } from './toy/kernels.ts'
import { toyManifest, toySizes } from './toy/manifest.ts'
import { seededToyWeights, toyLogits } from './toy/reference.ts'
import { f32File } from './weights/sink.ts'

const manifest = toyManifest()
const weights = { seed: 7 }
let device: GPUDevice

beforeAll(async () => {
  device = await toyDevice()
})
afterAll(() => device.destroy())

/** Counts the buffers of a device that are made and not destroyed. */
function countBuffers(of: GPUDevice): { live: number; stop(): void } {
  const create = of.createBuffer.bind(of)
  const count = {
    live: 0,
    stop: () => {
      of.createBuffer = create
    },
  }
  of.createBuffer = (descriptor) => {
    const buffer = create(descriptor)
    const destroy = buffer.destroy.bind(buffer)
    let alive = true
    count.live++
    buffer.destroy = () => {
      if (alive) count.live--
      alive = false
      return destroy()
    }
    return buffer
  }
  return count
}

describe('create', () => {
  it('opens a device of its own, and closes it', async () => {
    const model = await Toy.create({ gpu: testGpu(), weights })
    const tokens = someTokens(10)
    const { logits } = await model.forward(tokens)
    expect(relativeRms(logits.data, toyLogits(seededToyWeights(manifest, 7), tokens))).toBeLessThan(1e-5)
    const lost = model.device.lost
    model.dispose()
    expect((await lost).reason).toBe('destroyed')
  })

  it('takes an adapter, or a device that stays open', async () => {
    const adapter = await testAdapter()
    const own = await Toy.create({ adapter, weights })
    own.dispose()
    const given = await Toy.create({ device, weights })
    given.dispose()
    const again = await Toy.create({ device, weights })
    await again.forward([1])
    again.dispose()
  })

  it('says what to do without WebGPU', async () => {
    const none = { requestAdapter: async () => null } as unknown as GPU
    await expect(Toy.create({ gpu: none, weights })).rejects.toMatchObject({ code: 'no-webgpu' })
    await expect(Toy.create({ gpu: none, weights })).rejects.toThrow(/npm package `webgpu`/)
    if ((globalThis.navigator as Navigator | undefined)?.gpu === undefined)
      await expect(Toy.create({ weights })).rejects.toMatchObject({ code: 'no-webgpu' })
  })

  it('names every limit that is too small, and by how much', async () => {
    const greedy = {
      ...manifest,
      limits: { maxComputeWorkgroupStorageSize: 2 ** 30, maxBufferSize: 1, maxStorageBuffersPerShaderStage: 99 },
    }
    for (const options of [{ device }, { gpu: testGpu() }]) {
      const failure = await Toy.create({ ...options, weights }, greedy).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(LimitError)
      const { shortfalls, message } = failure as LimitError
      expect(shortfalls.map(({ limit, need }) => [limit, need])).toEqual([
        ['maxComputeWorkgroupStorageSize', 2 ** 30],
        ['maxStorageBuffersPerShaderStage', 99],
      ])
      expect(message).toContain(`maxStorageBuffersPerShaderStage is ${shortfalls[1]!.have}, needed 99`)
    }
  })

  it('names a kernel that the device refuses', async () => {
    const count = countBuffers(device)
    const good = kernels(toySizes)
    const broken = { ...good, fold: good['fold']!.replace('var h =', 'var h: u32 =') }
    const failure = createModel(Toy, manifest, broken, { device, weights })
    await expect(failure).rejects.toMatchObject({ code: 'kernel', kernel: 'fold' })
    await expect(failure).rejects.toThrow(/fold\.wgsl:\d+:\d+ /)
    const binding = { ...good, head: good['head']!.replace('@binding(4)', '@binding(7)') }
    await expect(createModel(Toy, manifest, binding, { device, weights })).rejects.toMatchObject({ code: 'kernel', kernel: 'head' })
    const { take: _, ...fewer } = good
    await expect(createModel(Toy, manifest, fewer, { device, weights })).rejects.toMatchObject({ code: 'kernel', kernel: 'take' })
    expect(count.live).toBe(0)
    count.stop()
  })

  it('leaves nothing behind when the weights fail', async () => {
    const count = countBuffers(device)
    await expect(Toy.create({ device, weights: new Uint8Array(3) })).rejects.toMatchObject({ code: 'checkpoint-truncated' })
    await expect(Toy.create({ device, weights: f32File({ table: [[1], [1]] }) })).rejects.toMatchObject({ code: 'checkpoint-mismatch' })
    await expect(Toy.create({ device, weights, signal: AbortSignal.abort() })).rejects.toHaveProperty('name', 'AbortError')
    const stop = new AbortController()
    const slow = {
      read: () => new Promise<Uint8Array>((_, reject) => stop.signal.addEventListener('abort', () => reject(stop.signal.reason))),
    }
    const pending = Toy.create({ device, weights: slow, signal: stop.signal })
    stop.abort()
    await expect(pending).rejects.toHaveProperty('name', 'AbortError')
    for (const options of [{ batch: 0 }, { batch: 129 }, { chunk: 0 }, { maxTokens: 0.5 }])
      await expect(Toy.create({ device, weights, ...options })).rejects.toMatchObject({ code: 'input' })
    expect(count.live).toBe(0)
    count.stop()
  })

  it('loads a checkpoint into slabs, and reports progress', async () => {
    const { decay, table } = seededToyWeights(manifest, 3)
    const file = f32File({ 'mix.decay': [[5], [...decay]], table: [[37, 5], [...table]] })
    const progress: Progress[] = []
    const model = await Toy.create({ device, weights: file, onProgress: (each) => progress.push(each) })
    const tokens = someTokens(37, 9)
    const { logits } = await model.forward([...tokens, 36, 19, 20, 21])
    expect(relativeRms(logits.data, toyLogits({ decay, table }, [...tokens, 36, 19, 20, 21]))).toBeLessThan(1e-5)
    expect(progress.filter(({ phase }) => phase === 'kernels')).toHaveLength(6)
    expect(progress.findLast(({ phase }) => phase === 'weights')).toEqual({ phase: 'weights', loaded: 190 * 4, total: 190 * 4 })
    expect(model.parameters).toBe(190)
    model.dispose()
  })
})

describe('dispose', () => {
  it('leaves nothing, fifty times over', async () => {
    const count = countBuffers(device)
    for (let n = 0; n < 50; n++) {
      const model = await Toy.create({ device, weights })
      const session = model.session({ batch: 1 + (n % 2), rollback: n % 3 })
      await session.prefill(n % 2 ? [[1], [2, 3]] : [1, 2])
      for await (const _ of session.generateBatch({ maxTokens: 2 })) if (n % 5 === 0) break
      const saved = await session.snapshot()
      if (n % 4 === 0) saved.dispose()
      if (n % 3 === 0) session.dispose()
      if (n % 7 === 0) await model.forward([1, 2, 3])
      expect(model.memory.buffers).toBe(count.live)
      model.dispose()
      expect(count.live).toBe(0)
      expect(model.memory).toEqual({ buffers: 0, bytes: 0 })
    }
    count.stop()
  })

  it('makes later calls fail, and can be called twice', async () => {
    const model = await Toy.create({ device, weights })
    const session = model.session()
    const other = model.session()
    await session.prefill([1])
    await other.prefill([1])
    const saved = await other.snapshot()
    session.dispose()
    session.dispose()
    await expect(session.step(1)).rejects.toMatchObject({ code: 'disposed', message: expect.stringContaining('the session was disposed') })
    saved.dispose()
    await expect(other.restore(saved)).rejects.toMatchObject({ code: 'disposed' })
    await expect(saved.toBytes()).rejects.toMatchObject({ code: 'disposed' })
    model.dispose()
    model.dispose()
    await expect(other.step(1)).rejects.toMatchObject({ code: 'disposed' })
    await expect(other.generate().next()).rejects.toMatchObject({ code: 'disposed' })
    await expect(model.forward([1])).rejects.toMatchObject({ code: 'disposed' })
    expect(() => model.session()).toThrow(expect.objectContaining({ code: 'disposed' }))
  })

  it('in the middle of a call fails that call', async () => {
    const model = await Toy.create({ device, weights })
    const session = model.session()
    await session.prefill([1])
    const running = session.step(2)
    session.dispose()
    await expect(running).rejects.toMatchObject({ code: 'disposed' })
    const tokens = model.session()
    await tokens.prefill([1])
    const generation = tokens.generate()
    await generation.next()
    model.dispose()
    await expect(generation.next()).rejects.toMatchObject({ code: 'disposed' })
  })
})

describe('a lost device', () => {
  it('is reported by every call, and the model can be created again', async () => {
    const mortal = await requestTestDevice()
    const model = await Toy.create({ device: mortal, weights })
    const session = model.session()
    await session.prefill([1, 2, 3])
    const running = session.step(4)
    mortal.destroy()
    const loss = await model.lost
    expect(loss).toBeInstanceOf(DeviceLostError)
    expect(loss.message).toMatch(/lost \(destroyed.*create the model again/)
    await running.catch((error: unknown) => expect(error).toBeInstanceOf(DeviceLostError))
    await expect(session.step(4)).rejects.toMatchObject({ code: 'device-lost' })
    await expect(session.prefill([4])).rejects.toMatchObject({ code: 'device-lost' })
    await expect(session.generate().next()).rejects.toMatchObject({ code: 'device-lost' })
    await expect(session.snapshot()).rejects.toMatchObject({ code: 'device-lost' })
    await expect(model.forward([1])).rejects.toMatchObject({ code: 'device-lost' })
    expect(() => model.session()).toThrow(expect.objectContaining({ code: 'device-lost' }))
    model.dispose()
    const again = await Toy.create({ device, weights })
    await again.forward([1])
    again.dispose()
  })

  it('in the middle of a generation ends it with that error', async () => {
    const mortal = await requestTestDevice()
    const model = await Toy.create({ device: mortal, weights })
    const session = model.session()
    await session.prefill([1, 2, 3])
    const run = async (): Promise<void> => {
      let n = 0
      for await (const _ of session.generate()) if (++n === 3) mortal.destroy()
    }
    await expect(run()).rejects.toMatchObject({ code: 'device-lost' })
    model.dispose()
  })

  it('while creating is reported too', async () => {
    const mortal = await requestTestDevice()
    const slow = {
      read: async () => {
        mortal.destroy()
        await mortal.lost
        return new Uint8Array(0)
      },
    }
    await expect(Toy.create({ device: mortal, weights: slow })).rejects.toMatchObject({ code: 'device-lost' })
  })
})

describe('too little memory', () => {
  it('names what does not fit', async () => {
    const model = await Toy.create({ device, weights })
    const count = countBuffers(device)
    const wide = { ...manifest, states: manifest.states.map((state, i) => (i === 0 ? { ...state, words: 2 ** 26 } : state)) }
    const big = await Toy.create({ device, weights }, wide)
    expect(() => big.session()).toThrow(expect.objectContaining({ code: 'out-of-memory', message: expect.stringContaining('state mix.y') }))
    await expect(big.forward([1])).rejects.toMatchObject({ code: 'out-of-memory' })
    big.dispose()
    expect(count.live).toBe(0)
    count.stop()
    model.dispose()
  })

  it('bounds the context by what a binding holds, and says how much that is', async () => {
    const long = { ...manifest, states: manifest.states.map((state, i) => (i === 2 ? { ...state, words: 2 ** 20 } : state)) }
    const model = await Toy.create({ device, weights }, long)
    const session = model.session()
    expect(session.maxTokens).toBe(31)
    await expect(session.prefill(someTokens(32))).rejects.toMatchObject({ code: 'context', fits: 31 })
    await expect(model.forward(someTokens(32))).rejects.toMatchObject({ code: 'context', fits: 31 })
    model.dispose()
  })

  it('that only the device notices fails the first call, and frees the rest', async () => {
    const model = await Toy.create({ device, weights })
    const { buffers } = model.memory
    const create = device.createBuffer.bind(device)
    device.createBuffer = (descriptor) => create(descriptor.label === 'state all.rows' ? { ...descriptor, size: 2 ** 40 } : descriptor)
    const session = model.session()
    device.createBuffer = create
    await expect(session.prefill([1])).rejects.toMatchObject({ code: expect.stringMatching(/^(out-of-memory|kernel)$/) })
    await expect(session.prefill([1])).rejects.toMatchObject({ code: expect.stringMatching(/^(out-of-memory|kernel)$/) })
    session.dispose()
    // The arenas stay for the next session.
    expect(model.memory.buffers).toBe(buffers + manifest.arenas.length)
    const good = model.session()
    await good.prefill([1])
    model.dispose()
  })
})
