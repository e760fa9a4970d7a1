/** Numbers in row-major order. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float32Array | Uint32Array
}

export function product(shape: readonly number[]): number {
  let words = 1
  for (const size of shape) words *= size
  return words
}

/** `at(list, i)`, where `i` is known to be inside. */
export function at<T>(list: ArrayLike<T>, index: number): T {
  const value = list[index]
  if (value === undefined) throw new RangeError(`index ${index} of ${list.length}`)
  return value
}
