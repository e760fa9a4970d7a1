import type { Graph, Node, NodeId, Tensor } from '../../graph/graph.ts'
import type { EvaluateContext } from '../../graph/op.ts'
import { ops } from '../../graph/ops/index.ts'

/** The numbers of a weight that is computed from the spec. */
export interface Constant {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/** Evaluates, in f64, what depends on nothing but the spec. What has axes becomes a weight of the name `constants.<n>`. */
export function foldConstants(graph: Graph): { graph: Graph; constants: ReadonlyMap<string, Constant> } {
  const values = new Map<NodeId, Tensor>()
  const constants = new Map<string, Constant>()
  const nodes: Node[] = []
  const context = { graph, extent: { batch: 1, time: 1, lengths: [1] }, start: [0] } as unknown as EvaluateContext
  const names = new Map<string, string>()
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((id) => values.get(id))
    const known =
      !node.type.batch && !node.type.time && node.op !== 'weight' && node.op !== 'input' && inputs.every((value) => value !== undefined)
    if (!known) {
      nodes.push(node)
      continue
    }
    const value = ops[node.op]?.evaluate(context, node, inputs as Tensor[])
    if (!value) throw new Error(`unknown op ${node.op}`)
    values.set(node.id, value)
    if (node.op === 'constant' || node.op === 'iota' || node.type.dtype !== 'f32' || value.data.some((x) => !Number.isFinite(x)))
      nodes.push(node)
    else if (node.type.shape.length === 0) nodes.push({ ...node, op: 'constant', inputs: [], attrs: { value: value.data[0] ?? 0 } })
    else {
      const data = [...value.data]
      const key = JSON.stringify([data, node.type.shape])
      const path = names.get(key) ?? `constants.${names.size}`
      names.set(key, path)
      constants.set(path, { shape: node.type.shape, data })
      nodes.push({ ...node, op: 'weight', inputs: [], attrs: { path, shape: [...node.type.shape] } })
    }
  }
  return { graph: { ...graph, nodes }, constants }
}
