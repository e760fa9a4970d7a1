import type { IoEntry, Manifest } from './manifest.ts'
import { product } from './tensor.ts'

/**
 * One run of words in a snapshot: a sequence's fold state, its rows of a cache in order of position, an output's last row, or an input
 * without time.
 */
export type Section =
  | { readonly kind: 'fold'; readonly state: number; readonly sequence: number; readonly at: number; readonly words: number }
  | {
      readonly kind: 'cache'
      readonly state: number
      readonly sequence: number
      readonly at: number
      readonly words: number
      /** Positions `[first, first + rows)`. */
      readonly first: number
      readonly rows: number
    }
  | { readonly kind: 'output' | 'input'; readonly name: string; readonly sequence: number; readonly at: number; readonly words: number }

/** What a snapshot of sequences at these positions holds, and where. It follows from the manifest alone, whatever the session's sizes. */
export function sections(manifest: Manifest, positions: readonly number[]): readonly Section[] {
  const found: Section[] = []
  let at = 0
  for (const [state, entry] of manifest.states.entries()) {
    for (const [sequence, position] of positions.entries()) {
      if (entry.kind === 'fold') {
        found.push({ kind: 'fold', state, sequence, at, words: entry.words })
        at += entry.words
        continue
      }
      // The next token is the window's last, so one row fewer is read again.
      const rows = entry.window === null ? position : Math.min(position, Math.max(0, entry.window - 1))
      found.push({ kind: 'cache', state, sequence, at, words: rows * entry.words, first: position - rows, rows })
      at += rows * entry.words
    }
  }
  const rows = (kind: 'output' | 'input', { name, shape }: IoEntry, count: number): void => {
    for (let sequence = 0; sequence < count; sequence++) {
      found.push({ kind, name, sequence, at, words: product(shape) })
      at += product(shape)
    }
  }
  for (const entry of manifest.outputs) rows('output', entry, positions.length)
  for (const entry of manifest.inputs) if (!entry.time) rows('input', entry, entry.batch ? positions.length : 1)
  return found
}

export function totalWords(layout: readonly Section[]): number {
  const last = layout.at(-1)
  return last === undefined ? 0 : last.at + last.words
}

/** Rows `[first, first + rows)` of a ring of `capacity` slots, as runs of neighbouring slots. */
export function ringRuns(
  first: number,
  rows: number,
  capacity: number,
): readonly { readonly slot: number; readonly row: number; readonly rows: number }[] {
  const runs: { slot: number; row: number; rows: number }[] = []
  for (let row = 0; row < rows; ) {
    const slot = (first + row) % capacity
    const count = Math.min(rows - row, capacity - slot)
    runs.push({ slot, row, rows: count })
    row += count
  }
  return runs
}
