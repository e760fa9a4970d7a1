import { bodyCone } from '../graph/body.ts'
import type { BodyNode, Recurrence } from '../graph/graph.ts'
import { nodeAt, rootsOf, statefulNodes } from './body.ts'
import type { RecurrenceForm } from './recurrence.ts'

export type ColumnForm =
  | { readonly separable: true; readonly columns: number }
  /** Why a column of the states cannot be carried without the others. */
  | { readonly separable: false; readonly reason: string }

/**
 * Whether every column `v` (the last axis) of the states and of the output depends on no other column, so that columns may be spread over
 * workgroups. Values that no state reaches may be anything.
 */
export function columnForm(body: Recurrence): ColumnForm {
  const columns = body.states[0]?.shape.at(-1)
  if (columns === undefined) return { separable: false, reason: 'no state has columns' }
  const odd = body.states.find((state) => state.shape.length > 2 || state.shape.at(-1) !== columns)
  if (odd) return { separable: false, reason: `${odd.name} has no ${columns} columns` }
  if (columns === 1) return { separable: false, reason: 'there is one column' }
  const stateful = statefulNodes(body.nodes)
  for (const id of bodyCone(body.nodes, rootsOf(body))) {
    const node = nodeAt(body.nodes, id)
    if (stateful[id] && !keepsColumns(body.nodes, stateful, node)) return { separable: false, reason: `${node.op} mixes columns` }
  }
  const out = nodeAt(body.nodes, body.out)
  if (out.shape.length !== 1 || out.shape[0] !== columns) return { separable: false, reason: `the output has no ${columns} columns` }
  return { separable: true, columns }
}

/** For a node that a state reaches: the last axis of every such input is the last axis of the result, and matrices keep their rows. */
function keepsColumns(nodes: readonly BodyNode[], stateful: readonly boolean[], node: BodyNode): boolean {
  const [a, b] = node.inputs as [number, number]
  const shape = (id: number) => nodeAt(nodes, id).shape
  switch (node.op) {
    case 'state':
    case 'scale_cols':
      return true
    case 'pointwise':
      return node.inputs.every(
        (id) =>
          !stateful[id] ||
          (shape(id).at(-1) === node.shape.at(-1) && shape(id).at(-2) === (shape(id).length > 1 ? node.shape.at(-2) : undefined)),
      )
    case 'read':
      return !stateful[b]
    case 'outer':
    case 'scale_rows':
      return !stateful[a]
    default:
      return false
  }
}

/** Whether chunks pay where they are legal: a state of one column makes no product of matrices. */
export const chunksPay = (form: RecurrenceForm): boolean => form.family !== 'scan' && form.passes.every(({ columns }) => columns > 1)
