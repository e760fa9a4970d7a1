import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  add,
  call,
  constant,
  type Dim,
  divide,
  equal,
  evaluate,
  multiply,
  named,
  namesIn,
  printDim,
  printSize,
  substitute,
  subtract,
} from '../../src/dims/index.ts'

const [heads, key, d] = [named('heads'), named('key'), named('d')]
const values: Readonly<Record<string, number>> = { a: 6, b: 10, c: 15 }
const sizeOf = (name: string): number | undefined => values[name]

/** A dim together with the number it stands for, computed apart. */
interface Pair {
  readonly dim: Dim
  readonly value: number
}

const leaf: fc.Arbitrary<Pair> = fc.oneof(
  fc.integer({ min: -9, max: 9 }).map((value) => ({ dim: constant(value), value })),
  fc.constantFrom('a', 'b', 'c').map((name) => ({ dim: named(name), value: values[name] as number })),
)
const { pair } = fc.letrec<{ pair: Pair }>((tie) => ({
  pair: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc
      .tuple(fc.constantFrom('+', '-', '*'), tie('pair'), tie('pair'))
      .map(([op, x, y]) =>
        op === '+'
          ? { dim: add(x.dim, y.dim), value: x.value + y.value }
          : op === '-'
            ? { dim: subtract(x.dim, y.dim), value: x.value - y.value }
            : { dim: multiply(x.dim, y.dim), value: x.value * y.value },
      ),
  ),
}))

describe('symbolic sizes', () => {
  it('have the value of what they were made of', () => {
    fc.assert(
      fc.property(pair, ({ dim, value }) => {
        expect(evaluate(dim, sizeOf)).toBe(value === 0 ? 0 : value)
      }),
    )
  })

  it('are equal however they were made', () => {
    fc.assert(
      fc.property(pair, pair, pair, ({ dim: x }, { dim: y }, { dim: z }) => {
        expect(equal(add(x, y), add(y, x))).toBe(true)
        expect(equal(multiply(x, y), multiply(y, x))).toBe(true)
        expect(equal(multiply(x, add(y, z)), add(multiply(x, y), multiply(x, z)))).toBe(true)
        expect(equal(add(add(x, y), z), add(x, add(y, z)))).toBe(true)
        expect(equal(subtract(x, x), constant(0))).toBe(true)
      }),
    )
  })

  it('differ where their values differ', () => {
    fc.assert(fc.property(pair, pair, (x, y) => !equal(x.dim, y.dim) || Math.abs(x.value - y.value) < 1e-6))
  })

  it('divide what was multiplied', () => {
    fc.assert(
      fc.property(pair, pair, ({ dim: x }, { dim: y }) => {
        const quotient = divide(multiply(x, y), y)
        if (equal(y, constant(0))) expect(quotient).toBeUndefined()
        else
          expect(evaluate(quotient as Dim, (name) => (values[name] as number) + 0.5)).toBeCloseTo(
            evaluate(x, (name) => (values[name] as number) + 0.5) as number,
            4,
          )
      }),
    )
  })

  it('substitute as evaluation does', () => {
    fc.assert(
      fc.property(pair, pair, ({ dim: x }, { dim: y, value }) => {
        const replaced = substitute(x, (name) => (name === 'a' ? y : undefined))
        expect(evaluate(replaced, sizeOf)).toBeCloseTo(evaluate(x, (name) => (name === 'a' ? value : values[name])) as number, 3)
        expect(namesIn(substitute(x, (name) => constant(values[name] as number)))).toEqual([])
      }),
    )
  })

  it('cancel through a division that comes out', () => {
    const head = divide(d, heads) as Dim
    expect(equal(multiply(head, heads), d)).toBe(true)
    expect(equal(divide(multiply(add(heads, key), d), add(heads, key)) as Dim, d)).toBe(true)
  })

  it('keep a quotient that does not come out as it is', () => {
    const quotient = divide(add(d, constant(1)), add(heads, key)) as Dim
    expect(printDim(quotient)).toBe('((d + 1) / (heads + key))')
    expect(evaluate(quotient, (name) => ({ d: 11, heads: 1, key: 2 })[name])).toBe(4)
    expect(divide(d, constant(0))).toBeUndefined()
  })

  it('know rounding, remainders and bounds', () => {
    expect(printDim(divide(call('round_up', d, constant(16)), constant(16)) as Dim)).toBe('round_up(d, 16) / 16')
    expect(evaluate(call('round_up', d, constant(16)), () => 20)).toBe(32)
    expect(printDim(call('remainder', d, constant(3)))).toBe('(d % 3)')
    expect(equal(call('remainder', constant(7), constant(4)), constant(3))).toBe(true)
    expect(
      equal(
        substitute(call('max', d, heads), () => constant(4)),
        constant(4),
      ),
    ).toBe(true)
  })

  it.each([
    [multiply(multiply(constant(2), heads), key), '2 * heads * key'],
    [subtract(multiply(heads, key), d), 'heads * key - d'],
    [divide(multiply(constant(3), d), multiply(constant(2), heads)) as Dim, '3 * d / (2 * heads)'],
    [multiply(d, d), 'd^2'],
    [subtract(constant(0), d), '-d'],
    [constant(0), '0'],
    [divide(constant(1), d) as Dim, '1 / d'],
  ])('are printed as they are written: %#', (dim, text) => {
    expect(printDim(dim)).toBe(text)
  })

  it('are printed with their number where a name is left', () => {
    expect(printSize(multiply(constant(2), key), 64)).toBe('2 * key = 64')
    expect(printSize(constant(64), 64)).toBe('64')
  })
})
