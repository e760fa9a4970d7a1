import { it } from 'vitest'
import { agreesOn } from './features.ts'

/** Equations over `x`, and definitions that they need. */
const cases: readonly (readonly [string, string, string])[] = [
  ['one value per head', 'x | unflatten(3, 16) | mean | flatten | linear(48)', ''],
  [
    'a softmax across heads',
    'across(x)',
    'layer across { in x: f32[.., n] u = unflatten(x, 3, 4, 4) out u * (permute(softmax(permute(u, 1, 2, 0)), 2, 0, 1)) | flatten }',
  ],
  ['the sum of two groups', 'halves(x)', 'layer halves { in x: f32[.., n] u = unit(linear(x, [2, n])) out u[0] + u[1] }'],
  [
    'a projection of the sum of two groups',
    'halves(x) | linear(48)',
    'layer halves { in x: f32[.., n] u = unit(linear(x, [2, n])) out u[0] + u[1] }',
  ],
  [
    'norms inside norms',
    'flatten(rms_norm(mean(unit(unflatten(x, 6, 8))) * unit(unflatten(x, 6, 8)), over: 2)) + layer_norm(x) * max(x)',
    '',
  ],
  ['a projection of heads of two numbers', 'linear(x, 4) as a | unflatten(2, 2) | rms_norm | flatten | linear(48) as b', ''],
  ['a convolution over a norm', 'rms_norm(x) | conv1d(3) | silu', ''],
  ['a softmax per head beside a projection', '(linear(x, 48) as g) * (softmax(unflatten(linear(x, 48) as h, 3, 16)) | flatten)', ''],
  [
    'query and key out of one norm',
    'mixer(x)',
    `layer mixer {
  in x: f32[B, T, d]
  u = unit(linear(x, [2, 3, 16]) as qk)
  out gated_delta(u[0], u[1], linear(x, [3, 16]) as v, sigmoid(linear(x, 3) as b), log_sigmoid(linear(x, 3) as g)) | flatten
}`,
  ],
  [
    'a norm across what a head sees',
    'mixer(x)',
    `layer mixer {
  in x: f32[B, T, d]
  q = unit(linear(x, [3, 4, 4]) as q) | permute(0, 2, 1) | flatten | unflatten(3, 16)
  out dense(q, unit(linear(x, [3, 16]) as k), linear(x, [3, 16]) as v) | flatten
}`,
  ],
  [
    'several keys per token, each normed',
    'mixer(x)',
    `recurrence product(q: f32[K], k: f32[n, K], v: f32[n, V], b: f32[n] in 0 .. 1) -> f32[V] {
  state S: f32[K, V]
  for j in 0 .. n { S = S + outer(k[j], b[j] * (v[j] - read(S, k[j]))) }
  out read(S, q)
}
layer mixer {
  in x: f32[B, T, d]
  q = linear(x, [3, 5]) as q | unit
  k = linear(x, [2, 3, 5]) as k | unit | permute(1, 0, 2)
  v = linear(x, [2, 3, 7]) as v | permute(1, 0, 2)
  out product(q, k, v, sigmoid(linear(x, [3, 2]) as b)) | flatten | linear(d) as o
}`,
  ],
  [
    'a maximum as a decay per channel',
    'mixer(x)',
    `recurrence average(x: f32[N], a: f32[N] in 0 .. 1) -> f32[N] {
  state s: f32[N]
  s = a * s + x
  out s
}
layer mixer {
  in x: f32[B, T, d]
  m = max(linear(x, [3, 16, 5]) as r) | flatten | unflatten(3, 16)
  out average(unflatten(x, 3, 16), sigmoid(m)) | flatten
}`,
  ],
]

it.each(cases)('reductions wherever they stand: %s', async (_what, equation, definitions) => {
  await agreesOn(equation, definitions, { time: 21, before: 18 })
})
