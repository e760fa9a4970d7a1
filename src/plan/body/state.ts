import { reachable } from '../../analyse/body.ts'
import type { Graph, Node, NodeId, Recurrence } from '../../graph/graph.ts'
import type { Scope } from '../kernel.ts'
import type { Block } from './block.ts'
import { BodyPrinter } from './printer.ts'

/** The body of a recurrence node. */
export function recurrenceOf(graph: Graph, node: Node): Recurrence {
  const body = graph.recurrences[node.attrs['body'] as number]
  if (!body) throw new Error(`no recurrence ${String(node.attrs['body'])} in the graph`)
  return body
}

export function nodeOf(graph: Graph, id: NodeId): Node {
  const node = graph.nodes[id]
  if (!node) throw new Error(`no node ${id} in the graph`)
  return node
}

/** How a kernel reads what a state is before a pass. */
export interface StateOperand {
  readonly name: string
  readonly shape: readonly number[]
  /** The storage variable, `[batch][heads][...shape]`. */
  readonly variable: string
  /** The element at entry: the stored one, or at the beginning of a sequence the starting value that the spec gives. */
  entry(stored: string, at: readonly string[], block: Block): string
}

/** In scope where `entry` prints: `sequence`, `head`, `start` (the position of the pass's first token). */
export function stateOperands(scope: Scope, node: Node, body: Recurrence, headIndex: readonly string[]): readonly StateOperand[] {
  const given = (node.attrs['initial'] as readonly string[] | undefined) ?? []
  return body.states.map((state) => {
    const argument = given.indexOf(state.name)
    const entry = (stored: string, at: readonly string[], block: Block): string => {
      if (argument >= 0) {
        const input = node.inputs[body.params.length + argument] as NodeId
        return `select(${stored}, ${scope.load(input, 'sequence * run.tokens', [...headIndex, ...at])}, start == 0u)`
      }
      if (state.init === null) return stored
      const constant = reachable(body.nodes, [state.init]).every((id) => body.nodes[id]?.op !== 'param' && body.nodes[id]?.op !== 'state')
      if (!constant) throw new Error(`the starting value of ${state.name} in ${body.name} depends on the token`)
      const leaves = { param: () => '', name: () => '', known: () => undefined, signed: false }
      return `select(${stored}, ${new BodyPrinter(body.nodes, leaves, block).element(state.init, at, block)}, start == 0u)`
    }
    return { name: state.name, shape: state.shape, variable: scope.state(node.id, state.name, 'read_write'), entry }
  })
}
