import type { Operand } from './manifest.ts'
import type { ProgramName } from './programs.ts'

/**
 * What a package carries to check its kernels against the reference on the user's device: the lowered graph's values, where programs
 * keep them, and the reference itself.
 */
export interface Proofs {
  readonly kernels: readonly KernelProof[]
  /** The reference, in f64: the targets' values, given others. */
  evaluate(request: ProofRequest): ReadonlyMap<number, ArrayLike<number>>
}

/** Commands that are run alone, in order, on random numbers: one, or several where a value passes between them in scratch memory. */
export interface KernelProof {
  /** Indices in `Manifest.kernels` of the kernels that this proves. */
  readonly kernels: readonly number[]
  readonly program: ProgramName
  /** Commands `[first, first + count)` of the program. */
  readonly first: number
  readonly count: number
  /** What they read from arenas; inputs, weights and states need no mention. */
  readonly reads: readonly ProofValue[]
  readonly writes: readonly ProofValue[]
}

/** A value of the graph in an arena. */
export interface ProofValue extends Operand {
  readonly node: number
  /** How the words are read: numbers, whole ones too, or bits of whole numbers. */
  readonly dtype: 'f32' | 'u32'
  /** Only whole numbers are tried. */
  readonly whole?: boolean
  /** A row for every token, for the last token of each sequence, or for each sequence where the value has no time. */
  readonly rows: 'tokens' | 'last' | 'sequences'
  /** Numbers to try it with; null is unbounded on that side. */
  readonly min: number | null
  readonly max: number | null
}

export interface ProofRequest {
  readonly batch: number
  readonly tokens: number
  readonly lengths: readonly number[]
  /** `[batch, tokens, words]` by node, or `[batch, words]` of a value without time; padding is 0. */
  readonly given: ReadonlyMap<number, Float64Array>
  /** `[batch, tokens, ...shape]` by input, without the axes that it does not have. */
  readonly inputs: ReadonlyMap<string, Float64Array>
  /** All states start from zeros. */
  readonly targets: readonly number[]
  weight(path: string): Float64Array
}
