import { describe, expect, it } from 'vitest'
import { erf, erfc } from '../../src/util/erf.ts'

describe('erf', () => {
  it('agrees with tabulated values', () => {
    const known: [number, number][] = [
      [0, 0],
      [1e-10, 1.1283791670955126e-10],
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [3, 0.9999779095030014],
      [6, 1],
    ]
    for (const [x, value] of known) {
      expect(Math.abs(erf(x) - value)).toBeLessThanOrEqual(4e-15 * Math.max(1e-10, value))
      expect(erf(-x) + erf(x)).toBe(0)
    }
  })

  it('keeps the relative accuracy of a small complement', () => {
    expect(erfc(2.5) / 4.069520174449589e-4).toBeCloseTo(1, 12)
    expect(erfc(5) / 1.5374597944280349e-12).toBeCloseTo(1, 12)
    expect(erfc(-5)).toBeCloseTo(2 - erfc(5), 14)
    expect(erfc(30)).toBe(0)
  })

  it('is continuous where the series ends', () => {
    expect(Math.abs(erf(2.5 - 1e-12) - erf(2.5))).toBeLessThan(1e-14)
  })
})
