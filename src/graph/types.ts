import { sameNumbers } from '../util/numbers.ts'
import type { DType, ValueType } from './graph.ts'

/** `f32[B, T, 4, 16]`, or `f32` for a scalar without roles. */
export function describeType({ dtype, batch, time, shape }: ValueType): string {
  const axes = [...(batch ? ['B'] : []), ...(time ? ['T'] : []), ...shape]
  return axes.length === 0 ? dtype : `${dtype}[${axes.join(', ')}]`
}

export const describeShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`

export const sameType = (a: ValueType, b: ValueType): boolean =>
  a.dtype === b.dtype && a.batch === b.batch && a.time === b.time && sameNumbers(a.shape, b.shape)

/** The roles of a result: those of any input. */
export const unionRoles = (types: readonly ValueType[]): { readonly batch: boolean; readonly time: boolean } => ({
  batch: types.some((type) => type.batch),
  time: types.some((type) => type.time),
})

export const valueType = (
  dtype: DType,
  shape: readonly number[],
  roles: { readonly batch: boolean; readonly time: boolean },
): ValueType => ({
  dtype,
  batch: roles.batch,
  time: roles.time,
  shape,
})

/** The shape of a pointwise result: axes align from the right, a missing axis counts as 1, only 1 stretches; null if they do not fit. */
export function broadcastShapes(shapes: readonly (readonly number[])[]): readonly number[] | null {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length))
  const result: number[] = []
  for (let axis = 0; axis < rank; axis++) {
    let size = 1
    for (const shape of shapes) {
      const here = shape[axis - rank + shape.length] ?? 1
      if (here === size || here === 1) continue
      if (size !== 1) return null
      size = here
    }
    result.push(size)
  }
  return result
}

/** For every element of `shape` the flat index of the element of `operand` that it reads, aligned from the right. */
export function broadcastIndex(operand: readonly number[], shape: readonly number[]): Int32Array {
  let index = new Int32Array(1)
  let stride = 1
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[shape.length - 1 - axis] ?? 1
    const own = operand[operand.length - 1 - axis] ?? 1
    const grown = new Int32Array(size * index.length)
    const step = own === 1 ? 0 : stride
    for (let i = 0; i < size; i++) for (let j = 0; j < index.length; j++) grown[i * index.length + j] = i * step + (index[j] as number)
    index = grown
    stride *= own
  }
  return index
}
