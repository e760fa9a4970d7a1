import { type BodyScope, type BodyType, inferBody } from './body.ts'
import { bodyNodeRange } from './body-range.ts'
import type { Attention, Attributes, BodyNode, BodyParam, DType, Recurrence } from './graph.ts'
import { anything, type Range } from './range.ts'

export interface NewParam {
  readonly name: string
  readonly shape: readonly number[]
  /** `u32` for per-sequence whole numbers; f32 if left out. */
  readonly dtype?: DType
  readonly min?: number | null
  readonly max?: number | null
  readonly side?: 'i' | 'j' | null
}

type State = { readonly name: string; readonly shape: readonly number[]; init: number | null; next: number }

/**
 * Collects the nodes of one recurrence or attention body. Every method gives the id of a node; whatever does not fit throws a ShapeError.
 */
export class BodyBuilder {
  readonly #name: string
  readonly #source: string
  readonly #params: BodyParam[] = []
  readonly #states: State[] = []
  readonly #nodes: BodyNode[] = []
  readonly #ranges: Range[] = []
  readonly #scope: BodyScope

  constructor(kind: 'recurrence' | 'attention', name: string, source = '') {
    this.#name = name
    this.#source = source
    this.#scope = { kind, params: this.#params, states: this.#states }
  }

  add(op: string, inputs: readonly number[] = [], attrs: Attributes = {}, dtype: DType = 'f32'): number {
    const id = this.#nodes.length
    const type = inferBody(
      op,
      inputs.map((input) => this.type(input)),
      attrs,
      this.#scope,
      dtype,
    )
    const node: BodyNode = { id, op, inputs, attrs, dtype: type.dtype, shape: type.shape }
    this.#nodes.push(node)
    this.#ranges.push(bodyNodeRange(node, this.#nodes, this.#ranges, this.#params))
    return id
  }

  /** Declares a parameter and gives its node. */
  param({ name, shape, dtype = 'f32', min = null, max = null, side = null }: NewParam): number {
    this.#params.push({ name, shape, min, max, side })
    return this.add('param', [], { index: this.#params.length - 1 }, dtype)
  }

  /** Declares a state and gives the node of its value before the token; `init`: a node of its starting value. */
  state(name: string, shape: readonly number[], init: number | null = null): number {
    this.#states.push({ name, shape, init, next: -1 })
    const id = this.add('state', [], { index: this.#states.length - 1 })
    ;(this.#states.at(-1) as State).next = id
    return id
  }

  /** Says which node is the state after the token; one that is never assigned stays as it is. */
  assign(name: string, next: number): void {
    const state = this.#states.find((one) => one.name === name)
    if (!state) throw new Error(`no state ${name} in ${this.#name}`)
    state.next = next
  }

  constant(value: number | boolean, dtype: DType = typeof value === 'boolean' ? 'bool' : 'f32'): number {
    return this.add('constant', [], { value }, dtype)
  }

  pointwise(fn: string, ...inputs: readonly number[]): number {
    return this.add('pointwise', inputs, { fn })
  }

  type(id: number): BodyType {
    const node = this.#nodes[id]
    if (!node) throw new Error(`no node ${id} in ${this.#name}`)
    return node
  }

  /** Bounds of a node's elements that follow from the parameters' bounds. */
  range(id: number): Range {
    return this.#ranges[id] ?? anything
  }

  get nodes(): readonly BodyNode[] {
    return this.#nodes
  }

  recurrence(out: number): Recurrence {
    return {
      name: this.#name,
      source: this.#source,
      params: [...this.#params],
      nodes: [...this.#nodes],
      states: this.#states.map((state) => ({ ...state })),
      out,
    }
  }

  attention(parts: Pick<Attention, 'mask' | 'score' | 'weighting' | 'sink' | 'value'>): Attention {
    return { name: this.#name, source: this.#source, params: [...this.#params], nodes: [...this.#nodes], ...parts }
  }
}
