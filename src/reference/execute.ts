import type { Graph, Node, Tensor } from '../graph/graph.ts'
import type { EvaluateContext, Extent, Op } from '../graph/op.ts'
import { forRows, fullShape } from '../graph/tensor.ts'
import { product, sameNumbers } from '../util/numbers.ts'

/** Ops by their names. */
export type Ops = Readonly<Record<string, Op>>

/** States by `stateKey`. */
export type States = Readonly<Record<string, Tensor>>

export interface EvaluateOptions {
  readonly inputs: Readonly<Record<string, Tensor>>
  /** A weight by its path. */
  weights(path: string): Tensor
  readonly extent: Extent
  /** Position of each sequence's first token; 0 if left out. */
  readonly start?: readonly number[]
  /** Where an earlier run left off; needed if a sequence does not start at 0. */
  readonly states?: States
  /** Also give the value of every node. */
  readonly keepValues?: boolean
}

export interface Evaluation {
  readonly outputs: Readonly<Record<string, Tensor>>
  /** By node id; empty unless they were asked for. */
  readonly values: readonly Tensor[]
  readonly states: States
}

/** The name of a node's state in `States`. */
export const stateKey = (node: number, name: string): string => `${node}.${name}`

/**
 * Executes a graph in f64, recurrences token by token and attention over all pairs: the meaning of a spec, which kernels are judged
 * against. Padding (tokens after `extent.lengths`) is never read and gives 0.
 *
 * `ops` are those of the graph by their names: a package has no others.
 *
 * @throws Error if an input, a weight or a state is missing or has another shape than the graph says
 */
export function execute(ops: Ops, graph: Graph, options: EvaluateOptions): Evaluation {
  const run = new Run(ops, graph, options)
  const lastUse = options.keepValues ? [] : lastUses(graph)
  const values: (Tensor | undefined)[] = []
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((id) => values[id] as Tensor)
    values[node.id] = run.clean(node, opOf(ops, node).evaluate(run, node, inputs))
    for (const input of node.inputs) if (lastUse[input] === node.id) values[input] = undefined
  }
  const outputs: Record<string, Tensor> = {}
  for (const { name, node } of graph.outputs) outputs[name] = values[node] as Tensor
  return { outputs, values: options.keepValues ? (values as Tensor[]) : [], states: run.written }
}

function opOf(ops: Ops, node: Node): Op {
  const op = ops[node.op]
  if (!op) throw new Error(`unknown op ${node.op}`)
  return op
}

/** For every node the last one that reads it; outputs are read at the end. */
function lastUses(graph: Graph): number[] {
  const last: number[] = []
  for (const node of graph.nodes) for (const input of node.inputs) last[input] = node.id
  for (const { node } of graph.outputs) last[node] = -1
  return last
}

class Run implements EvaluateContext {
  readonly graph: Graph
  readonly extent: Extent
  readonly start: readonly number[]
  readonly written: Record<string, Tensor> = {}
  readonly #options: EvaluateOptions
  readonly #padded: boolean

  constructor(ops: Ops, graph: Graph, options: EvaluateOptions) {
    const { batch, time, lengths } = options.extent
    const start = options.start ?? lengths.map(() => 0)
    if (lengths.length !== batch || start.length !== batch) {
      throw new Error(`${lengths.length} lengths and ${start.length} starts, expected one per sequence of ${batch}`)
    }
    const wrong = lengths.findIndex((length) => !(Number.isInteger(length) && length >= 0 && length <= time))
    if (wrong >= 0) throw new Error(`sequence ${wrong} has ${lengths[wrong]} tokens, expected a whole number up to ${time}`)
    this.graph = graph
    this.extent = options.extent
    this.start = start
    this.#options = options
    this.#padded = lengths.some((length) => length < time)
    const continued = start.some((position) => position > 0)
    if (continued && !options.states && graph.nodes.some((node) => opOf(ops, node).stateful)) {
      throw new Error(`sequences start at ${start.join(', ')}, expected the states of the run that went before`)
    }
  }

  input(name: string): Tensor {
    const tensor = Object.hasOwn(this.#options.inputs, name) ? this.#options.inputs[name] : undefined
    if (!tensor) throw new Error(`no input ${name}, only ${Object.keys(this.#options.inputs).join(', ') || 'none'}`)
    return tensor
  }

  weight(path: string): Tensor {
    return this.#options.weights(path)
  }

  readState(node: number, name: string): Tensor | undefined {
    const states = this.#options.states
    if (!states) return undefined
    const state = states[stateKey(node, name)]
    if (!state) throw new Error(`no state ${name} of node ${node}, only ${Object.keys(states).join(', ') || 'none'}`)
    return state
  }

  writeState(node: number, name: string, value: Tensor): void {
    this.written[stateKey(node, name)] = value
  }

  finalState(node: number, name: string): Tensor {
    const state = this.written[stateKey(node, name)]
    if (!state) throw new Error(`node ${node} has written no state ${name}`)
    return state
  }

  /** The value with zeros at padding, whatever an op or the caller left there. */
  clean(node: Node, value: Tensor): Tensor {
    const { type } = node
    const shape = fullShape(type, this.extent)
    if (!sameNumbers(value.shape, shape) || value.dtype !== type.dtype || value.data.length !== product(shape)) {
      const name = String(node.attrs['name'] ?? node.attrs['path'] ?? `node ${node.id}`)
      throw new Error(
        `${node.op} ${name} is ${value.dtype}[${value.shape.join(', ')}] of ${value.data.length} elements, expected ${type.dtype}[${shape.join(', ')}]`,
      )
    }
    if (!this.#padded || !type.batch || !type.time) return value
    const data = value.data.slice()
    const words = product(type.shape)
    forRows(type, this.extent, (b, t, row) => {
      if (t >= (this.extent.lengths[b] ?? 0)) data.fill(0, row * words, (row + 1) * words)
    })
    return { ...value, data }
  }
}
