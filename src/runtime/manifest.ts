/**
 * What a generated package says of itself: the contract between the planner, which writes it, and the runtime, which executes it.
 * Plain JSON. Sizes count 4-byte words (f32 or u32) unless a name says bytes.
 *
 * A pass works on `rows = batch * tokens` rows: token t of sequence b is row `b * tokens + t`; rows past a sequence's own length in
 * this pass are padding that no state sees. `take`, `tail` and `step` passes have one row per sequence.
 *
 * Every kernel has binding 0 = uniform `Run`, binding 1 = uniform `Place` (the command's own numbers), then its storage buffers.
 *
 *     struct Run { batch: u32, tokens: u32, rows: u32, reserved: u32, sequences: array<vec4<u32>, MAX_BATCH> }
 *     sequences[b] = (start: position of the first token of this pass, length: tokens of this pass, 0, 0)
 *     struct Place { at: array<vec4<u32>, PLACES> }      // PLACES = ceil(places / 4)
 */
export interface Manifest {
  readonly format: 1
  /** The model's name, an identifier. */
  readonly name: string
  readonly doc: string
  readonly inputs: readonly IoEntry[]
  readonly outputs: readonly IoEntry[]
  /**
   * 'prefix': the first `upto` tokens of a sequence (a number, or the u32[B] input of that name) see each other, so that its first pass
   * must hold them. 'whole': the model can only run `forward`. Both because of what they say.
   */
  readonly horizon:
    | { readonly kind: 'causal' }
    | { readonly kind: 'prefix'; readonly upto: number | string; readonly because: string; readonly source: string }
    | { readonly kind: 'whole'; readonly because: string; readonly source: string }
  readonly weights: readonly WeightEntry[]
  /** Words of each weight buffer; none exceeds the profile's buffer limit. */
  readonly weightBuffers: readonly number[]
  readonly states: readonly StateEntry[]
  readonly arenas: readonly ArenaEntry[]
  readonly kernels: readonly KernelEntry[]
  readonly programs: Programs
  readonly sampling: SamplingEntry | null
  readonly checkpoint: CheckpointEntry | null
  /** Device limits below which the package cannot run, by WebGPU name. */
  readonly limits: Readonly<Record<string, number>>
  /** Parameters, for reports. */
  readonly parameters: number
}

export interface IoEntry {
  readonly name: string
  readonly doc: string
  readonly dtype: 'f32' | 'u32'
  readonly batch: boolean
  readonly time: boolean
  /** Feature axes. */
  readonly shape: readonly number[]
  /** Inputs that index a table: ids must be below this. */
  readonly below?: number
  /** Outputs: where the value lies after `tail`/`step` (one row per sequence) and after `forward` (all rows); words per row. */
  readonly last?: Operand
  readonly all?: Operand
}

export interface WeightEntry {
  readonly path: string
  readonly shape: readonly number[]
  readonly init: InitEntry
  /** Computed by the compiler from the spec (rotary frequencies, say): `init` is its value, no checkpoint has it. */
  readonly constant?: true
  /** Its numbers are those of this format, the nearest (ties to even) when they are loaded; f32 if it is left out. */
  readonly format?: 'f16' | 'bf16'
  /** Two numbers to a word, the first in its low half; rows fill whole words. Without it every number has a word, and is an f32 there. */
  readonly packed?: true
  /** Row-major slabs along the first axis, in order; one unless the tensor exceeds a binding. Offsets count words. */
  readonly parts: readonly { readonly buffer: number; readonly offset: number; readonly first: number; readonly rows: number }[]
}

/** Seeded by path, never by order. `{ fn: 'uniform', args: [1, 16] }`; nested functions apply elementwise. */
export type InitEntry = number | readonly number[] | { readonly fn: string; readonly args: readonly InitEntry[] }

export type StateEntry =
  /** Updated in place by every token (recurrent state, the inputs a convolution still needs). Starts from zeros. */
  | { readonly kind: 'fold'; readonly path: string; readonly words: number }
  /**
   * Rows of past tokens (keys, values): position p of a sequence lies in slot `p % capacity`. `window` tokens are ever read back
   * (null: all, so the capacity must hold the whole sequence). Layout [batch][capacity][words].
   */
  | { readonly kind: 'cache'; readonly path: string; readonly words: number; readonly window: number | null }

export interface ArenaEntry {
  /** Words per row. */
  readonly words: number
  /** 'chunk': capacity is the rows of a prefill pass; 'batch': one row per sequence. */
  readonly rows: 'chunk' | 'batch'
  /** Needed by sessions, or only by `forward`, which wants every row's output. */
  readonly use: 'session' | 'forward'
}

export interface KernelEntry {
  /** Readable and unique: `chunk_delta_16x24`, also the file name under `kernels/`. */
  readonly name: string
  readonly family: string
  readonly access: readonly ('read' | 'read_write')[]
  readonly places: number
}

/** Where a value's words are: `offset * capacity rows of the arena + row * stride + column`, `words` of them. */
export interface Operand {
  readonly arena: number
  readonly offset: number
  readonly stride: number
  readonly column: number
  readonly words: number
}

export type BufferRef =
  | { readonly kind: 'arena'; readonly arena: number }
  | { readonly kind: 'weights'; readonly buffer: number; readonly offset: number; readonly words: number }
  | { readonly kind: 'state'; readonly state: number }
  | { readonly kind: 'input'; readonly name: string }

export type PlaceRef =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'arena'; readonly arena: number; readonly offset: number }
  /** Slots per sequence of a cache. */
  | { readonly kind: 'capacity'; readonly state: number }

/**
 * A workgroup count: a constant, `ceil(of * times / tile) + plus` of what this pass has, or `min(most, ceil(slots / tile)) + plus` of a
 * cache's slots per sequence. A command with a count of 0 is left out.
 */
export type GridTerm =
  | number
  | { readonly of: 'rows' | 'batch' | 'tokens'; readonly times: number; readonly tile: number; readonly plus?: number }
  | { readonly of: 'capacity'; readonly state: number; readonly tile: number; readonly most: number; readonly plus?: number }

export interface Command {
  readonly kernel: number
  readonly buffers: readonly BufferRef[]
  readonly places: readonly PlaceRef[]
  readonly grid: readonly [GridTerm, GridTerm, GridTerm]
  /** Path in the model, for profiles and reports. */
  readonly label: string
}

/**
 * prefill: `prefill` per pass (any tokens), then `take` (keeps what the last token of each sequence left; skips sequences with length 0);
 *          after the last pass `tail` gives the outputs of each sequence's last token.
 * step:    one token per sequence, to the outputs; a sequence of length 0 has none, and its fold states must stay as they are (a cache may
 *          be written at the sequence's own position: that slot is free).
 * forward: `prefill` then `forwardTail` per pass gives the outputs of all rows.
 */
export interface Programs {
  readonly prefill: readonly Command[]
  readonly take: readonly Command[]
  readonly tail: readonly Command[]
  readonly step: readonly Command[]
  readonly forwardTail: readonly Command[]
}

/** Present where the model maps `u32[B, T]` tokens to `f32[B, T, vocab]` logits. */
export interface SamplingEntry {
  readonly tokens: string
  readonly logits: string
  readonly vocab: number
}

export interface CheckpointEntry {
  readonly weights: readonly { readonly path: string; readonly from: TensorSourceEntry; readonly optional: boolean }[]
  readonly ignore: readonly string[]
  /** Of `keys`, the first that config.json has, has this value. */
  readonly expect: readonly { readonly keys: readonly string[]; readonly value: number | string | boolean | null }[]
}

/** See `permute {order}`, `reshape {shape}`, `slice {axis, start, end}`, `concat {axis}`, `stack {axis}`, `add {value}`, `scale {value}`, `neg`, `exp`, `log`. */
export type TensorSourceEntry =
  | { readonly kind: 'tensor'; readonly name: string; readonly shape: readonly number[] }
  | { readonly kind: 'fill'; readonly value: number; readonly shape: readonly number[] }
  | {
      readonly kind: 'apply'
      readonly op: string
      readonly attrs: Readonly<Record<string, unknown>>
      readonly inputs: readonly TensorSourceEntry[]
      readonly shape: readonly number[]
    }

export const MAX_BATCH = 128
