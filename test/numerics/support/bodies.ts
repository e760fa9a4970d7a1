import { BodyBuilder } from '../../../src/graph/body-builder.ts'
import type { Attention, Recurrence } from '../../../src/graph/graph.ts'

/** Bodies beyond those of `test/graph/bodies.ts`: one for every way in which a form can differ. */

const builder = (name: string) => {
  const b = new BodyBuilder('recurrence', name)
  const fn = (op: string, ...inputs: number[]) => b.pointwise(op, ...inputs)
  return {
    b,
    fn,
    vector: (param: string, n: number) => b.param({ name: param, shape: [n] }),
    scalar: (param: string) => b.param({ name: param, shape: [] }),
    /** A log decay: at most 0. */
    decay: (param: string, shape: readonly number[] = []) => b.param({ name: param, shape, max: 0 }),
  }
}

/** The state is read and written before it decays; the erase has a key of its own: all that the chunk form allows, placed early. */
export function earlyDelta(K: number, V: number): Recurrence {
  const { b, fn, vector, scalar } = builder('early_delta')
  const [q, k, e, v] = [vector('q', K), vector('k', K), vector('e', K), vector('v', V)]
  const [beta, g] = [scalar('beta'), scalar('g')]
  const S = b.state('S', [K, V])
  const written = fn('add', S, b.add('outer', [k, fn('sub', fn('mul', beta, v), fn('mul', fn('mul', beta, beta), b.add('read', [S, e])))]))
  b.assign('S', fn('mul', fn('sigmoid', g), written))
  return b.recurrence(fn('add', b.add('read', [S, q]), v))
}

/** S = a S + outer(k, v) with a constant decay. */
export function retention(K: number, V: number, decay: number): Recurrence {
  const { b, fn, vector } = builder('retention')
  const [q, k, v] = [vector('q', K), vector('k', K), vector('v', V)]
  const S = b.state('S', [K, V])
  const next = fn('add', fn('mul', b.constant(decay), S), b.add('outer', [k, v]))
  b.assign('S', next)
  return b.recurrence(b.add('read', [next, q]))
}

/** Several erasing writes per token; parameters with an axis of their own. */
export function deltaProduct(steps: number, K: number, V: number): Recurrence {
  const { b, fn, vector, decay } = builder('delta_product')
  const q = vector('q', K)
  const k = b.param({ name: 'k', shape: [steps, K] })
  const v = b.param({ name: 'v', shape: [steps, V] })
  const beta = vector('beta', steps)
  let S = fn('mul', fn('exp', decay('g')), b.state('S', [K, V]))
  for (let at = 0; at < steps; at++) {
    const [key, value, rate] = [k, v, beta].map((id) => b.add('index', [id], { at })) as [number, number, number]
    S = fn('add', S, b.add('outer', [key, fn('mul', rate, fn('sub', value, b.add('read', [S, key])))]))
  }
  b.assign('S', S)
  return b.recurrence(b.add('read', [S, q]))
}

/** A decay per row, an erase with a normalised key, a read before the decay, a product of two parameters in the output. */
export function rowDecay(K: number, V: number): Recurrence {
  const { b, fn, vector, scalar, decay } = builder('row_decay')
  const [r, w, k, v, e] = [vector('r', K), decay('w', [K]), vector('k', K), vector('v', V), vector('e', K)]
  const a = scalar('a')
  const S = b.state('S', [K, V])
  const key = b.add('unit', [e], { eps: 1e-6 })
  const decayed = b.add('scale_rows', [fn('exp', w), S])
  const erased = fn('sub', decayed, b.add('outer', [fn('mul', key, a), b.add('read', [S, key])]))
  const written = fn('add', erased, b.add('outer', [k, v]))
  b.assign('S', written)
  return b.recurrence(fn('add', b.add('read', [written, r]), fn('mul', b.add('dot', [r, k]), v)))
}

/** Two states with a softmax between them: the second is read with what the first gave. */
export function slots(K: number, M: number, V: number): Recurrence {
  const { b, fn, vector, decay: log } = builder('slots')
  const [q, k, v, s, g] = [vector('q', K), vector('k', K), vector('v', V), vector('s', M), log('g', [M])]
  const decay = fn('exp', g)
  const keys = fn('add', b.add('scale_cols', [b.state('Hk', [K, M]), decay]), b.add('outer', [k, s]))
  const values = fn('add', b.add('scale_rows', [decay, b.state('Hv', [M, V])]), b.add('outer', [s, v]))
  b.assign('Hk', keys)
  b.assign('Hv', values)
  return b.recurrence(b.add('read', [values, b.add('softmax', [b.add('read', [keys, q])])]))
}

/** A state that starts from a product of two parameters of the layer. */
export function startsFrom(K: number, V: number): Recurrence {
  const { b, fn, vector, decay } = builder('starts_from')
  const [q, k, v, g] = [vector('q', K), vector('k', K), vector('v', V), decay('g')]
  const [a, c] = [vector('start_rows', K), vector('start_columns', V)]
  const S = b.state('S', [K, V], fn('mul', b.constant(0.5), b.add('outer', [a, c])))
  const next = fn('add', fn('mul', fn('exp', g), S), b.add('outer', [k, v]))
  b.assign('S', next)
  return b.recurrence(b.add('read', [next, q]))
}

/** A matrix with a vector that normalises what is read of it. */
export function normalised(K: number, V: number): Recurrence {
  const { b, fn, vector, scalar } = builder('normalised')
  const [q, k, v] = [vector('q', K), vector('k', K), vector('v', V)]
  const gate = fn('exp', scalar('g'))
  const S = fn('add', b.state('S', [K, V]), b.add('outer', [k, fn('mul', gate, v)]))
  const n = fn('add', b.state('n', [K]), fn('mul', gate, k))
  b.assign('S', S)
  b.assign('n', n)
  return b.recurrence(fn('div', b.add('read', [S, q]), fn('max', fn('abs', b.add('dot', [n, q])), b.constant(1))))
}

/** A gated unit with a dense recurrent matrix; the output needs the state before and after. */
export function gatedUnit(N: number): Recurrence {
  const { b, fn, vector } = builder('gated_unit')
  const [x, z] = [vector('x', N), vector('z', N)]
  const W = b.param({ name: 'W', shape: [N, N] })
  const h = b.state('h', [N])
  const gate = fn('sigmoid', z)
  const next = fn('add', fn('mul', gate, h), fn('mul', fn('sub', b.constant(1), gate), fn('tanh', fn('add', b.add('matvec', [W, h]), x))))
  b.assign('h', next)
  return b.recurrence(fn('sub', next, h))
}

/** A state too large for workgroup memory, squashed element by element, exchanged with a vector column by column. */
export function squashed(K: number, V: number): Recurrence {
  const { b, fn, vector } = builder('squashed')
  const [k, v] = [vector('k', K), vector('v', V)]
  const S = b.state('S', [K, V])
  const h = b.state('h', [V])
  const next = fn('add', fn('mul', b.constant(0.9), fn('tanh', S)), b.add('outer', [k, fn('add', v, h)]))
  b.assign('S', next)
  b.assign('h', fn('mul', b.constant(0.5), b.add('read', [next, k])))
  return b.recurrence(fn('add', h, v))
}

/** Softmax over all keys that are near on either side, with a score that prefers them. */
export function bothSides(D: number, V: number, reach: number): Attention {
  const b = new BodyBuilder('attention', 'both_sides')
  const q = b.param({ name: 'q', shape: [D], side: 'i' })
  const k = b.param({ name: 'k', shape: [D], side: 'j' })
  const v = b.param({ name: 'v', shape: [V], side: 'j' })
  const slope = b.param({ name: 'slope', shape: [] })
  const [i, j] = [b.add('position_i'), b.add('position_j')]
  const near = (a: number, c: number) => b.pointwise('le', b.pointwise('sub', a, c), b.constant(reach, 'u32'))
  const far = b.pointwise('abs', b.pointwise('sub', b.pointwise('to_f32', i), b.pointwise('to_f32', j)))
  const score = b.pointwise('sub', b.add('dot', [q, k]), b.pointwise('mul', slope, far))
  return b.attention({ mask: b.pointwise('and', near(i, j), near(j, i)), score, weighting: 'softmax', sink: null, value: v })
}
