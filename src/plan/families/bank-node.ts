import type { Node, NodeId } from '../../graph/graph.ts'
import type { Storage } from '../../model/precision.ts'
import * as Index from '../expression/index.ts'
import { refuse } from '../problem.ts'
import { node as nodeOf, type Program } from '../program.ts'
import type { KernelScope } from '../scope.ts'

/** A `linear_bank` node, taken apart. */
export interface Bank {
  readonly node: Node
  readonly x: NodeId
  /** The choices of a row. */
  readonly at: NodeId
  readonly count: number
  readonly path: string
  readonly format: Storage
  readonly experts: number
  readonly columns: number
  readonly inner: number
  /** Of number `k` of a choice's vector: choices may share one. */
  index(slot: Index.Index, k: Index.Index): readonly Index.Index[]
}

export function bankOf(program: Program, node: Node): Bank {
  const [x, weight, at] = node.inputs as [NodeId, NodeId, NodeId]
  const shape = nodeOf(program, x).type.shape
  const [experts = 1, columns = 1, inner = 1] = nodeOf(program, weight).type.shape
  if (Index.product(shape.slice(1, -1)) !== 1)
    refuse(node, `an expert's linear follows over the last of its axes [${shape.slice(1).join(', ')}], and flattens nothing`)
  const path = nodeOf(program, weight).attrs['path'] as string
  const format = program.weights.wordFormat(path)
  const index = (slot: Index.Index, k: Index.Index) => [
    shape[0] === 1 ? Index.literal(0) : slot,
    ...shape.slice(1, -1).map(() => Index.literal(0)),
    k,
  ]
  return { node, x, at, count: node.type.shape[0] ?? 1, path, format, experts, columns, inner, index }
}

/** The experts that are bound, from `first` to before `end`: numbers of the launch and not of the text, so that parts of a bank share a kernel. */
export const boundExperts = (scope: KernelScope, part: { readonly first: number; readonly rows: number }) => ({
  first: scope.place({ kind: 'number', value: part.first }),
  end: scope.place({ kind: 'number', value: part.first + part.rows }),
})
