import { describe, expect, it } from 'vitest'
import { decodeState } from '../../../src/model/statistics.ts'
import { planOf } from '../../support/spec.ts'
import { checkSpec, findings, model, only } from '../support/spec.ts'
import { of, over } from './support/along.ts'
import { expectNumbers, run } from './support/meaning.ts'

/** §1.5: sessions are derived. */

describe('the state that an operation keeps', () => {
  const states = (expression: string, rollback = 0) =>
    decodeState(model(over(expression)), { tokens: 100, rollback }).map(({ kind, bytes }) => [kind, bytes / 4])

  it.each([
    ['nothing of what is of one token', 'silu(linear(x, 2)) + position', []],
    ['conv1d: a ring of the last w - 1 inputs', 'conv1d(x, 4)', [['ring', 2 * 3]]],
    ['a conv1d of width 1: none', 'conv1d(x, 1)', []],
    ['shift: a ring of the last n inputs', 'shift(x, 3)', [['ring', 2 * 3]]],
    [
      'attention: all rows of keys and values',
      'causal(x, x, 2 * x)',
      [
        ['append', 200],
        ['append', 200],
      ],
    ],
    [
      'attention with a window: a ring of so many',
      'near(x, x, 2 * x)',
      [
        ['ring', 10],
        ['ring', 10],
      ],
    ],
    ['a recurrence: its states, folded', 'total(x)', [['fold', 2]]],
    ['flip up to p: none', 'flip(flip(x, upto: p), upto: p)', []],
    ['spans and join: those of their parts', 'join(total(span(x, .. 3)), span(x, 3 ..))', [['fold', 2]]],
    ['constants of a sequence: none', 'x + c', []],
  ] as const)('%s', (_, expression, expected) => {
    expect(states(expression)).toEqual(expected)
  })

  it.each([
    [
      'a ring is longer by so many',
      'conv1d(x, 4) + shift(x, 3)',
      [
        ['ring', 2 * (3 + 5)],
        ['ring', 2 * (3 + 5)],
      ],
    ],
    [
      'so is a window',
      'near(x, x, 2 * x)',
      [
        ['ring', 2 * (5 + 5)],
        ['ring', 2 * (5 + 5)],
      ],
    ],
    [
      'rows of all tokens are shortened',
      'causal(x, x, 2 * x)',
      [
        ['append', 200],
        ['append', 200],
      ],
    ],
    [
      'a fold has an older state and the inputs since, or so many copies',
      'total(x)',
      [
        ['fold', 2],
        ['ring', Math.min(5 * 2, 2 + 5 * 2)],
      ],
    ],
  ] as const)('with a rollback of 5: %s', (_, expression, expected) => {
    expect(states(expression, 5)).toEqual(expected)
  })

  it('every application has one of its own', () => {
    expect(states('total(x) + total(2 * x)')).toEqual([
      ['fold', 2],
      ['fold', 2],
    ])
  })

  it('the plan holds as much', () => {
    const planned = planOf(model(over('total(x) + near(x, x, x) + causal(x, x, x)'))).manifest.states
    expect(planned.map((s) => (s.kind === 'cache' ? [s.kind, s.words, s.window] : [s.kind, s.words]))).toEqual([
      ['fold', 2],
      ['cache', 2, 5],
      ['cache', 2, 5],
      ['cache', 2, null],
      ['cache', 2, null],
    ])
  })

  it('each goes on where a pass ended', () => {
    const s = model(over('conv1d(x, 3) as c + shift(x, 2) + total(x) + near(x, x, x) + 0 * position'))
    const rows = [
      [0.1, 0.2],
      [0.3, 0.4],
      [0.5, 0.6],
      [0.7, 0.8],
      [0.9, 1],
    ]
    const more = { p: [0], c: [[0, 0]] }
    const whole = [...(run(s, { x: [rows], ...more }).outputs['y']?.data ?? [])]
    for (const cut of [1, 2, 4]) {
      const first = run(s, { x: [rows.slice(0, cut)], ...more })
      const second = run(s, { x: [rows.slice(cut)], ...more }, { start: [cut], states: first.states })
      expectNumbers([...(first.outputs['y']?.data ?? []), ...(second.outputs['y']?.data ?? [])], whole)
    }
  })
})

describe('the horizon of a model', () => {
  const horizon = (expression: string): string => {
    const { horizon: h } = model(over(expression))
    return h.kind === 'prefix' ? `prefix ${h.upto}` : h.kind
  }

  it.each([
    ['causal ops keep 0', 'conv1d(total(causal(near(shift(x, 1), x, x), x, x)), 3)', 'causal'],
    ['shift by nothing', 'shift(x, 0)', 'causal'],
    ['flip up to a number', 'flip(x, upto: 4)', 'prefix 4'],
    ['flip up to none', 'flip(x, upto: 0)', 'prefix 0'],
    ['flip up to a number of each sequence', 'flip(x, upto: p)', 'prefix p'],
    ['a prefix mask', 'prefixed(x, x, x, p)', 'prefix p'],
    ['a prefix mask of a size', 'fixed(x, x, x, 4)', 'prefix 4'],
    ['causal ops keep a prefix', 'total(conv1d(flip(x, upto: p), 3))', 'prefix p'],
    ['two of one prefix', 'flip(prefixed(flip(x, upto: p), x, x, p), upto: p)', 'prefix p'],
    ['a prefix of a computed number', 'flip(x, upto: T - 4)', 'whole'],
    ['two prefixes', 'flip(prefixed(x, x, x, p), upto: 4)', 'whole'],
    ['flip of all', 'flip(x)', 'whole'],
    ['a negative shift', 'shift(x, -1)', 'whole'],
    ['pool', 'x + pool(x, "mean")', 'whole'],
    ['an unmasked attention', 'all(x, x, x)', 'whole'],
    ['a mask that lets a later token pass', 'ahead(x, x, x)', 'whole'],
    ['the length of the sequence', 'x / T', 'whole'],
    ['a state of all tokens that is asked for', 'join(total(span(x, .. 3)), span(x, 3 ..))', 'causal'],
  ])('%s', (_, expression, expected) => {
    expect(horizon(expression)).toBe(expected)
  })

  it.each([
    ['y = shift(x, -1)', '`shift` looks ahead'],
    ['y = x + pool(x, "last")', '`pool` needs all tokens'],
    ['y = flip(x)', '`flip` reverses the whole sequence'],
    ['y = all(x, x, x)', 'attention `all` sees later tokens'],
    ['y = x / T', '`T` is the length of the sequence'],
    ['y = total(x) * 0 + ahead(x, x, x)', 'attention `ahead` sees later tokens'],
  ])('`whole` says which op it is and where: %s', (equations, because) => {
    const { horizon: h } = model(of(equations))
    expect(h).toMatchObject({ kind: 'whole', because })
    expect(h.kind === 'whole' ? h.source : '').toMatch(/^(spec\.gdn|std\/\S+):\d+:\d+$/)
  })

  it('a model that must be steppable says so, and the diagnostic names the op and its place', () => {
    const equations = 'require { 2 > 1 and horizon == 0 }\n  y = conv1d(shift(x, -1), 3)'
    const found = only(of(equations))
    expect(found).toMatchObject({
      code: 'GDN2511',
      marked: 'horizon == 0',
      message: 'the horizon is "whole": `shift` looks ahead',
      label: 'expected `horizon == 0`: no op that lets a token see later ones',
    })
    const { text } = checkSpec(of(equations))
    expect(found.related.map(({ span, message }) => [span.start, span.end - span.start, message])).toEqual([
      [text.indexOf('shift(x, -1)'), 'shift'.length, '`shift` looks ahead'],
    ])
  })

  it.each([
    ['0', 'conv1d(x, 3)'],
    ['"whole"', 'flip(x)'],
    ['4', 'flip(x, upto: 4)'],
    ['"p"', 'flip(x, upto: p)'],
  ])('`require { horizon == %s }` holds of %s', (value, expression) => {
    expect(findings(of(`require { horizon == ${value} }\n  y = ${expression}`))).toEqual([])
  })

  it.each([
    ['flip(x, upto: 4)', 'the horizon is 4: `flip` reverses the first tokens'],
    ['prefixed(x, x, x, p)', 'the horizon is `p`: attention `prefixed` sees later tokens'],
    ['ahead(x, x, x)', 'the horizon is "whole": attention `ahead` sees later tokens'],
  ])('`require { horizon == 0 }` fails of %s', (expression, message) => {
    expect(only(of(`require { horizon == 0 }\n  y = ${expression}`))).toMatchObject({ code: 'GDN2511', message })
  })

  it('a value of tokens p .. may start from the state at p, and stays causal', () => {
    const s = of('a = total(span(x, .. 3))\n  b = total(span(x, 3 ..), initial: a.s)\n  y = join(a, b)')
    expect(model(s).horizon).toEqual({ kind: 'causal' })
  })

  it('not one of tokens that come before', () => {
    const { diagnostics } = checkSpec(
      of('a = total(span(x, .. 4))\n  b = total(span(x, 3 ..), initial: a.s)\n  y = join(span(x, .. 3), b)'),
    )
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([['GDN2307', '`s` is known from position 4 on']])
  })
})
