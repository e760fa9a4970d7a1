import { describe, expect, it } from 'vitest'
import { explainRecurrence } from '../../../src/analyse/explain.ts'
import { analyseRecurrence } from '../../../src/analyse/recurrence.ts'
import { checkSpec, findings, markedText, model, only } from '../support/spec.ts'
import { expectNumbers, meaning, type Nested, spec } from './support/meaning.ts'

/** §1.3: the equations of one token and one head. */

const vectors = { q: 'f32[B, T, 2]', k: 'f32[B, T, 2]', v: 'f32[B, T, 3]', g: 'f32[B, T]' }

/** A model that runs the body over q, k of 2 and v of 3 channels and a number g, with a result of `n`. */
const over = (body: string, result = 'V'): string =>
  spec(
    vectors,
    { y: `f32[B, T, ${result === 'V' ? 3 : result === 'K' ? 2 : result}]` },
    'y = r(q, k, v, g)',
    `recurrence r(q: f32[K], k: f32[K], v: f32[V], g: f32) -> f32[${result}] {
  state S: f32[K, V]
  ${body}
}`,
  )

/** One token after another: q, k, v, g. */
const tokens = (...all: readonly { q?: Nested; k?: Nested; v?: Nested; g?: number }[]): Record<string, Nested> => ({
  q: [all.map(({ q = [1, 1] }) => q)],
  k: [all.map(({ k = [1, 2] }) => k)],
  v: [all.map(({ v = [1, 10, 100] }) => v)],
  g: [all.map(({ g = 0 }) => g)],
})

/** The result of the token after the first that wrote `outer([1, 2], [1, 10, 100])`, for a body that then says `out`. */
const second = (equation: string, result = 'V'): readonly number[] | undefined =>
  meaning(over(`${equation}`, result), tokens({}, { q: [1, 1], k: [3, 5], v: [2, 4, 8], g: 0.5 }))['y']?.slice(
    -(result === 'V' ? 3 : result === 'K' ? 2 : Number(result)),
  )

describe('the words of bodies', () => {
  const write = 'old = S\n  S = outer(k, v)\n  '
  it.each([
    ['outer(u, w): u by rows, w by columns', `${write}out S[1] + 0 * old[0] + 0 * q[0] * g`, 'V', [10, 20, 40]],
    ['read(S, u) is the transpose of S times u', `${write}out read(old, q) + 0 * g`, 'V', [3, 30, 300]],
    ['diag(a) * S scales rows', `${write}out read(diag(k) * old, q) + 0 * g`, 'V', [3 + 10, 130, 1300]],
    ['S * diag(a) scales columns', `${write}out read(old * diag(v), q) + 0 * g`, 'V', [6, 120, 2400]],
    ['a scalar times S', `${write}out read(g * old, q)`, 'V', [1.5, 15, 150]],
    [
      'matrices of one shape element by element',
      `${write}out read(old * outer(k, v), q) + 0 * g`,
      'V',
      [2 * 3 + 4 * 5, 40 * (3 + 10), 800 * (3 + 10)],
    ],
    ['matvec(M, u) is M times u', `${write}out matvec(old, v) + 0 * q * g`, 'K', [2 + 40 + 800, 2 * (2 + 40 + 800)]],
    ['dot(u, w)', `${write}out v * dot(q, k) + 0 * g * old[0]`, 'V', [16, 32, 64]],
    ['pointwise functions', `${write}out relu(-v) + abs(-v) + min(v, g) + 0 * q[0] * old[0]`, 'V', [2.5, 4.5, 8.5]],
    ['rows of a state', `${write}out old[1] + 0 * q[0] * g`, 'V', [2, 20, 200]],
    ['reductions keep an axis of 1', `${write}out sum(v) + 0 * v * q[0] * g * old[0]`, 'V', [14, 14, 14]],
  ] as const)('%s', (_, body, result, expected) => {
    expectNumbers(second(body, result), expected as unknown as Nested)
  })

  it('a vector times a matrix without `diag` is an error, also where K = V', () => {
    const square = spec(
      { x: 'f32[B, T, 2]' },
      { y: 'f32[B, T, 2]' },
      'y = r(x)',
      'recurrence r(x: f32[N]) -> f32[N] {\n  state S: f32[N, N]\n  S = x * S + outer(x, x)\n  out read(S, x)\n}',
    )
    expect(only(square)).toMatchObject({ code: 'GDN2601', marked: 'x * S' })
  })

  it('equations go in order: what follows sees the new state', () => {
    expectNumbers(second('S = S + outer(k, v)\n  a = read(S, q)\n  S = 0.5 * S\n  out a - read(S, q) + 0 * g'), [
      0.5 * (1.5 + 16),
      0.5 * (15 + 32),
      0.5 * (150 + 64),
    ])
  })

  it('a loop is unrolled: its locals end with a round, states go on', () => {
    const body = 'S = outer(k, v)\n  for j in 0 .. 2 {\n    a = S[j]\n    S = S + outer(k, a)\n  }\n  out read(S, q) + 0 * g'
    // S = k v^T; then S += k (S[0])^T, then S += k (S[1])^T with the new S.
    const [k, v, q] = [
      [3, 5],
      [2, 4, 8],
      [1, 1],
    ] as const
    let S = k.map((x) => v.map((y) => x * y))
    for (const j of [0, 1]) {
      const a = S[j] as number[]
      S = S.map((row, i) => row.map((x, c) => x + (k[i] as number) * (a[c] as number)))
    }
    expectNumbers(
      second(body),
      [0, 1, 2].map((c) => q[0] * (S[0]?.[c] as number) + q[1] * (S[1]?.[c] as number)),
    )
  })

  it('there is one `out`, and no weights inside', () => {
    expect(findings(over('S = outer(k, v) * g\n  out read(S, q)\n  out read(S, q)')).map(([code]) => code)).toEqual(['GDN2505'])
    expect(findings(over('S = outer(k, v) * g')).map(([code]) => code)).toContain('GDN2504')
    expect(findings(over('S = outer(k, linear(v, V)) * g\n  out read(S, q)')).map(([code]) => code)).toContain('GDN2605')
  })

  it('sizes are numbers of the equations', () => {
    expectNumbers(
      second('S = outer(k, v)\n  out read(S, q) * rsqrt(K) * V + 0 * g'),
      [16, 32, 64].map((x) => (x * 3) / Math.sqrt(2)),
    )
  })
})

describe('states', () => {
  const sums = (state: string, x = 'f32[N]'): string =>
    spec(
      { x: 'f32[B, T, 2]', w: 'f32[B, 2]' },
      { y: 'f32[B, T, 2]' },
      'y = r(x, w)',
      `recurrence r(x: ${x}, w: f32[N]) -> f32[N] {\n  state s: f32[N]${state}\n  s = s + x\n  out s + 0 * w\n}`,
    )
  const inputs = {
    x: [
      [
        [1, 2],
        [3, 4],
      ],
    ],
    w: [[10, 20]],
  }

  it('start at 0', () => {
    expectNumbers(meaning(sums(''), inputs)['y'], [1, 2, 4, 6])
  })

  it('or where their equation says', () => {
    expectNumbers(meaning(sums(' = w'), inputs)['y'], [11, 22, 14, 26])
    expectNumbers(meaning(sums(' = 2 * w + N'), inputs)['y'], [23, 44, 26, 48])
  })

  it('which no token can say', () => {
    expect(findings(sums(' = x')).map(([code]) => code)).toEqual(['GDN2306'])
  })

  it('keep their shape: a next value of another shape is an error where it is given', () => {
    const s = (next: string) => over(`S = ${next}\n  out read(S, q) * g + 0 * v`)
    const error = (next: string) => {
      const { diagnostics, text } = checkSpec(s(next))
      const [first] = diagnostics.filter(({ severity }) => severity === 'error')
      return { code: first?.code, message: first?.message, label: first?.label, marked: first && markedText(first, text) }
    }
    expect(error('outer(v, k)')).toEqual({
      code: 'GDN2301',
      message: '`S` is given a matrix f32[3, 2]',
      label: 'expected [2, 3], the shape of the state',
      marked: 'outer(v, k)',
    })
    expect(error('read(S, k)')).toEqual({
      code: 'GDN2301',
      message: '`S` is given a vector f32[3]',
      label: 'expected [2, 3], the shape of the state',
      marked: 'read(S, k)',
    })
    expect(error('dot(k, k)')).toMatchObject({ code: 'GDN2301', message: '`S` is given a scalar f32' })
  })

  it('are assigned, not bound: their equations may repeat, those of locals not', () => {
    expect(findings(over('S = S + outer(k, v)\n  S = 0.5 * S\n  out read(S, q) + 0 * g'))).toEqual([])
    expect(findings(over('a = 1\n  a = 2\n  S = S + outer(k, v) * a\n  out read(S, q) + 0 * g')).map(([code]) => code)).toEqual(['GDN2002'])
  })
})

describe('`outer` of what does not fit', () => {
  it.each([
    ['outer(k, S)', 'GDN2201', 'S', 'found a matrix f32[2, 3]', 'expected a vector'],
    ['outer(g, v)', 'GDN2201', 'g', 'found a scalar f32', 'expected a vector'],
    ['outer(k + v, v)', 'GDN2304', 'k + v', 'a vector f32[2] does not fit a vector f32[3]', 'expected equal last axes: only 1 stretches'],
    ['outer(k, v - read(S, v))', 'GDN2303', 'v', 'the vector that reads the rows has V = 3', 'expected K = 2'],
    [
      'outer(k, v - matvec(S, v))',
      'GDN2304',
      'v - matvec(S, v)',
      'a vector f32[3] does not fit a vector f32[2]',
      'expected equal last axes: only 1 stretches',
    ],
    [
      'S + outer(k, q)',
      'GDN2304',
      'S + outer(k, q)',
      'a matrix f32[2, 3] does not fit a matrix f32[2, 2]',
      'expected equal last axes: only 1 stretches',
    ],
  ])('%s', (next, code, marked, message, label) => {
    const { diagnostics, text } = checkSpec(over(`S = ${next}\n  out read(S, q) * g + 0 * v`))
    const [first, ...more] = diagnostics.filter(({ severity }) => severity === 'error')
    expect(more).toEqual([])
    expect({ code: first?.code, message: first?.message, label: first?.label }).toEqual({ code, message, label })
    expect(first && markedText(first, text)).toBe(marked)
  })
})

describe('micro-time: every scale, write and read has a place', () => {
  const places = (body: string): readonly string[] => {
    const [first] = model(over(body)).graph.recurrences
    return explainRecurrence(first as NonNullable<typeof first>)
      .filter((line) => /^ {4}\d/.test(line))
      .map((line) => line.trim())
  }

  it.each([
    [
      'a read before the decay takes the state as it was',
      'a = read(S, q)\n  S = sigmoid(g) * S + outer(k, v)\n  out a',
      [3, 30, 300],
      ['read', 'scale', 'write'],
    ],
    [
      'a read between decay and write',
      'S = sigmoid(g) * S\n  a = read(S, q)\n  S = S + outer(k, v)\n  out a',
      null,
      ['scale', 'read', 'write'],
    ],
    ['a read after both', 'S = sigmoid(g) * S + outer(k, v)\n  out read(S, q)', null, ['scale', 'write', 'read']],
    [
      'a write before the decay is decayed with the rest',
      'S = S + outer(k, v)\n  S = sigmoid(g) * S\n  out read(S, q)',
      null,
      ['write', 'scale', 'read'],
    ],
    [
      'two decays around a write',
      'S = sigmoid(g) * S\n  S = S + outer(k, v)\n  S = 0.5 * S\n  out read(S, q)',
      null,
      ['scale', 'write', 'scale', 'read'],
    ],
    [
      'two writes, the second of what the first left',
      'S = S + outer(k, v)\n  S = S + outer(q, v - read(S, q))\n  out read(S, q) * g',
      null,
      ['write', 'read', 'write', 'read'],
    ],
    [
      'a read of the decayed state erases from the written one',
      'e = read(S, k)\n  S = sigmoid(g) * S\n  S = S - 0.1 * outer(k, e) + outer(k, v)\n  out read(S, q)',
      null,
      ['read', 'scale', 'write', 'write', 'read'],
    ],
  ] as const)('%s', (_, body, value, kinds) => {
    expect(places(body).map((line) => /^\d+\. (\w+)/.exec(line)?.[1])).toEqual(kinds)
    expect(analyseRecurrence(model(over(body)).graph.recurrences[0] as never).family).not.toBe('scan')
    if (value !== null) expectNumbers(second(body), value as unknown as Nested)
  })

  it('reads of one place are told apart by what they read', () => {
    const decay = 1 / (1 + Math.exp(-0.5))
    const [old, own] = [
      [3, 30, 300],
      [16, 32, 64],
    ]
    const sum = (a: number, b: number) => old.map((x, i) => a * x + b * (own[i] as number))
    expectNumbers(second('S = sigmoid(g) * S\n  a = read(S, q)\n  S = S + outer(k, v)\n  out a'), sum(decay, 0))
    expectNumbers(second('S = sigmoid(g) * S + outer(k, v)\n  out read(S, q)'), sum(decay, 1))
    // The first token's write is decayed at its own token as well.
    expectNumbers(second('S = S + outer(k, v)\n  S = sigmoid(g) * S\n  out read(S, q)'), sum(0.5 * decay, decay))
  })
})

describe('which family a body belongs to', () => {
  const family = (states: string, body: string): { family: string; reason: string } =>
    analyseRecurrence(
      model(
        spec(
          { q: 'f32[B, T, 4]', k: 'f32[B, T, 4]', v: 'f32[B, T, 4]', g: 'f32[B, T]', a: 'f32[B, T, 4]' },
          { y: 'f32[B, T, 4]' },
          'y = r(q, k, v, -sigmoid(g), sigmoid(a))',
          `recurrence r(q: f32[N], k: f32[N], v: f32[N], g: f32, a: f32[N]) -> f32[N] {
  ${states}
  ${body} + 0 * (q + k + v + a) * g
}`,
        ),
      ).graph.recurrences[0] as never,
    )
  const S = 'state S: f32[N, N]'
  const two = `${S}\n  state U: f32[N, N]`

  it.each([
    ['one write, no decay', S, 'S = S + outer(k, v)\n  out read(S, q)', 'linear'],
    ['a scalar decay', S, 'S = exp(g) * S + outer(k, v)\n  out read(S, q)', 'linear'],
    ['decays by rows and columns', S, 'S = diag(a) * S * diag(a) + outer(k, v)\n  out read(S, q)', 'scan'],
    ['decays in log form by rows', S, 'S = diag(sigmoid(a)) * S + outer(k, v)\n  out read(S, q)', 'linear'],
    ['decays in log form by rows and columns', S, 'S = diag(sigmoid(a)) * S * diag(sigmoid(k)) + outer(k, v)\n  out read(S, q)', 'linear'],
    ['a value affine in a read of the same state', S, 'S = exp(g) * S + outer(k, v - read(S, k))\n  out read(S, q)', 'delta'],
    ['a value affine in two reads', S, 'S = exp(g) * S + outer(k, v - read(S, k) + 0.5 * read(S, q))\n  out read(S, q)', 'delta'],
    ['a value that squares a read', S, 'S = S + outer(k, read(S, k) * read(S, k))\n  out read(S, q)', 'scan'],
    ['a value that bends a read', S, 'S = S + outer(k, tanh(read(S, k)))\n  out read(S, q)', 'scan'],
    ['a key made of the state', S, 'S = S + outer(read(S, k), v)\n  out read(S, q)', 'scan'],
    ['a gate that reads the state', S, 'S = exp(g) * sigmoid(dot(read(S, k), v)) * S + outer(k, v)\n  out read(S, q)', 'scan'],
    ['a write that is no outer product', S, 'S = S + S * outer(k, v)\n  out read(S, q)', 'scan'],
    ['a state that is no matrix', 'state s: f32[N]', 's = exp(g) * s + k\n  out s', 'scan'],
    ['two states one after the other', two, 'S = S + outer(k, v)\n  U = U + outer(k, softmax(read(S, q)))\n  out read(U, q)', 'linear'],
    ['two states in a circle', two, 'S = S + outer(k, read(U, q))\n  U = U + outer(k, read(S, q))\n  out read(U, q)', 'scan'],
    ['any function between states', two, 'S = S + outer(k, v)\n  U = U + outer(k, tanh(read(S, q)) ^ 2)\n  out read(U, q)', 'linear'],
    ['any function behind the last read', S, 'S = S + outer(k, v)\n  out tanh(read(S, q)) ^ 2', 'linear'],
    ['a sum over the columns of a read', S, 'S = S + outer(k, v)\n  out sum(read(S, q)) * q', 'scan'],
  ])('%s', (_, states, body, expected) => {
    expect(family(states, body).family).toBe(expected)
  })
})

it('form says what is legal, cost decides: a state of one column is computed token by token', () => {
  const body = (value: number) =>
    model(
      spec(
        { k: 'f32[B, T, 4]', v: `f32[B, T, ${value}]` },
        { y: `f32[B, T, ${value}]` },
        'y = r(k, v)',
        'recurrence r(k: f32[K], v: f32[V]) -> f32[V] {\n  state S: f32[K, V]\n  S = 0.5 * S + outer(k, v)\n  out read(S, k)\n}',
      ),
    ).graph.recurrences[0] as Parameters<typeof explainRecurrence>[0]
  expect(explainRecurrence(body(2)).slice(0, 2)).toEqual([
    'recurrence r: chunk (linear), token by token',
    '  chunks: one decay for the whole state, one write per token, no erase',
  ])
  expect(explainRecurrence(body(1)).slice(0, 2)).toEqual([
    'recurrence r: token by token',
    '  chunks: legal (linear: one decay for the whole state, one write per token, no erase), but one column is no product of matrices',
  ])
})
