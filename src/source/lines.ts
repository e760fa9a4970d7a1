/** A place in a text; line and column count from 1, the column in UTF-16 code units. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Lines of a text, found once. A line ends with `\n`, `\r\n` or `\r`. */
export interface Lines {
  readonly count: number
  /** The text of a line without its end; empty for a line that does not exist. */
  line(line: number): string
  /** An offset beyond the text is its end. */
  position(offset: number): Position
}

export function linesOf(text: string): Lines {
  const starts = [0]
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length)
  return {
    count: starts.length,
    line: (line) => text.slice(starts[line - 1] ?? text.length, starts[line] ?? text.length).replace(/\r?\n$|\r$/, ''),
    position: (offset) => {
      const at = Math.max(0, Math.min(offset, text.length))
      let low = 0
      let high = starts.length - 1
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if (starts[middle]! <= at) low = middle
        else high = middle - 1
      }
      return { line: low + 1, column: at - starts[low]! + 1 }
    },
  }
}
