import { it } from 'vitest'
import { agreesOn } from './features.ts'

/** Equations in which one value is needed at several places of a kernel. */
const bodies = [
  [
    'a strength that erases and weights a mean',
    'S = diag(exp(g)) * S\n  S = S + outer(k, b * (v - read(S, k)))\n  out read(S, q) - b * mean(v)',
  ],
  ['a read before everything', 'o = read(S, q)\n  S = diag(exp(g)) * S + outer(k, b * v)\n  out o + b * v'],
  ['two decays', 'S = (0.9 * S) * diag(sigmoid(v))\n  S = diag(exp(g)) * S + outer(k, v)\n  out b * read(S, q)'],
  ['an output without a read', 'S = S + outer(k, v)\n  out b * v'],
  ['a norm of what was read', 'S = diag(exp(g)) * S + outer(unit(k + q), v)\n  out unit(read(S, q)) * softmax(v)'],
] as const

it.each(bodies)('%s', (_what, body) =>
  agreesOn(
    'mixer(x)',
    `recurrence rule(q: f32[K], k: f32[K], v: f32[V], b: f32 in 0 .. 1, g: f32[K] in .. 0) -> f32[V] {
  state S: f32[K, V]
  ${body}
}
layer mixer {
  in x: f32[B, T, d]
  q = unit(linear(x, [2, 3]) as q)
  k = unit(linear(x, [2, 3]) as k)
  v = linear(x, [4, 5]) as v
  b = sigmoid(linear(x, 1) as b)[0]
  out rule(q, k, v, b, log_sigmoid(linear(x, [4, 3]) as g)) | flatten | linear(d) as o
}`,
    { time: 9, before: 6 },
  ),
)
