import type { Rows } from './inputs.ts'
import type { IoEntry } from './manifest.ts'
import { at, product } from './tensor.ts'

/**
 * What sequences have been given, as far as it may be needed again: for a replay the tokens since the oldest anchor, for sampling
 * penalties and snapshots all ids of the sampled input.
 */
export class History {
  readonly #inputs: readonly IoEntry[]
  /** The input whose ids are kept from the beginning. */
  readonly #whole: string | null
  readonly #kept: ReadonlyMap<string, { first: number; numbers: number[] }[]>

  constructor(inputs: readonly IoEntry[], batch: number, options: { readonly whole: string | null; readonly replay: boolean }) {
    this.#inputs = inputs.filter(({ time, name }) => time && (options.replay || name === options.whole))
    this.#whole = options.whole
    this.#kept = new Map(
      this.#inputs.map(({ name }) => [name, Array.from({ length: batch }, () => ({ first: 0, numbers: [] as number[] }))]),
    )
  }

  /** Adds tokens `[from, from + count)` of a call's rows to sequence `b`. */
  append(b: number, rows: Rows, from: number, count: number): void {
    for (const entry of this.#inputs) {
      const words = product(entry.shape)
      const given = rows.values.get(entry.name)?.[b]
      if (given === undefined) continue
      const { numbers } = this.#of(entry.name, b)
      for (let i = from * words; i < (from + count) * words; i++) numbers.push(at(given, i))
    }
  }

  /** The tokens of `[from[b], to[b])`, as a call would give them. */
  rows(from: readonly number[], to: readonly number[]): Rows {
    const values = this.#inputs.map((entry): [string, number[][]] => {
      const words = product(entry.shape)
      const sequences = from.map((start, b) => {
        const { first, numbers } = this.#of(entry.name, b)
        return numbers.slice((start - first) * words, (at(to, b) - first) * words)
      })
      return [entry.name, sequences]
    })
    return { lengths: from.map((start, b) => at(to, b) - start), values: new Map(values) }
  }

  /** Forgets what sequence `b` was given from `position` on. */
  truncate(b: number, position: number): void {
    for (const entry of this.#inputs) {
      const kept = this.#of(entry.name, b)
      kept.numbers.length = Math.max(0, position - kept.first) * product(entry.shape)
    }
  }

  /** Forgets what is not needed for a replay from `oldest`. */
  trim(b: number, oldest: number): void {
    for (const entry of this.#inputs) {
      if (entry.name === this.#whole) continue
      const kept = this.#of(entry.name, b)
      if (oldest <= kept.first) continue
      kept.numbers.splice(0, (oldest - kept.first) * product(entry.shape))
      kept.first = oldest
    }
  }

  /** All ids that sequence `b` was given, if the model can be sampled; otherwise none. */
  ids(b: number): readonly number[] {
    return this.#whole === null ? [] : this.#of(this.#whole, b).numbers
  }

  /** Begins again at `position`, with the ids before it. */
  reset(b: number, position: number, ids: readonly number[]): void {
    for (const entry of this.#inputs) {
      const kept = this.#of(entry.name, b)
      const whole = entry.name === this.#whole
      kept.first = whole ? 0 : position
      kept.numbers = whole ? [...ids] : []
    }
  }

  #of(input: string, b: number): { first: number; numbers: number[] } {
    return at(this.#kept.get(input) ?? [], b)
  }
}
