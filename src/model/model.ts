import type { Attributes, Graph, ValueType } from '../graph/graph.ts'

/** A checked model: declarations, the tree of layer instances, and the op graph of its equations. Readonly plain data. */
export interface Model {
  readonly name: string
  readonly doc: string
  /** Spec file as named by the user. */
  readonly source: string
  readonly sizes: readonly { readonly name: string; readonly value: number }[]
  readonly inputs: readonly { readonly name: string; readonly doc: string; readonly type: ValueType }[]
  readonly outputs: readonly { readonly name: string; readonly doc: string; readonly type: ValueType }[]
  readonly weights: readonly Weight[]
  readonly instances: readonly Instance[]
  readonly graph: Graph
  readonly checkpoint: Checkpoint | null
  /** Storage by first matching pattern over weight paths and the keys `weights`, `state`, `activations`. */
  readonly precision: readonly { readonly pattern: string; readonly dtype: 'f32' | 'f16' | 'bf16' }[]
  /**
   * Causal: can be prefilled and stepped. 'prefix': the first `upto` tokens (a number, or the u32[B] input of that name) see each other, so
   * the first prefill must hold them. 'whole': forward only. Both with the op that makes it so.
   */
  readonly horizon:
    | { readonly kind: 'causal' }
    | { readonly kind: 'prefix'; readonly upto: number | string; readonly because: string; readonly source: string }
    | { readonly kind: 'whole'; readonly because: string; readonly source: string }
}

/** A trainable tensor at its one path, e.g. `layers.3.mix.q_proj.weight`. */
export interface Weight {
  readonly path: string
  readonly shape: readonly number[]
  readonly init: Init
  readonly source: string
}

/** A starting value: `{ fn: 'uniform', args: [1, 16] }`, nested for `log(uniform(1, 16))`; a number or list is itself. */
export type Init = number | readonly number[] | { readonly fn: string; readonly args: readonly Init[] }

/** One application of a layer definition (or of a built-in that owns weights), for `gdnc show`. */
export interface Instance {
  readonly path: string
  readonly parent: string
  /** Name of the definition (`gated_deltanet`, `linear`, a user's own). */
  readonly definition: string
  readonly source: string
  readonly in: readonly ValueType[]
  readonly out: ValueType
}

/** How our weights are made of a file's tensors. Every shape is checked and concrete. */
export interface Checkpoint {
  readonly format: 'safetensors'
  readonly weights: readonly { readonly path: string; readonly from: TensorSource; readonly optional: boolean }[]
  /** Patterns (`*` matches anything) of file tensors that are not read. */
  readonly ignore: readonly string[]
  /** Values that config.json must hold. */
  /** Of `keys`, the first that config.json has, has this value. */
  readonly expect: readonly { readonly keys: readonly string[]; readonly value: number | string | boolean | null }[]
}

/**
 * A tensor of the file, or a transform of such. Ops and attrs: `permute {order}`, `reshape {shape}`, `slice {axis, start, end}`,
 * `concat {axis}`, `stack {axis}`, `add {value}`, `scale {value}`, `neg`, `exp`, `log`; f32 arithmetic.
 */
export type TensorSource =
  | { readonly kind: 'tensor'; readonly name: string; readonly shape: readonly number[] }
  | { readonly kind: 'fill'; readonly value: number; readonly shape: readonly number[] }
  | {
      readonly kind: 'apply'
      readonly op: string
      readonly attrs: Attributes
      readonly inputs: readonly TensorSource[]
      readonly shape: readonly number[]
    }
