import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Judged } from '../support/agree.ts'
import { modelOf } from '../support/spec.ts'

/** The mapping rule in kernels: two axes of heads with counts that differ, constants of heads, what all heads share. */
const bodies = `
recurrence keep(q: f32[K], k: f32[K], v: f32[V], g: f32 in .. 0) -> f32[V] {
  state S: f32[K, V]
  S = exp(g) * S + outer(k, v)
  out read(S, q)
}
recurrence cell(x: f32[N], w: f32[N]) -> f32[N] {
  state s: f32[N]
  s = tanh(0.5 * s * w + x)
  out s
}
attention near(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V], slope: f32) -> f32[V] {
  where j <= i and i - j < 9
  out softmax(dot(q, k) - slope * (i - j)) of v
}
function gate(a: f32, x: f32[V]) = sigmoid(a) * x`

const spec = (equations: string, width: number): string => `gdn 1
model M {
  dim B: batch
  dim T: time
  input x: f32[B, T, 12]
  input c: f32[B, 3]
  output y: f32[B, T, ${width}]
  output z: f32[B, 3]
  z = tanh(c)
  ${equations} | flatten
}
${bodies}`

describe.each([
  [
    'a chunked recurrence over two axes of heads',
    'q = linear(x, [4, 1, 5]) as q\n  k = linear(x, [2, 3, 5]) as k\n  v = linear(x, [4, 3, 6]) as v\n  g = log_sigmoid(linear(x, [1, 3]) as g)\n  y = keep(q, k, v, g)',
    72,
  ],
  [
    'a scan over two axes of heads, with a constant of heads and one of sequences',
    'y = cell(linear(x, [2, 3, 4]) as a, unflatten(sigmoid(linear(c, 4) as w), 1, 1, 4))',
    24,
  ],
  [
    'a state that one number per sequence decays',
    'k = linear(x, [2, 5]) as k\n  y = keep(k, k, linear(x, [6, 3]) as v, -softplus(slice(c, 0 .. 1))[0])',
    18,
  ],
  [
    'an attention over two axes of heads',
    'y = near(linear(x, [4, 3, 5]) as q, linear(x, [2, 1, 5]) as k, linear(x, [1, 3, 6]) as v, unflatten(0.1 * iota(4), 4, 1))',
    72,
  ],
  ['a function of fewer heads', 'y = gate(linear(x, 2) as a, linear(x, [6, 5]) as b)', 30],
])('%s', (_, equations, width) => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(modelOf(spec(equations, width)))
  })
  afterAll(() => judged?.dispose())

  it('forward agrees with the reference', async () => {
    expect(await judged.forwardError(judged.draw([1, 70, 17]))).toBeLessThan(1e-5)
  })
  it('pieces and steps agree with the reference', async () => {
    expect(await judged.sessionError(judged.draw([21]), [9, 7, 1, 1, 3])).toBeLessThan(1e-5)
  })
})
