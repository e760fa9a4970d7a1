/**
 * The op graph: what a model computes, as readonly plain data. Sizes are numbers here; the run-time axes `B` (sequences) and
 * `T` (tokens) are roles of a value, not entries of its shape.
 */

export type DType = 'f32' | 'u32' | 'bool'

/** A value of shape `[B?][T?] ++ shape`. `shape` lists the feature axes; an empty one is a scalar per token. */
export interface ValueType {
  readonly dtype: DType
  readonly batch: boolean
  readonly time: boolean
  readonly shape: readonly number[]
}

export type Attribute = number | string | boolean | null | readonly Attribute[] | { readonly [key: string]: Attribute }
export type Attributes = Readonly<Record<string, Attribute>>

export type NodeId = number

/** One application of an op. `id` is its index in `Graph.nodes`; inputs have smaller ids. */
export interface Node {
  readonly id: NodeId
  /** A key of the op table (`graph/ops/index.ts`). */
  readonly op: string
  readonly inputs: readonly NodeId[]
  readonly attrs: Attributes
  readonly type: ValueType
  /** Path of the layer instance that made it (`layers.3.mix`), '' at the model's own level. */
  readonly path: string
  /** Where in the spec it was written, `file:line:column`; '' if the compiler made it. */
  readonly source: string
}

export interface Graph {
  readonly nodes: readonly Node[]
  readonly outputs: readonly { readonly name: string; readonly node: NodeId }[]
  readonly recurrences: readonly Recurrence[]
  readonly attentions: readonly Attention[]
}

/** A parameter of a body: what one head sees of an argument. */
export interface BodyParam {
  readonly name: string
  readonly shape: readonly number[]
  /** Declared and proven bounds of its elements; null is unbounded on that side. */
  readonly min: number | null
  readonly max: number | null
  /** Attention only: indexed by the query position `i`, the key position `j`, or by neither. */
  readonly side: 'i' | 'j' | null
}

/**
 * A node of a recurrence or attention body: one token (or one pair i, j) and one head, so no roles. `inputs` are ids in the same body.
 * Ops: `param {index}`, `state {index}` (the state before this token), `constant {value}`, every `pointwise {fn}`, `dot`, `outer` (u wᵀ),
 * `read` (Sᵀ u: matrix, vector of its rows), `scale_rows` (diag(a) S: vector, matrix), `scale_cols` (S diag(a): matrix, vector), `matvec` (M u),
 * `index {at}` (first axis), `reduce {fn}`, `softmax`, `unit {eps}`, `slice`, `concat`, `reshape`; attention also `position_i`, `position_j`.
 */
export interface BodyNode {
  readonly id: number
  readonly op: string
  readonly inputs: readonly number[]
  readonly attrs: Attributes
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** The equations of one token and one head; loops are unrolled, every assignment to a state is a new node. */
export interface Recurrence {
  readonly name: string
  /** Spec text position of the definition. */
  readonly source: string
  readonly params: readonly BodyParam[]
  readonly nodes: readonly BodyNode[]
  readonly states: readonly {
    readonly name: string
    readonly shape: readonly number[]
    /** Body node (without params of the token) that gives the starting value; null starts from 0. */
    readonly init: number | null
    /** Body node that is the state after this token. */
    readonly next: number
  }[]
  readonly out: number
}

/** `out weighting(score, sink) of value` over the pairs (i, j) where `mask` holds; a row that sees nothing gives 0. */
export interface Attention {
  readonly name: string
  readonly source: string
  readonly params: readonly BodyParam[]
  readonly nodes: readonly BodyNode[]
  /** null: every j is seen (bidirectional). */
  readonly mask: number | null
  readonly score: number
  readonly weighting: 'softmax' | 'sigmoid'
  readonly sink: number | null
  /** A body node of side j: a vector. */
  readonly value: number
}

/** The f64 tensor of the reference; `shape` is the full one, role axes first. */
export interface Tensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: Float64Array
}
