import { product } from '../../util/numbers.ts'
import { choice } from '../attributes.ts'
import type { DType } from '../graph.ts'
import { type Op, ShapeError } from '../op.ts'
import { pointwise as functions, type PointwiseFunction, pointwiseFunction } from '../pointwise.ts'
import { forRows, rowOf, zeros } from '../tensor.ts'
import { broadcastIndex, broadcastShapes, describeType, unionRoles, valueType } from '../types.ts'
import { expectInputs, typeOfInput } from './rule.ts'

/** `pointwise {fn}`: one function of one to three elements. Roles align by role, feature axes from the right, only 1 stretches. */
export const pointwise: Op = {
  name: 'pointwise',
  infer(inputs, attrs) {
    const fn = pointwiseFunction(choice(attrs, 'fn', Object.keys(functions)))
    expectInputs(inputs, fn.arity)
    const dtype = fn.result(inputs.map((input) => input.dtype))
    if (!dtype) throw new ShapeError(null, inputs.map(describeType).join(' and '), fn.takes)
    const shape = broadcastShapes(inputs.map((input) => input.shape))
    if (!shape) throw new ShapeError(null, inputs.map(describeType).join(' and '), 'equal sizes on every axis from the right, or 1')
    return valueType(dtype, shape, unionRoles(inputs))
  },
  evaluate(context, node, inputs) {
    const result = zeros(node.type, context.extent)
    const out = result.data
    const types = inputs.map((_, i) => typeOfInput(context, node, i))
    const f = elementFunction(pointwiseFunction(node.attrs['fn']), String(node.attrs['fn']), types[0]?.dtype ?? 'f32')
    const [a, b, c] = inputs.map((input) => input.data)
    if (!a) throw new Error('pointwise without inputs')
    if (inputs.length === 1) {
      for (let i = 0; i < out.length; i++) out[i] = f(a[i] as number, 0, 0)
      return result
    }
    const none = {
      data: new Float64Array(1),
      index: new Int32Array(product(node.type.shape)),
      size: 0,
      type: { batch: false, time: false },
    }
    const operands = [a, b, c].map((data, i) => {
      const type = types[i]
      return data && type ? { data, index: broadcastIndex(type.shape, node.type.shape), size: product(type.shape), type } : none
    })
    const [x = none, y = none, z = none] = operands
    const words = product(node.type.shape)
    forRows(node.type, context.extent, (sequence, t, row) => {
      const [p, q, r] = [x, y, z].map(({ size, type }) => rowOf(type, context.extent, sequence, t) * size) as [number, number, number]
      for (let i = 0; i < words; i++) {
        out[row * words + i] = f(
          x.data[p + (x.index[i] as number)] as number,
          y.data[q + (y.index[i] as number)] as number,
          z.data[r + (z.index[i] as number)] as number,
        )
      }
    })
    return result
  },
  flops: (node) => product(node.type.shape),
}

/** Whole numbers of a graph are u32 and wrap around as they do in WGSL. */
function elementFunction(fn: PointwiseFunction, name: string, dtype: DType): (a: number, b: number, c: number) => number {
  if (dtype !== 'u32') return fn.evaluate
  if (name === 'mul') return (a, b) => Math.imul(a, b) >>> 0
  const whole = fn.whole ?? fn.evaluate
  return (a, b, c) => whole(a, b, c) >>> 0
}
