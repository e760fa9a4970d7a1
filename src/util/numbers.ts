/** The product of all numbers; 1 for none. */
export const product = (numbers: readonly number[]): number => numbers.reduce((all, number) => all * number, 1)

export const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0)

export const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((number, i) => number === b[i])
