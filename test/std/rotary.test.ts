import { describe, expect, it } from 'vitest'
import { tensor } from '../../src/graph/tensor.ts'
import { evaluate } from '../../src/reference/evaluate.ts'
import { model } from '../check/support/spec.ts'
import { relativeRms } from '../support/numbers.ts'

interface Rotation {
  readonly theta: number
  readonly dims: number
  readonly adjacent?: boolean
  /** Angle per position of every pair, from the position's length. */
  readonly frequency: (j: number, length: number) => number
  readonly magnitude?: number
}

const [T, heads, width] = [23, 2, 24]
const x = Float64Array.from({ length: T * heads * width }, (_, n) => Math.sin(1 + 0.37 * n) + Math.cos(0.11 * n * n))

/** Rotation of `dims` of `width` channels by what the papers say, pair by pair. */
function rotated({ dims, adjacent, frequency, magnitude = 1 }: Rotation): Float64Array {
  const result = x.slice()
  for (let t = 0; t < T; t++) {
    for (let head = 0; head < heads; head++) {
      for (let j = 0; j < dims / 2; j++) {
        const row = (t * heads + head) * width
        const [a, b] = adjacent ? [row + 2 * j, row + 2 * j + 1] : [row + j, row + j + dims / 2]
        const angle = t * frequency(j, t + 1)
        const [u, v] = [x[a] as number, x[b] as number]
        result[a] = magnitude * (u * Math.cos(angle) - v * Math.sin(angle))
        result[b] = magnitude * (v * Math.cos(angle) + u * Math.sin(angle))
      }
    }
  }
  return result
}

function rope(args: string): Float64Array {
  const spec = `model M {
    dim B: batch
    dim T: time
    input x: f32[B, T, ${heads}, ${width}]
    output y: f32[B, T, ${heads}, ${width}]
    y = rope(x, ${args})
  }`
  const result = evaluate(model(spec).graph, {
    inputs: { x: tensor([1, T, heads, width], x) },
    weights: () => tensor([], [0]),
    extent: { batch: 1, time: T, lengths: [T] },
  })
  return (result.outputs['y'] as { data: Float64Array }).data
}

const plain =
  (theta: number, dims: number) =>
  (j: number): number =>
    theta ** ((-2 * j) / dims)

/** As `modeling_rope_utils` of transformers computes it, written from its description. */
function yarn(theta: number, dims: number, factor: number, original: number, truncate: boolean, fast = 32, slow = 1) {
  const pair = (turns: number) => (dims * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(theta))
  const first = Math.max(truncate ? Math.floor(pair(fast)) : pair(fast), 0)
  const last = Math.min(truncate ? Math.ceil(pair(slow)) : pair(slow), dims - 1)
  return (j: number): number => {
    const kept = 1 - Math.min(1, Math.max(0, (j - first) / (last === first ? 0.001 : last - first)))
    const f = plain(theta, dims)(j)
    return (f / factor) * (1 - kept) + f * kept
  }
}

function llama3(theta: number, dims: number, factor: number, original: number, low: number, high: number) {
  return (j: number): number => {
    const f = plain(theta, dims)(j)
    const wave = (2 * Math.PI) / f
    if (wave < original / high) return f
    if (wave > original / low) return f / factor
    const t = (original / wave - low) / (high - low)
    return ((1 - t) * f) / factor + t * f
  }
}

const cases: readonly (readonly [string, Rotation])[] = [
  ['10_000', { theta: 1e4, dims: 24, frequency: plain(1e4, 24) }],
  ['10_000, 10', { theta: 1e4, dims: 10, frequency: plain(1e4, 10) }],
  ['500_000, 16, "adjacent"', { theta: 5e5, dims: 16, adjacent: true, frequency: plain(5e5, 16) }],
  ['10_000, scaling: "linear", factor: 4', { theta: 1e4, dims: 24, frequency: (j) => plain(1e4, 24)(j) / 4 }],
  [
    '10_000, scaling: "dynamic", factor: 2, original: 8',
    {
      theta: 1e4,
      dims: 24,
      frequency: (j, length) => (1e4 * Math.max((2 * length) / 8 - 1, 1) ** (24 / 22)) ** ((-2 * j) / 24),
    },
  ],
  [
    '10_000, scaling: "llama3", factor: 8, original: 512, low: 1, high: 4',
    { theta: 1e4, dims: 24, frequency: llama3(1e4, 24, 8, 512, 1, 4) },
  ],
  [
    '150_000, scaling: "yarn", factor: 32, original: 4096, truncate: false',
    { theta: 15e4, dims: 24, frequency: yarn(15e4, 24, 32, 4096, false), magnitude: 0.1 * Math.log(32) + 1 },
  ],
  [
    '150_000, scaling: "yarn", factor: 4, original: 128',
    { theta: 15e4, dims: 24, frequency: yarn(15e4, 24, 4, 128, true), magnitude: 0.1 * Math.log(4) + 1 },
  ],
  [
    '10_000, 16, "adjacent", scaling: "yarn", factor: 40, original: 4096, mscale: 1, mscale_all: 0.5',
    {
      theta: 1e4,
      dims: 16,
      adjacent: true,
      frequency: yarn(1e4, 16, 40, 4096, true),
      magnitude: (0.1 * Math.log(40) + 1) / (0.05 * Math.log(40) + 1),
    },
  ],
  [
    '10_000, scaling: "yarn", factor: 1, original: 64, fast: 2, slow: 2, magnitude: 1.5',
    { theta: 1e4, dims: 24, frequency: yarn(1e4, 24, 1, 64, true, 2, 2), magnitude: 1.5 },
  ],
]

describe('rotary embedding', () => {
  it.each(cases)('rope(x, %s)', (args, rotation) => {
    expect(relativeRms(rope(args), rotated(rotation))).toBeLessThan(1e-12)
  })

  it('takes other positions', () => {
    expect(relativeRms(rope('10_000, at: position'), rope('10_000'))).toBe(0)
    expect(relativeRms(rope('10_000, at: position + 5'), rope('10_000'))).toBeGreaterThan(0.1)
  })
})
