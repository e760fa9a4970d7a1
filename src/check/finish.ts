import { removeDead } from '../graph/dead.ts'
import type { Graph, Node, NodeId } from '../graph/graph.ts'
import { seenAhead } from '../graph/mask.ts'
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

/** How far ahead of a token its values look: the model can be stepped behind the largest prefix, if all ops agree on one. */
function horizonOf(graph: Graph): Model['horizon'] {
  let prefix: Extract<Model['horizon'], { kind: 'prefix' }> | undefined
  for (const node of graph.nodes) {
    const here = horizonOfNode(graph, node)
    if (here.kind === 'whole') return here
    if (here.kind === 'causal') continue
    if (prefix !== undefined && prefix.upto !== here.upto)
      return { kind: 'whole', because: `\`${prefix.upto}\` and \`${here.upto}\` bound what tokens see ahead`, source: here.source }
    prefix = here
  }
  return prefix ?? { kind: 'causal' }
}

function horizonOfNode(graph: Graph, node: Node): Model['horizon'] {
  const whole = (because: string): Model['horizon'] => ({ kind: 'whole', because, source: node.source })
  switch (node.op) {
    case 'attention': {
      const body = attentionBody(node.attrs, graph)
      const ahead = seenAhead(body)
      const because = `attention \`${body.name}\` sees later tokens`
      if (ahead.kind === 'none') return { kind: 'causal' }
      if (ahead.kind === 'any') return whole(because)
      if (ahead.param === null) return { kind: 'prefix', upto: Math.max(0, ahead.offset), because, source: node.source }
      return ahead.offset <= 0 ? prefixOf(graph, node.inputs[ahead.param] as NodeId, because, node) : whole(because)
    }
    case 'final_state': {
      const recurrence = graph.nodes[node.inputs[0] as NodeId]
      if (typeof recurrence?.attrs['until'] === 'number') return { kind: 'causal' }
      return whole(`the state \`${String(node.attrs['name'])}\` after the last token is asked for`)
    }
    case 'flip': {
      const upto = node.inputs[1]
      return upto === undefined
        ? whole('`flip` reverses the whole sequence')
        : prefixOf(graph, upto, '`flip` reverses the first tokens', node)
    }
    case 'shift':
      return Number(node.attrs['count']) < 0 ? whole('`shift` looks ahead') : { kind: 'causal' }
    case 'pool':
      return whole('`pool` needs all tokens')
    case 'length':
      return whole('`T` is the length of the sequence')
    default:
      return { kind: 'causal' }
  }
}

/** A number of tokens that is known before the first pass: an input of the model, or a constant. */
function prefixOf(graph: Graph, upto: NodeId, because: string, { source }: Node): Model['horizon'] {
  const node = graph.nodes[upto]
  if (node?.op === 'input' && node.type.dtype === 'u32') return { kind: 'prefix', upto: String(node.attrs['name']), because, source }
  if (node?.op === 'constant') return { kind: 'prefix', upto: Number(node.attrs['value']), because, source }
  return { kind: 'whole', because: `${because}, as many as only the whole sequence tells`, source }
}
