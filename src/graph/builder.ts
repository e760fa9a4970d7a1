import type { Attention, Attributes, Graph, Node, NodeId, Recurrence, ValueType } from './graph.ts'
import { graphRange } from './graph-range.ts'
import { opNamed } from './ops/index.ts'
import { anything, type Range } from './range.ts'

/** Where a node comes from; see `Node`. */
export interface Origin {
  readonly path: string
  readonly source: string
}

const compiler: Origin = { path: '', source: '' }

/** Collects a graph. Every application is a node of its own; the ops' shape rules give the types and refuse what does not fit. */
export class GraphBuilder {
  readonly #nodes: Node[] = []
  readonly #ranges: Range[] = []
  readonly #recurrences: Recurrence[] = []
  readonly #attentions: Attention[] = []

  /** @throws ShapeError if the inputs or attributes do not fit the op */
  add(op: string, inputs: readonly NodeId[], attrs: Attributes = {}, origin: Origin = compiler): NodeId {
    const id = this.#nodes.length
    const bodies = { recurrences: this.#recurrences, attentions: this.#attentions }
    const type = opNamed(op).infer(
      inputs.map((input) => this.type(input)),
      attrs,
      bodies,
    )
    const node: Node = { id, op, inputs: [...inputs], attrs, type, path: origin.path, source: origin.source }
    this.#nodes.push(node)
    this.#ranges.push(graphRange(node, this.#nodes, this.#ranges))
    return id
  }

  input(name: string, { dtype, batch, time, shape }: ValueType, origin?: Origin): NodeId {
    return this.add('input', [], { name, dtype, batch, time, shape }, origin)
  }

  weight(path: string, shape: readonly number[], origin?: Origin): NodeId {
    return this.add('weight', [], { path, shape }, origin)
  }

  constant(value: number | boolean, origin?: Origin): NodeId {
    return this.add('constant', [], { value }, origin)
  }

  pointwise(fn: string, inputs: readonly NodeId[], origin?: Origin): NodeId {
    return this.add('pointwise', inputs, { fn }, origin)
  }

  /** The state of a `recurrence` node after the last token. */
  finalState(recurrence: NodeId, name: string, origin?: Origin): NodeId {
    const body = this.#nodes[recurrence]?.attrs['body'] ?? null
    return this.add('final_state', [recurrence], { name, body }, origin)
  }

  type(id: NodeId): ValueType {
    const node = this.#nodes[id]
    if (!node) throw new RangeError(`no node ${id} among ${this.#nodes.length}`)
    return node.type
  }

  node(id: NodeId): Node {
    const node = this.#nodes[id]
    if (!node) throw new RangeError(`no node ${id} among ${this.#nodes.length}`)
    return node
  }

  /** Bounds that are proven of every element of a value, for parameters that are declared with bounds. */
  range(id: NodeId): Range {
    return this.#ranges[id] ?? anything
  }

  /** Gives the index for `attrs.body` of a `recurrence` node. */
  addRecurrence(body: Recurrence): number {
    return this.#recurrences.push(body) - 1
  }

  /** Gives the index for `attrs.body` of an `attention` node. */
  addAttention(body: Attention): number {
    return this.#attentions.push(body) - 1
  }

  finish(outputs: Graph['outputs']): Graph {
    for (const { node } of outputs) this.type(node)
    return { nodes: [...this.#nodes], outputs, recurrences: [...this.#recurrences], attentions: [...this.#attentions] }
  }
}
