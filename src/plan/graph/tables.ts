import type { Graph, NodeId } from '../../graph/graph.ts'

/** The weight whose words a table is: rows of several axes are a table of flat ones. */
export function tablePath(graph: Graph, id: NodeId): string {
  const node = graph.nodes[id]
  if (node?.op === 'reshape') return tablePath(graph, node.inputs[0] as NodeId)
  if (node?.op !== 'weight') throw new Error(`a table is a ${node?.op}, expected a weight`)
  return node.attrs['path'] as string
}
