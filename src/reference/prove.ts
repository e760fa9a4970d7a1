import type { Graph, Node, NodeId, Tensor } from '../graph/graph.ts'
import { execute, type Ops } from './execute.ts'

/** What a proof asks of the reference; see `runtime/proofs.ts`. */
export interface NodesRequest {
  readonly batch: number
  readonly tokens: number
  readonly lengths: readonly number[]
  /** `[batch, tokens, words]` by node. */
  readonly given: ReadonlyMap<NodeId, Float64Array>
  readonly inputs: ReadonlyMap<string, Float64Array>
  readonly targets: readonly NodeId[]
  weight(path: string): Float64Array
}

/** The targets' values in f64, where `given` stands for the values of some nodes. States start from zeros. */
export function evaluateNodes(ops: Ops, graph: Graph, request: NodesRequest): Map<NodeId, Float64Array> {
  const { batch, tokens, lengths, given, targets } = request
  const nodes: Node[] = []
  const moved = new Map<NodeId, NodeId>()
  const inputs: Record<string, Tensor> = {}
  const visit = (id: NodeId): NodeId => {
    const known = moved.get(id)
    if (known !== undefined) return known
    const node = graph.nodes[id]
    if (!node) throw new Error(`no node ${id}`)
    const { dtype, batch: perSequence, time, shape } = node.type
    const full = [...(perSequence ? [batch] : []), ...(time ? [tokens] : []), ...shape]
    const data = given.get(id) ?? (node.op === 'input' ? request.inputs.get(String(node.attrs['name'])) : undefined)
    const name = node.op === 'input' ? String(node.attrs['name']) : `given ${id}`
    const replacement: Omit<Node, 'id'> = data
      ? { ...node, op: 'input', inputs: [], attrs: { name, dtype, batch: perSequence, time, shape } }
      : { ...node, inputs: node.inputs.map(visit) }
    if (data) inputs[name] = { dtype, shape: full, data }
    nodes.push({ ...replacement, id: nodes.length })
    moved.set(id, nodes.length - 1)
    return nodes.length - 1
  }
  const outputs = targets.map((target) => ({ name: String(target), node: visit(target) }))
  const shapes = new Map(graph.nodes.filter((n) => n.op === 'weight').map((n) => [n.attrs['path'] as string, n.type.shape]))
  const result = execute(
    ops,
    { ...graph, nodes, outputs },
    {
      inputs,
      weights: (path) => ({ dtype: 'f32', shape: shapes.get(path) ?? [], data: request.weight(path) }),
      extent: { batch, time: tokens, lengths },
    },
  )
  return new Map(targets.map((target) => [target, result.outputs[String(target)]?.data ?? new Float64Array()]))
}
