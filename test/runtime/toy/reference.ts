import type { Manifest } from '../../../src/runtime/manifest.ts'
import { initialiser } from '../../../src/runtime/weights/init.ts'
import { type ToySizes, toySizes } from './manifest.ts'

export interface ToyWeights {
  readonly decay: Float32Array
  readonly table: Float32Array
}

/** What `weights: { seed }` gives. */
export function seededToyWeights(manifest: Manifest, seed: number): ToyWeights {
  const make = (path: string): Float32Array => {
    const weight = manifest.weights.find((entry) => entry.path === path)!
    const values = new Float32Array(weight.shape.reduce((a, b) => a * b, 1))
    initialiser(weight, seed)(0, values)
    return values
  }
  return { decay: make('mix.decay'), table: make('table') }
}

/** The toy model in f64: logits `[T, vocab]` of one sequence. */
export function toyLogits({ decay, table }: ToyWeights, tokens: readonly number[], sizes: ToySizes = toySizes): Float64Array {
  const { vocab, width, window } = sizes
  const logits = new Float64Array(tokens.length * vocab)
  const rows: Float64Array[] = []
  let h = new Float64Array(width)
  for (const [p, token] of tokens.entries()) {
    h = h.map((value, i) => decay[i]! * value + table[token * width + i]!)
    rows.push(h)
    const sum = h.map((value, i) => {
      let total = value
      for (let j = Math.max(0, p + 1 - window); j <= p; j++) total += rows[j]![i]! * (0.5 + (j % 3))
      for (let j = 0; j <= p; j++) total += (rows[j]![i]! * 0.125) / (1 + (j % 5))
      return total
    })
    for (let v = 0; v < vocab; v++) {
      for (let i = 0; i < width; i++) logits[p * vocab + v]! += sum[i]! * table[v * width + i]!
    }
  }
  return logits
}

/** The last row of `toyLogits`. */
export function lastToyLogits(weights: ToyWeights, tokens: readonly number[], sizes: ToySizes = toySizes): Float64Array {
  return toyLogits(weights, tokens, sizes).slice(-sizes.vocab)
}
