import fc from 'fast-check'
import { lines, type Part } from './text.ts'

/** How a state decays: the factor in the body, the parameter that it needs, and what the layer gives for it. */
interface Decay {
  readonly equation: string
  readonly parameter: string
  readonly argument: string
}

const scalarArgument = 'linear(x, heads) as g_proj'
const decays: readonly Decay[] = [
  { equation: '', parameter: '', argument: '' },
  { equation: 'S = 0.875 * S', parameter: '', argument: '' },
  { equation: 'S = exp(g) * S', parameter: 'g: f32 in .. 0', argument: `-0.5 * softplus(${scalarArgument})` },
  { equation: 'S = sigmoid(g) * S', parameter: 'g: f32', argument: `2 + (${scalarArgument})` },
  { equation: 'S = exp(g) * 0.75 * S', parameter: 'g: f32 in -4 .. 0', argument: `-4 * sigmoid(${scalarArgument})` },
  { equation: 'S = exp(g) * S', parameter: 'g: f32 in .. 0', argument: 'log_sigmoid((linear(x, 1) as g_proj) + 1)[0]' },
  { equation: 'S = exp(g) * S', parameter: 'g: f32 in .. 0', argument: '-softplus(rate)' },
  { equation: 'S = diag(exp(g)) * S', parameter: 'g: f32[K] in .. 0', argument: 'log_sigmoid(linear(x, [heads, key]) as g_proj)' },
  { equation: 'S = S * diag(sigmoid(g))', parameter: 'g: f32[V]', argument: 'linear(x, [heads, value]) as g_proj' },
]

/** What is written, given the key, the value and two strengths. */
const writes = [
  'S = S + outer(k, v)',
  'S = S + outer(k, b * v)',
  'S = S + outer(k, b * (v - read(S, k)))',
  'S = S + outer(k, w * v - b * read(S, k))',
  'S = S + b * outer(k, v - read(S, k))',
  'S = S - outer(w * k, read(S, k)) + outer(k, b * v)',
  'S = S + outer(k, tanh(v) * w) * b',
  'S = S + outer(k, b * (v - read(S, k)))\n  S = S + outer(q, w * (v - read(S, q)))',
  'S = S - outer(b * k, read(S, unit(k + q))) + outer(q, w * v)',
  'S = S + outer(k, b * v) + outer(q, w * v)',
] as const

const reads = ['read(S, q) * rsqrt(K)', 'read(S, q) + w * v', 'silu(read(S, q))', 'read(S, q) - b * mean(v)'] as const

/**
 * A recurrence that the library does not have, and a layer around it: any decay with any write and read, in any order of decay and write,
 * read before or after the write. Keys have unit length, so that erasing is stable.
 */
export const ownMixer: fc.Arbitrary<Part> = fc
  .record({
    decay: fc.constantFrom(...decays),
    write: fc.constantFrom(...writes),
    read: fc.constantFrom(...reads),
    order: fc.constantFrom('decay write read', 'write decay read', 'read decay write', 'decay read write'),
    groups: fc.integer({ min: 1, max: 2 }),
    ratio: fc.integer({ min: 1, max: 3 }),
    key: fc.integer({ min: 2, max: 17 }),
    value: fc.integer({ min: 1, max: 19 }),
    chunk: fc.constantFrom(undefined, 1, 16, 32, 64),
    oneStrength: fc.boolean(),
  })
  .map(({ decay, write, read, order, groups, ratio, key, value, chunk, oneStrength }) => {
    const statements: Readonly<Record<string, string>> = { decay: decay.equation, write, read: `o = ${read}` }
    const recurrence = lines(
      `recurrence OWN_rule(q: f32[K], k: f32[K], v: f32[V], b: f32 in 0 .. 1, w: f32 in 0 .. 1${decay.parameter === '' ? '' : `, ${decay.parameter}`}) -> f32[V] {`,
      '  state S: f32[K, V]',
      ...order.split(' ').flatMap((name) => (statements[name] === '' ? [] : [`  ${statements[name]}`])),
      '  out o + 0 * (b + w)',
      '}',
    )
    const given = ['q', 'k', 'v', 'b', 'w', ...(decay.argument === '' ? [] : [decay.argument])]
    const layer = lines(
      'layer OWN(groups: size, heads: size, key: size, value: size, chunk: size = none) {',
      '  in x: f32[B, T, d]',
      ...(decay.argument.includes('rate') ? ['  weight rate: f32[heads] init normal(1)'] : []),
      '  q = x | linear([groups, key]) as q_proj | unit',
      '  k = x | linear([groups, key]) as k_proj | conv1d(3) as k_conv | silu | unit',
      '  v = x | linear([heads, value]) as v_proj',
      `  b = sigmoid(linear(x, ${oneStrength ? '1' : 'heads'}) as b_proj)${oneStrength ? '[0]' : ''}`,
      '  w = sigmoid(linear(x, heads) as w_proj)',
      `  out OWN_rule(${given.join(', ')}, chunk: chunk) | rms_norm() as o_norm | flatten | linear(d) as o_proj`,
      '}',
    )
    return {
      call: `OWN(${groups}, ${groups * ratio}, key: ${key}, value: ${value}${chunk === undefined ? '' : `, chunk: ${chunk}`})`,
      definitions: [recurrence, layer],
    }
  })
