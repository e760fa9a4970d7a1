import { describe, expect, it } from 'vitest'
import { explainRecurrence } from '../../../src/analyse/explain.ts'
import { analyseRecurrence } from '../../../src/analyse/recurrence.ts'
import { remarksOf } from '../../../src/plan/remarks.ts'
import { checkSpec, findings, fixed, model, only } from '../support/spec.ts'
import { spec } from './support/meaning.ts'

/** §1.3, ranges and log decay: what is proven of an argument, and what that allows. */

const decayed = (g: string, range = ' in .. 0', more = ''): string =>
  spec(
    { x: 'f32[B, T, 2, 3]', a: 'f32[B, T, 2]', b: 'f32[B, T, 2]', p: 'u32[B, T]' },
    { y: 'f32[B, T, 2, 3]' },
    `y = keep(x, x, x, ${g})\n  _a = a\n  _b = b\n  _p = p\n  _w = linear(a, 2)`,
    `recurrence keep(q: f32[K], k: f32[K], v: f32[V], g: f32${range}) -> f32[V] {
  state S: f32[K, V]
  S = exp(g) * S + outer(k, v)
  out read(S, q)
}
${more}`,
  )

/** The bounds that are proven of `g`. */
const proven = (g: string, range = ''): readonly (number | null | undefined)[] => {
  const param = model(decayed(g, range)).graph.recurrences[0]?.params.find(({ name }) => name === 'g')
  return [param?.min, param?.max]
}

describe('a range is proven at the call by intervals', () => {
  it.each([
    ['-5 * sigmoid(a)', -5, 0],
    ['-exp(a) * softplus(b)', null, 0],
    ['-softplus(a)', null, 0],
    ['log_sigmoid(a)', null, 0],
    ['log_sigmoid(a) / 8', null, 0],
    ['-(a ^ 2)', null, 0],
    ['-abs(a)', null, 0],
    ['-relu(a)', null, 0],
    ['tanh(a) - 1', -2, 0],
    ['-2 * sqrt(sigmoid(a))', -2, 0],
    ['clamp(a, -5, 0)', -5, 0],
    ['min(a, 0)', null, 0],
    ['max(-softplus(a), -3)', -3, 0],
    ['log(sigmoid(a) * 0.5 + 0.5)', Math.log(0.5), 0],
    ['-softmax(a)', -1, 0],
    ['select(a > b, -1, -2)', -2, -1],
    ['case 2 { 1: a, else: -sigmoid(b) }', -1, 0],
    ['-sigmoid(linear(x | flatten, 2) as w)', -1, 0],
    ['slice(-sigmoid(concat(a, b)), 1 .. 3)', -1, 0],
    ['shift(-sigmoid(a), 1)', -1, 0],
    ['-p', null, 0],
    ['-iota(2)', -1, 0],
    ['-position / (position + 1)', null, 0],
    ['-exp2(-1 - iota(2))', -0.5, -0.25],
    ['0', 0, 0],
    ['-(a * a)', null, 0],
    ['-sum(unflatten(sigmoid(a), 2, 1)) | flatten', -1, 0],
  ] as const)('%s gives %s .. %s', (g, min, max) => {
    const [least, most] = proven(g, ' in .. 0')
    if (min === null) expect(least).toBe(null)
    else expect(least).toBeCloseTo(min, 12)
    expect(most).toBeCloseTo(max, 12)
  })

  it.each([
    ['a'],
    ['exp(a)'],
    ['-a'],
    ['a * b'],
    ['tanh(a)'],
    ['-sigmoid(a) + 0.1'],
    ['softplus(a) - 1'],
    ['-cos(a)'],
    ['1e-9'],
    ['-linear(sigmoid(a), 2)'],
  ])('%s is not proven, and `clamp` is the fix', (g) => {
    const text = decayed(g)
    const { diagnostics, text: full } = checkSpec(text)
    const [first] = diagnostics.filter(({ severity }) => severity === 'error')
    expect(first).toMatchObject({ code: 'GDN2602', label: 'expected .. 0, for every input and every weight' })
    expect(full.slice(first?.span?.start, first?.span?.end)).toBe(g)
    expect(first?.fixes[0]?.title).toMatch(/clamp/)
    expect(checkSpec(fixed(full, first as NonNullable<typeof first>)).diagnostics.filter(({ code }) => code === 'GDN2602')).toEqual([])
  })

  it('through layers and functions', () => {
    const more = 'function gate(z: f32) = -5 * sigmoid(z)\nlayer gating {\n  in z: f32[.., n]\n  out gate(z)\n}'
    expect(findings(decayed('gating(a)', ' in -5 .. 0', more))).toEqual([])
  })

  it('bounds on both sides, and on either alone', () => {
    expect(findings(decayed('-5 * sigmoid(a)', ' in -5 .. 0'))).toEqual([])
    expect(only(decayed('-5 * sigmoid(a)', ' in -4 .. 0'))).toMatchObject({
      message: '`g` may be -5 .. 0',
      label: 'expected -4 .. 0, for every input and every weight',
    })
    expect(findings(decayed('softplus(a)', ' in 0 ..'))).toEqual([])
  })

  it('bounds may be sizes and numbers of the definition', () => {
    const s = (most: string) =>
      spec(
        { a: 'f32[B, T, 3]' },
        { y: 'f32[B, T, 3]' },
        'y = bounded(sigmoid(a) * 3)',
        `recurrence bounded(x: f32[N] in 0 .. ${most}) -> f32[N] {\n  state s: f32[N]\n  s = x\n  out s\n}`,
      )
    expect(findings(s('N'))).toEqual([])
    expect(findings(s('N - 1')).map(([code]) => code)).toEqual(['GDN2602'])
  })
})

describe('the log decay is known by its form', () => {
  const form = (factor: string, range = ' in .. 0', params = 'g: f32') =>
    analyseRecurrence(
      model(
        spec(
          { x: 'f32[B, T, 2, 3]', a: 'f32[B, T, 2]' },
          { y: 'f32[B, T, 2, 3]' },
          'y = keep(x, x, x, -sigmoid(a))',
          `recurrence keep(q: f32[K], k: f32[K], v: f32[V], ${params}${range}) -> f32[V] {
  state S: f32[K, V]
  S = ${factor} * S + outer(k, v) * g
  out read(S, q)
}`,
        ),
      ).graph.recurrences[0] as Parameters<typeof analyseRecurrence>[0],
    )

  it.each([
    ['exp(g)'],
    ['sigmoid(g)'],
    ['0.9'],
    ['exp(g) * 0.9'],
    ['exp(g) * sigmoid(g)'],
    ['exp(g) * exp(g) * 0.5'],
    ['sigmoid(g) / 2'],
    ['exp2(g)'],
    ['sqrt(sigmoid(g))'],
    ['(0.5 * exp(g))'],
    ['1'],
  ])('%s is chunked', (factor) => {
    expect(form(factor)).toMatchObject({ family: 'linear' })
  })

  it.each([
    ['tanh(g)', 'the form of a factor of S does not give its logarithm'],
    ['(1 - sigmoid(g))', 'the form of a factor of S does not give its logarithm'],
    ['g', 'the form of a factor of S does not give its logarithm'],
    ['0', 'the form of a factor of S does not give its logarithm'],
    ['-0.5', 'the form of a factor of S does not give its logarithm'],
    ['(exp(g) + 0.1)', 'the form of a factor of S does not give its logarithm'],
    ['exp(-g)', 'a factor of S may exceed 1: nothing proves its bound'],
    ['1.5', 'a factor of S may exceed 1: nothing proves its bound'],
    ['exp(g) * 3', 'a factor of S may exceed 1: nothing proves its bound'],
  ])('%s is computed token by token, and `show` says why', (factor, reason) => {
    expect(form(factor)).toMatchObject({ family: 'scan', reason })
  })

  it('a decay that may exceed 1 is a warning, falls back to token by token, and `show` says why', () => {
    const { graph } = model(decayed('a', ''))
    const [body] = graph.recurrences
    expect(remarksOf([graph]).map(({ code, severity, args }) => [code, severity, args])).toEqual([
      ['GDN3005', 'warning', { recurrence: 'keep', state: 'S', factor: 'exp(g)', unbounded: ['g'] }],
    ])
    expect(explainRecurrence(body as NonNullable<typeof body>).slice(0, 2)).toEqual([
      'recurrence keep: token by token',
      '  chunks: no, a factor of S may exceed 1: nothing proves its bound',
    ])
  })

  it('a bound that the argument proves allows chunks where none is declared', () => {
    const { graph } = model(decayed('-softplus(a)', ''))
    expect(remarksOf([graph])).toEqual([])
    expect(graph.recurrences.map((body) => analyseRecurrence(body).family)).toEqual(['linear'])
  })
})
