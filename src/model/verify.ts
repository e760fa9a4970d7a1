import type { Graph, Node, ValueType } from '../graph/graph.ts'
import { seenAhead } from '../graph/mask.ts'
import { attentionBody } from '../graph/ops/attention.ts'
import { describeShape, describeType, sameType } from '../graph/types.ts'
import { verifyGraph } from '../graph/verify.ts'
import { sameNumbers } from '../util/numbers.ts'
import type { Model, TensorSource } from './model.ts'

/** What is wrong with a model, in sentences; empty if it is legal. */
export function verifyModel(model: Model): string[] {
  const graph = verifyGraph(model.graph)
  // The rest relies on a graph whose ids and bodies hold.
  if (graph.length > 0) return graph
  return [
    ...unique(
      'size',
      model.sizes.map(({ name }) => name),
    ),
    ...unique(
      'input',
      model.inputs.map(({ name }) => name),
    ),
    ...unique(
      'output',
      model.outputs.map(({ name }) => name),
    ),
    ...unique(
      'weight',
      model.weights.map(({ path }) => path),
    ),
    ...unique(
      'instance',
      model.instances.map(({ path }) => path),
    ),
    ...verifyBorder('input', model.inputs, graphInputs(model.graph)),
    ...verifyBorder('output', model.outputs, graphOutputs(model.graph)),
    ...verifyWeights(model),
    ...verifyInstances(model),
    ...verifyHorizon(model),
    ...verifyCheckpoint(model),
  ]
}

const unique = (what: string, names: readonly string[]): string[] =>
  names.filter((name, i) => names.indexOf(name) !== i).map((name) => `two of ${what} ${name}`)

type Border = readonly { readonly name: string; readonly type: ValueType }[]

const graphInputs = (graph: Graph): Border =>
  graph.nodes.flatMap((node) => (node.op === 'input' ? [{ name: String(node.attrs['name']), type: node.type }] : []))

const graphOutputs = (graph: Graph): Border => graph.outputs.map(({ name, node }) => ({ name, type: (graph.nodes[node] as Node).type }))

/** An input that nothing reads has no node; every output has one. */
function verifyBorder(what: 'input' | 'output', declared: Border, made: Border): string[] {
  const problems: string[] = []
  for (const { name, type } of made) {
    const declaration = declared.find((one) => one.name === name)
    if (!declaration) problems.push(`the graph has ${what} ${name}, the model does not`)
    else if (!sameType(declaration.type, type))
      problems.push(`${what} ${name} is declared ${describeType(declaration.type)}, in the graph ${describeType(type)}`)
  }
  if (what === 'output')
    for (const { name } of declared) if (!made.some((one) => one.name === name)) problems.push(`output ${name} is not in the graph`)
  return problems
}

function verifyWeights(model: Model): string[] {
  const shapes = new Map(model.weights.map(({ path, shape }) => [path, shape]))
  const used = new Set<string>()
  const problems: string[] = []
  for (const node of model.graph.nodes) {
    if (node.op !== 'weight') continue
    const path = String(node.attrs['path'])
    const shape = shapes.get(path)
    used.add(path)
    if (!shape) problems.push(`node ${node.id} reads weight ${path}, which the model does not have`)
    else if (!sameNumbers(shape, node.type.shape))
      problems.push(`weight ${path} is ${describeShape(shape)}, in the graph ${describeShape(node.type.shape)}`)
  }
  for (const { path } of model.weights) if (!used.has(path)) problems.push(`weight ${path} is not in the graph`)
  return problems
}

function verifyInstances(model: Model): string[] {
  const seen = new Set<string>([''])
  const problems: string[] = []
  for (const { path, parent } of model.instances) {
    if (!seen.has(parent)) problems.push(`instance ${path} comes before its parent ${parent}`)
    if (parent !== '' && !path.startsWith(`${parent}.`)) problems.push(`instance ${path} is not inside its parent ${parent}`)
    seen.add(path)
  }
  for (const node of model.graph.nodes)
    if (!seen.has(node.path)) problems.push(`node ${node.id} (${node.op}) belongs to ${node.path}, which is no instance`)
  return problems
}

function verifyHorizon(model: Model): string[] {
  if (model.horizon.kind === 'whole') return []
  const { kind } = model.horizon
  return model.graph.nodes.flatMap((node) => {
    const ahead = aheadOf(model.graph, node)
    return ahead === 'none' || (ahead === 'prefix' && kind === 'prefix')
      ? []
      : [
          `the model is ${kind === 'prefix' ? 'causal after a prefix' : 'causal'}, but node ${node.id} (${node.op} of ${node.path}) sees later tokens`,
        ]
  })
}

/** What a node sees of later tokens: none, those of a first part of the sequence, or any. */
function aheadOf(graph: Graph, node: Node): 'none' | 'prefix' | 'any' {
  switch (node.op) {
    case 'attention': {
      const { kind } = seenAhead(attentionBody(node.attrs, graph))
      return kind === 'before' ? 'prefix' : kind
    }
    case 'flip':
      return node.inputs.length === 2 ? 'prefix' : 'any'
    case 'shift':
      return Number(node.attrs['count']) < 0 ? 'any' : 'none'
    case 'final_state':
      return typeof graph.nodes[node.inputs[0] as number]?.attrs['until'] === 'number' ? 'none' : 'any'
    case 'pool':
    case 'length':
      return 'any'
    default:
      return 'none'
  }
}

function verifyCheckpoint({ checkpoint, weights }: Model): string[] {
  if (!checkpoint) return []
  const made = new Map(checkpoint.weights.map((entry) => [entry.path, entry]))
  const problems = unique(
    'checkpoint weight',
    checkpoint.weights.map(({ path }) => path),
  )
  for (const { path, shape } of weights) {
    const entry = made.get(path)
    if (!entry) problems.push(`the checkpoint does not make weight ${path}`)
    else if (!sameNumbers(entry.from.shape, shape))
      problems.push(`the checkpoint makes weight ${path} ${describeShape(entry.from.shape)}, expected ${describeShape(shape)}`)
  }
  for (const { path } of checkpoint.weights)
    if (!weights.some((weight) => weight.path === path)) problems.push(`the checkpoint makes ${path}, which is no weight`)
  return [
    ...problems,
    ...checkpoint.weights.flatMap(({ path, from }) =>
      sourcesAreSized(from) ? [] : [`the checkpoint makes ${path} of tensors with negative or broken sizes`],
    ),
  ]
}

const sourcesAreSized = (source: TensorSource): boolean =>
  source.shape.every((size) => Number.isSafeInteger(size) && size >= 0) && (source.kind !== 'apply' || source.inputs.every(sourcesAreSized))
