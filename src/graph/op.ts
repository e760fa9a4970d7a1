import type { Attributes, Graph, Node, Tensor, ValueType } from './graph.ts'

/** A shape rule's refusal. The checker turns it into a diagnostic with the user's names. */
export class ShapeError extends Error {
  /** Which input is wrong (its index), or null if an attribute is. */
  readonly input: number | null
  readonly found: string
  readonly expected: string
  constructor(input: number | null, found: string, expected: string) {
    super(`found ${found}, expected ${expected}`)
    this.name = 'ShapeError'
    this.input = input
    this.found = found
    this.expected = expected
  }
}

/** The extent of the run-time axes for one evaluation. `lengths[b] <= T`: tokens after it are padding and read as nothing. */
export interface Extent {
  readonly batch: number
  readonly time: number
  readonly lengths: readonly number[]
}

export interface EvaluateContext {
  readonly graph: Graph
  readonly extent: Extent
  /** Position of the first token of each sequence (0 but in a continued run). */
  readonly start: readonly number[]
  /** Named inputs and weights by path. */
  input(name: string): Tensor
  weight(path: string): Tensor
  /** The state a stateful node starts from (absent: its beginning) and the place for the one it ends in. */
  readState(node: number, name: string): Tensor | undefined
  writeState(node: number, name: string, value: Tensor): void
  /** The state that the node has written in this evaluation. */
  finalState(node: number, name: string): Tensor
}

/** One file of `graph/ops/` each: shape rule, meaning, cost (and later the gradient rule). */
export interface Op {
  readonly name: string
  /** It reads earlier tokens and so keeps a state between runs (a shift only if it looks back). */
  readonly stateful?: true
  /** Throws ShapeError. `graph` gives bodies by index. */
  infer(inputs: readonly ValueType[], attrs: Attributes, graph: Pick<Graph, 'recurrences' | 'attentions'>): ValueType
  /** The op in f64 on whole tensors (all tokens of all sequences), recurrences token by token. */
  evaluate(context: EvaluateContext, node: Node, inputs: readonly Tensor[]): Tensor
  /** Floating-point operations per token (a multiply-add counts 2), T-dependent ones at context length `context`. */
  flops(node: Node, inputs: readonly ValueType[], graph: Graph, context: number): number
}
