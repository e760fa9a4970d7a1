import { Aborted } from './abort.ts'
import type { Engine } from './engine.ts'
import { BusyError, DisposedError, InputError } from './errors.ts'
import { type GenerateOptions, type GenerationEnd, generate } from './generate.ts'
import { type ModelInput, readRows } from './inputs.ts'
import { type Layout, unpack } from './layout.ts'
import { OutputReader, type Outputs } from './outputs.ts'
import { Sampler } from './sampling/sampler.ts'
import { Sequences } from './sequences.ts'
import { Snapshot } from './snapshot.ts'
import { at } from './tensor.ts'
import type { Workspace } from './workspace.ts'

export interface SessionOptions {
  /** Sequences that run side by side, 1 .. 128; the model's `batch` by default. */
  readonly batch?: number | undefined
  /** Tokens that a sequence may hold; the model's `maxTokens` by default. Memory grows with what is used, not with this. */
  readonly maxTokens?: number | undefined
  /** How many tokens `rollback` can take back; 0 by default. */
  readonly rollback?: number | undefined
}

export interface PrefillOptions extends Layout {
  readonly signal?: AbortSignal | undefined
}

/** The options with the model's defaults in place. */
export type OpenSessionOptions = { readonly [key in keyof SessionOptions]-?: number }

/** One token per sequence: an id, a list of ids (null: none for this sequence), or an object of inputs by name. */
export type StepInput<I extends string = string> = number | readonly (number | null)[] | ModelInput<I>

/**
 * `batch` sequences with their states, of different lengths if need be. One call at a time.
 *
 * Every method rejects with DisposedError after `dispose()`, with DeviceLostError once the GPU is gone, and with BusyError while
 * another call on the same session runs. If the GPU fails in the middle of a call, the session rejects every later call with that error.
 */
export class Session<I extends string = string, O extends string = string> {
  readonly #engine: Engine
  readonly #options: OpenSessionOptions
  readonly #sequences: Sequences
  readonly #reader: OutputReader
  readonly #detach: () => void
  readonly #allocated: Promise<void>
  #sampler: Sampler | undefined
  #running: string | undefined
  #generating = false
  #failure: unknown
  #disposed = false

  /** Sessions are opened by `Model.session`. @internal */
  constructor(engine: Engine, workspace: { readonly workspace: Workspace; readonly checked: Promise<void> }, options: OpenSessionOptions) {
    this.#engine = engine
    this.#options = options
    const { value, checked } = engine.allocate(`a session of ${options.batch} sequences`, () => ({
      sequences: new Sequences(engine, workspace.workspace, options),
      reader: new OutputReader(engine, engine.manifest.outputs, () => options.batch),
    }))
    this.#sequences = value.sequences
    this.#reader = value.reader
    this.#allocated = Promise.all([workspace.checked, checked]).then(() => {})
    this.#allocated.catch((error) => {
      this.#failure = error
      this.#release()
    })
    this.#detach = engine.onDispose(() => this.dispose())
  }

  /** Sequences that run side by side. */
  get batch(): number {
    return this.#options.batch
  }

  /** Tokens that each sequence has consumed. */
  get positions(): readonly number[] {
    return [...this.#sequences.positions]
  }

  /** Tokens that a sequence can hold: what was asked for, or less if the device cannot bind a cache of that size. */
  get maxTokens(): number {
    return this.#sequences.maxTokens
  }

  /** Tokens that `rollback` can take back now, per sequence. */
  get rollbackPossible(): readonly number[] {
    return this.#sequences.positions.map((_, b) => this.#sequences.rollbackPossible(b))
  }

  /**
   * Consumes any number of tokens, in chunks; also after other calls, to continue. In a batch, sequences may have different lengths,
   * and none at all if the sequence has begun before. Resolves when the GPU is done.
   *
   * @param input ids of one sequence, ids per sequence, or an object of inputs by name
   * @throws TokenError, InputError (an empty prompt, say), ContextError or PrefixError before anything has changed; the signal's reason when
   *   aborted, and then `positions` tells how far it came
   */
  async prefill(input: ModelInput<I>, options: PrefillOptions = {}): Promise<void> {
    await this.#exclusive('prefill', () => {
      options.signal?.throwIfAborted()
      const { inputs } = this.#engine.manifest
      const rows = readRows(inputs, unpack(inputs, input as ModelInput, options).input, this.batch, this.#begun)
      const begun = rows.lengths.map((length, b) => length > 0 || at(this.#sequences.positions, b) > 0)
      if (begun.includes(false))
        throw new InputError(`the prompt of sequence ${begun.indexOf(false)} is empty, expected at least one token`)
      if (rows.lengths.every((length) => length === 0)) throw new InputError('all sequences are empty, expected at least one token')
      this.#sequences.assertFits(rows.lengths)
      this.#sequences.assertPrefixes(rows)
      return () => this.#sequences.consume(rows, options.signal)
    })
  }

  /**
   * Consumes one token per sequence and gives the outputs there, `[batch, ...shape]` each; sequences that got null keep theirs.
   *
   * @throws TokenError, InputError or ContextError before anything has changed
   */
  async step(input: StepInput<I>): Promise<Outputs<O>> {
    return this.#exclusive('step', () => {
      const rows = readRows(this.#engine.manifest.inputs, stepRows(input) as ModelInput, this.batch, this.#begun)
      const wrong = rows.lengths.findIndex((length) => length > 1)
      if (wrong >= 0) throw new InputError(`sequence ${wrong} has ${rows.lengths[wrong]} tokens, expected one; use prefill() for more`)
      if (rows.lengths.every((length) => length === 0)) throw new InputError('no sequence has a token, expected at least one')
      this.#sequences.assertFits(rows.lengths)
      this.#sequences.assertPrefixes(rows)
      return async () => {
        await this.#sequences.step(rows, (encoder) => this.#copyOutputs(encoder))
        return this.#readOutputs()
      }
    })
  }

  /** The outputs at the last token of each sequence, `[batch, ...shape]` each. @throws InputError if a sequence has no token yet */
  async outputs(): Promise<Outputs<O>> {
    return this.#exclusive(
      'outputs',
      () => {
        this.#assertBegun()
        return async () => {
          await this.#sequences.executor.submit('outputs', (encoder) => this.#copyOutputs(encoder))
          return this.#readOutputs()
        }
      },
      'reads',
    )
  }

  /**
   * Samples tokens and consumes them, one after the other. Sampling runs on the GPU, with one step of lookahead. Whenever the caller
   * has control, the session has consumed exactly the tokens before and those yielded: `snapshot`, `fork` and `outputs` may be called
   * between two tokens, and breaking off or aborting leaves a session that can go on. A stop token is neither yielded nor consumed.
   *
   * The generator's return value says why it ended. For a session of one sequence; see `generateBatch` for more.
   *
   * @throws InputError, ContextError (more `maxTokens` than fit), the signal's reason when aborted
   */
  async *generate(options: GenerateOptions = {}): AsyncGenerator<number, GenerationEnd, void> {
    if (this.batch !== 1) throw new InputError(`generate() is for one sequence, and the session has ${this.batch}: use generateBatch()`)
    const tokens = this.generateBatch(options)
    try {
      for (;;) {
        const { done, value } = await tokens.next()
        if (done === true) return at(value, 0)
        yield at(value, 0) as number
      }
    } finally {
      await tokens.return([])
    }
  }

  /** As `generate`, a token per sequence at a time: null for those that have ended. Ends when all have. */
  async *generateBatch(options: GenerateOptions = {}): AsyncGenerator<readonly (number | null)[], readonly GenerationEnd[], void> {
    const sampler = await this.#exclusive('generate', async () => {
      this.#assertBegun()
      const ready = this.#sampler ?? (await Sampler.create(this.#engine, this.#sequences))
      this.#sampler = ready
      this.#generating = true
      return async () => ready
    })
    try {
      return yield* generate(this.#sequences, sampler, options, (work) => this.#alone('generate', undefined, () => this.#watch(work)))
    } finally {
      this.#generating = false
    }
  }

  /**
   * Keeps the session as it is: states, positions, the last outputs. Costs a copy on the GPU; `Snapshot.toBytes` makes it portable.
   *
   * @throws InputError if a sequence has no token yet
   */
  async snapshot(): Promise<Snapshot> {
    return this.#exclusive(
      'snapshot',
      () => {
        this.#assertBegun()
        return () => Snapshot.take(this.#engine, this.#sequences)
      },
      'reads',
    )
  }

  /**
   * Makes this session what the snapshot's was. Rollback begins anew there.
   *
   * @throws SnapshotError if it is of another model or batch; ContextError if it holds more than fits
   */
  async restore(snapshot: Snapshot): Promise<void> {
    await this.#exclusive('restore', () => {
      snapshot.assertFits(this.#engine, this.#sequences)
      return () => snapshot.restore(this.#engine, this.#sequences)
    })
  }

  /** A second session, with the same options, that goes on from here by itself. Its rollback begins here. */
  async fork(): Promise<Session<I, O>> {
    const saved = await this.snapshot()
    const workspace = this.#engine.workspace(this.batch, this.#engine.chunk, 'session')
    const session = new Session<I, O>(this.#engine, workspace, this.#options)
    try {
      await session.restore(saved)
      return session
    } catch (error) {
      session.dispose()
      throw error
    } finally {
      saved.dispose()
    }
  }

  /**
   * Takes back the last `count` tokens, of every sequence or of each its own number: as if they had never been given. What has been
   * taken back counts against the limit until as many tokens have been consumed again.
   *
   * @throws RollbackError if that is more than `rollbackPossible`
   */
  async rollback(count: number | readonly number[]): Promise<void> {
    await this.#exclusive('rollback', () => {
      const counts = typeof count === 'number' ? this.#sequences.positions.map(() => count) : count
      if (counts.length !== this.batch) throw new InputError(`found ${counts.length} counts, expected ${this.batch}`)
      this.#sequences.assertRollback(counts)
      return () => this.#sequences.rollback(counts)
    })
  }

  /** Frees the GPU memory. A call that is running fails. Calling it twice does nothing. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.#release()
  }

  #release(): void {
    this.#detach()
    this.#sampler?.dispose()
    this.#reader.dispose()
    this.#sequences.dispose()
  }

  get #begun(): boolean {
    return this.#sequences.positions.some((position) => position > 0)
  }

  #assertBegun(): void {
    const b = this.#sequences.positions.indexOf(0)
    if (b >= 0) throw new InputError(`sequence ${b} has no token yet: call prefill() first`)
  }

  #copyOutputs(encoder: GPUCommandEncoder): void {
    this.#reader.copy(encoder, this.#sequences.executor.last)
  }

  #readOutputs(): Promise<Outputs<O>> {
    return this.#reader.read(({ shape }, count) => [count, ...shape]) as Promise<Outputs<O>>
  }

  /**
   * Runs one call alone. `check` may refuse it; what it returns does the work. If work that changes the session fails, the session is in
   * no known state any more. Calls that only read may come between two tokens of a generation.
   */
  async #exclusive<T>(name: string, check: () => Work<T> | Promise<Work<T>>, kind: 'changes' | 'reads' = 'changes'): Promise<T> {
    const running = this.#generating && kind === 'changes' ? 'generate' : undefined
    return this.#alone(name, running, async () => {
      await this.#engine.open.settle(this.#allocated)
      const work = await check()
      return kind === 'changes' ? this.#watch(work) : work()
    })
  }

  async #alone<T>(name: string, generating: string | undefined, work: () => Promise<T>): Promise<T> {
    if (this.#disposed) throw new DisposedError('session')
    this.#engine.assertUsable()
    if (this.#failure !== undefined) throw this.#failure
    const running = this.#running ?? generating
    if (running !== undefined) throw new BusyError(name, running)
    this.#running = name
    try {
      return await work()
    } catch (error) {
      if (this.#disposed) throw new DisposedError('session')
      throw error
    } finally {
      this.#running = undefined
    }
  }

  async #watch<T>(work: Work<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Aborted)) this.#failure = error
      throw error instanceof Aborted ? error.reason : error
    }
  }
}

type Work<T> = () => Promise<T>

function stepRows(input: StepInput): unknown {
  if (typeof input === 'number') return [[input]]
  if (!Array.isArray(input)) return input
  const flat = input.every((token) => typeof token === 'number' || token === null)
  return flat ? input.map((token: number | null) => (token === null ? [] : [token])) : input
}
