import { randomNormal, randomUniform } from '../support/numbers.ts'
import type { AttentionCase, ConvolutionCase, MatmulCase, RecurrenceCase } from './cases.ts'

/**
 * The numbers of each case, the same in every process. Rows are tokens: `[tokens][words]`. Magnitudes are such that a chain of any
 * length neither dies out nor grows without bound.
 */
export function recurrenceInputs({ tokens, heads, keyHeads, key, value }: RecurrenceCase) {
  return {
    query: unitRows(randomNormal(tokens * keyHeads * key, 1), key),
    key: unitRows(randomNormal(tokens * keyHeads * key, 2), key),
    value: randomNormal(tokens * heads * value, 3),
    /** Logarithms; [tokens][heads]. */
    decay: randomUniform(tokens * heads, 4, -0.5, -0.01),
    /** [tokens][heads] */
    beta: randomUniform(tokens * heads, 5, 0.05, 0.95),
    /** [heads][key][value] */
    state: randomNormal(heads * key * value, 6, 0.1),
  }
}

export function matmulInputs({ rows, inner }: MatmulCase): { readonly x: Float32Array } {
  return { x: randomNormal(rows * inner, 1) }
}

export interface MatmulWeight {
  readonly from: number
  readonly to: number
  /** [from][to] */
  readonly data: Float32Array
}

/** Chains of several lengths have the same weights, and large ones take a second to draw. */
const drawn = new WeakMap<MatmulCase, MatmulWeight[]>()

/** Weight of link `index`: links alternate between the two widths. */
export function matmulWeight(kernel: MatmulCase, index: number): MatmulWeight {
  const known = drawn.get(kernel) ?? []
  drawn.set(kernel, known)
  known[index] ??= drawWeight(kernel, index)
  return known[index]
}

function drawWeight({ inner, columns, storage }: MatmulCase, index: number): MatmulWeight {
  const [from, to] = index % 2 === 0 ? [inner, columns] : [columns, inner]
  // Keeps the size of what goes through it.
  const bound = Math.sqrt(3 / from)
  const data = randomUniform(from * to, 100 + index, -bound, bound)
  return { from, to, data: storage === 'f32' ? data : data.map(Math.f16round) }
}

export function convolutionInputs({ tokens, channels, width }: ConvolutionCase) {
  return {
    x: randomNormal(tokens * channels, 1),
    /** [channels][width], the newest token's tap last */
    weight: randomNormal(channels * width, 2, 1 / Math.sqrt(width)),
    bias: randomNormal(channels, 3),
    /** [width - 1][channels] */
    past: randomNormal((width - 1) * channels, 4),
  }
}

export function attentionInputs({ tokens, past, heads, keyHeads, size }: AttentionCase) {
  return {
    query: randomNormal(tokens * heads * size, 1),
    key: randomNormal(tokens * keyHeads * size, 2),
    value: randomNormal(tokens * keyHeads * size, 3),
    /** [past][keyHeads][size] */
    pastKey: randomNormal(past * keyHeads * size, 4),
    pastValue: randomNormal(past * keyHeads * size, 5),
  }
}

function unitRows(rows: Float32Array, width: number): Float32Array {
  for (let start = 0; start < rows.length; start += width) {
    const row = rows.subarray(start, start + width)
    const norm = Math.hypot(...row)
    for (let i = 0; i < width; i++) row[i] = row[i]! / norm
  }
  return rows
}
