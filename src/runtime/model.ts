import { type DeviceOptions, openDevice } from './device.ts'
import { Engine } from './engine.ts'
import { type DeviceLostError, HorizonError, InputError } from './errors.ts'
import { type ForwardOptions, forward } from './forward.ts'
import type { ModelInput } from './inputs.ts'
import { compileKeep } from './keep.ts'
import { compileKernels } from './kernels.ts'
import { MAX_BATCH, type Manifest } from './manifest.ts'
import { guarded, Memory } from './memory.ts'
import type { Outputs } from './outputs.ts'
import type { Proofs } from './proofs.ts'
import { compileSample } from './sampling/kernel.ts'
import { Session, type SessionOptions } from './session.ts'
import type { VerifyOptions, VerifyReport } from './verify.ts'
import { Usage } from './webgpu.ts'
import { loadWeights, type WeightsSource } from './weights/load.ts'
import { Uploader } from './weights/upload.ts'
import { DEFAULT_CHUNK } from './workspace.ts'

/** What `create` is doing: `loaded` of `total` kernels, or bytes of weights. */
export interface Progress {
  readonly phase: 'kernels' | 'weights'
  readonly loaded: number
  readonly total: number
}

export interface CreateOptions extends DeviceOptions {
  /** A checkpoint, or `{ seed }` for the spec's own starting values. */
  readonly weights: WeightsSource
  /** The content of config.json, checked against what the spec expects; taken from the checkpoint's folder where it has one. */
  readonly config?: Readonly<Record<string, unknown>> | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Tokens that a sequence may hold, unless a session says otherwise. Default: what the device can bind. */
  readonly maxTokens?: number | undefined
  /** Tokens of each sequence that one prefill pass takes, 256 by default. More is faster and needs more memory. */
  readonly chunk?: number | undefined
  /** Sequences of a session, unless it says otherwise. Default 1. */
  readonly batch?: number | undefined
  /** Awaits the device's verdict on every submission, not only on the first of each kind. Slow; for finding faults. */
  readonly validate?: boolean | undefined
  /** Aborts loading. */
  readonly signal?: AbortSignal | undefined
}

/** GPU memory that a model holds, sessions and snapshots included. */
export interface MemoryUse {
  readonly buffers: number
  readonly bytes: number
}

/**
 * A model on a GPU: kernels, weights, and what its sessions share. Generated packages derive a class per model from it, with a static
 * `create`.
 */
export class Model<I extends string = string, O extends string = string> {
  readonly #engine: Engine
  readonly #proofs: (() => Promise<Proofs>) | undefined

  /** Models are made by `create`. @internal */
  constructor(engine: Engine, proofs?: (() => Promise<Proofs>) | undefined) {
    this.#engine = engine
    this.#proofs = proofs
  }

  /** What the package says of itself. */
  get manifest(): Manifest {
    return this.#engine.manifest
  }

  /** Number of parameters. */
  get parameters(): number {
    return this.#engine.manifest.parameters
  }

  get device(): GPUDevice {
    return this.#engine.device
  }

  /** Resolves when the GPU device is lost, with the error that every later call rejects with. Stays pending after `dispose()`. */
  get lost(): Promise<DeviceLostError> {
    return this.#engine.open.lost
  }

  /** GPU buffers alive, and their bytes. */
  get memory(): MemoryUse {
    const { buffers, bytes } = this.#engine.memory
    return { buffers, bytes }
  }

  /**
   * The outputs at every token of whole sequences, `[batch, T, ...shape]` each, where T is the longest; rows past a sequence's end are
   * 0. Sessions are not touched.
   *
   * With `cuSeqlens` the inputs are packed and outputs are `[all tokens, ...shape]`; with `attentionMask` they are padded and outputs lie
   * as the inputs do.
   *
   * @param input ids of one sequence, ids per sequence, or an object of inputs by name (features row by row)
   * @throws TokenError, InputError, ContextError, MemoryError, DeviceLostError, DisposedError, or the signal's reason
   */
  async forward(input: ModelInput<I>, options: ForwardOptions = {}): Promise<Outputs<O>> {
    return (await forward(this.#engine, input as ModelInput, options)) as Outputs<O>
  }

  /**
   * Opens a session. Its memory is allocated at once; a lack of it is reported by the first call.
   *
   * @throws HorizonError if the model needs whole sequences; InputError, MemoryError, DeviceLostError, DisposedError
   */
  session(options: SessionOptions = {}): Session<I, O> {
    const engine = this.#engine
    engine.assertUsable()
    const { horizon } = engine.manifest
    if (horizon.kind === 'whole') throw new HorizonError(horizon.because, horizon.source)
    const { batch = engine.batch, maxTokens = engine.maxTokens, rollback = 0 } = options
    whole('batch', batch, 1, MAX_BATCH)
    whole('maxTokens', maxTokens, 1, MAX_POSITION)
    whole('rollback', rollback, 0, 1 << 16)
    return new Session<I, O>(engine, engine.workspace(batch, engine.chunk, 'session'), { batch, maxTokens, rollback })
  }

  /**
   * Runs every kernel on this device against the f64 reference that the package carries, on random numbers in the declared ranges.
   *
   * @throws InputError if the package was generated without the reference
   */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    this.#engine.assertUsable()
    if (this.#proofs === undefined) throw new InputError('the package was generated without its reference, so it cannot verify itself')
    const [{ verifyModel }, proofs] = await Promise.all([import('./verify.ts'), this.#proofs()])
    return verifyModel(this.#engine, proofs, options)
  }

  /** Frees all GPU memory, of sessions and snapshots too, and closes the device if `create` opened it. Calling it twice does nothing. */
  dispose(): void {
    this.#engine.dispose()
  }
}

const MAX_POSITION = 2 ** 31 - 1

/**
 * Makes a model of class `type`: opens the device, compiles all kernels together, and loads the weights meanwhile. If anything fails,
 * nothing of it stays.
 *
 * @throws WebGpuUnavailableError, LimitError, KernelError, MemoryError, CheckpointError, CheckpointMismatchError, ConfigMismatchError,
 *   WeightValueError, WeightOverflowError, InputError, DeviceLostError, or the signal's reason
 */
export async function createModel<M>(
  type: new (engine: Engine, proofs?: (() => Promise<Proofs>) | undefined) => M,
  manifest: Manifest,
  kernels: Readonly<Record<string, string>>,
  options: CreateOptions,
  proofs?: () => Promise<Proofs>,
): Promise<M> {
  const { maxTokens = MAX_POSITION, chunk = DEFAULT_CHUNK, batch = 1, validate = false, onProgress, signal } = options
  whole('maxTokens', maxTokens, 1, MAX_POSITION)
  whole('chunk', chunk, 1, 1 << 16)
  whole('batch', batch, 1, MAX_BATCH)
  signal?.throwIfAborted()
  const open = await openDevice(manifest.limits, options)
  const { device } = open
  const memory = new Memory(device)
  try {
    const { value: weights, checked } = guarded(device, 'the weights', () =>
      manifest.weightBuffers.map((words, i) => memory.create(`weights ${i}`, words * 4, Usage.STORAGE | Usage.COPY_DST | Usage.COPY_SRC)),
    )
    await open.settle(checked)
    const stop = new AbortController()
    const abort = (): void => stop.abort(signal?.reason)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted === true) abort()
    const work = [
      compileKernels(device, manifest, kernels, (loaded, total) => onProgress?.({ phase: 'kernels', loaded, total })),
      compileKeep(device),
      manifest.sampling === null ? null : compileSample(device),
      loadWeights(manifest, options.weights, new Uploader(device, weights), {
        config: options.config,
        signal: stop.signal,
        onProgress: (loaded, total) => onProgress?.({ phase: 'weights', loaded, total }),
      }),
    ] as const
    try {
      const [compiled, keep, sample] = await open.settle(Promise.all(work))
      const engine = new Engine({ manifest, open, memory, kernels: compiled, keep, sample, weights, batch, chunk, maxTokens, validate })
      return new type(engine, proofs)
    } catch (error) {
      // Whatever still runs must end before its buffers go.
      stop.abort(error)
      await Promise.allSettled(work)
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  } catch (error) {
    memory.destroyAll()
    open.close()
    throw error
  }
}

function whole(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high)
    throw new InputError(`${name} is ${value}, expected a whole number of ${low} .. ${high}`)
}
