import { MemoryError } from './errors.ts'
import type { Manifest } from './manifest.ts'
import type { Memory } from './memory.ts'
import { at } from './tensor.ts'
import { Usage } from './webgpu.ts'

/** Tokens of a prefill pass, unless a device or the user wants fewer. */
export const DEFAULT_CHUNK = 256

/**
 * The arenas that passes over `batch` sequences work in. Nothing in them outlives an operation, so all sessions of that batch share
 * them; `lock` keeps operations of several submissions apart.
 */
export class Workspace {
  readonly batch: number
  /** Tokens that one pass takes of each sequence. */
  readonly tokens: number
  readonly #arenas: readonly GPUBuffer[]
  readonly #rows: readonly number[]
  readonly #memory: Memory
  #tail: Promise<unknown> = Promise.resolve()

  /** @throws MemoryError if one token per sequence is already too much */
  constructor(
    memory: Memory,
    limits: GPUSupportedLimits,
    manifest: Manifest,
    batch: number,
    chunk: number,
    purpose: 'session' | 'forward',
  ) {
    this.#memory = memory
    this.batch = batch
    const forward = purpose === 'forward'
    this.tokens = fittingTokens(limits, manifest, batch, chunk, forward)
    this.#rows = manifest.arenas.map(({ rows, use }) => {
      if (use === 'forward' && !forward) return 0
      return rows === 'batch' ? batch : batch * this.tokens
    })
    const usage = Usage.STORAGE | Usage.COPY_SRC | Usage.COPY_DST
    this.#arenas = manifest.arenas.map(({ words }, i) => memory.create(`arena ${i}`, words * this.rows(i) * 4, usage))
  }

  arena(index: number): GPUBuffer {
    return at(this.#arenas, index)
  }

  /** Rows for which an arena has room. */
  rows(index: number): number {
    return at(this.#rows, index)
  }

  /** Runs `work` when all work given before is done. */
  lock<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work)
    this.#tail = result.catch(() => {})
    return result
  }

  dispose(): void {
    for (const arena of this.#arenas) this.#memory.destroy(arena)
  }
}

/** The most tokens per sequence and pass, up to `chunk`, whose arenas and inputs fit one binding each. */
function fittingTokens(
  limits: Pick<GPUSupportedLimits, 'maxBufferSize' | 'maxStorageBufferBindingSize'>,
  manifest: Manifest,
  batch: number,
  chunk: number,
  forward: boolean,
): number {
  const bytes = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
  let tokens = chunk
  for (const [i, { words, rows, use }] of manifest.arenas.entries()) {
    if (words === 0 || (use === 'forward' && !forward)) continue
    const fits = Math.floor(bytes / 4 / words / batch)
    if (fits < 1) throw new MemoryError(`arena ${i} for ${batch} sequences`, words * batch * 4, `one binding holds ${bytes} bytes`)
    if (rows === 'chunk') tokens = Math.min(tokens, fits)
  }
  return tokens
}
