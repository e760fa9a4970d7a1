import { product } from '../util/numbers.ts'
import { bodyCone } from './body.ts'
import type { BodyNode } from './graph.ts'

/** Floating-point operations of the nodes that `roots` need, once; a multiply-add counts 2, a pointwise function 1, what is constant 0. */
export const bodyFlops = (nodes: readonly BodyNode[], roots: readonly number[]): number =>
  bodyCone(nodes, roots).reduce((total, id) => total + nodeFlops(id, nodes), 0)

/** Of one node. Whole numbers and truth values count nothing. */
export function nodeFlops(id: number, nodes: readonly BodyNode[]): number {
  const node = nodes[id]
  if (!node || isConstant(id, nodes)) return 0
  const input = product(nodes[node.inputs[0] ?? -1]?.shape ?? [])
  const words = product(node.shape)
  switch (node.op) {
    case 'pointwise':
      return nodes[node.inputs.at(-1) ?? -1]?.dtype === 'f32' ? words : 0
    case 'outer':
    case 'scale_rows':
    case 'scale_cols':
      return words
    case 'dot':
    case 'read':
    case 'matvec':
      return 2 * input
    case 'reduce':
      return input
    case 'softmax':
      return 5 * words
    case 'unit':
      return 3 * words
    default:
      return 0
  }
}

const isConstant = (id: number, nodes: readonly BodyNode[]): boolean => {
  const node = nodes[id]
  return (
    node !== undefined && (node.op === 'constant' || (node.inputs.length > 0 && node.inputs.every((input) => isConstant(input, nodes))))
  )
}
