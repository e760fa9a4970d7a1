import type { DerivedNodes } from './body.ts'

/** `free + sum of factor * read`, where the reads are of one state, and `free` and the factors do not depend on it. */
export interface Affine {
  readonly free: number
  readonly terms: readonly { readonly read: number; readonly factor: number }[]
}

/** Decomposes a vector as an affine function of reads of state `state`; null if it is not one. */
export function affine(nodes: DerivedNodes, id: number, state: number): Affine | null {
  const node = nodes.at(id)
  if (!nodes.statesOf(id).has(state)) return { free: id, terms: [] }
  if (node.op === 'read') return { free: nodes.constant(0), terms: [{ read: id, factor: nodes.constant(1) }] }
  if (node.op !== 'pointwise') return null
  const parts = node.inputs.map((input) => affine(nodes, input, state))
  const [a, b] = parts
  if (!a) return null
  switch (node.attrs['fn']) {
    case 'neg':
      return times(nodes, a, nodes.constant(-1))
    case 'add':
      return b ? plus(nodes, a, b) : null
    case 'sub':
      return b ? plus(nodes, a, times(nodes, b, nodes.constant(-1))) : null
    case 'mul':
      if (!b) return null
      if (b.terms.length === 0) return times(nodes, a, b.free)
      return a.terms.length === 0 ? times(nodes, b, a.free) : null
    case 'div':
      return b?.terms.length === 0 ? times(nodes, a, nodes.pointwise('div', nodes.constant(1), b.free)) : null
    default:
      return null
  }
}

function plus(nodes: DerivedNodes, a: Affine, b: Affine): Affine {
  const terms = new Map(a.terms.map((term) => [term.read, term.factor]))
  for (const { read, factor } of b.terms) {
    const known = terms.get(read)
    terms.set(read, known === undefined ? factor : nodes.pointwise('add', known, factor))
  }
  return { free: nodes.pointwise('add', a.free, b.free), terms: [...terms].map(([read, factor]) => ({ read, factor })) }
}

function times(nodes: DerivedNodes, a: Affine, by: number): Affine {
  return {
    free: nodes.pointwise('mul', a.free, by),
    terms: a.terms.map(({ read, factor }) => ({ read, factor: nodes.pointwise('mul', factor, by) })),
  }
}
