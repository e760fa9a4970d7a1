import type { Graph, Node, NodeId, Recurrence } from '../../graph/graph.ts'
import { recurrenceCall } from '../../graph/ops/recurrence.ts'
import type { Scope } from '../kernel.ts'
import type { Block } from './block.ts'
import { type HeadMapping, loadParam, outputHeads, paramName } from './operands.ts'
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
export function stateOperands(scope: Scope, node: Node, body: Recurrence, mapping: HeadMapping): readonly StateOperand[] {
  const { initial: given, from } = recurrenceCall(node.attrs)
  // Before its first token is run a state has not been used: what it starts from may be another value in the next pass.
  const begins = from === 0 ? 'start == 0u' : `start <= ${from}u`
  // What a state starts from has no time axis, so any row of the sequence will do.
  const row = 'sequence * run.tokens'
  return body.states.map((state) => {
    const argument = given.indexOf(state.name)
    const start = (at: readonly string[], block: Block): string | null => {
      if (argument >= 0)
        return scope.load(node.inputs[body.params.length + argument] as NodeId, row, [...outputHeads(mapping, 'head'), ...at])
      if (state.init === null) return null
      const leaves = {
        param: (index: number, inside: readonly string[]) => loadParam(scope, mapping, index, row, 'head', inside),
        name: (index: number) => paramName(body.params[index]?.name ?? ''),
        known: () => undefined,
        signed: false,
      }
      const shape = body.nodes[state.init]?.shape ?? []
      return new BodyPrinter(body.nodes, leaves, block).element(state.init, shape.length === 0 ? [] : at, block)
    }
    const entry = (stored: string, at: readonly string[], block: Block): string => {
      const value = start(at, block)
      if (value === null && from === 0) return stored
      return `select(${stored}, ${value ?? '0.0'}, ${begins})`
    }
    // Asked for when it is printed: a kernel binds the states that it names.
    const variable = () => scope.state(node.id, state.name, 'read_write')
    return {
      name: state.name,
      shape: state.shape,
      entry,
      get variable() {
        return variable()
      },
    }
  })
}

/** Condition under which a token changes no state and gives 0; null: never. */
export function outsideSpan(node: Node, position: string): string | null {
  const { from, until } = recurrenceCall(node.attrs)
  const bounds = [...(from > 0 ? [`${position} < ${from}u`] : []), ...(until === null ? [] : [`${position} >= ${until}u`])]
  return bounds.length === 0 ? null : bounds.join(' || ')
}

/** Condition under which every state is 0 before the token at `row`; null: never. */
export function resetBefore(scope: Scope, node: Node): string | null {
  return recurrenceCall(node.attrs).reset ? scope.load(node.inputs.at(-1) as NodeId, 'row', []) : null
}
