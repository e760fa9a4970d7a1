import { choice, finiteNumber } from '../attributes.ts'
import type { Attributes, DType } from '../graph.ts'
import { type Op, ShapeError } from '../op.ts'
import { expectInputs } from './rule.ts'

/** `constant {value, dtype?}`: a scalar. A number is f32 and a truth value is bool, unless `dtype` says u32. */
export const constant: Op = {
  name: 'constant',
  infer(inputs, attrs) {
    expectInputs(inputs, 0)
    return { dtype: dtypeOf(attrs), batch: false, time: false, shape: [] }
  },
  evaluate: (_, node) => ({ dtype: node.type.dtype, shape: [], data: Float64Array.of(Number(node.attrs['value'])) }),
  flops: () => 0,
}

function dtypeOf(attrs: Attributes): DType {
  if (typeof attrs['value'] === 'boolean') return 'bool'
  const value = finiteNumber(attrs, 'value')
  const dtype = attrs['dtype'] === undefined ? 'f32' : choice(attrs, 'dtype', ['f32', 'u32'])
  if (dtype === 'u32' && !(Number.isInteger(value) && value >= 0 && value < 2 ** 32)) throw new ShapeError(null, `value ${value}`, 'a u32')
  return dtype
}
