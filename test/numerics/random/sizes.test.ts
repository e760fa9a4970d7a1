import { it } from 'vitest'
import { agreesOn } from './features.ts'

const mixer = (write: string): string => `recurrence rule(q: f32[K], k: f32[K], v: f32[V], g: f32 in .. 0) -> f32[V] {
  state S: f32[K, V]
  S = exp(g) * S
  S = S + outer(k, ${write})
  out read(S, q)
}
layer mixer(key: size, value: size) {
  in x: f32[B, T, d]
  q = linear(x, [2, key]) as q
  k = sigmoid(linear(x, [2, key]) as k) * rsqrt(key)
  v = linear(x, [4, value]) as v
  out rule(q, k, v, log_sigmoid((linear(x, 4) as g) + 1)) | flatten | linear(d) as o
}`

const sizes = [
  // One row or one column.
  [1, 5],
  [5, 1],
  [1, 1],
  // The last four words of a key are not full.
  [9, 5],
  [10, 13],
  [17, 3],
]

it('a matrix of a product that other work reads too', () =>
  agreesOn(
    'both(x)',
    'layer both { in x: f32[.., d] shared up = linear(2 * d) h = up(x) out linear(relu(h), d) as down + sum(up.weight[1]) * up.weight[0] }',
    { time: 5, before: 3 },
  ))

it.each(sizes)('a linear recurrence of %i rows and %i columns', (key, value) =>
  agreesOn(`mixer(x, ${key}, ${value})`, mixer('v'), { time: 37, before: 34 }),
)
it.each(sizes)('a delta recurrence of %i rows and %i columns', (key, value) =>
  agreesOn(`mixer(x, ${key}, ${value})`, mixer('0.5 * (v - read(S, k))'), { time: 37, before: 34 }),
)
