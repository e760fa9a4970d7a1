import type { Attribute, Graph, Node } from './graph.ts'
import { ShapeError } from './op.ts'
import { ops } from './ops/index.ts'
import { describeType, sameType } from './types.ts'
import { verifyAttention, verifyRecurrence } from './verify-body.ts'

/** What is wrong with a graph, in sentences; empty if it is legal. */
export function verifyGraph(graph: Graph): string[] {
  return [
    ...graph.recurrences.flatMap(verifyRecurrence),
    ...graph.attentions.flatMap(verifyAttention),
    ...graph.nodes.flatMap((node, index) => verifyNode(graph, node, index)),
    ...verifyShared(graph, 'input', 'name'),
    ...verifyShared(graph, 'weight', 'path'),
    ...verifyOutputs(graph),
  ]
}

const describe = (node: Node, index: number): string => `node ${index} (${node.op}${node.path === '' ? '' : ` of ${node.path}`})`

function verifyNode(graph: Graph, node: Node, index: number): string[] {
  const name = describe(node, index)
  const problems: string[] = []
  if (node.id !== index) problems.push(`${name} has id ${node.id}`)
  if (!Object.values(node.attrs).every(isPlain)) problems.push(`${name} has attributes that JSON cannot hold`)
  const op = ops[node.op]
  if (!op) return [...problems, `${name} is no op`]
  const inputs = node.inputs.map((input) => graph.nodes[input])
  if (node.inputs.some((input) => !(input < index)) || inputs.includes(undefined)) {
    return [...problems, `${name} has inputs ${node.inputs.join(', ')}, expected ids below its own`]
  }
  try {
    const type = op.infer(
      (inputs as Node[]).map((input) => input.type),
      node.attrs,
      graph,
    )
    if (!sameType(type, node.type)) problems.push(`${name} is ${describeType(node.type)}, its shape rule gives ${describeType(type)}`)
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error
    problems.push(`${name}: ${error.message}`)
  }
  if (node.op === 'final_state' && (inputs[0]?.op !== 'recurrence' || inputs[0].attrs['body'] !== node.attrs['body'])) {
    problems.push(`${name} has as its input a ${inputs[0]?.op}, expected a recurrence of body ${String(node.attrs['body'])}`)
  }
  return problems
}

function isPlain(value: Attribute): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return value === null || typeof value !== 'object' || Object.values(value).every(isPlain)
}

/** Nodes that stand for one thing agree on its type. */
function verifyShared(graph: Graph, op: string, key: string): string[] {
  const first = new Map<unknown, Node>()
  const problems: string[] = []
  for (const node of graph.nodes) {
    if (node.op !== op) continue
    const known = first.get(node.attrs[key])
    if (!known) first.set(node.attrs[key], node)
    else if (!sameType(known.type, node.type)) {
      problems.push(
        `${op} ${String(node.attrs[key])} is ${describeType(known.type)} in node ${known.id} and ${describeType(node.type)} in node ${node.id}`,
      )
    }
  }
  return problems
}

function verifyOutputs(graph: Graph): string[] {
  const names = new Set<string>()
  const problems: string[] = []
  for (const { name, node } of graph.outputs) {
    if (names.has(name)) problems.push(`two outputs ${name}`)
    if (!graph.nodes[node]) problems.push(`output ${name} is node ${node} of ${graph.nodes.length}`)
    names.add(name)
  }
  return problems
}
