import type { WeightEntry } from '../../src/runtime/manifest.ts'
import { fromHalves, toHalves } from '../../src/runtime/weights/halves.ts'
import { initialiser } from '../../src/runtime/weights/init.ts'
import { product } from '../../src/util/numbers.ts'

/** The numbers that a device holds of a weight that is given these. */
export function storedAs({ format }: Pick<WeightEntry, 'format'>, data: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (format === undefined) return data
  const tooLarge = (index: number): never => {
    throw new RangeError(`${data[index]} at ${index} is no ${format}`)
  }
  return fromHalves(format, toHalves(format, data, tooLarge))
}

/** The numbers that a weight starts from with a seed, as a device holds them. */
export function seededWeight(weight: WeightEntry, seed: number): { dtype: 'f32'; shape: readonly number[]; data: Float64Array } {
  const data = new Float32Array(product(weight.shape))
  initialiser(weight, seed)(0, data)
  return { dtype: 'f32', shape: weight.shape, data: Float64Array.from(storedAs(weight, data)) }
}
