import { MAX_BATCH } from './manifest.ts'
import { at } from './tensor.ts'

/** Bytes of the uniform `Run` of kernels (see manifest.ts). */
export const RUN_BYTES = 16 + MAX_BATCH * 16

/** What a pass is about. */
export interface Run {
  readonly batch: number
  readonly tokens: number
  /** Per sequence: position of the first token of this pass, and tokens of this pass. */
  readonly start: readonly number[]
  readonly lengths: readonly number[]
}

/** The words of `Run`, as far as its batch goes. */
export function packRun(run: Run): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(4 + 4 * run.batch)
  words.set([run.batch, run.tokens, run.batch * run.tokens])
  for (let b = 0; b < run.batch; b++) words.set([at(run.start, b), at(run.lengths, b)], 4 + 4 * b)
  return words
}
