import type { Attention, Graph, Node, Recurrence } from '../graph/graph.ts'
import { type MappedArgument, mapArguments } from '../graph/mapping.ts'
import { explainAttention, explainRecurrence } from './explain.ts'

/** What `explainRecurrence` and `explainAttention` say of each body of a graph, and how its heads share arguments where it is applied. */
export function explainBodies(graph: Graph): readonly (readonly string[])[] {
  const explain = <Body extends Recurrence | Attention>(op: string, bodies: readonly Body[], lines: (body: Body) => readonly string[]) =>
    bodies.map((body, index) => [...lines(body), ...headsOf(graph, op, index, body)])
  return [...explain('recurrence', graph.recurrences, explainRecurrence), ...explain('attention', graph.attentions, explainAttention)]
}

/** A forgotten axis of heads silently means that all heads share a value, so people are shown what is shared; once for equal applications. */
function headsOf(graph: Graph, op: string, index: number, body: Recurrence | Attention): readonly string[] {
  const nodes = graph.nodes.filter((node) => node.op === op && node.attrs['body'] === index)
  return [...new Set(nodes.flatMap((node) => describe(graph, node, body)))]
}

function describe(graph: Graph, node: Node, { params }: Recurrence | Attention): readonly string[] {
  const types = node.inputs.slice(0, params.length).flatMap((input) => graph.nodes[input]?.type ?? [])
  const { heads, args } = mapArguments(
    types,
    params.map(({ shape }) => shape.length),
  )
  if (heads.length === 0) return []
  const shared = new Map<string, string[]>()
  for (const [i, arg] of args.entries()) {
    const how = sharing(arg, heads)
    if (how !== undefined) shared.set(how, [...(shared.get(how) ?? []), params[i]?.name ?? ''])
  }
  const parts = [...shared].map(([how, names]) => `${names.join(', ')}: ${how}`)
  return [`  heads: ${heads.join(' x ')}${parts.length === 0 ? ', each with arguments of its own' : `; ${parts.join('; ')}`}`]
}

function sharing({ map }: MappedArgument, heads: readonly number[]): string | undefined {
  if (map.every((own) => own === 1)) return heads.every((count) => count === 1) && map.length > 0 ? undefined : 'shared by all'
  if (map.every((own, axis) => own === heads[axis])) return undefined
  return `${map.join(' x ')}, each shared by ${map.map((own, axis) => (heads[axis] as number) / own).join(' x ')}`
}
