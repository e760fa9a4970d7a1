import { describe, expect, it } from 'vitest'
import { findings, model, only } from '../support/spec.ts'
import { expectNumbers, meaning, run, spec } from './support/meaning.ts'

/** §1.1: run-time and feature axes. */

const over = (y: string, rest = '', type = 'f32[B, T, 2]'): string => spec({ x: 'f32[B, T, 2]' }, { y: type }, `y = ${y}`, rest)
const x = [
  [
    [1, 2],
    [3, 4],
  ],
]
const y = (equation: string, rest = '', type?: string) => meaning(over(equation, rest, type), { x })['y']

describe('run-time axes have roles', () => {
  it('whatever their names are', () => {
    const s = `model M {
  dim N: batch
  dim L: time
  input x: f32[N, L, 2]
  output y: f32[N, L, 2]
  y = l(x) + shift(x, 1)
}
layer l {
  dim S: time
  in x: f32[B, S, d]
  out x + S
}`
    expectNumbers(
      meaning(s, {
        x: [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      })['y'],
      [3, 4, 6, 8],
    )
  })

  it('T in a body is the length of this sequence, packing is invisible', () => {
    const s = over('x + 10 * T + position')
    const padded = {
      x: [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        [
          [7, 8],
          [0, 0],
          [0, 0],
        ],
      ],
    }
    expectNumbers(meaning(s, padded, { lengths: [3, 1] })['y'], [31, 32, 34, 35, 37, 38, 17, 18, 0, 0, 0, 0])
  })

  it('one of each: a second axis of a role is an error', () => {
    const s =
      'model M {\n  dim B: batch\n  dim T: time\n  dim U: time\n  input x: f32[B, T, 2]\n  input z: f32[B, U, 2]\n  output y: f32[B, T, 2]\n  y = x + z\n}'
    expect(only(s)).toMatchObject({ code: 'GDN2010', marked: 'U', message: '`U` and `T` are both the time axis' })
  })

  it('B is no number', () => {
    expect(findings(over('x * B')).map(([code]) => code)).toEqual(['GDN2201'])
  })

  it('[.., d] takes any leading axes: the layer is token-wise', () => {
    const rest = 'layer l {\n  in x: f32[.., d]\n  out x / d\n}'
    expectNumbers(y('l(x)', rest), [0.5, 1, 1.5, 2])
    expectNumbers(y('x | unflatten(2, 1) | l | flatten', rest), [1, 2, 3, 4])
    expect(findings(spec({ x: 'f32[B, 2]' }, { y: 'f32[B, 2]' }, 'y = l(x)', rest))).toEqual([])
  })

  it('[B, T, d] does not take a value without tokens', () => {
    const rest = 'layer l {\n  in x: f32[B, T, d]\n  out x\n}'
    expect(only(spec({ x: 'f32[B, 2]' }, { y: 'f32[B, 2]' }, 'y = l(x)', rest))).toMatchObject({ code: 'GDN2301', marked: 'x' })
  })
})

describe('position', () => {
  const s = spec({ x: 'f32[B, T]' }, { y: 'f32[B, T]' }, 'y = x + 10 * position')
  it('is the index of a token in its own sequence', () => {
    expectNumbers(
      meaning(
        s,
        {
          x: [
            [1, 1, 1],
            [1, 1, 0],
          ],
        },
        { lengths: [3, 2] },
      )['y'],
      [1, 11, 21, 1, 11, 0],
    )
  })
  it('goes on in a session', () => {
    expectNumbers(
      [
        ...(run(
          model(s),
          {
            x: [
              [1, 1],
              [1, 1],
            ],
          },
          { start: [5, 0] },
        ).outputs['y']?.data ?? []),
      ],
      [51, 61, 1, 11],
    )
  })
})

describe('arithmetic is pointwise', () => {
  it('role axes align by role: [B, d] meets [B, T, d]', () => {
    const s = spec({ x: 'f32[B, T, 2]', c: 'f32[B, 2]' }, { y: 'f32[B, T, 2]' }, 'y = x + c')
    expectNumbers(
      meaning(s, {
        x: [
          [
            [1, 2],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
        ],
        c: [
          [10, 20],
          [30, 40],
        ],
      })['y'],
      [11, 22, 13, 24, 35, 46, 37, 48],
    )
  })

  it('a value of tokens meets one of sequences with heads, from the right', () => {
    const s = spec({ x: 'f32[B, T]', c: 'f32[B, 2]' }, { y: 'f32[B, T, 2]' }, 'y = x * c')
    expectNumbers(meaning(s, { x: [[1, 2]], c: [[10, 20]] })['y'], [10, 20, 20, 40])
  })

  it('feature axes from the right, a missing one counts as 1', () => {
    const s = spec({ a: 'f32[B, T, 2, 3]', b: 'f32[B, T, 3]' }, { y: 'f32[B, T, 2, 3]' }, 'y = a + b')
    expectNumbers(
      meaning(s, {
        a: [
          [
            [
              [1, 2, 3],
              [4, 5, 6],
            ],
          ],
        ],
        b: [[[10, 20, 30]]],
      })['y'],
      [11, 22, 33, 14, 25, 36],
    )
  })

  it('only 1 stretches', () => {
    const s = (b: string) => spec({ a: 'f32[B, T, 2, 3]', b }, { y: 'f32[B, T, 2, 3]' }, 'y = a * b')
    expectNumbers(
      meaning(s('f32[B, T, 2, 1]'), {
        a: [
          [
            [
              [1, 2, 3],
              [4, 5, 6],
            ],
          ],
        ],
        b: [[[[2], [10]]]],
      })['y'],
      [2, 4, 6, 40, 50, 60],
    )
    expect(only(s('f32[B, T, 2]'))).toMatchObject({ code: 'GDN2304', message: 'f32[B, T, 2, 3] does not fit f32[B, T, 2]' })
    expect(only(s('f32[B, T, 4, 3]'))).toMatchObject({ code: 'GDN2304' })
  })

  it('binds as written: unary minus below a power, comparisons once', () => {
    expectNumbers(y('-x ^ 2'), [-1, -4, -9, -16])
    expectNumbers(y('2 ^ x ^ 2 / 2'), [1, 8, 256, 32768])
    expectNumbers(y('10 - x - 1'), [8, 7, 6, 5])
    expectNumbers(y('x % 3'), [1, 2, 0, 1])
    expectNumbers(y('select(x > 2 and not (x == 4) or x < 2, 1, 0)'), [1, 0, 1, 0])
  })
})

describe('a typed binding', () => {
  it('checks', () => {
    expect(findings(spec({ x: 'f32[B, T, 2]' }, { y: 'f32[B, T, 2]' }, 'h: f32[B, T, 2] = 2 * x\n  y = h'))).toEqual([])
  })
  it.each([
    ['f32[B, T, 1, 2]', 'GDN2301'],
    ['f32[B, T, 3]', 'GDN2302'],
    ['f32[B, 2]', 'GDN2301'],
    ['u32[B, T, 2]', 'GDN2301'],
  ])('and never reshapes: %s', (type, code) => {
    expect(findings(spec({ x: 'f32[B, T, 2]' }, { y: 'f32[B, T, 2]' }, `h: ${type} = 2 * x\n  y = h`)).map(([c]) => c)).toEqual([code])
  })
  it('binds no size of its own', () => {
    expect(findings(spec({ x: 'f32[B, T, 2]' }, { y: 'f32[B, T, 2]' }, 'h: f32[B, T, w] = 2 * x\n  y = h'))).toHaveLength(1)
  })
})
