import { describe, expect, it } from 'vitest'
import type { InitEntry } from '../../../src/runtime/manifest.ts'
import { keyOf, philox, uniformPair } from '../../../src/runtime/philox.ts'
import { initialiser } from '../../../src/runtime/weights/init.ts'

function values(init: InitEntry, shape: readonly number[] = [1000], path = 'w', seed = 0): number[] {
  const all = new Float32Array(shape.reduce((a, b) => a * b, 1))
  initialiser({ path, shape, init }, seed)(0, all)
  return [...all]
}

const call = (fn: string, ...args: readonly InitEntry[]): InitEntry => ({ fn, args })

describe('Philox 4x32-10', () => {
  // The known answers of the authors' Random123 distribution.
  const ones = 0xffffffff
  it.each([
    [
      [0, 0, 0, 0, 0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [ones, ones, ones, ones, ones, ones],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('gives the known answers for %j', ([a, b, c, d, e, f], expected) => {
    const out = new Uint32Array(4)
    philox(out, a, b, c, d, e, f)
    expect([...out]).toEqual(expected)
  })

  it('makes uniform numbers of 53 bits', () => {
    expect(uniformPair(Uint32Array.of(0, 0, ones, ones))).toEqual([0, 1 - 2 ** -53])
  })

  it('takes keys from names and whole seeds', () => {
    expect(keyOf('a', 1)).not.toEqual(keyOf('b', 1))
    expect(keyOf('a', 1)).not.toEqual(keyOf('a', 2 ** 32 + 1))
    expect(keyOf('a', 1)).toEqual(keyOf('a', 1))
  })
})

describe('initialisers', () => {
  it('give constants, lists and indices', () => {
    expect(values(call('zeros'), [3])).toEqual([0, 0, 0])
    expect(values(call('ones'), [2])).toEqual([1, 1])
    expect(values(0.25, [2])).toEqual([0.25, 0.25])
    expect(values(call('constant', 3), [1])).toEqual([3])
    expect(values([0.5, 2, 4], [2, 3])).toEqual([0.5, 2, 4, 0.5, 2, 4])
    expect(values(call('iota', 3), [2, 3])).toEqual([0, 1, 2, 0, 1, 2])
    expect(values(call('log', call('add', call('iota', 3), 1)), [3])).toEqual([0, Math.fround(Math.log(2)), Math.fround(Math.log(3))])
    expect(values(call('neg', call('exp', 0)), [])).toEqual([-1])
  })

  it('draw in their ranges', () => {
    const uniform = values(call('uniform', 1, 16))
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(1)
    expect(Math.max(...uniform)).toBeLessThan(16)
    const mean = uniform.reduce((a, b) => a + b) / uniform.length
    expect(mean).toBeGreaterThan(8)
    expect(mean).toBeLessThan(9)
    const log = values(call('log_uniform', 1e-3, 1e-1)).map(Math.log10)
    expect(Math.min(...log)).toBeGreaterThanOrEqual(-3.0001)
    expect(Math.max(...log)).toBeLessThanOrEqual(-1)
    expect(log.reduce((a, b) => a + b) / log.length).toBeCloseTo(-2, 1)
    const normal = values(call('normal', 0.02), [10_000])
    expect(Math.sqrt(normal.reduce((a, b) => a + b * b, 0) / normal.length)).toBeCloseTo(0.02, 3)
    expect(normal.reduce((a, b) => a + b) / normal.length).toBeCloseTo(0, 3)
  })

  it('invert softplus, small numbers too', () => {
    for (const x of [1e-6, 1e-3, 0.1, 1, 30]) {
      const [y] = values(call('inverse_softplus', x), [1]) as [number]
      expect(Math.log1p(Math.exp(y)) / x).toBeCloseTo(1, 5)
    }
  })

  it('depend on seed and path, not on order or on how much is asked for at a time', () => {
    const init = call('normal', 1)
    const whole = values(init, [10, 10])
    const piece = new Float32Array(7)
    initialiser({ path: 'w', shape: [10, 10], init }, 0)(90, piece)
    expect([...piece]).toEqual(whole.slice(90, 97))
    expect(values(init, [100], 'v')).not.toEqual(whole)
    expect(values(init, [100], 'w', 1)).not.toEqual(whole)
  })

  it('give two draws of one expression different numbers', () => {
    const difference = values(call('sub', call('uniform', 0, 1), call('uniform', 0, 1)))
    expect(difference.filter((x) => x === 0)).toEqual([])
  })

  it('refuse what they do not know', () => {
    expect(() => values(call('magic'))).toThrow(/w: no initialiser magic/)
    expect(() => values(call('constructor'))).toThrow(/no initialiser constructor/)
    expect(() => values([1, 2], [3])).toThrow(/lists 2 numbers for 3 elements/)
    expect(() => values(call('uniform', call('ones'), 2))).toThrow(/uniform takes numbers/)
  })

  it('are the same numbers everywhere', () => {
    expect(values(call('normal', 1), [3], 'layers.0.mix.q_proj.weight', 42)).toMatchInlineSnapshot(`
      [
        1.1542140245437622,
        -0.2820454239845276,
        -0.5507634878158569,
      ]
    `)
    expect(values(call('log', call('uniform', 1, 16)), [3], 'layers.0.mix.A_log', 42)).toMatchInlineSnapshot(`
      [
        1.6187293529510498,
        2.271556854248047,
        1.272812008857727,
      ]
    `)
  })
})
