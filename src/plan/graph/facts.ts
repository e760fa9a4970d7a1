import type { Graph, Node, NodeId } from '../../graph/graph.ts'
import { isReduction } from '../expression/cone.ts'
import { product } from '../expression/index.ts'
import { readsOtherRows } from '../past.ts'
import type { StorageOf } from '../storage.ts'
import { type Chain, findChain } from './chains.ts'
import { isStateful } from './simplify.ts'

/** Linears with one input whose weights lie one after the other, so that one kernel computes them side by side. */
export interface LinearGroup {
  readonly members: readonly NodeId[]
  /** Words of each member's result, in order. */
  readonly widths: readonly number[]
  readonly width: number
  /** Vectors of a row of x that are multiplied each by itself: the product of the axes before the one that is contracted. */
  readonly vectors: number
}

/** What planning needs to know of a graph, computed once. */
export interface Facts {
  readonly uses: ReadonlyMap<NodeId, readonly NodeId[]>
  readonly outputs: ReadonlySet<NodeId>
  readonly groups: ReadonlyMap<NodeId, LinearGroup>
  readonly chains: ReadonlyMap<NodeId, Chain>
  /** Values that no state depends on: they are needed for the last token only, unless every output is asked for. */
  readonly tail: ReadonlySet<NodeId>
  /** Values that the tail must find in memory: they read tokens or positions, of which a tail pass has none of its own, or a state that has moved on. */
  readonly beforeTail: ReadonlySet<NodeId>
}

/** Ops that need a kernel shape of their own. */
export const isAnchor = (node: Node): boolean => anchors.has(node.op)
const anchors = new Set(['linear', 'linear_bank', 'recurrence', 'attention', 'pool', 'top_k'])

/** Whether a value depends on other tokens than its own: through a state, or through rows of the same pass. */
const readsTokens = (node: Node): boolean => isStateful(node) || readsOtherRows(node)

export function findFacts(graph: Graph, storage: StorageOf, bindingWords: number): Facts {
  const uses = findUses(graph)
  const outputs = new Set(graph.outputs.map((output) => output.node))
  const groups = findGroups(graph, uses, storage, bindingWords)
  const ofToken = findOfToken(graph)
  const tail = findTail(graph, uses, groups, ofToken)
  const chains = new Map<NodeId, Chain>()
  // Where two anchors meet in one operation, the first takes it and the other is an operand.
  const taken = new Set<NodeId>()
  for (const node of graph.nodes) {
    if (!isAnchor(node) || node.op === 'pool' || node.op === 'top_k' || (groups.get(node.id)?.members.length ?? 1) > 1) continue
    const early = !tail.has(node.id)
    const chain = findChain(
      graph,
      uses,
      outputs,
      node,
      (link) => !taken.has(link),
      (operand) => isCheap(graph, operand, (id) => !early || !tail.has(id)),
    )
    if (!chain) continue
    chains.set(node.id, chain)
    for (const link of chain.links) taken.add(link.node)
    if (early) for (const link of chain.links) tail.delete(link.node)
  }
  const early = graph.nodes.filter((node) => (ofToken.has(node.id) || readsTokens(node)) && !tail.has(node.id)).map(({ id }) => id)
  const beforeTail = new Set(early.filter((id) => (uses.get(id) ?? []).some((use) => tail.has(use))))
  return { uses, outputs, groups, chains, tail, beforeTail }
}

function findUses(graph: Graph): Map<NodeId, NodeId[]> {
  const uses = new Map<NodeId, NodeId[]>()
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) uses.set(input, [...(uses.get(input) ?? []), node.id])
  }
  return uses
}

function findGroups(
  graph: Graph,
  uses: ReadonlyMap<NodeId, readonly NodeId[]>,
  storage: StorageOf,
  bindingWords: number,
): Map<NodeId, LinearGroup> {
  const groups = new Map<NodeId, LinearGroup>()
  // By input and by what the words of a matrix hold: a kernel reads all of its rows alike.
  const open = new Map<string, NodeId[]>()
  const widthOf = (id: NodeId) => product(graph.nodes[id]?.type.shape ?? [])
  const close = (members: readonly NodeId[]) => {
    const widths = members.map(widthOf)
    const x = graph.nodes[members[0] ?? 0]?.inputs[0] ?? 0
    const vectors = product(graph.nodes[x]?.type.shape.slice(0, -1) ?? [])
    const group = { members, widths, width: widths.reduce((sum, w) => sum + w, 0), vectors }
    for (const member of members) groups.set(member, group)
  }
  for (const node of graph.nodes) {
    const [x, weight] = node.inputs
    if (node.op !== 'linear' || x === undefined || weight === undefined) continue
    const inner = graph.nodes[x]?.type.shape.at(-1) ?? 1
    const flat = graph.nodes[x]?.type.shape.length === 1
    const single = graph.nodes[weight]?.op === 'weight' && (uses.get(weight)?.length ?? 0) === 1 && flat
    if (!single) close([node.id])
    else {
      const { packed, format } = storage(graph.nodes[weight]?.attrs['path'] as string)
      const key = `${x} ${packed ? format : 'f32'}`
      const before = open.get(key) ?? []
      const members = [...before, node.id]
      const words = members.reduce((sum, id) => sum + widthOf(id) * inner, 0) / (packed ? 2 : 1)
      if (words > bindingWords) {
        close(before)
        open.set(key, [node.id])
      } else open.set(key, members)
    }
  }
  for (const members of open.values()) if (members.length > 0) close(members)
  return groups
}

/** Values that are computed from a token's own inputs directly, or from its position by row-wise work. */
function findOfToken(graph: Graph): Set<NodeId> {
  const positional = new Set<NodeId>()
  const found = new Set<NodeId>()
  for (const node of graph.nodes) {
    if (node.op === 'position' || (!readsTokens(node) && node.op !== 'linear' && node.inputs.some((input) => positional.has(input))))
      positional.add(node.id)
    const readsInput = node.inputs.some((input) => graph.nodes[input]?.op === 'input' && graph.nodes[input].type.time)
    if (readsInput || (positional.has(node.id) && node.op !== 'position')) found.add(node.id)
  }
  return found
}

/**
 * Values from which no state is reached and that do not read a token's own input or position: a tail pass has one row per sequence,
 * while those are laid out for the pass before.
 */
function findTail(
  graph: Graph,
  uses: ReadonlyMap<NodeId, readonly NodeId[]>,
  groups: ReadonlyMap<NodeId, LinearGroup>,
  ofToken: ReadonlySet<NodeId>,
): Set<NodeId> {
  const tail = new Set<NodeId>()
  const late = (id: NodeId) => !ofToken.has(id) && (uses.get(id) ?? []).every((use) => tail.has(use))
  for (const node of [...graph.nodes].reverse()) {
    if (!node.type.time || readsTokens(node) || node.inputs.length === 0) continue
    const members = groups.get(node.id)?.members ?? [node.id]
    if (members.every(late)) tail.add(node.id)
  }
  return tail
}

/** Whether an operand can be computed inside another kernel: no reduction, no convolution, and only results that `exists` admits. */
function isCheap(graph: Graph, id: NodeId, exists: (id: NodeId) => boolean): boolean {
  const node = graph.nodes[id] as Node
  if (isAnchor(node)) return exists(id)
  if (isReduction(node) || readsOtherRows(node)) return false
  return node.inputs.every((input) => isCheap(graph, input, exists))
}
