import { z } from 'zod'
import type { Node, NodeId } from '../../graph/graph.ts'
import { isReduction, reducedAxes } from '../expression/cone.ts'
import * as Index from '../expression/index.ts'
import { scatteredReductions } from '../expression/stats.ts'
import { isAnchor } from '../graph/facts.ts'
import { materialise, node as nodeOf, type Program, rowKind, rowsGrid } from '../program.ts'
import { emit } from './emit.ts'
import { withoutLocation } from './pointwise.ts'

export const schema = z.strictObject({ words: z.int(), threads: z.int(), store: z.string() })

/** One workgroup per row and group of a reduction (a head, a norm group, or the whole row): reductions first, then every element. */
export function planRows(program: Program, id: NodeId): void {
  const node = nodeOf(program, id)
  const total = Index.product(node.type.shape)
  const words = wordsOfGroup(program, node)
  if (words === undefined) throw new Error(`${node.op} of ${node.path} has reductions that no workgroup can make once`)
  const groups = total / words
  const threads = Math.min(256, Math.max(32, 2 ** Math.ceil(Math.log2(words))))
  materialise(program, id, total)
  const per = rowKind(node)
  const flat = Index.add(Index.scale(Index.variable('group', groups), words), Index.variable('i', words))
  const value = withoutLocation(program, id, (scope) => scope.loadAt(id, 'row', Index.unflatten(flat, node.type.shape)), { threads, per })
  emit(program, value.scope, {
    family: 'rows',
    name: `${words}`,
    template: 'rows',
    view: { words, threads, store: value.scope.store(id, 'row', Index.print(flat), value.text) } satisfies z.infer<typeof schema>,
    doc: [`${node.path || 'model'}: ${node.op} with its reductions over ${words} words, ${groups} to a row`, `grid: (${groups}, rows)`],
    grid: [groups, rowsGrid(per), 1],
    node: id,
  })
}

/**
 * How many words of a row a workgroup makes, such that every reduction in the cone is made once, by one workgroup and for all of its
 * words; undefined if there is no such division.
 */
export function wordsOfGroup(program: Program, node: Node): number | undefined {
  const { shape } = node.type
  const total = Index.product(shape)
  const reductions: Node[] = []
  collectReductions(program, node, reductions)
  const inputs = reductions.map((reduction) => {
    const input = nodeOf(program, reduction.inputs[0] as NodeId).type.shape
    const axes = reducedAxes(reduction)
    return { groups: Index.product(input.slice(0, input.length - axes)), words: Index.product(input.slice(input.length - axes)) }
  })
  const candidates = new Set([...shape.map((_, axis) => Index.product(shape.slice(axis))), ...inputs.map(({ words }) => words), 1])
  const words = [...candidates]
    .filter((count) => total % count === 0)
    .sort((a, b) => b - a)
    .find((count) => {
      const flat = Index.add(Index.scale(Index.variable('group', total / count), count), Index.variable('i', count))
      return scatteredReductions(program, [{ id: node.id, index: Index.unflatten(flat, shape) }], /\b[ij]\b/).length === 0
    })
  return words !== undefined && inputs.every(({ groups }) => total / words <= groups) ? words : undefined
}

export function collectReductions(program: Program, node: Node, found: Node[]): void {
  if (program.locations.has(node.id) && found.length > 0) return
  if (isReduction(node)) found.push(node)
  for (const input of node.inputs) {
    const next = nodeOf(program, input)
    if (!program.locations.has(input) && !isAnchor(next)) collectReductions(program, next, found)
  }
}
