import { describe, expect, it } from 'vitest'
import { explainBodies } from '../../../src/analyse/heads.ts'
import { findings, model, only } from '../support/spec.ts'
import { expectNumbers, meaning, spec } from './support/meaning.ts'

/** §1.3, mapping: how an argument's axes meet the one token and the one head that a body sees. */

/** What each head reads of `a` and `b`, as 100 * a + b. */
const both = 'recurrence both(a: f32, b: f32) -> f32 {\n  state s: f32\n  s = 100 * a + b\n  out s\n}'
/** The same with vectors: the last axis is what one head sees. */
const rows = 'recurrence rows(a: f32[N], b: f32[M]) -> f32[N] {\n  state s: f32[N]\n  s = 100 * a + sum(b)\n  out s\n}'

const mapped = (a: string, b: string, y: string): string => spec({ a, b }, { y }, 'y = both(a, b)', both)

describe('the declared rank is what one head sees', () => {
  it('and leading feature axes are heads', () => {
    expectNumbers(
      meaning(mapped('f32[B, T, 3]', 'f32[B, T, 3]', 'f32[B, T, 3]'), { a: [[[1, 2, 3]]], b: [[[4, 5, 6]]] })['y'],
      [104, 205, 306],
    )
  })

  it('so that a vector parameter takes the last axis', () => {
    const s = spec({ a: 'f32[B, T, 2, 2]', b: 'f32[B, T, 3]' }, { y: 'f32[B, T, 2, 2]' }, 'y = rows(a, b)', rows)
    expectNumbers(
      meaning(s, {
        a: [
          [
            [
              [1, 2],
              [3, 4],
            ],
          ],
        ],
        b: [[[1, 2, 3]]],
      })['y'],
      [106, 206, 306, 406],
    )
  })

  it('and an argument of fewer axes is an error', () => {
    const s = spec({ a: 'f32[B, T]', b: 'f32[B, T, 3]' }, { y: 'f32[B, T, 3]' }, 'y = rows(a, b)', rows)
    expect(only(s)).toMatchObject({
      code: 'GDN2301',
      marked: 'a',
      message: '`a` is given f32[B, T]',
      label: 'expected at least 1 feature axis, which one head sees',
    })
  })
})

describe('run-time axes come by role', () => {
  it('no T: constant in time', () => {
    expectNumbers(
      meaning(mapped('f32[B, T]', 'f32[B]', 'f32[B, T]'), {
        a: [
          [1, 2],
          [3, 4],
        ],
        b: [7, 8],
      })['y'],
      [107, 207, 308, 408],
    )
  })

  it('no B: the same for all sequences', () => {
    const s = spec({ a: 'f32[B, T]' }, { y: 'f32[B, T]' }, 'y = both(a, 9)', both)
    expectNumbers(
      meaning(s, {
        a: [
          [1, 2],
          [3, 4],
        ],
      })['y'],
      [109, 209, 309, 409],
    )
  })

  it('no map axis: shared by all heads', () => {
    expectNumbers(
      meaning(mapped('f32[B, T, 2]', 'f32[B, T]', 'f32[B, T, 2]'), {
        a: [
          [
            [1, 2],
            [3, 4],
          ],
        ],
        b: [[5, 6]],
      })['y'],
      [105, 205, 306, 406],
    )
  })

  it('neither T nor B, but heads: a constant per head', () => {
    const s = spec({ a: 'f32[B, T]' }, { y: 'f32[B, T, 3]' }, 'y = both(a, iota(3))', both)
    expectNumbers(meaning(s, { a: [[1, 2]] })['y'], [100, 101, 102, 200, 201, 202])
  })
})

describe('head j reads head floor(j / r)', () => {
  it.each([
    ['more heads in the first', 4, 2, [110, 210, 320, 420]],
    ['more heads in the second', 2, 6, [110, 120, 130, 240, 250, 260]],
    ['one head is shared by all', 1, 3, [110, 120, 130]],
  ])('%s', (_, of, by, expected) => {
    const a = Array.from({ length: of }, (__, i) => i + 1)
    const b = Array.from({ length: by }, (__, i) => 10 * (i + 1))
    const most = Math.max(of, by)
    expectNumbers(meaning(mapped(`f32[B, T, ${of}]`, `f32[B, T, ${by}]`, `f32[B, T, ${most}]`), { a: [[a]], b: [[b]] })['y'], expected)
  })

  it('per axis: the largest count of each wins, whoever has it', () => {
    const found = meaning(mapped('f32[B, T, 4, 1]', 'f32[B, T, 2, 3]', 'f32[B, T, 4, 3]'), {
      a: [[[[1], [2], [3], [4]]]],
      b: [
        [
          [
            [10, 20, 30],
            [40, 50, 60],
          ],
        ],
      ],
    })['y']
    expectNumbers(found, [
      [110, 120, 130],
      [210, 220, 230],
      [340, 350, 360],
      [440, 450, 460],
    ])
  })

  it('in attentions as in recurrences', () => {
    const grouped =
      'attention grouped(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {\n  where j == i\n  out softmax(dot(q, k)) of v\n}'
    const s = spec({ q: 'f32[B, T, 4, 1]', v: 'f32[B, T, 2, 1]' }, { y: 'f32[B, T, 4, 1]' }, 'y = grouped(q, v, v)', grouped)
    expectNumbers(meaning(s, { q: [[[[1], [1], [1], [1]]]], v: [[[[5], [6]]]] })['y'], [5, 5, 6, 6])
  })

  it('in functions as in recurrences', () => {
    const s = spec(
      { a: 'f32[B, T, 4]', b: 'f32[B, T, 2, 1]' },
      { y: 'f32[B, T, 4, 1]' },
      'y = f(a, b)',
      'function f(a: f32, x: f32[V]) = 100 * a + x',
    )
    expectNumbers(meaning(s, { a: [[[1, 2, 3, 4]]], b: [[[[5], [6]]]] })['y'], [105, 205, 306, 406])
  })
})

describe('what does not fit is an error', () => {
  it.each([
    [
      'a count that does not divide the largest',
      'f32[B, T, 4]',
      'f32[B, T, 3]',
      'b',
      '`b` has 3 heads',
      'expected a divisor of 4, the heads of `a`',
    ],
    ['the larger is no multiple', 'f32[B, T, 2]', 'f32[B, T, 5]', 'a', '`a` has 2 heads', 'expected a divisor of 5, the heads of `b`'],
    ['another number of map axes', 'f32[B, T, 4]', 'f32[B, T, 4, 1]', 'b', '`b` has 2 map axes [4, 1]', 'expected 1 as in `a`, or none'],
    ['one axis of two', 'f32[B, T, 4, 6]', 'f32[B, T, 2, 4]', 'b', '`b` has 4 heads', 'expected a divisor of 6, the heads of `a`'],
  ])('%s', (_, a, b, marked, message, label) => {
    expect(only(mapped(a, b, 'f32[B, T, 4]'))).toMatchObject({ code: 'GDN2603', marked, message, label })
  })

  it('sizes come by unification, and must agree', () => {
    const s = (b: string) =>
      spec(
        { a: 'f32[B, T, 2]', b },
        { y: 'f32[B, T, 2]' },
        'y = same(a, b)',
        'recurrence same(a: f32[N], b: f32[2 * N]) -> f32[N] {\n  state s: f32[N]\n  s = a + b[0 .. N]\n  out s\n}',
      )
    expect(findings(s('f32[B, T, 4]'))).toEqual([])
    expect(only(s('f32[B, T, 5]'))).toMatchObject({ code: 'GDN2302', marked: 'b', label: 'expected 2 * N = 4, from f32[2 * N]' })
  })
})

describe('every head and every sequence has a state of its own', () => {
  it('as many as the result has heads', () => {
    const total = 'recurrence total(x: f32, w: f32) -> f32 {\n  state s: f32\n  s = s + w * x\n  out s\n}'
    const s = spec(
      { x: 'f32[B, T]', w: 'f32[B, 2]' },
      { y: 'f32[B, T, 2]', last: 'f32[B, 2]' },
      'r = total(x, w)\n  y = r\n  last = r.s',
      total,
    )
    const found = meaning(s, {
      x: [
        [1, 2],
        [3, 4],
      ],
      w: [
        [1, 10],
        [100, 1000],
      ],
    })
    expectNumbers(found['y'], [1, 10, 3, 30, 300, 3000, 700, 7000])
    expectNumbers(found['last'], [3, 30, 700, 7000])
  })
})

it('`show` says what heads share', () => {
  const text = `${spec(
    { q: 'f32[B, T, 4]', k: 'f32[B, T, 2]', g: 'f32[B, T]' },
    { y: 'f32[B, T, 4]', z: 'f32[B, T, 4]' },
    'y = both(q, k)\n  z = both(q, g) + both(q, -g)',
    both,
  )}`
  expect(explainBodies(model(text).graph).flatMap((lines) => lines.filter((line) => line.startsWith('  heads')))).toEqual([
    '  heads: 4; b: 2, each shared by 2',
    '  heads: 4; b: shared by all',
  ])
})
