import { describe, expect, it } from 'vitest'
import { fromHalves, type HalfFormat, largestHalf, toHalves, wordsOfRows } from '../../../src/runtime/weights/halves.ts'
import { randomNormal } from '../../support/numbers.ts'

const tooLarge = (index: number): never => {
  throw new RangeError(`too large at ${index}`)
}
const halves = (format: HalfFormat, ...data: readonly number[]) => toHalves(format, Float32Array.from(data), tooLarge)
const rounded = (format: HalfFormat, ...data: readonly number[]) => [...fromHalves(format, halves(format, ...data))]
const every = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i)
const finite = (format: HalfFormat) => {
  const infinity = format === 'f16' ? 0x7c00 : 0x7f80
  return every.filter((half) => (half & infinity) !== infinity)
}

describe('halves', () => {
  it.each(['f16', 'bf16'] as const)('of every %s are themselves again', (format) => {
    const all = finite(format)
    expect(toHalves(format, fromHalves(format, all), tooLarge)).toEqual(all)
  })

  it('of f16 are the numbers that the engine has', () => {
    const all = finite('f16')
    expect(fromHalves('f16', all)).toEqual(Float32Array.from(new Float16Array(all.buffer)))
  })

  it('are the nearest, as the engine rounds', () => {
    for (const scale of [1, 1e-3, 1e-5, 1e-7, 1e3]) {
      const data = new Float32Array(randomNormal(4096, 7, scale))
      expect(fromHalves('f16', toHalves('f16', data, tooLarge))).toEqual(Float32Array.from(Float16Array.from(data)))
    }
  })

  it('are the even ones of two that are as near', () => {
    const step = 2 ** -10
    expect(rounded('f16', 1 + step / 2, 1 + (3 * step) / 2, -1 - step / 2)).toEqual([1, 1 + 2 * step, -1])
    expect(rounded('f16', 1 + step / 2 + 2 ** -23, 2 - step / 2)).toEqual([1 + step, 2])
    expect(rounded('bf16', 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -23)).toEqual([1, 1 + 2 ** -6, 1 + 2 ** -7])
  })

  it('below the smallest normal f16 are multiples of 2^-24', () => {
    const unit = 2 ** -24
    expect(rounded('f16', unit, 1.5 * unit, 2.5 * unit, unit / 2, unit / 2 + unit / 1024, unit / 4)).toEqual([
      unit,
      2 * unit,
      2 * unit,
      0,
      unit,
      0,
    ])
    expect(rounded('f16', 2 ** -14 - unit / 4, 2 ** -140)).toEqual([2 ** -14, 0])
    expect(Object.is(rounded('f16', -0)[0], -0)).toBe(true)
  })

  it('end where the next number would be infinite', () => {
    expect(rounded('f16', 65504, 65519)).toEqual([65504, 65504])
    expect(() => halves('f16', 0, 65520)).toThrow('too large at 1')
    expect(() => halves('f16', -1e5)).toThrow('too large at 0')
    expect(rounded('bf16', largestHalf.bf16)).toEqual([largestHalf.bf16])
    expect(() => halves('bf16', 3.4e38)).toThrow('too large at 0')
  })
})

describe('words of a weight', () => {
  it('are as many as numbers, or half', () => {
    expect(wordsOfRows({ shape: [5, 3, 4] }, 2)).toBe(24)
    expect(wordsOfRows({ shape: [5, 3, 4], packed: true }, 2)).toBe(12)
    expect(wordsOfRows({ shape: [] }, 1)).toBe(1)
  })
})
