import { analyseAttention } from '../../analyse/attention.ts'
import type { Graph, NodeId } from '../../graph/graph.ts'
import type { StateEntry } from '../../runtime/manifest.ts'
import { product } from '../expression/index.ts'
import { pastOf, windowSlots } from '../past.ts'

/** The states of a model, in the order of their nodes. */
export function statesOf(graph: Graph): { states: StateEntry[]; stateOf(node: NodeId, name: string): number } {
  const states: StateEntry[] = []
  const index = new Map<string, number>()
  const add = (node: NodeId, name: string, entry: StateEntry) => {
    index.set(`${node} ${name}`, states.length)
    states.push(entry)
  }
  for (const node of graph.nodes) {
    const path = (name: string) => (node.path === '' ? name : `${node.path}.${name}`)
    if (pastOf(node) > 0) {
      add(node.id, 'window', { kind: 'fold', path: path('window'), words: windowSlots(node) * product(node.type.shape) })
    } else if (node.op === 'recurrence') {
      const body = graph.recurrences[node.attrs['body'] as number]
      if (!body) throw new Error('a recurrence without a body')
      const heads = product(node.type.shape.slice(0, node.type.shape.length - (body.nodes[body.out]?.shape.length ?? 0)))
      for (const state of body.states)
        add(node.id, state.name, { kind: 'fold', path: path(state.name), words: heads * product(state.shape) })
    } else if (node.op === 'attention') {
      const body = graph.attentions[node.attrs['body'] as number]
      if (!body) throw new Error('an attention without a body')
      const { form } = analyseAttention(body)
      for (const [i, param] of body.params.entries()) {
        if (param.side !== 'j') continue
        const shape = graph.nodes[node.inputs[i] ?? -1]?.type.shape ?? []
        add(node.id, `keys.${param.name}`, {
          kind: 'cache',
          path: path(`keys.${param.name}`),
          words: product(shape),
          window: form?.window ?? null,
        })
      }
    }
  }
  return {
    states,
    stateOf(node, name) {
      const found = index.get(`${node} ${name}`)
      if (found === undefined) throw new Error(`node ${node} has no state ${name}`)
      return found
    },
  }
}
