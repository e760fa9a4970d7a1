import { z } from 'zod'
import type { Node, NodeId } from '../../graph/graph.ts'
import { isReduction, reducedAxes } from '../expression/cone.ts'
import * as Index from '../expression/index.ts'
import { materialise, node as nodeOf, type Program } from '../program.ts'
import { emit } from './emit.ts'
import { withoutLocation } from './pointwise.ts'

export const schema = z.strictObject({ words: z.int(), threads: z.int(), store: z.string() })

/** One workgroup per row and group of a reduction (a head, a norm group, or the whole row): reductions first, then every element. */
export function planRows(program: Program, id: NodeId): void {
  const node = nodeOf(program, id)
  const total = Index.product(node.type.shape)
  const { groups, words } = frame(program, node)
  const threads = Math.min(256, Math.max(32, 2 ** Math.ceil(Math.log2(words))))
  materialise(program, id, total)
  const flat = Index.add(Index.scale(Index.variable('group', groups), words), Index.variable('i', words))
  const value = withoutLocation(program, id, (scope) => scope.loadAt(id, 'row', Index.unflatten(flat, node.type.shape)), { threads })
  emit(program, value.scope, {
    family: 'rows',
    name: `${words}`,
    template: 'rows',
    view: { words, threads, store: value.scope.store(id, 'row', Index.print(flat), value.text) } satisfies z.infer<typeof schema>,
    doc: [`${node.path || 'model'}: ${node.op} with its reductions over ${words} words, ${groups} to a row`, `grid: (${groups}, rows)`],
    grid: [groups, { of: 'rows', times: 1, tile: 1 }, 1],
    node: id,
  })
}

/** How a row divides into groups such that every reduction in the cone stays inside one. */
function frame(program: Program, node: Node): { groups: number; words: number } {
  const total = Index.product(node.type.shape)
  const reductions: Node[] = []
  collectReductions(program, node, reductions)
  let words = total
  for (const reduction of reductions) {
    const shape = nodeOf(program, reduction.inputs[0] as NodeId).type.shape
    if (Index.product(shape) !== total) continue
    words = Math.min(words, Index.product(shape.slice(shape.length - reducedAxes(reduction))))
  }
  for (const reduction of reductions) {
    const shape = nodeOf(program, reduction.inputs[0] as NodeId).type.shape
    if (Index.product(shape.slice(shape.length - reducedAxes(reduction))) > words) words = total
  }
  return { groups: total / words, words }
}

export function collectReductions(program: Program, node: Node, found: Node[]): void {
  if (program.locations.has(node.id) && found.length > 0) return
  if (isReduction(node)) found.push(node)
  for (const input of node.inputs) {
    const next = nodeOf(program, input)
    if (!program.locations.has(input) && next.op !== 'linear' && next.op !== 'recurrence' && next.op !== 'attention')
      collectReductions(program, next, found)
  }
}
