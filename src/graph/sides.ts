import type { BodyNode, BodyParam } from './graph.ts'

/** What a node of an attention body depends on: the query's position, the key's, both, or neither. */
export type Side = 'none' | 'i' | 'j' | 'both'

export function sidesOf(nodes: readonly BodyNode[], params: readonly BodyParam[]): readonly Side[] {
  const sides: Side[] = []
  for (const node of nodes) sides.push(node.inputs.map((input) => sides[input] ?? 'none').reduce(join, ownSide(node, params)))
  return sides
}

function ownSide(node: BodyNode, params: readonly BodyParam[]): Side {
  if (node.op === 'position_i') return 'i'
  if (node.op === 'position_j') return 'j'
  return (node.op === 'param' ? params[Number(node.attrs['index'])]?.side : null) ?? 'none'
}

const join = (a: Side, b: Side): Side => (a === b || b === 'none' ? a : a === 'none' ? b : 'both')
