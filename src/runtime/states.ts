import { ContextError, MemoryError } from './errors.ts'
import type { Manifest, StateEntry } from './manifest.ts'
import type { Memory } from './memory.ts'
import { at } from './tensor.ts'
import { Usage } from './webgpu.ts'

const USAGE = Usage.STORAGE | Usage.COPY_SRC | Usage.COPY_DST

/** Slots that a cache of unlimited window starts with. */
const FIRST_SLOTS = 256

/** What sequences carry from token to token: fold states `[batch][words]` and caches `[batch][capacity][words]`. */
export class States {
  readonly entries: readonly StateEntry[]
  readonly batch: number
  /** Tokens that a sequence can hold on this device. */
  readonly maxTokens: number
  readonly #memory: Memory
  readonly #buffers: GPUBuffer[]
  readonly #capacity: number[]

  /**
   * `slack`: tokens past which a windowed cache still holds what its window needed (those of a pass, or of a rollback).
   *
   * @throws MemoryError if a state exceeds a binding
   */
  constructor(memory: Memory, limits: GPUSupportedLimits, manifest: Manifest, batch: number, slack: number, maxTokens: number) {
    this.entries = manifest.states
    this.batch = batch
    this.#memory = memory
    const binding = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
    let most = maxTokens
    for (const entry of this.entries) {
      if (entry.kind === 'cache' && entry.window === null)
        // One slot more than tokens: a pass may write to the slot after the last token of a sequence that takes no part in it.
        most = Math.min(most, Math.floor(binding / 4 / batch / entry.words) - 1)
    }
    this.maxTokens = most
    this.#capacity = this.entries.map((entry) => {
      if (entry.kind === 'fold') return 0
      return entry.window === null ? Math.min(FIRST_SLOTS, most + 1) : windowSlots(entry.window, slack)
    })
    this.#buffers = this.entries.map((entry, i) => {
      const bytes = batch * entry.words * 4 * (entry.kind === 'fold' ? 1 : this.capacity(i))
      if (bytes > binding) throw new MemoryError(`state ${entry.path} of ${batch} sequences`, bytes, `one binding holds ${binding} bytes`)
      return memory.create(`state ${entry.path}`, bytes, USAGE)
    })
  }

  buffer(index: number): GPUBuffer {
    return at(this.#buffers, index)
  }

  /** Slots per sequence of a cache, 0 for a fold state. */
  capacity(index: number): number {
    return at(this.#capacity, index)
  }

  /** Whether sequences of `tokens` tokens fit without growth. */
  fits(tokens: number): boolean {
    return this.entries.every((entry, i) => entry.kind === 'fold' || entry.window !== null || this.capacity(i) > tokens)
  }

  /**
   * Makes room for sequences of `tokens` tokens: caches of unlimited window double, and `encoder` moves what they hold. Gives the
   * old buffer of each state that moved; destroy them after the submission.
   *
   * @param used tokens held so far, per sequence
   */
  grow(encoder: GPUCommandEncoder, tokens: number, used: readonly number[]): ReadonlyMap<number, GPUBuffer> {
    if (tokens > this.maxTokens)
      throw new ContextError(0, Math.max(...used), tokens - Math.max(...used), this.maxTokens - Math.max(...used))
    const old = new Map<number, GPUBuffer>()
    for (const [i, entry] of this.entries.entries()) {
      if (entry.kind === 'fold' || entry.window !== null || this.capacity(i) > tokens) continue
      let slots = this.capacity(i)
      const from = this.buffer(i)
      const before = slots
      while (slots <= tokens) slots *= 2
      slots = Math.min(slots, this.maxTokens + 1)
      const to = this.#memory.create(`state ${entry.path}`, this.batch * slots * entry.words * 4, USAGE)
      for (const [b, held] of used.entries()) {
        const row = entry.words * 4
        if (held > 0) encoder.copyBufferToBuffer(from, b * before * row, to, b * slots * row, held * row)
      }
      this.#buffers[i] = to
      this.#capacity[i] = slots
      old.set(i, from)
    }
    return old
  }

  release(buffers: Iterable<GPUBuffer>): void {
    for (const buffer of buffers) this.#memory.destroy(buffer)
  }

  dispose(): void {
    this.release(this.#buffers)
  }
}

/**
 * A pass appends all its rows before attention reads, and a rollback reads the window of a token `slack` tokens back. One more for the
 * slot that a sequence without a token in this pass may write.
 */
function windowSlots(window: number, slack: number): number {
  return window + slack
}
