import type { TensorSource } from '../../model/model.ts'
import { product } from '../../util/numbers.ts'

/**
 * The elements of a source in row-major order, computed the slow and obvious way in f64. With `movement` only, arithmetic is left out,
 * so that a tensor of numbers 0 .. n-1 shows where each element went.
 */
export function applyTransforms(
  source: TensorSource,
  read: (name: string, shape: readonly number[]) => ArrayLike<number>,
  only: 'movement' | 'all' = 'all',
): Float64Array {
  if (source.kind === 'tensor') return Float64Array.from(read(source.name, source.shape))
  if (source.kind === 'fill') return new Float64Array(product(source.shape)).fill(source.value)
  const inputs = source.inputs.map((input) => ({ shape: input.shape, data: applyTransforms(input, read, only) }))
  const { attrs, shape } = source
  const [first] = inputs
  switch (source.op) {
    case 'reshape':
      return first!.data
    case 'permute': {
      const order = attrs['order'] as readonly number[]
      const strides = stridesOf(first!.shape)
      return gather(shape, (at) => first!.data[order.reduce((sum, axis, k) => sum + at[k]! * strides[axis]!, 0)]!)
    }
    case 'slice': {
      const axis = attrs['axis'] as number
      const start = attrs['start'] as number
      const strides = stridesOf(first!.shape)
      return gather(shape, (at) => first!.data[at.reduce((sum, n, k) => sum + (k === axis ? n + start : n) * strides[k]!, 0)]!)
    }
    case 'stack': {
      const axis = attrs['axis'] as number
      const strides = stridesOf(first!.shape)
      return gather(shape, (at) => inputs[at[axis]!]!.data[at.toSpliced(axis, 1).reduce((sum, n, k) => sum + n * strides[k]!, 0)]!)
    }
    case 'concat': {
      const axis = attrs['axis'] as number
      return gather(shape, (at) => {
        let n = at[axis]!
        let part = 0
        while (n >= inputs[part]!.shape[axis]!) n -= inputs[part++]!.shape[axis]!
        const strides = stridesOf(inputs[part]!.shape)
        return inputs[part]!.data[at.with(axis, n).reduce((sum, k, dim) => sum + k * strides[dim]!, 0)]!
      })
    }
    default: {
      if (only === 'movement') return first!.data
      const fn = pointwise(source.op, attrs['value'] as number)
      return first!.data.map(fn)
    }
  }
}

function pointwise(op: string, value: number): (x: number) => number {
  switch (op) {
    case 'add':
      return (x) => x + value
    case 'scale':
      return (x) => x * value
    case 'neg':
      return (x) => -x
    case 'exp':
      return Math.exp
    case 'log':
      return Math.log
    default:
      throw new Error(`no transform \`${op}\``)
  }
}

function gather(shape: readonly number[], element: (at: readonly number[]) => number): Float64Array {
  const result = new Float64Array(product(shape))
  const at = shape.map(() => 0)
  for (let n = 0; n < result.length; n++) {
    result[n] = element(at)
    for (let axis = shape.length - 1; axis >= 0 && ++at[axis]! === shape[axis]; axis--) at[axis] = 0
  }
  return result
}

function stridesOf(shape: readonly number[]): readonly number[] {
  const strides = shape.map(() => 1)
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!
  return strides
}
