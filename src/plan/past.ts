import type { Node } from '../graph/graph.ts'

/** How many tokens of its input's past an op keeps in a window: those before the current one that it reads. 0 if it keeps none. */
export function pastOf(node: Node): number {
  if (node.op === 'conv1d') return (node.attrs['width'] as number) - 1
  if (node.op === 'shift') return Math.max(0, node.attrs['count'] as number)
  return 0
}

/** Slots of the window: one more than the past inputs, so that a pass of one token can write while others read. */
export const windowSlots = (node: Node): number => pastOf(node) + 1

/** Whether an element of the value is made of other rows of what it is computed from. */
export const readsOtherRows = (node: Node): boolean => node.op === 'conv1d' || node.op === 'shift' || node.op === 'flip'

/** The input that holds, for every token, the first position that it may see; undefined if it may see all. */
export const beginOf = (node: Node): number | undefined => (node.attrs['begin'] === true ? node.inputs.at(-1) : undefined)
