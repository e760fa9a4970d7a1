import { describe, expect, it } from 'vitest'
import { checkSpec, findings } from '../support/spec.ts'
import { over } from './support/along.ts'
import { expectNumbers, meaning } from './support/meaning.ts'

/** §1.5: what the operations that see other tokens compute, and what `reset` does to them. */

describe('what they compute', () => {
  const rows = [
    [1, 10],
    [2, 20],
    [3, 30],
    [4, 40],
  ]
  const y = (expression: string, p = 2, output?: string, lengths?: readonly number[]) =>
    meaning(
      over(expression, output),
      {
        x: lengths ? [rows, rows] : [rows],
        p: lengths ? [p, p] : [p],
        c: lengths
          ? [
              [0, 0],
              [0, 0],
            ]
          : [[0, 0]],
      },
      lengths ? { lengths } : {},
    )['y']

  it.each([
    [
      'shift(x, 1): 0 before the first',
      'shift(x, 1)',
      [
        [0, 0],
        [1, 10],
        [2, 20],
        [3, 30],
      ],
    ],
    [
      'shift(x, -1): 0 behind the last',
      'shift(x, -1)',
      [
        [2, 20],
        [3, 30],
        [4, 40],
        [0, 0],
      ],
    ],
    [
      'flip(x, upto: p)',
      'flip(x, upto: p)',
      [
        [2, 20],
        [1, 10],
        [3, 30],
        [4, 40],
      ],
    ],
    [
      'flip(x)',
      'flip(x)',
      [
        [4, 40],
        [3, 30],
        [2, 20],
        [1, 10],
      ],
    ],
    ['flip twice is nothing', 'flip(flip(x, upto: 3), upto: 3)', rows],
    [
      'a flip up to more than there is: all',
      'flip(x, upto: 9)',
      [
        [4, 40],
        [3, 30],
        [2, 20],
        [1, 10],
      ],
    ],
    [
      'join(span, span)',
      'join(2 * span(x, .. 1), span(x, 1 ..))',
      [
        [2, 20],
        [2, 20],
        [3, 30],
        [4, 40],
      ],
    ],
    [
      'three spans',
      'join(span(x, .. 1), join(2 * span(x, 1 .. 3), 3 * span(x, 3 ..)))',
      [
        [1, 10],
        [4, 40],
        [6, 60],
        [12, 120],
      ],
    ],
    [
      'a recurrence of a span begins there',
      'join(span(x, .. 2), total(span(x, 2 ..)))',
      [
        [1, 10],
        [2, 20],
        [3, 30],
        [7, 70],
      ],
    ],
    [
      'a shift of a span sees its own tokens',
      'join(span(x, .. 2), shift(span(x, 2 ..), 1))',
      [
        [1, 10],
        [2, 20],
        [0, 0],
        [3, 30],
      ],
    ],
    ['dropout is nothing', 'dropout(x, 0.5)', rows],
  ])('%s', (_, expression, expected) => {
    expectNumbers(y(expression), expected)
  })

  it.each([
    ['last', [4, 40]],
    ['mean', [2.5, 25]],
    ['sum', [10, 100]],
    ['max', [4, 40]],
  ] as const)('pool(x, "%s")', (kind, expected) => {
    expectNumbers(y(`pool(x, "${kind}")`, 0, 'f32[B, 2]'), expected)
  })

  it('of sequences as long as they are: padding is never seen', () => {
    expectNumbers(y('pool(x, "last")', 0, 'f32[B, 2]', [3, 1]), [3, 30, 1, 10])
    expectNumbers(y('pool(x, "mean")', 0, 'f32[B, 2]', [3, 1]), [2, 20, 1, 10])
    expectNumbers(y('flip(x)', 0, undefined, [2, 1])?.slice(0, 4), [2, 20, 1, 10])
    expectNumbers(y('shift(x, -1)', 0, undefined, [2, 1])?.slice(0, 4), [2, 20, 0, 0])
  })

  it.each([
    ['an output', 'span(x, .. 2)', 'GDN2308'],
    ['arithmetic with all tokens', 'x + span(x, .. 2)', 'GDN2308'],
    ['a gap', 'join(span(x, .. 2), span(x, 3 ..))', 'GDN2308'],
    ['an overlap', 'join(span(x, .. 3), span(x, 2 ..))', 'GDN2308'],
    ['a flip', 'join(flip(span(x, .. 2), upto: 2), span(x, 2 ..))', 'GDN2308'],
  ])('a span meets no other tokens than its own: %s', (_, expression, code) => {
    expect(findings(over(expression)).map(([c]) => c)).toEqual([code])
  })

  it('what has no time goes with every span', () => {
    expectNumbers(y('join(span(x, .. 2) + c, span(x, 2 ..) * (1 + c))'), rows)
    expectNumbers(y('join(span(x, .. 2) + 0 * position, span(x, 2 ..))'), rows)
  })
})

describe('a reset reaches every op inside that looks back, and no op that looks ahead', () => {
  it.each([['flip(z)'], ['pool(z, "mean") + z'], ['shift(z, -1)'], ['flip(z, upto: 2)']])('%s', (expression) => {
    const { diagnostics } = checkSpec(
      `${over('inside(x, reset: position == 2)')}\nlayer inside {\n  in z: f32[B, T, d]\n  out ${expression}\n}`,
    )
    expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual(['GDN2309'])
  })

  it('of layers inside layers both count', () => {
    const rest =
      'layer outer_layer {\n  in z: f32[B, T, d]\n  out inner_layer(z, reset: position == 1)\n}\nlayer inner_layer {\n  in z: f32[B, T, d]\n  out total(z)\n}'
    const s = `${over('outer_layer(x, reset: position == 3)')}\n${rest}`
    expectNumbers(
      meaning(s, {
        x: [
          [
            [1, 1],
            [2, 2],
            [4, 4],
            [8, 8],
            [16, 16],
          ],
        ],
        p: [0],
        c: [[0, 0]],
      })['y'],
      [1, 1, 2, 2, 6, 6, 8, 8, 24, 24],
    )
  })
})
