import type { Attributes, Graph, Node, NodeId, ValueType } from '../../graph/graph.ts'
import { stateful } from '../../graph/ops/index.ts'

/** A rewritten node refers to nodes of the new graph. */
interface Rewriter {
  readonly nodes: Node[]
  add(op: string, inputs: readonly NodeId[], attrs: Attributes, type: ValueType, like: Node): NodeId
}

type Rule = (node: Node, at: (id: NodeId) => Node, add: Rewriter['add']) => NodeId | undefined

const sameShape = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((size, axis) => size === b[axis])
const sameType = (a: ValueType, b: ValueType) =>
  a.dtype === b.dtype && a.batch === b.batch && a.time === b.time && sameShape(a.shape, b.shape)

/** x * 1, 1 * x, x + 0, 0 + x, x - 0, x / 1 where nothing is broadcast away. */
const neutral: Rule = (node, at) => {
  if (node.op !== 'pointwise' || node.inputs.length !== 2) return undefined
  const [left, right] = node.inputs.map((id) => at(id))
  if (!left || !right) return undefined
  const fn = node.attrs['fn']
  const is = (other: Node, value: number) => other.op === 'constant' && other.attrs['value'] === value
  const [value, commutes] =
    fn === 'mul' ? [1, true] : fn === 'add' ? [0, true] : fn === 'sub' ? [0, false] : fn === 'div' ? [1, false] : [Number.NaN, false]
  if (is(right, value) && sameType(left.type, node.type)) return left.id
  if (commutes && is(left, value) && sameType(right.type, node.type)) return right.id
  return undefined
}

/** Views that change nothing, and views of views. */
const views: Rule = (node, at, add) => {
  const input = node.inputs[0] === undefined ? undefined : at(node.inputs[0])
  if (!input) return undefined
  if (
    (node.op === 'reshape' || node.op === 'slice' || node.op === 'concat') &&
    node.inputs.length === 1 &&
    sameShape(node.type.shape, input.type.shape)
  )
    return input.id
  if (node.op === 'reshape' && input.op === 'reshape' && input.inputs[0] !== undefined)
    return add('reshape', [input.inputs[0]], node.attrs, node.type, node)
  if (node.op === 'permute' && (node.attrs['order'] as readonly number[]).every((axis, i) => axis === i)) return input.id
  return undefined
}

/** concat of adjacent slices of one value along the axis they were cut from is one slice. */
const adjacent: Rule = (node, at, add) => {
  if (node.op !== 'concat') return undefined
  const cuts = node.inputs.map((id) => at(id))
  const [first] = cuts
  const axis = node.attrs['axis']
  if (!first || !cuts.every((cut) => cut.op === 'slice' && cut.inputs[0] === first.inputs[0] && cut.attrs['axis'] === axis))
    return undefined
  for (let i = 1; i < cuts.length; i++) if (cuts[i - 1]?.attrs['end'] !== cuts[i]?.attrs['start']) return undefined
  const attrs = { axis: axis ?? 0, start: first.attrs['start'] ?? 0, end: cuts.at(-1)?.attrs['end'] ?? 0 }
  const source = first.inputs[0]
  if (source === undefined) return undefined
  if (sameShape(at(source).type.shape, node.type.shape)) return source
  return add('slice', [source], attrs, node.type, node)
}

/** linear with a bias is a linear and an addition, so that linears with one input can share a kernel. */
const bias: Rule = (node, at, add) => {
  const [x, weight, b] = node.inputs
  if (node.op !== 'linear' || x === undefined || weight === undefined || b === undefined) return undefined
  const plain = add('linear', [x, weight], node.attrs, node.type, node)
  const shape = node.type.shape.slice(at(x).type.shape.length - 1)
  const shaped = sameShape(at(b).type.shape, shape) ? b : add('reshape', [b], { shape }, { ...at(b).type, shape }, node)
  return add('pointwise', [plain, shaped], { fn: 'add' }, node.type, node)
}

/** Ops that change nothing outside training. */
const inference: Rule = (node) => (node.op === 'dropout' ? node.inputs[0] : undefined)

const rules: readonly Rule[] = [inference, neutral, views, adjacent, bias]

/**
 * Rewrites a graph into one that means the same with fewer nodes: neutral arithmetic, views of views and duplicates go, biases become
 * additions, and nodes that no output reaches are dropped. Node ids change.
 */
export function simplify(graph: Graph): Graph {
  const nodes: Node[] = []
  const known = new Map<string, NodeId>()
  const at = (id: NodeId): Node => nodes[id] as Node
  const add: Rewriter['add'] = (op, inputs, attrs, type, like) => {
    const candidate: Node = { id: nodes.length, op, inputs, attrs, type, path: like.path, source: like.source }
    for (const rule of rules) {
      const replacement = rule(candidate, at, add)
      if (replacement !== undefined) return replacement
    }
    const key = JSON.stringify([op, inputs, attrs, type])
    const same = known.get(key)
    // A stateful op keeps a state of its own for every application, even where two look alike.
    if (same !== undefined && !isStateful(candidate)) return same
    nodes.push({ ...candidate, id: nodes.length })
    known.set(key, nodes.length - 1)
    return nodes.length - 1
  }
  const moved = new Map<NodeId, NodeId>()
  for (const node of graph.nodes) {
    moved.set(
      node.id,
      add(
        node.op,
        node.inputs.map((id) => moved.get(id) as NodeId),
        node.attrs,
        node.type,
        node,
      ),
    )
  }
  return withoutDead({ ...graph, nodes, outputs: graph.outputs.map((o) => ({ name: o.name, node: moved.get(o.node) as NodeId })) })
}

export const isStateful = (node: Node): boolean => stateful.has(node.op)

function withoutDead(graph: Graph): Graph {
  const live = new Set<NodeId>()
  const visit = (id: NodeId) => {
    if (live.has(id)) return
    live.add(id)
    for (const input of graph.nodes[id]?.inputs ?? []) visit(input)
  }
  for (const output of graph.outputs) visit(output.node)
  const moved = new Map<NodeId, NodeId>()
  const nodes: Node[] = []
  for (const node of graph.nodes) {
    if (!live.has(node.id)) continue
    moved.set(node.id, nodes.length)
    nodes.push({ ...node, id: nodes.length, inputs: node.inputs.map((id) => moved.get(id) as NodeId) })
  }
  return { ...graph, nodes, outputs: graph.outputs.map((o) => ({ name: o.name, node: moved.get(o.node) as NodeId })) }
}
