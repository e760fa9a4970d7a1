import { removeDead } from '../graph/dead.ts'
import type { Graph, Node, ValueType } from '../graph/graph.ts'
import { maskForm } from '../graph/mask.ts'
import { attentionBody } from '../graph/ops/attention.ts'
import { opNamed } from '../graph/ops/index.ts'
import { recurrenceBody } from '../graph/ops/recurrence.ts'
import { product, sum } from '../util/numbers.ts'
import type { Instance, Model } from './model.ts'
import { bytesOf, storageOf } from './precision.ts'

/** Whether `path` is that of an instance or of something inside it; '' is the model itself. */
export const isInside = (path: string, instance: string): boolean => instance === '' || path === instance || path.startsWith(`${instance}.`)

/** Trainable numbers of the model, or of one instance and all that is inside. */
export const countParams = (model: Pick<Model, 'weights'>, instance = ''): number =>
  sum(model.weights.filter((weight) => isInside(weight.path, instance)).map((weight) => product(weight.shape)))

/**
 * Floating-point operations for one token of the model, or of one instance and all that is inside, when `context` tokens have been read
 * (this one included). A multiply-add counts 2, a pointwise function 1; values that no token changes count nothing.
 */
export const countFlops = (model: Pick<Model, 'graph'>, context: number, instance = ''): number =>
  sum(costs(removeDead(model.graph), context).flatMap(({ path, flops }) => (isInside(path, instance) ? [flops] : [])))

interface Cost {
  readonly path: string
  readonly flops: number
}

function costs(graph: Graph, context: number): readonly Cost[] {
  return graph.nodes.flatMap((node) =>
    node.type.time ? [{ path: node.path, flops: opNamed(node.op).flops(node, inputTypes(graph, node), graph, context) }] : [],
  )
}

const inputTypes = (graph: Graph, node: Node): readonly ValueType[] => node.inputs.map((input) => (graph.nodes[input] as Node).type)

export interface DecodeOptions {
  /** Tokens per sequence so far. */
  readonly tokens: number
  readonly batch?: number
  /** How many tokens a session can take back. */
  readonly rollback?: number
}

/** What decoding keeps between tokens. */
export interface StateSize {
  /** Instance and name, `layers.0.mix.S`. */
  readonly path: string
  /** Ring: the last rows. Append: every row. Fold: one value that is updated. */
  readonly kind: 'ring' | 'append' | 'fold'
  readonly bytes: number
}

/**
 * The least that has to be kept to go on with every sequence, and to take back up to `rollback` tokens: a convolution's last `width - 1` inputs, a shift's last `count`,
 * an attention's keys and values (of its window, if the mask has one), a recurrence's states. A fold is rolled back from copies, or from
 * an older state and the inputs since, whichever is smaller. Models that cannot be stepped keep nothing.
 */
export function decodeState(model: Pick<Model, 'graph' | 'precision' | 'horizon'>, options: DecodeOptions): readonly StateSize[] {
  if (model.horizon.kind === 'whole') return []
  const graph = removeDead(model.graph)
  const bytes = bytesOf(storageOf(model.precision, 'state')) * (options.batch ?? 1)
  return graph.nodes.flatMap((node) =>
    statesOf(graph, node, options.tokens, options.rollback ?? 0).map(({ name, kind, words }) => ({
      path: node.path === '' ? name : `${node.path}.${name}`,
      kind,
      bytes: words * bytes,
    })),
  )
}

export const decodeStateBytes = (model: Pick<Model, 'graph' | 'precision' | 'horizon'>, options: DecodeOptions): number =>
  sum(decodeState(model, options).map((state) => state.bytes))

interface StateWords {
  readonly name: string
  readonly kind: StateSize['kind']
  readonly words: number
}

function statesOf(graph: Graph, node: Node, tokens: number, rollback: number): readonly StateWords[] {
  switch (node.op) {
    case 'conv1d': {
      const rows = Number(node.attrs['width']) - 1
      return rows === 0 ? [] : [{ name: 'window', kind: 'ring', words: (rows + rollback) * product(node.type.shape) }]
    }
    case 'shift':
      return [{ name: 'window', kind: 'ring', words: (Number(node.attrs['count']) + rollback) * product(node.type.shape) }]
    case 'attention': {
      const body = attentionBody(node.attrs, graph)
      const { window } = maskForm(body)
      const rows = window === null ? tokens : Math.min(tokens, window + rollback)
      const kind = window === null ? 'append' : 'ring'
      const types = inputTypes(graph, node)
      return body.params.flatMap((param, i) =>
        param.side === 'j' ? [{ name: `keys.${param.name}`, kind, words: rows * product((types[i] as ValueType).shape) } as const] : [],
      )
    }
    case 'recurrence':
      return foldStates(graph, node, rollback)
    default:
      return []
  }
}

function foldStates(graph: Graph, node: Node, rollback: number): readonly StateWords[] {
  const body = recurrenceBody(node.attrs, graph)
  const out = body.nodes[body.out]?.shape.length ?? 0
  const heads = product(node.type.shape.slice(0, node.type.shape.length - out))
  const states = body.states.map(({ name, shape }): StateWords => ({ name, kind: 'fold', words: heads * product(shape) }))
  if (rollback === 0) return states
  const one = sum(states.map((state) => state.words))
  const token = sum(inputTypes(graph, node).map((type) => (type.time ? product(type.shape) : 0)))
  return [...states, { name: 'rollback', kind: 'ring', words: Math.min(rollback * one, one + rollback * token) }]
}

/** A line of the table that `gdnc show` prints: one instance, with everything inside it. */
export interface InstanceStatistics extends Instance {
  /** Instances around it. */
  readonly depth: number
  readonly params: number
  /** Per token, at the context length asked for. */
  readonly flops: number
  /** Bytes of one sequence, at the context length asked for. */
  readonly state: number
}

/** Every instance in the model's order. */
export function instanceStatistics(model: Model, options: DecodeOptions): readonly InstanceStatistics[] {
  const depths = new Map<string, number>()
  const states = decodeState(model, options)
  const cost = costs(removeDead(model.graph), options.tokens)
  return model.instances.map((instance) => {
    const depth = (depths.get(instance.parent) ?? -1) + 1
    depths.set(instance.path, depth)
    const inside = (path: string) => isInside(path, instance.path)
    return {
      ...instance,
      depth,
      params: countParams(model, instance.path),
      flops: sum(cost.map(({ path, flops }) => (inside(path) ? flops : 0))),
      state: sum(states.map(({ path, bytes }) => (inside(path) ? bytes : 0))),
    }
  })
}
