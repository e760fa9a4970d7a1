import type { Engine } from './engine.ts'
import { DisposedError } from './errors.ts'
import { packRows, type Rows } from './inputs.ts'
import { Keep } from './keep.ts'
import type { IoEntry, Operand } from './manifest.ts'
import { guarded } from './memory.ts'
import { BoundPrograms, type ProgramName, type ProgramPart } from './programs.ts'
import { packRun, RUN_BYTES, type Run } from './run.ts'
import type { Pass } from './schedule.ts'
import { States } from './states.ts'
import { product } from './tensor.ts'
import { Usage } from './webgpu.ts'
import type { Workspace } from './workspace.ts'

export interface ExecutorOptions {
  readonly maxTokens: number
  /** Tokens that a windowed cache keeps beyond its window for rollback. */
  readonly slack: number
  readonly use: 'session' | 'forward'
}

const SESSION_PROGRAMS: readonly ProgramName[] = ['prefill', 'take', 'tail', 'step']
const FORWARD_PROGRAMS: readonly ProgramName[] = ['prefill', 'forwardTail']

/**
 * The GPU side of one set of sequences: states, inputs, bound programs, and the outputs of each sequence's last token. It knows
 * nothing of users: every call must be valid, and run inside the workspace's lock.
 */
export class Executor {
  readonly engine: Engine
  readonly workspace: Workspace
  readonly states: States
  readonly inputs: ReadonlyMap<string, GPUBuffer>
  /** `Run` of steps; sampling advances it on the GPU. */
  readonly rowRun: GPUBuffer
  /** By output: `[batch][words]` of the last token. */
  readonly last: ReadonlyMap<string, GPUBuffer>
  readonly #passRun: GPUBuffer
  readonly #programs: BoundPrograms
  readonly #keeps: readonly Keep[]
  readonly #checkedKinds = new Set<string>()
  #disposed = false

  /** Call it inside `Engine.allocate`. */
  constructor(engine: Engine, workspace: Workspace, options: ExecutorOptions) {
    const { manifest, memory, device } = engine
    const { batch } = workspace
    this.engine = engine
    this.workspace = workspace
    const forward = options.use === 'forward'
    const slack = Math.max(this.workspace.tokens, options.slack)
    this.states = new States(memory, device.limits, manifest, batch, slack, options.maxTokens)
    const usage = Usage.STORAGE | Usage.COPY_DST | Usage.COPY_SRC
    this.inputs = new Map(
      manifest.inputs.map((entry) => [
        entry.name,
        memory.create(`input ${entry.name}`, inputRows(entry, batch, this.workspace.tokens) * product(entry.shape) * 4, usage),
      ]),
    )
    this.#passRun = memory.create('run of passes', RUN_BYTES, Usage.UNIFORM | Usage.COPY_DST)
    // Sampling writes it as storage, kernels read it as uniform.
    this.rowRun = memory.create('run of steps', RUN_BYTES, Usage.UNIFORM | Usage.STORAGE | Usage.COPY_DST)
    const outputs = forward ? [] : manifest.outputs
    this.last = new Map(
      outputs.map(({ name, shape }) => [
        name,
        memory.create(`last ${name}`, batch * product(shape) * 4, Usage.STORAGE | Usage.COPY_SRC | Usage.COPY_DST),
      ]),
    )
    this.#programs = new BoundPrograms(
      engine,
      { workspace: this.workspace, states: this.states, inputs: this.inputs, passRun: this.#passRun, rowRun: this.rowRun },
      forward ? FORWARD_PROGRAMS : SESSION_PROGRAMS,
    )
    this.#keeps = outputs.flatMap(({ name, last }) => {
      const to = this.last.get(name)
      if (last === undefined || to === undefined) return []
      const from = { arena: workspace.arena(last.arena), base: this.#base(last) + last.column, stride: last.stride, words: last.words }
      return [new Keep(engine, batch, from, this.rowRun, to)]
    })
  }

  get batch(): number {
    return this.workspace.batch
  }

  /** To be called after every wait: what it waited for may have outlived the session. @throws DisposedError, DeviceLostError */
  assertUsable(): void {
    this.engine.assertUsable()
    if (this.#disposed) throw new DisposedError('session')
  }

  /**
   * Encodes with `encode` and submits. The device's verdict is awaited for the first submission of a `kind`, or for all with
   * `validate`: later ones differ in numbers only.
   */
  submit(kind: string, encode: (encoder: GPUCommandEncoder) => void): Promise<void> {
    const { device, validate } = this.engine
    const work = (): void => {
      const encoder = device.createCommandEncoder({ label: kind })
      encode(encoder)
      device.queue.submit([encoder.finish()])
    }
    if (!validate && this.#checkedKinds.has(kind)) {
      work()
      return Promise.resolve()
    }
    this.#checkedKinds.add(kind)
    return guarded(device, kind, work).checked
  }

  /** Room for sequences of `tokens` tokens, of which `used` are held. */
  reserve(tokens: number, used: readonly number[]): Promise<void> {
    if (this.states.fits(tokens)) return Promise.resolve()
    const { device } = this.engine
    return guarded(device, 'growing the caches', () => {
      const encoder = device.createCommandEncoder({ label: 'grow' })
      const old = this.states.grow(encoder, tokens, used)
      device.queue.submit([encoder.finish()])
      this.states.release(old.values())
      this.#programs.rebind(old)
    }).checked
  }

  /** Uploads part of `rows` and their `Run`. */
  upload(rows: Rows, pass: Pass, start: readonly number[]): Run {
    const run: Run = { batch: this.batch, tokens: pass.tokens, start, lengths: pass.lengths }
    this.#writeInputs(rows, pass)
    this.engine.device.queue.writeBuffer(this.#passRun, 0, packRun(run))
    return run
  }

  /** Uploads one token for each sequence with length 1. */
  uploadStep(rows: Rows, start: readonly number[]): void {
    this.#writeInputs(rows, { from: rows.lengths.map(() => 0), lengths: rows.lengths, tokens: 1 })
    this.writeRowRun(start, rows.lengths)
  }

  writeRowRun(start: readonly number[], lengths: readonly number[]): void {
    this.engine.device.queue.writeBuffer(this.rowRun, 0, packRun({ batch: this.batch, tokens: 1, start, lengths }))
  }

  /** One compute pass over uploaded rows. */
  computeRows(encoder: GPUCommandEncoder, run: Run, then: 'take' | 'forwardTail'): void {
    const pass = encoder.beginComputePass({ label: `prefill ${then}` })
    this.#programs.encode(pass, 'prefill', run)
    this.#programs.encode(pass, then, run)
    pass.end()
  }

  /** Part of a program alone, on rows uploaded for it. */
  computePart(pass: GPUComputePassEncoder, name: ProgramName, rows: Rows, of: Pass, start: readonly number[], part: ProgramPart): void {
    const run = this.upload(rows, of, start)
    if (of.tokens === 1) this.writeRowRun(start, of.lengths)
    this.#programs.encode(pass, name, run, part)
  }

  /** One row per sequence, as `rowRun` says; keeps the outputs of sequences with length 1. */
  computeLast(pass: GPUComputePassEncoder, name: 'tail' | 'step'): void {
    this.#programs.encode(pass, name, { batch: this.batch, tokens: 1 })
    for (const keep of this.#keeps) keep.encode(pass)
  }

  /** Copies all rows of a forward pass, as they lie in the arena: `stride` words each. */
  copyAll(encoder: GPUCommandEncoder, operand: Operand, rows: number, to: GPUBuffer): void {
    encoder.copyBufferToBuffer(this.workspace.arena(operand.arena), this.#base(operand) * 4, to, 0, rows * operand.stride * 4)
  }

  dispose(): void {
    const { memory } = this.engine
    this.#disposed = true
    this.states.dispose()
    this.#programs.dispose()
    for (const keep of this.#keeps) keep.dispose()
    for (const buffer of [...this.inputs.values(), ...this.last.values(), this.#passRun, this.rowRun]) memory.destroy(buffer)
  }

  /** The word at which the rows that hold a value begin in its arena. */
  #base(operand: Operand): number {
    return operand.offset * this.workspace.rows(operand.arena)
  }

  #writeInputs(rows: Rows, pass: Pass): void {
    const { queue } = this.engine.device
    for (const entry of this.engine.manifest.inputs) {
      const sequences = rows.values.get(entry.name)
      const buffer = this.inputs.get(entry.name)
      if (sequences === undefined || buffer === undefined) continue
      if (entry.time) queue.writeBuffer(buffer, 0, packRows(entry, sequences, pass.from, pass.lengths, pass.tokens))
      else {
        const once = sequences.map(() => 1)
        queue.writeBuffer(
          buffer,
          0,
          packRows(
            entry,
            sequences,
            once.map(() => 0),
            once,
            1,
          ),
        )
      }
    }
  }
}

function inputRows(entry: IoEntry, batch: number, tokens: number): number {
  return (entry.batch ? batch : 1) * (entry.time ? tokens : 1)
}
