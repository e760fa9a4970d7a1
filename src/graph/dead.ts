import type { Graph, NodeId } from './graph.ts'

/** The graph without the nodes that no output depends on, renumbered. Bodies keep their indices. */
export function removeDead(graph: Graph): Graph {
  const live = new Set(graph.outputs.map((output) => output.node))
  for (let id = graph.nodes.length - 1; id >= 0; id--) if (live.has(id)) for (const input of graph.nodes[id]?.inputs ?? []) live.add(input)
  const moved = new Map<NodeId, NodeId>()
  const newId = (id: NodeId): NodeId => moved.get(id) ?? -1
  const nodes = graph.nodes
    .filter((node) => live.has(node.id))
    .map((node, id) => {
      moved.set(node.id, id)
      return { ...node, id, inputs: node.inputs.map(newId) }
    })
  return { ...graph, nodes, outputs: graph.outputs.map(({ name, node }) => ({ name, node: newId(node) })) }
}
