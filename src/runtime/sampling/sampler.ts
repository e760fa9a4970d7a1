import type { Engine } from '../engine.ts'
import { InputError } from '../errors.ts'
import { keyOf } from '../philox.ts'
import { Readback } from '../readback.ts'
import type { Sequences } from '../sequences.ts'
import type { StaticKernel } from '../static-kernel.ts'
import { Usage } from '../webgpu.ts'
import { ENDED, PARAMS_WORDS } from './kernel.ts'
import { MAX_STOPS, type Sampling } from './options.ts'

/**
 * Draws tokens on the GPU. Draw k is made from the logits that the session holds and written to where the next step reads its
 * tokens; the ids come to the host while that step runs.
 */
export class Sampler {
  readonly vocab: number
  readonly #engine: Engine
  readonly #sequences: Sequences
  readonly #kernel: StaticKernel
  readonly #params: GPUBuffer
  readonly #stops: GPUBuffer
  readonly #seen: GPUBuffer
  readonly #drawn: GPUBuffer
  readonly #readbacks: readonly [Readback, Readback]
  readonly #group: GPUBindGroup
  readonly #pending: [Promise<ArrayBuffer> | undefined, Promise<ArrayBuffer> | undefined] = [undefined, undefined]

  /** @throws InputError if the model has nothing to sample; MemoryError */
  static async create(engine: Engine, sequences: Sequences): Promise<Sampler> {
    const { value, checked } = engine.allocate('sampling', () => new Sampler(engine, sequences))
    try {
      await engine.open.settle(checked)
    } catch (error) {
      value.dispose()
      throw error
    }
    return value
  }

  private constructor(engine: Engine, sequences: Sequences) {
    const { manifest, sample, memory, device } = engine
    const logits = sequences.executor.last.get(manifest.sampling?.logits ?? '')
    const tokens = sequences.executor.inputs.get(manifest.sampling?.tokens ?? '')
    if (manifest.sampling === null || sample === null || logits === undefined || tokens === undefined)
      throw new InputError('the model does not map tokens to logits, so it cannot generate')
    this.vocab = manifest.sampling.vocab
    this.#engine = engine
    this.#sequences = sequences
    this.#kernel = sample
    const { batch } = sequences
    const storage = Usage.STORAGE | Usage.COPY_DST
    this.#params = memory.create('sampling', PARAMS_WORDS * 4, Usage.UNIFORM | Usage.COPY_DST)
    this.#stops = memory.create('stop ids', MAX_STOPS * 4, storage)
    this.#seen = memory.create('seen ids', batch * this.#seenWords * 4, storage)
    this.#drawn = memory.create('drawn ids', batch * 4, storage | Usage.COPY_SRC)
    this.#readbacks = [new Readback(engine, batch * 4), new Readback(engine, batch * 4)]
    const buffers = [this.#params, logits, this.#stops, sequences.executor.rowRun, tokens, this.#seen, this.#drawn]
    this.#group = device.createBindGroup({
      label: 'sample',
      layout: sample.layout,
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    })
  }

  /** Uploads the options and draws token 0. */
  async begin(sampling: Sampling): Promise<void> {
    const { queue } = this.#engine.device
    const { executor, positions, history, batch } = this.#sequences
    await executor.workspace.lock(async () => {
      executor.assertUsable()
      const params = new ArrayBuffer(PARAMS_WORDS * 4)
      const words = new Uint32Array(params)
      const numbers = new Float32Array(params)
      words.set([this.vocab, sampling.stop.length, ...keyOf('sample', sampling.seed)])
      numbers[4] = sampling.temperature
      words[5] = sampling.topK
      numbers.set([sampling.topP, sampling.minP, sampling.penalty], 6)
      queue.writeBuffer(this.#params, 0, params)
      if (sampling.stop.length > 0) queue.writeBuffer(this.#stops, 0, new Uint32Array(sampling.stop))
      queue.writeBuffer(this.#drawn, 0, new Uint32Array(batch))
      if (sampling.penalty !== 1) queue.writeBuffer(this.#seen, 0, this.#seenBits(positions.map((_, b) => history.ids(b))))
      // Length 0: the logits are those after `positions`, nothing of this run has been consumed yet.
      executor.writeRowRun(
        positions,
        positions.map(() => 0),
      )
      const ran = executor.submit('sample', (encoder) => {
        const pass = encoder.beginComputePass({ label: 'sample' })
        this.#encode(pass)
        pass.end()
        this.#copy(encoder, 0)
      })
      this.#listen(0)
      await this.#engine.open.settle(ran)
    })
  }

  /** Consumes draw k; unless it is the last, draws k + 1. */
  async advance(k: number, last: boolean): Promise<void> {
    const { executor } = this.#sequences
    await executor.workspace.lock(async () => {
      executor.assertUsable()
      const grown = this.#sequences.reserveMore(this.#sequences.positions.map(() => 1))
      const ran = this.#sequences.submitStep(
        last ? 'last step' : 'generate',
        (pass) => {
          if (!last) this.#encode(pass)
        },
        (encoder) => {
          if (!last) this.#copy(encoder, k + 1)
        },
      )
      if (!last) this.#listen(k + 1)
      await this.#engine.open.settle(Promise.all([grown, ran]))
    })
  }

  /** The ids of draw k; null for sequences that have ended. */
  async read(k: number): Promise<readonly (number | null)[]> {
    const slot = k % 2 === 0 ? 0 : 1
    const bytes = await this.#pending[slot]
    this.#pending[slot] = undefined
    return Array.from(new Uint32Array(bytes ?? new ArrayBuffer(0)), (id) => (id === ENDED ? null : id))
  }

  /** Waits for draws that nobody reads, so that their buffers can be used again. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#pending)
    this.#pending[0] = undefined
    this.#pending[1] = undefined
  }

  dispose(): void {
    const { memory } = this.#engine
    for (const buffer of [this.#params, this.#stops, this.#seen, this.#drawn]) memory.destroy(buffer)
    for (const readback of this.#readbacks) readback.dispose()
  }

  get #seenWords(): number {
    return Math.ceil(this.vocab / 32)
  }

  #seenBits(ids: readonly (readonly number[])[]): Uint32Array<ArrayBuffer> {
    const bits = new Uint32Array(ids.length * this.#seenWords)
    for (const [b, sequence] of ids.entries()) {
      for (const id of sequence) {
        const word = b * this.#seenWords + (id >>> 5)
        bits[word] = (bits[word] ?? 0) | (1 << (id & 31))
      }
    }
    return bits
  }

  #encode(pass: GPUComputePassEncoder): void {
    pass.setPipeline(this.#kernel.pipeline)
    pass.setBindGroup(0, this.#group)
    pass.dispatchWorkgroups(this.#sequences.batch)
  }

  #copy(encoder: GPUCommandEncoder, k: number): void {
    encoder.copyBufferToBuffer(this.#drawn, 0, this.#readbacks[k % 2 === 0 ? 0 : 1].buffer, 0, this.#sequences.batch * 4)
  }

  #listen(k: number): void {
    const slot = k % 2 === 0 ? 0 : 1
    const pending = this.#readbacks[slot].read(this.#sequences.batch * 4)
    pending.catch(() => {})
    this.#pending[slot] = pending
  }
}
