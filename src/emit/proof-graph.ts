import type { Attention, Graph, Node, NodeId, Recurrence } from '../graph/graph.ts'
import type { KernelProof, ProofValue } from '../runtime/proofs.ts'

/**
 * What proofs evaluate: the part of a graph between the values that they give and those that they ask for, without paths and source
 * positions, and only the bodies that it applies. Nodes are numbered anew, in the proofs as well.
 */
export function proofGraph(
  whole: Graph,
  proofs: readonly KernelProof[],
): { readonly graph: Graph; readonly kernels: readonly KernelProof[] } {
  const kept = new Set<NodeId>()
  for (const proof of proofs) {
    const given = new Set(proof.reads.map((value) => value.node))
    const seen = new Set<NodeId>()
    const visit = (id: NodeId): void => {
      if (seen.has(id)) return
      seen.add(id)
      kept.add(id)
      if (!given.has(id)) whole.nodes[id]?.inputs.forEach(visit)
    }
    for (const value of proof.writes) visit(value.node)
  }
  const numbers = new Map([...kept].sort((a, b) => a - b).map((id, i) => [id, i]))
  // An id that is not kept is an input of a node whose value is given, which is not evaluated.
  const number = (id: NodeId): NodeId => numbers.get(id) ?? 0
  const recurrences = new Numbering(whole.recurrences)
  const attentions = new Numbering(whole.attentions)
  const nodes = whole.nodes.flatMap((node): Node[] => {
    if (!kept.has(node.id)) return []
    const bodies = node.op === 'attention' ? attentions : recurrences
    const { body } = node.attrs
    const attrs = typeof body === 'number' ? { ...node.attrs, body: bodies.number(body) } : node.attrs
    return [{ ...node, id: number(node.id), inputs: node.inputs.map(number), attrs, path: '', source: '' }]
  })
  const bare = <T extends Recurrence | Attention>(body: T): T => ({ ...body, source: '' })
  const value = (one: ProofValue): ProofValue => ({ ...one, node: number(one.node) })
  return {
    graph: { nodes, outputs: [], recurrences: recurrences.used.map(bare), attentions: attentions.used.map(bare) },
    kernels: proofs.map((proof) => ({ ...proof, reads: proof.reads.map(value), writes: proof.writes.map(value) })),
  }
}

/** New numbers for the items of a list that are used, in the order of their first use. */
class Numbering<T> {
  readonly used: T[] = []
  readonly #items: readonly T[]
  readonly #numbers = new Map<number, number>()

  constructor(items: readonly T[]) {
    this.#items = items
  }

  number(index: number): number {
    const known = this.#numbers.get(index)
    if (known !== undefined) return known
    const item = this.#items[index]
    if (item === undefined) throw new RangeError(`no body ${index} among ${this.#items.length}`)
    this.#numbers.set(index, this.used.length)
    this.used.push(item)
    return this.used.length - 1
  }
}
