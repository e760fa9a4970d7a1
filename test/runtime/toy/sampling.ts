import { keyOf, philox } from '../../../src/runtime/philox.ts'

export interface Draw {
  readonly temperature?: number
  readonly topK?: number
  readonly topP?: number
  readonly minP?: number
  readonly penalty?: number
  readonly seed?: number
}

/** Which ids the filters keep: the definition, by sorting. */
export function keptIds(logits: ArrayLike<number>, { temperature = 1, topK = 0, topP = 1, minP = 0 }: Draw): Set<number> {
  const ids = Array.from(logits, (_, id) => id).sort((a, b) => logits[b]! - logits[a]!)
  const top = logits[ids[0]!]!
  const weight = (id: number): number => Math.exp((logits[id]! - top) / temperature)
  let kept = ids
  if (topK > 0 && topK < kept.length) kept = kept.filter((id) => logits[id]! >= logits[ids[topK - 1]!]!)
  if (topP < 1) {
    const total = kept.reduce((sum, id) => sum + weight(id), 0)
    let sum = 0
    const last =
      kept.find((id) => {
        sum += weight(id)
        return sum >= topP * total
      }) ?? kept.at(-1)!
    kept = kept.filter((id) => logits[id]! >= logits[last]!)
  }
  return new Set(kept.filter((id) => weight(id) >= minP))
}

/** Logits after the repetition penalty. */
export function penalised(logits: ArrayLike<number>, seen: readonly number[], penalty = 1): number[] {
  const set = new Set(seen)
  return Array.from(logits, (l, id) => (!set.has(id) ? l : l > 0 ? l / penalty : l * penalty))
}

/** The id that the sampling kernel draws, in f64: cumulative weights over lanes of every 256th id. */
export function drawId(logits: ArrayLike<number>, draw: Draw, position: number, sequence: number): number {
  const values = Array.from(logits)
  const top = Math.max(...values)
  if ((draw.temperature ?? 0) === 0) return values.indexOf(top)
  const kept = keptIds(logits, draw)
  const order = values.map((_, id) => id).sort((a, b) => (a % 256) - (b % 256) || a - b)
  const weight = (id: number): number => Math.exp((values[id]! - top) / draw.temperature!)
  const total = [...kept].reduce((sum, id) => sum + weight(id), 0)
  const words = new Uint32Array(4)
  philox(words, position, sequence, 0, 0, ...keyOf('sample', draw.seed ?? 0))
  let left = (total * (words[0]! >>> 8)) / 2 ** 24
  for (const id of order) {
    if (!kept.has(id)) continue
    if (left < weight(id)) return id
    left -= weight(id)
  }
  return order.filter((id) => kept.has(id)).at(-1)!
}
