import { BodyBuilder } from '../../src/graph/body-builder.ts'
import type { Attention, Recurrence } from '../../src/graph/graph.ts'

/** Hand-written bodies from their equations, for tests. K, V: rows and columns of the state. */

/** `S = exp(g) S; S = S + outer(k, beta (v - read(S, k))); out read(S, q) rsqrt(K)`. */
export function gatedDelta(K: number, V: number): Recurrence {
  const b = new BodyBuilder('recurrence', 'gated_delta', 'test.gdn:1:1')
  const q = b.param({ name: 'q', shape: [K] })
  const k = b.param({ name: 'k', shape: [K] })
  const v = b.param({ name: 'v', shape: [V] })
  const beta = b.param({ name: 'beta', shape: [], min: 0, max: 2 })
  const g = b.param({ name: 'g', shape: [], max: 0 })
  const before = b.state('S', [K, V])
  const decayed = b.pointwise('mul', b.pointwise('exp', g), before)
  const error = b.pointwise('sub', v, b.add('read', [decayed, k]))
  const after = b.pointwise('add', decayed, b.add('outer', [k, b.pointwise('mul', beta, error)]))
  b.assign('S', after)
  return b.recurrence(b.pointwise('mul', b.add('read', [after, q]), b.pointwise('rsqrt', b.constant(K))))
}

/** The same without a decay. */
export function delta(K: number, V: number): Recurrence {
  const b = new BodyBuilder('recurrence', 'delta')
  const q = b.param({ name: 'q', shape: [K] })
  const k = b.param({ name: 'k', shape: [K] })
  const v = b.param({ name: 'v', shape: [V] })
  const beta = b.param({ name: 'beta', shape: [], min: 0, max: 2 })
  const before = b.state('S', [K, V])
  const error = b.pointwise('sub', v, b.add('read', [before, k]))
  const after = b.pointwise('add', before, b.add('outer', [k, b.pointwise('mul', beta, error)]))
  b.assign('S', after)
  return b.recurrence(b.pointwise('mul', b.add('read', [after, q]), b.pointwise('rsqrt', b.constant(K))))
}

/** `h = exp(dt a) h + outer(b, dt x); out read(h, c) + skip x`. N: state rows, P: head size. */
export function ssd(N: number, P: number): Recurrence {
  const body = new BodyBuilder('recurrence', 'ssd')
  const c = body.param({ name: 'c', shape: [N] })
  const b = body.param({ name: 'b', shape: [N] })
  const x = body.param({ name: 'x', shape: [P] })
  const dt = body.param({ name: 'dt', shape: [], min: 0 })
  const a = body.param({ name: 'a', shape: [], max: 0 })
  const skip = body.param({ name: 'skip', shape: [] })
  const before = body.state('h', [N, P])
  const decayed = body.pointwise('mul', body.pointwise('exp', body.pointwise('mul', dt, a)), before)
  const after = body.pointwise('add', decayed, body.add('outer', [b, body.pointwise('mul', dt, x)]))
  body.assign('h', after)
  return body.recurrence(body.pointwise('add', body.add('read', [after, c]), body.pointwise('mul', skip, x)))
}

/** `h = exp(dt A) h + dt x b; out dot(h, c) + skip x`: a state without columns, one channel per head. */
export function selectiveScan(N: number): Recurrence {
  const body = new BodyBuilder('recurrence', 'selective_scan')
  const x = body.param({ name: 'x', shape: [] })
  const dt = body.param({ name: 'dt', shape: [], min: 0 })
  const A = body.param({ name: 'A', shape: [N], max: 0 })
  const b = body.param({ name: 'b', shape: [N] })
  const c = body.param({ name: 'c', shape: [N] })
  const skip = body.param({ name: 'skip', shape: [] })
  const before = body.state('h', [N])
  const decayed = body.pointwise('mul', body.pointwise('exp', body.pointwise('mul', dt, A)), before)
  const after = body.pointwise('add', decayed, body.pointwise('mul', body.pointwise('mul', dt, x), b))
  body.assign('h', after)
  return body.recurrence(body.pointwise('add', body.add('dot', [after, c]), body.pointwise('mul', skip, x)))
}

export interface SoftmaxOptions {
  readonly window?: number
  readonly cap?: number
  readonly sink?: boolean
  /** Leaves out the mask. */
  readonly whole?: boolean
}

/** `where j <= i and i - j < window; s = dot(q, k) rsqrt(D); out softmax(cap tanh(s / cap), sink: sink) of v`. */
export function softmaxAttention(D: number, V: number, { window, cap, sink = false, whole = false }: SoftmaxOptions = {}): Attention {
  const b = new BodyBuilder('attention', 'dense')
  const q = b.param({ name: 'q', shape: [D], side: 'i' })
  const k = b.param({ name: 'k', shape: [D], side: 'j' })
  const v = b.param({ name: 'v', shape: [V], side: 'j' })
  const sinkAt = sink ? b.param({ name: 'sink', shape: [] }) : null
  const [i, j] = [b.add('position_i'), b.add('position_j')]
  const causal = b.pointwise('le', j, i)
  const near =
    window === undefined ? causal : b.pointwise('and', causal, b.pointwise('lt', b.pointwise('sub', i, j), b.constant(window, 'u32')))
  const s = b.pointwise('mul', b.add('dot', [q, k]), b.constant(D ** -0.5))
  const score = cap === undefined ? s : b.pointwise('mul', b.constant(cap), b.pointwise('tanh', b.pointwise('div', s, b.constant(cap))))
  return b.attention({ mask: whole ? null : near, score, weighting: 'softmax', sink: sinkAt, value: v })
}

/** `where j <= i and i - j < window; out sigmoid(dot(q, k) rsqrt(D) + slope (i - j)) of v`. */
export function sigmoidAttention(D: number, V: number, window: number): Attention {
  const b = new BodyBuilder('attention', 'swat')
  const q = b.param({ name: 'q', shape: [D], side: 'i' })
  const k = b.param({ name: 'k', shape: [D], side: 'j' })
  const v = b.param({ name: 'v', shape: [V], side: 'j' })
  const slope = b.param({ name: 'slope', shape: [] })
  const [i, j] = [b.add('position_i'), b.add('position_j')]
  const distance = b.pointwise('sub', i, j)
  const mask = b.pointwise('and', b.pointwise('le', j, i), b.pointwise('lt', distance, b.constant(window, 'u32')))
  const s = b.pointwise('mul', b.add('dot', [q, k]), b.constant(D ** -0.5))
  const score = b.pointwise('add', s, b.pointwise('mul', slope, b.pointwise('to_f32', distance)))
  return b.attention({ mask, score, weighting: 'sigmoid', sink: null, value: v })
}
