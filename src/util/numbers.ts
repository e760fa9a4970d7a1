/** The product of all numbers; 1 for none. */
export const product = (numbers: readonly number[]): number => numbers.reduce((all, number) => all * number, 1)

export const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0)

export const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((number, i) => number === b[i])

/** The element, where an index is known to be valid. @throws RangeError if it is not */
export function at<T>(list: ArrayLike<T>, index: number, what = 'element'): T {
  const found = list[index]
  if (found === undefined) throw new RangeError(`no ${what} ${index} among ${list.length}`)
  return found
}
