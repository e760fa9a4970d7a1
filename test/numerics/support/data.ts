import { randomNormal, randomUniform } from '../../support/numbers.ts'
import type { Argument } from './cases.ts'

/** What a test draws its arguments for. */
export interface Extent {
  readonly batch: number
  readonly tokens: number
}

/** Arguments with a value per token, from a seed. */
export function drawn({ batch, tokens }: Extent, seed: number) {
  const size = (heads: number | null, words: number) => batch * tokens * (heads ?? 1) * words
  let count = 0
  const next = () => seed * 1000 + count++
  return {
    normal: (heads: number | null, words: number, scale = 1): Argument => ({
      heads,
      data: randomNormal(size(heads, words), next(), scale),
    }),
    /** Rows of length 1. */
    unit: (heads: number | null, words: number): Argument => ({ heads, data: unitRows(randomNormal(size(heads, words), next()), words) }),
    /** The same row of length 1 for every token. */
    same: (heads: number | null, words: number): Argument => {
      const row = unitRows(randomNormal(words, next()), words)
      return { heads, data: Float32Array.from({ length: size(heads, words) }, (_, i) => row[i % words] as number) }
    },
    uniform: (heads: number | null, words: number, low: number, high: number): Argument => ({
      heads,
      data: randomUniform(size(heads, words), next(), low, high),
    }),
    constant: (heads: number | null, words: number, value: number): Argument => ({
      heads,
      data: new Float32Array(size(heads, words)).fill(value),
    }),
    /** One of the values for each element. */
    oneOf: (heads: number | null, words: number, values: readonly number[]): Argument => ({
      heads,
      data: randomUniform(size(heads, words), next()).map((x) => values[Math.floor(x * values.length)] as number),
    }),
    /** A value per head, the same for all tokens. */
    perHead: (heads: number | null, words: number, low: number, high: number): Argument => ({
      heads,
      roles: false,
      data: randomUniform((heads ?? 1) * words, next(), low, high),
    }),
  }
}

function unitRows(data: Float32Array, words: number): Float32Array {
  for (let at = 0; at < data.length; at += words) {
    const row = data.subarray(at, at + words)
    const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0))
    for (let i = 0; i < words; i++) row[i]! /= norm
  }
  return data
}
