import { describe, expect, it } from 'vitest'
import { analyseAttention } from '../../../src/analyse/attention.ts'
import { planOf } from '../../support/spec.ts'
import { checkSpec, findings, markedText, model } from '../support/spec.ts'
import { expectNumbers, meaning, type Nested, spec } from './support/meaning.ts'

/** §1.4: attentions. */

/** Two channels of keys are 0, so that scores are what the body adds, and values are 1, 10, 100 .., so that sums tell who is seen. */
const over = (body: string, params = '', args = '', inputs: Record<string, string> = {}): string =>
  spec(
    { q: 'f32[B, T, 1]', v: 'f32[B, T, 1]', ...inputs },
    { y: 'f32[B, T, 1]' },
    `y = a(q, q, v${args})`,
    `attention a(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]${params}) -> f32[V] {\n  ${body}\n}`,
  )

const tokens = (count: number): Record<string, Nested> => ({
  q: [Array.from({ length: count }, () => [0])],
  v: [Array.from({ length: count }, (_, t) => [2 * 10 ** t])],
})

/** Which keys each query sees, as digits from the last key to the first: sigmoid(0) = 1 / 2 of 2 * 10 ** j. */
const seen = (
  mask: string,
  count = 4,
  params = '',
  args = '',
  inputs: Record<string, string> = {},
  more: Record<string, Nested> = {},
): readonly number[] =>
  meaning(over(`${mask}\n  out sigmoid(dot(q, k)) of v`, params, args, inputs), { ...tokens(count), ...more })['y'] ?? []

describe('`where`: nothing is implied', () => {
  it.each([
    ['absent: bidirectional', '', [1111, 1111, 1111, 1111]],
    ['causal', 'where j <= i', [1, 11, 111, 1111]],
    ['strictly before; a row that sees nothing gives 0', 'where j < i', [0, 1, 11, 111]],
    ['a window', 'where j <= i and i - j < 2', [1, 11, 110, 1100]],
    ['several statements are one condition', 'where j <= i\n  where i - j < 2', [1, 11, 110, 1100]],
    ['a window on both sides', 'where i - j <= 1 and j - i <= 1', [11, 111, 1110, 1100]],
    ['a prefix in both directions', 'where j <= max(i, 2 - 1)', [11, 11, 111, 1111]],
    ['the same by `or`', 'where j <= i or j < 2', [11, 11, 111, 1111]],
    ['every second key', 'where j <= i and (i - j) % 2 == 0', [1, 10, 101, 1010]],
    ['blocks', 'where j <= i and i - i % 2 <= j', [1, 11, 100, 1100]],
    ['not', 'where not (j > i)', [1, 11, 111, 1111]],
    ['nobody', 'where j < 0', [0, 0, 0, 0]],
    ['conditions of sizes', 'where j <= i and i - j < D', [1, 10, 100, 1000]],
  ] as const)('%s', (_, mask, expected) => {
    expectNumbers(seen(mask), expected)
  })

  it('compile-time values choose', () => {
    const mask = 'where case window { none: j <= i, else: j <= i and i - j < window }'
    expectNumbers(seen(mask, 3, ', window: size = none'), [1, 11, 111])
    expectNumbers(seen(mask, 3, ', window: size = none', ', window: 2'), [1, 11, 110])
  })

  it('whole numbers of each sequence', () => {
    expectNumbers(seen('where j <= max(i, p - 1)', 3, ', p: u32', ', p', { p: 'u32[B]' }, { p: [2] }), [11, 11, 111])
  })

  it('whole numbers of both tokens', () => {
    expectNumbers(
      seen('where j <= i and a == b', 4, ', a[i]: u32, b[j]: u32', ', n, n', { n: 'u32[B, T]' }, { n: [[0, 1, 0, 1]] }),
      [1, 10, 101, 1010],
    )
  })
})

describe('the score', () => {
  const score = (body: string, params = '', args = '', inputs: Record<string, string> = {}, more: Record<string, Nested> = {}) =>
    meaning(over(body, params, args, inputs), { q: [[[1], [2], [3]]], v: [[[1], [10], [100]]], ...more })['y']
  const weigh = (scores: readonly (readonly (number | null)[])[], by: (all: readonly (number | null)[]) => readonly number[]) =>
    scores.map((row) => by(row).reduce((sum, w, j) => sum + w * 10 ** j, 0))
  const softmax =
    (sink = 0) =>
    (all: readonly (number | null)[]) => {
      const exps = all.map((s) => (s === null ? 0 : Math.exp(s)))
      const total = exps.reduce((a, b) => a + b, sink)
      return exps.map((e) => (total === 0 ? 0 : e / total))
    }
  const sigmoid = (all: readonly (number | null)[]) => all.map((s) => (s === null ? 0 : 1 / (1 + Math.exp(-s))))
  const causal = (f: (i: number, j: number) => number) => [0, 1, 2].map((i) => [0, 1, 2].map((j) => (j <= i ? f(i, j) : null)))
  const dot = (i: number, j: number) => (i + 1) * (j + 1)

  it('softmax', () => {
    expectNumbers(
      score('where j <= i\n  out softmax(0.1 * dot(q, k)) of v'),
      weigh(
        causal((i, j) => 0.1 * dot(i, j)),
        softmax(),
      ),
    )
  })
  it('softmax with a sink that takes a share', () => {
    expectNumbers(
      score('where j <= i\n  out softmax(0.1 * dot(q, k), sink: c) of v', ', c: f32', ', 0.5'),
      weigh(
        causal((i, j) => 0.1 * dot(i, j)),
        softmax(Math.exp(0.5)),
      ),
    )
  })
  it('with no sink where it is `none`', () => {
    expectNumbers(
      score('where j <= i\n  out softmax(0.1 * dot(q, k), sink: c) of v', ', c: f32 = none'),
      weigh(
        causal((i, j) => 0.1 * dot(i, j)),
        softmax(),
      ),
    )
  })
  it('sigmoid: each by itself', () => {
    expectNumbers(
      score('where j <= i\n  out sigmoid(0.1 * dot(q, k)) of v'),
      weigh(
        causal((i, j) => 0.1 * dot(i, j)),
        sigmoid,
      ),
    )
  })
  it('functions of dots, distances, scalars of either side and constants', () => {
    const f = (i: number, j: number) => 3 * Math.tanh(dot(i, j) / 3) - 0.5 * (i - j) + (i + 1) - 2 * (j + 1)
    expectNumbers(
      score(
        'where j <= i\n  s = 3 * tanh(dot(q, k) / 3)\n  out softmax(s - slope * (i - j) + own + other) of v',
        ', slope: f32, own[i]: f32, other[j]: f32',
        ', 0.5, q[0], -2 * q[0]',
      ),
      weigh(causal(f), softmax()),
    )
  })
  it('several dots', () => {
    expectNumbers(
      score('where j <= i\n  out softmax(0.1 * dot(q, k) + 0.2 * dot(q, m)) of v', ', m[j]: f32[D]', ', -q'),
      weigh(
        causal((i, j) => -0.1 * dot(i, j)),
        softmax(),
      ),
    )
  })
  it('positions as numbers', () => {
    expectNumbers(
      score('where j <= i\n  out softmax(-abs(i - 2 * j) + 0 * dot(q, k)) of v'),
      weigh(
        causal((i, j) => -Math.abs(i - 2 * j)),
        softmax(),
      ),
    )
  })
  it('a constant of sequences', () => {
    expectNumbers(
      score('where j <= i\n  out softmax(c * dot(q, k)) of v', ', c: f32', ', c', { c: 'f32[B]' }, { c: [0.1] }),
      weigh(
        causal((i, j) => 0.1 * dot(i, j)),
        softmax(),
      ),
    )
  })
  it('what is computed of the values goes with them', () => {
    expectNumbers(
      score('where j <= i\n  out softmax(0.1 * dot(q, k)) of 2 * v'),
      weigh(
        causal((i, j) => 0.1 * dot(i, j)),
        softmax(),
      ).map((o) => 2 * o),
    )
  })
  it('large scores give no infinity', () => {
    expect(score('where j <= i\n  out softmax(1e30 * dot(q, k)) of v')?.every(Number.isFinite)).toBe(true)
  })
})

describe('parameters carry their side', () => {
  const first = (text: string) => {
    const { diagnostics, text: full } = checkSpec(text)
    const [one] = diagnostics.filter(({ severity }) => severity === 'error')
    return one && { code: one.code, marked: markedText(one, full), message: one.message, label: one.label }
  }
  it.each([
    ['two vectors of one side', 'out softmax(dot(q, q)) of v', 'GDN2607'],
    ['a value of the query', 'out softmax(dot(q, k)) of q', 'GDN2607'],
    ['a sink of a token', 'out softmax(dot(q, k), sink: q[0]) of v', 'GDN2607'],
  ])('%s is refused', (_, body, code) => {
    const found = first(over(`where j <= i\n  ${body} `))
    if (body.includes('dot(q, q)')) expect(found).toBeUndefined()
    else expect(found?.code).toBe(code)
  })
  it('a side needs tokens, and no side has none', () => {
    expect(first(over('where j <= i\n  out softmax(dot(q, k) + c) of v', ', c[j]: f32', ', c', { c: 'f32[B]' }))).toMatchObject({
      code: 'GDN2301',
      marked: 'c',
    })
    expect(first(over('where j <= i\n  out softmax(dot(q, k) + c) of v', ', c: f32', ', c', { c: 'f32[B, T]' }))).toMatchObject({
      code: 'GDN2306',
      marked: 'c',
    })
  })
})

describe('what a session keeps', () => {
  const kept = (mask: string, params = '', args = '', inputs: Record<string, string> = {}) => {
    const of = model(over(`${mask}\n  out softmax(dot(q, k)) of v`, params, args, inputs))
    return planOf(of).manifest.states.map((state) => (state.kind === 'cache' ? [state.words, state.window] : [state.kind]))
  }
  it.each([
    ['all rows: append', 'where j <= i', null],
    ['a ring where `where` implies a window', 'where j <= i and i - j < 7', 7],
    ['a window written otherwise', 'where i >= j and j > i - 7', 7],
    ['the smaller of two windows', 'where j <= i and i - j < 7 and i - j <= 4', 5],
    ['a window that no linear conjunct gives is none', 'where j <= i and (i - j) * (i - j) < 49', null],
    ['a prefix', 'where j <= max(i, 4 - 1)', null],
  ] as const)('%s', (_, mask, expected) => {
    expect(kept(mask)).toEqual([
      [1, expected],
      [1, expected],
    ])
  })
  it('nothing where there is no session', () => {
    expect(planOf(model(over('out softmax(dot(q, k)) of v'))).manifest.horizon.kind).toBe('whole')
  })
  it('whole numbers of keys beside their rows', () => {
    const form = analyseAttention(
      model(over('where j <= i and a == b\n  out softmax(dot(q, k)) of v', ', a[i]: u32, b[j]: u32', ', n, n', { n: 'u32[B, T]' })).graph
        .attentions[0] as never,
    )
    expect(form.form?.kept).toHaveLength(3)
  })
})

it('`reset` parts what a query sees', () => {
  const rest = 'attention a(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {\n  where j <= i\n  out sigmoid(dot(q, k)) of v\n}'
  const s = spec({ q: 'f32[B, T, 1]', v: 'f32[B, T, 1]' }, { y: 'f32[B, T, 1]' }, 'y = a(q, q, v, reset: position == 2)', rest)
  expectNumbers(meaning(s, tokens(4))['y'], [1, 11, 100, 1100])
  expect(findings(s)).toEqual([])
})
