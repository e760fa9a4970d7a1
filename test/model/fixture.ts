import { GraphBuilder } from '../../src/graph/builder.ts'
import type { NodeId } from '../../src/graph/graph.ts'
import type { Instance, Model, Weight } from '../../src/model/model.ts'
import { product } from '../../src/util/numbers.ts'
import { gatedDelta, softmaxAttention } from '../graph/bodies.ts'

export const sizes = { d: 8, heads: 2, K: 3, V: 4, vocab: 11, conv: 4, window: 5 }

/** Embedding; `layers.0` a delta rule behind a convolution; `layers.1` a windowed, `layers.2` a full attention; logits. */
export function fixture(): Model {
  const { d, heads, K, V, vocab, conv, window } = sizes
  const g = new GraphBuilder()
  const weights: Weight[] = []
  const instances: Instance[] = []
  const at = (path: string) => ({ path, source: 'tiny.gdn:7:3' })
  const weight = (path: string, shape: readonly number[]): NodeId => {
    weights.push({ path: `${path}.weight`, shape, init: { fn: 'normal', args: [0.02] }, source: 'tiny.gdn:7:3' })
    return g.weight(`${path}.weight`, shape, at(path))
  }
  const instance = (path: string, definition: string, inputs: readonly NodeId[], out: NodeId): NodeId => {
    instances.push({
      path,
      parent: path.split('.').slice(0, -1).join('.'),
      definition,
      source: 'tiny.gdn:7:3',
      in: inputs.map((id) => g.type(id)),
      out: g.type(out),
    })
    return out
  }
  const linear = (x: NodeId, path: string, out: readonly number[]): NodeId =>
    instance(path, 'linear', [x], g.add('linear', [x, weight(path, [product(out), g.type(x).shape.at(-1)!])], { out }, at(path)))

  const tokens = g.input('tokens', { dtype: 'u32', batch: true, time: true, shape: [] })
  let h = instance('embed', 'embedding', [tokens], g.add('embedding', [weight('embed', [vocab, d]), tokens], {}, at('embed')))
  {
    const path = 'layers.0'
    const q = linear(h, `${path}.q`, [heads, K])
    const v = linear(h, `${path}.v`, [heads, V])
    const filtered = instance(
      `${path}.conv`,
      'conv1d',
      [q],
      g.add('conv1d', [q, weight(`${path}.conv`, [heads * K, conv])], { width: conv }, at(`${path}.conv`)),
    )
    const beta = g.pointwise('sigmoid', [linear(h, `${path}.b`, [heads])], at(path))
    const decay = g.pointwise('log_sigmoid', [linear(h, `${path}.a`, [heads])], at(path))
    const o = g.add('recurrence', [filtered, filtered, v, beta, decay], { body: g.addRecurrence(gatedDelta(K, V)), chunk: 16 }, at(path))
    // A dead node: what `out` does not reach costs nothing.
    g.pointwise('exp', [o], at(path))
    const y = linear(g.add('reshape', [o], { shape: [heads * V] }, at(path)), `${path}.o`, [d])
    h = instance(path, 'delta_layer', [h], g.pointwise('add', [h, y], at(path)))
  }
  for (const [i, options] of [{ window }, {}].entries()) {
    const path = `layers.${i + 1}`
    const [q, k, v] = [linear(h, `${path}.q`, [heads, K]), linear(h, `${path}.k`, [1, K]), linear(h, `${path}.v`, [1, V])]
    const o = g.add('attention', [q, k, v], { body: g.addAttention(softmaxAttention(K, V, options)) }, at(path))
    const y = linear(g.add('reshape', [o], { shape: [heads * V] }, at(path)), `${path}.o`, [d])
    h = instance(path, 'attention_layer', [h], g.pointwise('add', [h, y], at(path)))
  }
  const logits = linear(h, 'head', [vocab])
  const order = [...instances].sort((a, b) => a.path.split('.').length - b.path.split('.').length)
  return {
    name: 'Tiny',
    doc: 'A model for tests.',
    source: 'tiny.gdn',
    sizes: [{ name: 'd', value: d }],
    inputs: [{ name: 'tokens', doc: '', type: g.type(tokens) }],
    outputs: [{ name: 'logits', doc: '', type: g.type(logits) }],
    weights,
    instances: order.map((one) => (order.some(({ path }) => path === one.parent) ? one : { ...one, parent: '' })),
    graph: g.finish([{ name: 'logits', node: logits }]),
    checkpoint: {
      format: 'safetensors',
      weights: weights.map(({ path, shape }) => ({ path, optional: false, from: { kind: 'tensor', name: `model.${path}`, shape } })),
      ignore: ['mtp.*'],
      expect: [{ keys: ['rope_theta'], value: 1e7 }],
    },
    precision: [{ pattern: 'weights', dtype: 'f32' }],
    horizon: { kind: 'causal' },
  }
}
