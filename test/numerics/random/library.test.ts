import { it } from 'vitest'
import { agreesOn } from './features.ts'

/** Mixers of the library inside a model: prefilled over the edges of chunks and then stepped, beside the reference. */
it.each([
  'retnet(x, 2, key: 10)',
  'lightning_attention(x, 3, index: 1, layers: 4)',
  'gla(x, 2)',
  'gsa(x, 2, slots: 5)',
  'deltaproduct(x, 2, key: 6, value: 7)',
  'deltaproduct(x, 2, key: 6, steps: 3, decay: true, gate: true)',
  'kda(x, 2, key: 6, value: 9)',
  'kda(x, 2, key: 6, value: 9, floor: -5)',
  'rg_lru(x, 3)',
  'mlstm(x, 2)',
])('%s', (equation) => agreesOn(equation, '', { time: 37, before: 33 }))

const cores = `recurrence erased(q: f32[K], k: f32[K], v: f32[V], e: f32[K] in 0 .. 1, w: f32[V] in 0 .. 1, g: f32[K] in .. 0) -> f32[V] {
  state S: f32[K, V]
  S = diag(exp(g)) * S
  S = S + outer(k, w * v - read(S, e * k))
  out read(S, q)
}
layer mixer(core: size) {
  in x: f32[B, T, d]
  q = unit(linear(x, [2, 6]) as q)
  k = unit(linear(x, [2, 6]) as k)
  v = linear(x, [4, 5]) as v
  e = sigmoid(linear(x, [2, 6]) as e)
  w = sigmoid(linear(x, [4, 5]) as w)
  g = log_sigmoid(linear(x, [4, 6]) as g)
  o = case core { 0: erased(q, k, v, e, w, g), 1: gated_delta_2(q, k, v, e, w, g), else: rwkv7_core(q, g, k, v, unit(q + k), e) }
  out flatten(o) | linear(d) as o
}`

it.each([0, 1, 2])('erases with keys of their own, core %i', (core) => agreesOn(`mixer(x, ${core})`, cores, { time: 37, before: 33 }))
