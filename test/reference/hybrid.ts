import { GraphBuilder } from '../../src/graph/builder.ts'
import type { Graph, NodeId, Tensor } from '../../src/graph/graph.ts'
import type { Extent } from '../../src/graph/op.ts'
import { tensor } from '../../src/graph/tensor.ts'
import { product } from '../../src/util/numbers.ts'
import { gatedDelta, selectiveScan, softmaxAttention, ssd } from '../graph/bodies.ts'
import { randomIntegers, randomNormal } from '../support/numbers.ts'

export interface HybridSizes {
  readonly layers: number
  readonly width: number
  readonly heads: number
  readonly key: number
  readonly value: number
  readonly vocab: number
  readonly window: number
}

export const small: HybridSizes = { layers: 2, width: 12, heads: 2, key: 4, value: 5, vocab: 17, window: 3 }

/** Embedding, then per layer a delta rule, a state space model, a channel scan and a windowed attention with rotation, then logits. */
export function hybrid(sizes: HybridSizes = small): Graph {
  const { layers, width, heads, key, value, vocab, window } = sizes
  const g = new GraphBuilder()
  const delta = g.addRecurrence(gatedDelta(key, value))
  const space = g.addRecurrence(ssd(key, value))
  const scan = g.addRecurrence(selectiveScan(3))
  const dense = g.addAttention(softmaxAttention(key, value, { window, cap: 5 }))
  const linear = (x: NodeId, path: string, out: readonly number[]) =>
    g.add('linear', [x, g.weight(`${path}.weight`, [product(out), g.type(x).shape.at(-1)!])], { out })
  const conv = (x: NodeId, path: string) => {
    const channels = product(g.type(x).shape)
    return g.pointwise('silu', [
      g.add('conv1d', [x, g.weight(`${path}.weight`, [channels, 4]), g.weight(`${path}.bias`, [channels])], { width: 4 }),
    ])
  }
  const unit = (x: NodeId) => g.add('norm', [x], { kind: 'l2', eps: 1e-6, over: 1 })
  const decay = (x: NodeId) => g.pointwise('neg', [g.pointwise('softplus', [x])])
  const frequency = g.pointwise('exp2', [g.pointwise('neg', [g.add('iota', [], { count: key / 2 })])])
  const angle = g.add('reshape', [g.pointwise('mul', [g.pointwise('to_f32', [g.add('position', [])]), frequency])], { shape: [1, key / 2] })
  const rope = (x: NodeId) => g.add('rotate', [x, angle], { pairing: 'half' })

  let h = g.add('embedding', [g.weight('embed', [vocab, width]), g.input('tokens', { dtype: 'u32', batch: true, time: true, shape: [] })])
  for (let i = 0; i < layers; i++) {
    const x = g.add('norm', [h], { kind: 'rms', eps: 1e-5, over: 1 })
    const at = (name: string) => `layers.${i}.${name}`
    const q = unit(conv(linear(x, at('q'), [heads, key]), at('q_conv')))
    const k = unit(conv(linear(x, at('k'), [1, key]), at('k_conv')))
    const v = conv(linear(x, at('v'), [heads, value]), at('v_conv'))
    const beta = g.pointwise('sigmoid', [linear(x, at('beta'), [heads])])
    const mixed = [
      g.add('recurrence', [q, k, v, beta, decay(linear(x, at('g'), [heads]))], { body: delta, chunk: 16 }),
      g.add(
        'recurrence',
        [q, k, v, g.pointwise('softplus', [linear(x, at('dt'), [heads])]), decay(g.weight(at('A'), [heads])), g.weight(at('D'), [heads])],
        { body: space, chunk: 0 },
      ),
      g.add('attention', [rope(q), rope(k), v], { body: dense }),
    ]
    const channels = linear(x, at('x'), [heads * value])
    const scanned = g.add(
      'recurrence',
      [
        channels,
        g.pointwise('softplus', [channels]),
        decay(g.weight(at('scan_A'), [heads * value, 3])),
        linear(x, at('b'), [3]),
        linear(x, at('c'), [3]),
        g.weight(at('skip'), [heads * value]),
      ],
      { body: scan, chunk: 0 },
    )
    const sum = mixed
      .map((one) => g.add('reshape', [one], { shape: [heads * value] }))
      .reduce((a, b) => g.pointwise('add', [a, b]), scanned)
    h = g.pointwise('add', [h, linear(sum, at('out'), [width])])
  }
  return g.finish([
    { name: 'logits', node: linear(h, 'head', [vocab]) },
    { name: 'hidden', node: h },
  ])
}

/** Random weights, the same for the same path. */
export function randomWeights(graph: Graph): (path: string) => Tensor {
  const shapes = new Map(
    graph.nodes.flatMap((node) => (node.op === 'weight' ? [[String(node.attrs['path']), node.type.shape] as const] : [])),
  )
  const made = new Map<string, Tensor>()
  return (path) => {
    const known = made.get(path)
    if (known) return known
    const shape = shapes.get(path)!
    const seed = [...path].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) | 0, 7)
    const value = tensor(shape, randomNormal(product(shape), seed, 1 / Math.sqrt(shape.at(-1) ?? 1)))
    made.set(path, value)
    return value
  }
}

/** Random tokens of a batch, padded with ids that are no token. */
export function randomTokens(lengths: readonly number[], vocab: number, seed = 1): { tokens: Tensor; extent: Extent } {
  const time = Math.max(0, ...lengths)
  const ids = Array.from(randomIntegers(lengths.length * time, seed, vocab))
  const data = ids.map((id, i) => (i % Math.max(1, time) < lengths[Math.floor(i / Math.max(1, time))]! ? id : Number.NaN))
  return { tokens: tensor([lengths.length, time], data, 'u32'), extent: { batch: lengths.length, time, lengths } }
}

/** The rows `[from, to)` of every sequence of a `[B, T, ..]` tensor. */
export function rows(value: Tensor, from: number, to: number): Tensor {
  const [batch = 0, time = 0, ...rest] = value.shape
  const words = product(rest)
  const data = new Float64Array(batch * (to - from) * words)
  for (let b = 0; b < batch; b++) {
    data.set(value.data.subarray((b * time + from) * words, (b * time + Math.min(time, to)) * words), b * (to - from) * words)
  }
  return { dtype: value.dtype, shape: [batch, to - from, ...rest], data }
}
