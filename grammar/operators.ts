/** Precedence of the binary operators; a higher level binds tighter. The pipe is below all of them, suffixes are above. */
export const binaryLevels: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  '==': 4,
  '!=': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
  '^': 8,
}

/** `-a ^ 2` is `-(a ^ 2)`, `-a * b` is `(-a) * b`, `not a == b` is `not (a == b)`. */
export const prefixLevels: Readonly<Record<string, number>> = { not: 3, '-': 7 }

/** Comparisons take no comparison as an operand: `a < b < c` is refused. */
export const comparisonLevel = 4

/** Operators that group from the right: `a ^ b ^ c` is `a ^ (b ^ c)`. */
export const rightAssociative: ReadonlySet<string> = new Set(['^'])
