import { BodyBuilder } from '../../src/graph/body-builder.ts'
import { GraphBuilder } from '../../src/graph/builder.ts'
import type { Attributes, NodeId } from '../../src/graph/graph.ts'
import type { Init, Model, Weight } from '../../src/model/model.ts'
import { product } from '../../src/util/numbers.ts'

export interface HybridSizes {
  readonly d: number
  readonly vocab: number
  readonly heads: number
  readonly valueHeads: number
  readonly key: number
  readonly value: number
  readonly window: number
  readonly ffn: number
}

export const oddSizes: HybridSizes = { d: 20, vocab: 30, heads: 2, valueHeads: 4, key: 12, value: 10, window: 5, ffn: 28 }

/** A small hybrid written op by op: gated delta layers (`r`) and windowed attention with rotation, norm and gate (`a`), each with an MLP. */
export function hybrid(pattern: string, sizes: HybridSizes = oddSizes): Model {
  const g = new GraphBuilder()
  const weights: Weight[] = []
  const { d, vocab, heads, valueHeads, key, value, window, ffn } = sizes
  let path = ''
  const add = (op: string, inputs: readonly NodeId[], attrs: Attributes = {}): NodeId => g.add(op, inputs, attrs, { path, source: '' })
  const weight = (name: string, shape: readonly number[], init: Init = { fn: 'normal', args: [0.3] }): NodeId => {
    const full = path === '' ? name : `${path}.${name}`
    weights.push({ path: full, shape, init, source: '' })
    return add('weight', [], { path: full, shape })
  }
  const pointwise = (fn: string, ...inputs: readonly NodeId[]): NodeId => add('pointwise', inputs, { fn })
  const linear = (x: NodeId, out: readonly number[], name: string, bias = false): NodeId => {
    const inner = g.type(x).shape.at(-1) ?? 1
    const inputs = [x, weight(`${name}.weight`, [product(out), inner]), ...(bias ? [weight(`${name}.bias`, [product(out)])] : [])]
    return add('linear', inputs, { out })
  }
  const norm = (x: NodeId, name: string): NodeId =>
    pointwise(
      'mul',
      add('norm', [x], { kind: 'rms', eps: 1e-5, over: 1 }),
      weight(`${name}.weight`, [g.type(x).shape.at(-1) ?? 1], { fn: 'uniform', args: [0.5, 1.5] }),
    )
  const unit = (x: NodeId): NodeId => add('norm', [x], { kind: 'l2', eps: 1e-6, over: 1 })
  const conv = (x: NodeId, name: string): NodeId =>
    pointwise('silu', add('conv1d', [x, weight(`${name}.weight`, [product(g.type(x).shape), 4])], { width: 4 }))
  const flat = (x: NodeId): NodeId => add('reshape', [x], { shape: [product(g.type(x).shape)] })

  const gatedDelta = (n: NodeId): NodeId => {
    const body = new BodyBuilder('recurrence', 'gated_delta')
    const [q, k, v] = [
      body.param({ name: 'q', shape: [key] }),
      body.param({ name: 'k', shape: [key] }),
      body.param({ name: 'v', shape: [value] }),
    ]
    const [beta, gate] = [body.param({ name: 'beta', shape: [], min: 0, max: 2 }), body.param({ name: 'g', shape: [], max: 0 })]
    const decayed = body.pointwise('mul', body.pointwise('exp', gate), body.state('S', [key, value]))
    const erased = body.pointwise('mul', beta, body.pointwise('sub', v, body.add('read', [decayed, k])))
    const next = body.pointwise('add', decayed, body.add('outer', [k, erased]))
    body.assign('S', next)
    const out = body.pointwise('mul', body.add('read', [next, q]), body.constant(key ** -0.5))
    const index = g.addRecurrence(body.recurrence(out))
    const args = [
      unit(conv(linear(n, [heads, key], 'q_proj'), 'q_conv')),
      unit(conv(linear(n, [heads, key], 'k_proj'), 'k_conv')),
      conv(linear(n, [valueHeads, value], 'v_proj'), 'v_conv'),
      pointwise('sigmoid', linear(n, [valueHeads], 'b_proj')),
      pointwise(
        'mul',
        pointwise('neg', pointwise('exp', weight('A_log', [valueHeads]))),
        pointwise('softplus', pointwise('add', linear(n, [valueHeads], 'a_proj'), weight('dt_bias', [valueHeads]))),
      ),
    ]
    const z = linear(n, [valueHeads, value], 'z_proj')
    return linear(
      flat(pointwise('mul', norm(add('recurrence', args, { body: index, chunk: 0 }), 'norm'), pointwise('silu', z))),
      [d],
      'o_proj',
    )
  }

  const attention = (n: NodeId): NodeId => {
    const [queries, kv, size] = [4, 2, 6]
    const rope = (x: NodeId): NodeId => {
      const frequency = pointwise(
        'exp',
        pointwise('mul', add('constant', [], { value: -Math.log(10000) / (size / 2) }), add('iota', [], { count: size / 2 })),
      )
      return add('rotate', [x, pointwise('mul', pointwise('to_f32', add('position', [])), frequency)], { pairing: 'half' })
    }
    const body = new BodyBuilder('attention', 'local')
    const q = body.param({ name: 'q', shape: [size], side: 'i' })
    const [k, v] = [body.param({ name: 'k', shape: [size], side: 'j' }), body.param({ name: 'v', shape: [size], side: 'j' })]
    const [i, j] = [body.add('position_i'), body.add('position_j')]
    const near = body.pointwise('lt', body.pointwise('sub', i, j), body.constant(window, 'u32'))
    const mask = body.pointwise('and', body.pointwise('le', j, i), near)
    const score = body.pointwise('mul', body.add('dot', [q, k]), body.constant(size ** -0.5))
    const index = g.addAttention(body.attention({ mask, score, weighting: 'softmax', sink: null, value: v }))
    const args = [
      rope(norm(linear(n, [queries, size], 'q_proj'), 'q_norm')),
      rope(norm(linear(n, [kv, size], 'k_proj', true), 'k_norm')),
      linear(n, [kv, size], 'v_proj'),
    ]
    const gate = pointwise('sigmoid', linear(n, [queries, size], 'gate_proj'))
    return linear(flat(pointwise('mul', add('attention', args, { body: index }), gate)), [d], 'o_proj')
  }

  const tokens = add('input', [], { name: 'tokens', dtype: 'u32', batch: true, time: true, shape: [] })
  let x = add('embedding', [weight('embed.table', [vocab, d]), tokens])
  for (const [layer, kind] of [...pattern].entries()) {
    path = `layers.${layer}`
    const n = norm(x, 'mix_norm')
    x = pointwise('add', x, kind === 'r' ? gatedDelta(n) : attention(n))
    const m = norm(x, 'ffn_norm')
    x = pointwise('add', x, linear(pointwise('mul', pointwise('silu', linear(m, [ffn], 'gate')), linear(m, [ffn], 'up')), [d], 'down'))
  }
  path = ''
  const logits = linear(norm(x, 'norm'), [vocab], 'head')
  return {
    name: 'Hybrid',
    doc: '',
    source: 'hybrid',
    sizes: [],
    inputs: [{ name: 'tokens', doc: '', type: { dtype: 'u32', batch: true, time: true, shape: [] } }],
    outputs: [{ name: 'logits', doc: '', type: { dtype: 'f32', batch: true, time: true, shape: [vocab] } }],
    weights,
    instances: [],
    graph: g.finish([{ name: 'logits', node: logits }]),
    checkpoint: null,
    precision: [],
    horizon: { kind: 'causal' },
  }
}
