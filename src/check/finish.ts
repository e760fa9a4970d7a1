import { removeDead } from '../graph/dead.ts'
import type { Graph, Node, NodeId } from '../graph/graph.ts'
import { maskForm } from '../graph/mask.ts'
import { attentionBody } from '../graph/ops/attention.ts'
import { stateful } from '../graph/ops/index.ts'
import type { Instance, Model, Weight } from '../model/model.ts'
import type { Elaboration } from './elaboration.ts'

/** What no output reaches does not exist: nodes, bodies, weights, and instances that have neither weights nor state. */
export function finish(
  e: Elaboration,
  outputs: readonly { readonly name: string; readonly node: NodeId }[],
): Pick<Model, 'graph' | 'weights' | 'instances' | 'horizon'> {
  const live = removeBodies(removeDead(e.builder.finish(outputs.map(({ name, node }) => ({ name, node })))))
  const weights = live.nodes.flatMap((node): Weight[] => (node.op === 'weight' ? [e.weights.at(String(node.attrs['path']))] : []))
  const instances = keptInstances(e, live, weights)
  const paths = new Set(instances.map(({ path }) => path))
  const owners = new Map<string, string>()
  const ownerOf = (path: string): string => {
    const known = owners.get(path) ?? enclosing(path, paths)
    owners.set(path, known)
    return known
  }
  const graph = { ...live, nodes: live.nodes.map((node): Node => ({ ...node, path: ownerOf(node.path) })) }
  return { graph, weights, instances, horizon: horizonOf(graph) }
}

/** Drops bodies that no node uses. */
function removeBodies(graph: Graph): Graph {
  const used = (op: string): readonly number[] =>
    [...new Set(graph.nodes.filter((node) => node.op === op).map((node) => Number(node.attrs['body'])))].sort((a, b) => a - b)
  const [recurrences, attentions] = [used('recurrence'), used('attention')]
  const moved = (node: Node): Node => {
    const list = node.op === 'attention' ? attentions : node.op === 'recurrence' || node.op === 'final_state' ? recurrences : undefined
    return list === undefined ? node : { ...node, attrs: { ...node.attrs, body: list.indexOf(Number(node.attrs['body'])) } }
  }
  return {
    ...graph,
    nodes: graph.nodes.map(moved),
    recurrences: recurrences.map((index) => graph.recurrences[index]).filter((body) => body !== undefined),
    attentions: attentions.map((index) => graph.attentions[index]).filter((body) => body !== undefined),
  }
}

function keptInstances(e: Elaboration, graph: Graph, weights: readonly Weight[]): readonly Instance[] {
  const kept = new Set<string>()
  const keep = (path: string): void => {
    for (let at = path; at !== '' && !kept.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) kept.add(at)
  }
  for (const { path } of weights) keep(path)
  for (const node of graph.nodes) if (stateful.has(node.op)) keep(node.path)
  const records = e.instances.filter(({ path }) => kept.has(path))
  const byPath = new Map(records.map((record) => [record.path, record]))
  const seen = new Set<string>()
  const ordered: Instance[] = []
  // A shared value may stand inside one whose path is used first.
  const add = ({ path, definition, source, in: inputs, out }: (typeof records)[number]): void => {
    if (seen.has(path)) return
    seen.add(path)
    const parent = enclosing(path.slice(0, Math.max(0, path.lastIndexOf('.'))), byPath)
    const outer = byPath.get(parent)
    if (outer !== undefined) add(outer)
    ordered.push({ path, parent, definition, source, in: inputs, out })
  }
  for (const record of records) add(record)
  return ordered
}

/** The longest path that is one of `paths` and has `path` inside it; '' if there is none. */
function enclosing(path: string, paths: Pick<ReadonlySet<string>, 'has'>): string {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) if (paths.has(at)) return at
  return ''
}

/** The model can be stepped if no op needs later tokens; otherwise the first one that does. */
function horizonOf(graph: Graph): Model['horizon'] {
  for (const node of graph.nodes) {
    if (node.op === 'attention') {
      const body = attentionBody(node.attrs, graph)
      if (!maskForm(body).causal) return { kind: 'whole', because: `attention \`${body.name}\` sees later tokens`, source: node.source }
    }
    if (node.op === 'final_state')
      return {
        kind: 'whole',
        because: `the state \`${String(node.attrs['name'])}\` after the last token is asked for`,
        source: node.source,
      }
  }
  return { kind: 'causal' }
}
