import { product } from '../util/numbers.ts'
import type { DType, Tensor, ValueType } from './graph.ts'
import type { Extent } from './op.ts'

/** The row of a value that a token of a sequence reads. */
export const rowOf = ({ batch, time }: Pick<ValueType, 'batch' | 'time'>, extent: Extent, b: number, t: number): number =>
  (batch ? b * (time ? extent.time : 1) : 0) + (time ? t : 0)

export const fullShape = ({ batch, time, shape }: ValueType, extent: Extent): readonly number[] => [
  ...(batch ? [extent.batch] : []),
  ...(time ? [extent.time] : []),
  ...shape,
]

/** A tensor of a value's type, all zero. */
export function zeros(type: ValueType, extent: Extent): Tensor {
  const shape = fullShape(type, extent)
  return { dtype: type.dtype, shape, data: new Float64Array(product(shape)) }
}

/** A tensor of numbers. @throws RangeError if there are not as many as the shape says */
export function tensor(shape: readonly number[], data: ArrayLike<number>, dtype: DType = 'f32'): Tensor {
  if (product(shape) !== data.length) throw new RangeError(`${data.length} numbers, expected ${product(shape)} for [${shape.join(', ')}]`)
  return { dtype, shape, data: Float64Array.from(data) }
}

/** Calls back for every row of a value of these roles. */
export function forRows(type: Pick<ValueType, 'batch' | 'time'>, extent: Extent, visit: (b: number, t: number, row: number) => void): void {
  const [batch, time] = [type.batch ? extent.batch : 1, type.time ? extent.time : 1]
  for (let b = 0, row = 0; b < batch; b++) for (let t = 0; t < time; t++, row++) visit(b, t, row)
}
