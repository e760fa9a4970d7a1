/**
 * The candidate that was probably meant by a misspelt word: at most a third of its letters are changed, left out, added or
 * swapped with their neighbour; undefined if there is none. The earlier of two equally near ones wins.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= least) continue
    const changes = distance(word.toLowerCase(), candidate.toLowerCase())
    if (changes < least && candidate !== word) {
      best = candidate
      least = changes
    }
  }
  return best
}

/** Optimal string alignment: edits, with a swap of neighbours as one. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : changed
      row.push(Math.min(changed, swapped, above[j]! + 1, row[j - 1]! + 1))
    }
    before = above
    above = row
  }
  return above[b.length]!
}
