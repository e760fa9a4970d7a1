import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DType } from '../../src/graph/graph.ts'
import { pointwise, pointwiseFunction } from '../../src/graph/pointwise.ts'

const names = Object.keys(pointwise)
const smooth = ['tanh', 'sigmoid', 'log_sigmoid', 'softplus', 'silu', 'gelu', 'gelu_tanh', 'relu', 'abs', 'neg', 'sin', 'cos']
const largestF32 = 3.4028234663852886e38

/** What a device has for WGSL's functions; an overflow is an error, since a device may assume that there is none. */
const builtins: Readonly<Record<string, (...args: number[]) => number>> = {
  exp: (x) => checked(Math.exp(x)),
  exp2: (x) => checked(2 ** x),
  log: Math.log,
  sqrt: Math.sqrt,
  inverseSqrt: (x) => 1 / Math.sqrt(x),
  abs: Math.abs,
  sin: Math.sin,
  cos: Math.cos,
  floor: Math.floor,
  round: Math.round,
  trunc: Math.trunc,
  pow: (x, y) => (x < 0 ? Number.NaN : x ** y),
  min: Math.min,
  max: Math.max,
  f32: Number,
  select: (no, yes, condition) => (condition ? yes : no),
}

function checked(x: number): number {
  if (x > largestF32) throw new Error(`overflow: ${x}`)
  return x
}

/** Runs a WGSL expression of `x`, `y`, `z` in f64: its syntax is JavaScript's as far as these expressions go. */
function run(text: string, args: readonly number[]): number {
  const f = new Function(...Object.keys(builtins), 'x', 'y', 'z', `return ${text}`)
  return Number(f(...Object.values(builtins), ...args))
}

const expression = (name: string): string => pointwiseFunction(name).wgsl(['x', 'y', 'z'])

describe('pointwise functions', () => {
  it('are finite for every finite argument where the mathematics is', () => {
    const always = [...smooth, 'sigmoid']
    for (const name of always) {
      for (const x of [-1e300, -1e4, -750, -89, -20.5, -1e-300, 0, 1e-300, 20, 20.5, 89, 750, 1e4, 1e100]) {
        expect(Number.isFinite(pointwiseFunction(name).evaluate(x, 0, 0)), `${name}(${x})`).toBe(true)
      }
    }
  })

  it('have known values', () => {
    const at = (name: string, ...args: number[]) => pointwiseFunction(name).evaluate(args[0] ?? 0, args[1] ?? 0, args[2] ?? 0)
    expect(at('softplus', 0)).toBeCloseTo(Math.LN2, 15)
    expect(at('softplus', 20.001)).toBe(20.001)
    expect(at('softplus', -30) / Math.exp(-30)).toBeCloseTo(1, 12)
    expect(at('log_sigmoid', 40) / -Math.exp(-40)).toBeCloseTo(1, 12)
    expect(at('log_sigmoid', -1000)).toBe(-1000)
    expect(at('silu', -1000)).toBeCloseTo(0, 300)
    expect(at('gelu', 1)).toBeCloseTo(0.8413447460685429, 14)
    expect(at('gelu_tanh', 1)).toBeCloseTo(0.8411919906082768, 14)
    expect(at('mod', -1, 3)).toBe(2)
    expect(at('mod', 5.5, -2)).toBe(-0.5)
    expect(at('pow', -2, 3)).toBe(-8)
    expect(at('pow', 0, 0)).toBe(1)
    expect(at('select', 1, 5, 6)).toBe(5)
    expect(at('select', 0, 5, 6)).toBe(6)
    expect(at('and', 1, 0)).toBe(0)
    expect(at('or', 1, 0)).toBe(1)
    expect(pointwiseFunction('div').whole?.(7, 2, 0)).toBe(3)
    expect(pointwiseFunction('mod').whole?.(7, 4, 0)).toBe(3)
  })

  it.each(smooth)('%s says the same in WGSL as in f64', (name) => {
    const { evaluate } = pointwiseFunction(name)
    const text = expression(name)
    // gelu is approximated with an absolute error; the others keep the relative one.
    const absolute = name === 'gelu' ? 3e-7 : name === 'sin' || name === 'cos' ? 5e-6 : 1e-30
    for (let x = -100; x <= 100; x += 0.0625) {
      const expected = evaluate(x, 0, 0)
      expect(Math.abs(run(text, [x]) - expected), `${name}(${x})`).toBeLessThanOrEqual(absolute + 2e-6 * Math.abs(expected))
    }
    for (const x of [1e-30, -1e-30, 1e-4, -1e-4]) {
      expect(Math.abs(run(text, [x]) - evaluate(x, 0, 0))).toBeLessThanOrEqual(absolute + 2e-6 * Math.abs(evaluate(x, 0, 0)))
    }
  })

  it('keep a NaN in WGSL, so that poison shows', () => {
    for (const name of smooth) expect(run(expression(name), [Number.NaN]), name).toBeNaN()
  })

  it('say the same in WGSL for two arguments', () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), fc.integer({ min: -6, max: 6 }), (x, y) => {
        for (const name of ['add', 'sub', 'mul', 'min', 'max', 'lt', 'le', 'gt', 'ge', 'eq', 'ne']) {
          expect(run(expression(name), [x, y]) - pointwiseFunction(name).evaluate(x, y, 0), name).toBe(0)
        }
        if (Math.abs(y) > 0) {
          expect(run(expression('mod'), [x, y])).toBeCloseTo(pointwiseFunction('mod').evaluate(x, y, 0), 9)
          expect(run(expression('div'), [x, y])).toBe(x / y)
        }
        if (Math.abs(x) > 0.1) expect(run(expression('pow'), [x, y]) / x ** y).toBeCloseTo(1, 9)
      }),
    )
    expect(run(expression('select'), [1, 5, 6])).toBe(5)
  })

  it('bracket what they are made of', () => {
    expect(pointwiseFunction('mul').wgsl(['a + b', 'c'])).toBe('(a + b) * c')
    expect(pointwiseFunction('sub').wgsl(['a', '-1.0'])).toBe('a - (-1.0)')
    expect(pointwiseFunction('neg').wgsl(['-a'])).toBe('-(-a)')
    expect(pointwiseFunction('not').wgsl(['a < b'])).toBe('!(a < b)')
    expect(pointwiseFunction('mul').wgsl(['w[i + 1u]', 'exp(g)'])).toBe('w[i + 1u] * exp(g)')
    expect(pointwiseFunction('mul').wgsl(['f(a) + g(b)', 'x[0] + y[1]'])).toBe('(f(a) + g(b)) * (x[0] + y[1])')
    expect(pointwiseFunction('pow').wgsl(['a + b', '2.0'])).toBe('(a + b) * (a + b)')
    expect(pointwiseFunction('mod').wgsl(['i', '4u'], 'u32')).toBe('i % 4u')
    expect(pointwiseFunction('select').wgsl(['c', 'a', 'b'])).toBe('select(b, a, c)')
  })

  it('refuse dtypes that they do not take', () => {
    const legal: Readonly<Record<string, readonly (readonly DType[])[]>> = {
      exp: [['f32']],
      add: [
        ['f32', 'f32'],
        ['u32', 'u32'],
      ],
      pow: [['f32', 'f32']],
      lt: [
        ['f32', 'f32'],
        ['u32', 'u32'],
      ],
      eq: [
        ['f32', 'f32'],
        ['u32', 'u32'],
        ['bool', 'bool'],
      ],
      and: [['bool', 'bool']],
      not: [['bool']],
      select: [
        ['bool', 'f32', 'f32'],
        ['bool', 'u32', 'u32'],
        ['bool', 'bool', 'bool'],
      ],
      to_f32: [['u32'], ['bool']],
    }
    const dtypes: readonly DType[] = ['f32', 'u32', 'bool']
    const combinations = (n: number): DType[][] =>
      n === 0 ? [[]] : combinations(n - 1).flatMap((list) => dtypes.map((dtype) => [...list, dtype]))
    for (const [name, allowed] of Object.entries(legal)) {
      const fn = pointwiseFunction(name)
      for (const args of combinations(fn.arity)) {
        expect(fn.result(args) !== null, `${name} ${args}`).toBe(allowed.some((one) => one.join() === args.join()))
      }
    }
    expect(pointwiseFunction('lt').result(['u32', 'u32'])).toBe('bool')
    expect(() => pointwiseFunction('constructor')).toThrow('unknown pointwise function constructor')
  })

  it('have bounds that hold', () => {
    const ends = fc.oneof(
      fc.double({ min: -40, max: 40, noNaN: true }),
      fc.constantFrom(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 1, -1, 2),
    )
    const range = fc.tuple(ends, ends).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }))
    const part = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(range, { minLength: 3, maxLength: 3 }),
        fc.array(part, { minLength: 3, maxLength: 3 }),
        (name, ranges, parts) => {
          const fn = pointwiseFunction(name)
          const args = ranges.map(({ min, max }, i) => {
            const [low, high] = [Math.max(min, -60), Math.min(max, 60)]
            return Math.min(Math.max(low + (high - low) * parts[i]!, min), max)
          }) as [number, number, number]
          // An infinity that is both ends stands for no finite element.
          fc.pre(args.every(Number.isFinite))
          const value = fn.evaluate(...args)
          fc.pre(Number.isFinite(value))
          const { min, max } = fn.interval(ranges.slice(0, fn.arity))
          const slack = 1e-12 * Math.max(1, Math.abs(value))
          expect(value, `${name}(${args.slice(0, fn.arity)}) in ${JSON.stringify(ranges)}`).toBeGreaterThanOrEqual(min - slack)
          expect(value, `${name}(${args.slice(0, fn.arity)}) in ${JSON.stringify(ranges)}`).toBeLessThanOrEqual(max + slack)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('prove what gates declare', () => {
    const all = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY }
    const of = (name: string, ...args: { min: number; max: number }[]) => pointwiseFunction(name).interval(args)
    expect(of('sigmoid', all)).toEqual({ min: 0, max: 1 })
    expect(of('mul', { min: 2, max: 2 }, of('sigmoid', all))).toEqual({ min: 0, max: 2 })
    expect(of('log_sigmoid', all)).toEqual({ min: Number.NEGATIVE_INFINITY, max: 0 })
    expect(of('mul', of('neg', of('exp', all)), of('softplus', all)).max).toBe(0)
    expect(of('mul', { min: -5, max: -5 }, of('sigmoid', all))).toEqual({ min: -5, max: 0 })
    expect(of('div', of('log_sigmoid', all), { min: 16, max: 16 }).max).toBe(0)
    expect(of('max', of('min', all, { min: 8, max: 8 }), { min: -8, max: -8 })).toEqual({ min: -8, max: 8 })
  })
})
