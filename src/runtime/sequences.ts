import { Aborted } from './abort.ts'
import { Anchors, replayBound, strideOf } from './anchors.ts'
import type { Engine } from './engine.ts'
import { ContextError, InputError, RollbackError } from './errors.ts'
import { Executor } from './executor.ts'
import { History } from './history.ts'
import { assertPrefixes, prefixOf } from './horizon.ts'
import type { Rows } from './inputs.ts'
import { RollbackStore } from './rollback-store.ts'
import { type Pass, schedule } from './schedule.ts'
import { at } from './tensor.ts'
import type { Workspace } from './workspace.ts'

/** Passes submitted before the host waits for the GPU: enough to keep it busy, few enough to notice an abort. */
const PASSES_AHEAD = 4

/**
 * The sequences of a session: an executor, and what the host knows of them. Every method leaves them after a whole number of tokens
 * that `positions` tells, also when it is aborted. Calls must not overlap.
 */
export class Sequences {
  readonly engine: Engine
  readonly executor: Executor
  readonly history: History
  readonly rollbackLimit: number
  readonly maxTokens: number
  /** Tokens that each sequence has consumed. */
  readonly positions: number[]
  readonly #store: RollbackStore | undefined
  /** Tokens of each sequence that see each other: it cannot go back into them. */
  readonly #prefixes: number[]
  #anchors: readonly Anchors[] = []

  /** Call it inside `Engine.allocate`. */
  constructor(engine: Engine, workspace: Workspace, options: { readonly maxTokens: number; readonly rollback: number }) {
    const { manifest } = engine
    this.engine = engine
    this.rollbackLimit = options.rollback
    const slack = replayBound(options.rollback)
    this.executor = new Executor(engine, workspace, { maxTokens: options.maxTokens, slack, use: 'session' })
    this.maxTokens = Math.min(options.maxTokens, this.executor.states.maxTokens)
    this.positions = Array.from({ length: workspace.batch }, () => 0)
    this.#prefixes = this.positions.map(() => 0)
    const replay = options.rollback > 0
    this.history = new History(manifest.inputs, workspace.batch, { whole: manifest.sampling?.tokens ?? null, replay })
    this.#store = replay ? new RollbackStore(engine, this.executor) : undefined
    if (replay) this.#anchors = this.positions.map((position) => new Anchors(options.rollback, position))
  }

  get batch(): number {
    return this.positions.length
  }

  /** Tokens that sequence `b` can go back now. */
  rollbackPossible(b: number): number {
    const position = at(this.positions, b)
    return Math.max(0, Math.min(this.#anchors[b]?.possible(position) ?? 0, position - at(this.#prefixes, b)))
  }

  /** @throws ContextError */
  assertFits(lengths: readonly number[]): void {
    for (const [b, length] of lengths.entries()) {
      const position = at(this.positions, b)
      if (position + length > this.maxTokens) throw new ContextError(b, position, length, this.maxTokens - position)
    }
  }

  /** @throws PrefixError if a sequence begins with less than the tokens that see each other */
  assertPrefixes(rows: Rows): void {
    assertPrefixes(this.engine.manifest, rows, (b) => at(this.positions, b) === 0, this.executor.workspace.tokens)
  }

  /** Takes all tokens of `rows`, in passes. Aborted, it stops after the passes already under way. */
  consume(rows: Rows, signal?: AbortSignal): Promise<void> {
    return this.executor.workspace.lock(async () => {
      const last = this.rollbackLimit > 0 ? strideOf(this.rollbackLimit) : 0
      const before = [...this.positions]
      const prefixes = before.map((position, b) => (position === 0 ? prefixOf(this.engine.manifest, rows, b) : 0))
      for (const [b, position] of before.entries()) if (position === 0 && at(rows.lengths, b) > 0) this.#prefixes[b] = at(prefixes, b)
      const passes = schedule(rows.lengths, this.executor.workspace.tokens, last, prefixes)
      this.executor.assertUsable()
      const verdicts = new Verdicts()
      verdicts.add(this.#reserve(rows.lengths))
      const done: Promise<unknown>[] = []
      for (const [i, pass] of passes.entries()) {
        if (signal?.aborted === true) break
        await this.engine.open.settle(Promise.resolve(done[i - PASSES_AHEAD]))
        this.executor.assertUsable()
        const start = before.map((position, b) => position + at(pass.from, b))
        verdicts.add(this.#pass(rows, pass, start, i === 0 ? 'complete' : 'states'))
        done.push(verdicts.add(this.engine.device.queue.onSubmittedWorkDone()))
        for (const [b, length] of pass.lengths.entries()) {
          this.history.append(b, rows, at(pass.from, b), length)
          this.positions[b] = at(start, b) + length
        }
      }
      verdicts.add(this.#tail(this.positions.map((position, b) => position > at(before, b))))
      this.#settleAnchors()
      verdicts.add(this.engine.device.queue.onSubmittedWorkDone())
      await this.engine.open.settle(verdicts.all())
      if (signal?.aborted === true) throw new Aborted(signal.reason)
    })
  }

  /** Takes one token of each sequence that has one. `read` encodes what follows in the same submission. */
  step(rows: Rows, read: (encoder: GPUCommandEncoder) => void): Promise<void> {
    return this.executor.workspace.lock(async () => {
      this.executor.assertUsable()
      const grown = this.#reserve(rows.lengths)
      this.executor.uploadStep(rows, this.positions)
      const ran = this.submitStep('step', () => {}, read)
      for (const [b, length] of rows.lengths.entries()) {
        this.history.append(b, rows, 0, length)
        this.positions[b] = at(this.positions, b) + length
      }
      this.#settleAnchors()
      await this.engine.open.settle(Promise.all([grown, ran]))
    })
  }

  /** Submits a step of the tokens and run that are on the GPU; `after` adds to its compute pass, `read` to its encoder. */
  submitStep(kind: string, after: (pass: GPUComputePassEncoder) => void, read: (encoder: GPUCommandEncoder) => void): Promise<void> {
    return this.executor.submit(kind, (encoder) => {
      this.#keepAnchors(encoder, true)
      const pass = encoder.beginComputePass({ label: kind })
      this.executor.computeLast(pass, 'step')
      after(pass)
      pass.end()
      read(encoder)
    })
  }

  /** Room for `lengths` more tokens. */
  reserveMore(lengths: readonly number[]): Promise<void> {
    return this.#reserve(lengths)
  }

  /** Counts tokens that steps on the GPU have consumed; null: none for this sequence. */
  commit(ids: readonly (number | null)[]): void {
    const name = this.engine.manifest.sampling?.tokens
    const lengths = ids.map((id) => (id === null ? 0 : 1))
    const values = new Map(name === undefined ? [] : [[name, ids.map((id) => (id === null ? [] : [id]))]])
    for (const [b, length] of lengths.entries()) {
      this.history.append(b, { lengths, values }, 0, length)
      this.positions[b] = at(this.positions, b) + length
    }
    this.#settleAnchors()
  }

  /** @throws InputError, RollbackError */
  assertRollback(counts: readonly number[]): void {
    for (const [b, count] of counts.entries()) {
      if (!Number.isInteger(count) || count < 0)
        throw new InputError(`found rollback(${count}), expected a whole number of tokens of at least 0`)
      const possible = this.rollbackPossible(b)
      if (count > possible) throw new RollbackError(b, count, possible, this.rollbackLimit)
    }
  }

  /** Takes back the last `counts[b]` tokens of each sequence, which `assertRollback` allows. */
  rollback(counts: readonly number[]): Promise<void> {
    return this.executor.workspace.lock(async () => {
      this.executor.assertUsable()
      const affected = counts.map((count) => count > 0)
      const target = this.positions.map((position, b) => position - at(counts, b))
      const from = target.map((position, b) => {
        const anchor = at(affected, b) ? this.#anchors[b]?.nearest(position) : undefined
        return { position: anchor?.position ?? position, slot: anchor?.slot }
      })
      const verdicts = new Verdicts()
      verdicts.add(
        this.executor.submit('rollback', (encoder) => {
          for (const [b, { slot }] of from.entries()) if (slot !== undefined) this.#store?.load(encoder, b, slot)
        }),
      )
      const begin = from.map(({ position }) => position)
      const rows = this.history.rows(begin, target)
      for (const [b, position] of begin.entries()) this.positions[b] = position
      for (const pass of schedule(rows.lengths, this.executor.workspace.tokens)) {
        const start = begin.map((position, b) => position + at(pass.from, b))
        verdicts.add(this.#pass(rows, pass, start, 'none'))
        for (const [b, length] of pass.lengths.entries()) this.positions[b] = at(start, b) + length
      }
      for (const [b, position] of target.entries()) {
        this.positions[b] = position
        if (at(affected, b)) this.history.truncate(b, position)
      }
      verdicts.add(this.#tail(rows.lengths.map((length) => length > 0)))
      verdicts.add(this.engine.device.queue.onSubmittedWorkDone())
      await this.engine.open.settle(verdicts.all())
    })
  }

  /** States and outputs are now those of other positions: rollback begins there. */
  rebase(encoder: GPUCommandEncoder, positions: readonly number[], ids: readonly (readonly number[])[]): void {
    for (const [b, position] of positions.entries()) {
      this.positions[b] = position
      this.#prefixes[b] = 0
      this.history.reset(b, position, at(ids, b))
      this.#store?.save(encoder, b, 0)
    }
    if (this.#store !== undefined) this.#anchors = positions.map((position) => new Anchors(this.rollbackLimit, position))
  }

  dispose(): void {
    this.executor.dispose()
    this.#store?.dispose()
  }

  #reserve(lengths: readonly number[]): Promise<void> {
    // A sequence that takes no part in a step may be full already.
    const need = Math.max(...this.positions.map((position, b) => Math.min(this.maxTokens, position + at(lengths, b))))
    return this.executor.reserve(need, this.positions)
  }

  async #pass(rows: Rows, pass: Pass, start: readonly number[], anchors: 'none' | 'states' | 'complete'): Promise<void> {
    const run = this.executor.upload(rows, pass, start)
    await this.executor.submit('prefill', (encoder) => {
      if (anchors !== 'none') this.#keepAnchors(encoder, anchors === 'complete')
      this.executor.computeRows(encoder, run, 'take')
    })
  }

  /** Outputs of the last token of every sequence that had tokens since the last tail. */
  #tail(had: readonly boolean[]): Promise<void> {
    if (!had.includes(true)) return Promise.resolve()
    const lengths = had.map((yes) => (yes ? 1 : 0))
    this.executor.writeRowRun(
      this.positions.map((position, b) => position - at(lengths, b)),
      lengths,
    )
    return this.executor.submit('tail', (encoder) => {
      const pass = encoder.beginComputePass({ label: 'tail' })
      this.executor.computeLast(pass, 'tail')
      pass.end()
    })
  }

  #keepAnchors(encoder: GPUCommandEncoder, complete: boolean): void {
    for (const [b, anchors] of this.#anchors.entries()) {
      const position = at(this.positions, b)
      if (anchors.due(position)) this.#store?.save(encoder, b, anchors.keep(position, complete))
    }
  }

  #settleAnchors(): void {
    for (const [b, anchors] of this.#anchors.entries()) {
      anchors.trim(at(this.positions, b))
      this.history.trim(b, anchors.oldest)
    }
  }
}

/** What the device says of several submissions. One that fails early does not count as unhandled before all are awaited. */
class Verdicts {
  readonly #all: Promise<unknown>[] = []

  add(verdict: Promise<unknown>): Promise<unknown> {
    verdict.catch(() => {})
    this.#all.push(verdict)
    return verdict
  }

  async all(): Promise<void> {
    await Promise.all(this.#all)
  }
}
