import type { GraphBuilder, Origin } from '../graph/builder.ts'
import type { Attributes, Node, NodeId } from '../graph/graph.ts'
import { product } from '../util/numbers.ts'
import type { Elaboration } from './elaboration.ts'
import type { Bank } from './frame.ts'
import type { TensorValue } from './value.ts'

/** The op of a node for which several experts at once have no meaning, for a diagnostic. */
export interface NotTokenwise {
  readonly op: string
}

/**
 * The nodes of one expert as those of the chosen ones: every value that depends on an expert's weights or on its input gets the choices as
 * its first feature axis, of size 1 where it is the same for all. Linears become banks, other weights rows that are looked up.
 */
export class Lift {
  readonly #builder: GraphBuilder
  readonly #bank: Bank
  readonly #first: NodeId
  readonly #at: NodeId
  readonly #count: number
  readonly #lifted = new Map<NodeId, NodeId | undefined>()
  /** Why there is no lifted graph. */
  refused: NotTokenwise | undefined

  /** @param root the expert's input, a node of its own, from which on nodes belong to the expert */
  constructor(e: Elaboration, bank: Bank, root: NodeId, at: TensorValue) {
    this.#builder = e.builder
    this.#bank = bank
    this.#first = root
    this.#at = at.node
    this.#count = at.type.shape[0] ?? 1
    const node = e.builder.node(root)
    this.#lifted.set(root, this.#reshape(root, [1, ...node.type.shape], node))
  }

  /** `[.., choices or 1, ..shape]`; undefined where something in it cannot be lifted. */
  result(id: NodeId): NodeId | undefined {
    const node = this.#builder.node(id)
    const lifted = this.#lift(id) ?? this.#reshape(id, [1, ...node.type.shape], node)
    return this.refused === undefined ? lifted : undefined
  }

  /** The node of all choices; undefined for a value that no choice changes. */
  #lift(id: NodeId): NodeId | undefined {
    if (id < this.#first) return undefined
    if (this.#lifted.has(id)) return this.#lifted.get(id)
    const node = this.#builder.node(id)
    const all = this.#bank.weights.get(id)
    const lifted = all === undefined ? this.#liftNode(node) : this.#rows(all, node)
    this.#lifted.set(id, lifted)
    return lifted
  }

  #liftNode(node: Node): NodeId | undefined {
    if (node.op === 'linear' && this.#bank.weights.has(node.inputs[1] as NodeId)) return this.#linear(node)
    const inputs = node.inputs.map((input) => this.#lift(input))
    if (inputs.every((input) => input === undefined)) return undefined
    const [x] = inputs
    switch (node.op) {
      case 'pointwise':
      case 'rotate':
        return this.#add(node, this.#aligned(node, node.type.shape.length, inputs))
      case 'norm':
      case 'softmax':
      case 'reduce':
      case 'top_k':
      case 'dropout':
        return this.#add(node, inputs as NodeId[])
      case 'slice':
        return this.#add(node, inputs as NodeId[], { ...node.attrs, axis: Number(node.attrs['axis']) + 1 })
      case 'concat':
        return this.#add(
          node,
          inputs.map((input, i) => this.#expanded(input, node.inputs[i] as NodeId, node)),
          { ...node.attrs, axis: Number(node.attrs['axis']) + 1 },
        )
      case 'reshape':
        return this.#reshape(x as NodeId, [this.#leading(x as NodeId), ...node.type.shape], node)
      case 'permute':
        return this.#add(node, inputs as NodeId[], { order: [0, ...(node.attrs['order'] as readonly number[]).map((axis) => axis + 1)] })
      case 'gather':
        return this.#add(
          node,
          inputs.map((input, i) => this.#expanded(input, node.inputs[i] as NodeId, node)),
        )
      case 'linear':
        if (inputs.slice(1).every((input) => input === undefined)) return this.#add(node, [x as NodeId, ...node.inputs.slice(1)])
    }
    this.refused ??= { op: node.op }
    return undefined
  }

  #linear(node: Node): NodeId | undefined {
    const [x, weight, bias] = node.inputs as [NodeId, NodeId, NodeId | undefined]
    const input = this.#builder.type(x)
    const vectors = this.#lift(x) ?? this.#reshape(x, [1, ...input.shape], node)
    const all = this.#bank.weights.get(weight) as NodeId
    const product = this.#builder.add('linear_bank', [vectors, all, this.#at], node.attrs, originOf(node))
    if (bias === undefined) return product
    const out = node.type.shape.slice(input.shape.length - 1)
    const shifts = this.#lift(bias)
    if (shifts === undefined) return this.#builder.pointwise('add', [product, this.#reshape(bias, out, node)], originOf(node))
    const ones = input.shape.slice(1).map(() => 1)
    return this.#builder.pointwise('add', [product, this.#reshape(shifts, [this.#count, ...ones, ...out], node)], originOf(node))
  }

  /** The chosen experts' rows of a weight that is no matrix of a linear. */
  #rows(all: NodeId, node: Node): NodeId {
    const words = product(node.type.shape)
    const table = this.#reshape(all, [this.#bank.count, words], node)
    const rows = this.#builder.add('embedding', [table, this.#at], {}, originOf(node))
    return this.#reshape(rows, [this.#count, ...node.type.shape], node)
  }

  /** Operands with axes of size 1 behind that of the choices, so that their own axes align from the right. */
  #aligned(node: Node, rank: number, inputs: readonly (NodeId | undefined)[]): NodeId[] {
    return inputs.map((input, i) => {
      if (input === undefined) return node.inputs[i] as NodeId
      const [choices = 1, ...own] = this.#builder.type(input).shape
      return this.#reshape(input, [choices, ...Array.from({ length: rank - own.length }, () => 1), ...own], node)
    })
  }

  /** With the axis of the choices in full. */
  #expanded(input: NodeId | undefined, id: NodeId, node: Node): NodeId {
    const lifted = input ?? this.#reshape(id, [1, ...this.#builder.type(id).shape], node)
    const { dtype, shape } = this.#builder.type(lifted)
    if (shape[0] === this.#count) return lifted
    if (dtype !== 'f32') {
      this.refused ??= { op: node.op }
      return lifted
    }
    const iota = this.#builder.add('iota', [], { count: this.#count }, originOf(node))
    const zeros = this.#builder.pointwise('mul', [iota, this.#builder.constant(0)], originOf(node))
    return this.#builder.pointwise(
      'add',
      [lifted, this.#reshape(zeros, [this.#count, ...shape.slice(1).map(() => 1)], node)],
      originOf(node),
    )
  }

  #leading(id: NodeId): number {
    return this.#builder.type(id).shape[0] ?? 1
  }

  #add({ op, attrs, ...node }: Node, inputs: readonly NodeId[], changed: Attributes = attrs): NodeId {
    return this.#builder.add(op, inputs, changed, originOf(node))
  }

  #reshape(id: NodeId, shape: readonly number[], node: Node): NodeId {
    const own = this.#builder.type(id).shape
    if (own.length === shape.length && own.every((size, axis) => size === shape[axis])) return id
    return this.#builder.add('reshape', [id], { shape }, originOf(node))
  }
}

const originOf = ({ path, source }: Pick<Node, 'path' | 'source'>): Origin => ({ path, source })

/** The sum over the choices of `values[choices or 1, ..own] * by[choices]`: terms that are added, not a reduction, since they are few. */
export function weightedSum(e: Elaboration, values: NodeId, by: NodeId, origin: Origin): NodeId {
  const { builder } = e
  const [places = 1, ...own] = builder.type(values).shape
  const count = builder.type(by).shape[0] ?? 1
  const ones = own.map(() => 1)
  const factors = builder.add('reshape', [by], { shape: [count, ...ones] }, origin)
  const all = builder.pointwise('mul', [values, factors], origin)
  const term = (slot: number): NodeId =>
    builder.add('reshape', [builder.add('slice', [all], { axis: 0, start: slot, end: slot + 1 }, origin)], { shape: own }, origin)
  let total = term(0)
  for (let slot = 1; slot < Math.max(count, places); slot++) total = builder.pointwise('add', [total, term(slot)], origin)
  return total
}
