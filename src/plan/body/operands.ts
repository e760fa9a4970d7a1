import type { BodyParam, Graph, Node, NodeId } from '../../graph/graph.ts'
import { mapArguments } from '../../graph/mapping.ts'
import * as Index from '../expression/index.ts'
import type { Scope } from '../kernel.ts'

/** How the heads of a recurrence or attention read its arguments: head `j` of a map axis reads `floor(j / r)`. */
export interface HeadMapping {
  /** Map axes of the output. */
  readonly heads: readonly number[]
  readonly count: number
  readonly inputs: readonly { readonly node: NodeId; readonly ratios: readonly number[]; readonly axes: readonly number[] }[]
}

export function headMapping(graph: Graph, node: Node, params: readonly BodyParam[]): HeadMapping {
  const ids = node.inputs.slice(0, params.length)
  const types = ids.map((id) => (graph.nodes[id] as Node).type)
  const { heads, args } = mapArguments(
    types,
    params.map((param) => param.shape.length),
  )
  const inputs = args.map(({ map }, i) => ({
    node: ids[i] as NodeId,
    axes: map,
    ratios: map.map((size, axis) => (heads[axis] ?? 1) / size),
  }))
  return { heads, count: Index.product(heads), inputs }
}

/** The indices along the map axes at which `head`, a flat u32 variable, reads parameter `param`. */
export function headIndex(mapping: HeadMapping, param: number, head: string): readonly string[] {
  return mappedIndex(mapping, param, head).map((index) => Index.printOperand(index))
}

/** The indices along the map axes of the output itself. */
export const outputHeads = (mapping: HeadMapping, head: string): readonly string[] =>
  Index.unflatten(Index.variable(head, mapping.count), mapping.heads).map((index) => Index.printOperand(index))

/** The flat head of parameter `param` that `head` reads. */
export function flatHead(mapping: HeadMapping, param: number, head: string): string {
  return Index.printOperand(Index.flatten(mappedIndex(mapping, param, head), mapping.inputs[param]?.axes ?? []))
}

function mappedIndex(mapping: HeadMapping, param: number, head: string): readonly Index.Index[] {
  const input = mapping.inputs[param]
  if (!input || input.axes.length === 0) return []
  return Index.unflatten(Index.variable(head, mapping.count), mapping.heads).map((index, axis) =>
    Index.divide(index, input.ratios[axis] ?? 1),
  )
}

/** An element of what `head` sees of parameter `param` at `row`. */
export function loadParam(scope: Scope, mapping: HeadMapping, param: number, row: string, head: string, at: readonly string[]): string {
  const input = mapping.inputs[param]
  if (!input) throw new Error(`no parameter ${param}`)
  return scope.load(input.node, row, [...headIndex(mapping, param, head), ...at])
}

/** What a parameter is called in a kernel: never a word of WGSL, whatever the spec calls it. */
export const paramName = (name: string): string => `${name.replace(/^_+/, '').replace(/[^A-Za-z0-9_]/g, '_') || 'p'}_in`
