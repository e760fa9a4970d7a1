import { at } from './tensor.ts'

/** One pass over part of every sequence: tokens `[from[b], from[b] + lengths[b])` of what was given. */
export interface Pass {
  readonly from: readonly number[]
  readonly lengths: readonly number[]
  /** The longest of `lengths`: rows are padded to it. */
  readonly tokens: number
}

/**
 * Cuts sequences into passes of at most `chunk` tokens each. With `last > 0`, a pass boundary lies `last` tokens before the end of
 * every sequence that is longer, so that an anchor for rollback can be kept there; but the first `prefixes[b]` tokens of a sequence, at
 * most `chunk`, stay in one pass.
 */
export function schedule(lengths: readonly number[], chunk: number, last = 0, prefixes?: readonly number[]): readonly Pass[] {
  const zero = lengths.map(() => 0)
  if (last === 0) return cut(zero, lengths, chunk)
  const main = lengths.map((length, b) => {
    const before = Math.max(0, length - last)
    return before < (prefixes?.[b] ?? 0) ? 0 : before
  })
  const rest = lengths.map((length, b) => length - at(main, b))
  return [...cut(zero, main, chunk), ...cut(main, rest, chunk)]
}

function cut(from: readonly number[], lengths: readonly number[], chunk: number): Pass[] {
  const passes: Pass[] = []
  const longest = Math.max(0, ...lengths)
  for (let done = 0; done < longest; done += chunk) {
    const part = lengths.map((length) => Math.max(0, Math.min(chunk, length - done)))
    passes.push({ from: from.map((f, b) => f + Math.min(done, at(lengths, b))), lengths: part, tokens: Math.max(...part) })
  }
  return passes
}
