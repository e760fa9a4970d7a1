import type { Graph, Node, NodeId } from '../../graph/graph.ts'
import { product } from '../expression/index.ts'

/** Pointwise work that is done on a kernel's result before it is stored: `last` takes the anchor's place in memory. */
export interface Chain {
  readonly links: readonly { readonly node: NodeId; readonly from: NodeId }[]
  readonly last: NodeId
}

/** What a kernel may do to its own output element by element, if its other operands exist by then. */
export function findChain(
  graph: Graph,
  uses: ReadonlyMap<NodeId, readonly NodeId[]>,
  outputs: ReadonlySet<NodeId>,
  anchor: Node,
  free: (link: NodeId) => boolean,
  allowed: (operand: NodeId) => boolean,
): Chain | undefined {
  const links: { node: NodeId; from: NodeId }[] = []
  let current = anchor
  let last = anchor.id
  const words = product(anchor.type.shape)
  for (;;) {
    const [next, ...others] = uses.get(current.id) ?? []
    if (next === undefined || others.length > 0 || outputs.has(current.id)) break
    const node = graph.nodes[next] as Node
    const samePlace = node.type.time === anchor.type.time && node.type.batch === anchor.type.batch && product(node.type.shape) === words
    if (node.op === 'reshape' && samePlace) {
      current = node
      continue
    }
    const elementwise =
      node.op === 'pointwise' && node.type.dtype === 'f32' && samePlace && node.type.shape.length === current.type.shape.length
    if (!elementwise || !free(node.id) || !node.inputs.every((input) => input === current.id || allowed(input))) break
    links.push({ node: node.id, from: current.id })
    current = node
    last = node.id
  }
  return links.length === 0 ? undefined : { links, last }
}
