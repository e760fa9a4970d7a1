import type { Attributes, DType, Node, ValueType } from '../graph.ts'
import type { EvaluateContext } from '../op.ts'
import { ShapeError } from '../op.ts'
import { describeType } from '../types.ts'

/** Refuses a wrong number of inputs. */
export function expectInputs(inputs: readonly ValueType[], least: number, most = least): void {
  if (inputs.length >= least && inputs.length <= most) return
  const expected = least === most ? `${least}` : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`
  throw new ShapeError(null, `${inputs.length} inputs`, expected)
}

/** Input `i`, of this dtype and with at least `rank` feature axes. */
export function inputOf(inputs: readonly ValueType[], i: number, rank = 0, dtype: DType = 'f32'): ValueType {
  const type = inputs[i]
  if (!type) throw new ShapeError(null, `${inputs.length} inputs`, `at least ${i + 1}`)
  if (type.dtype !== dtype) throw new ShapeError(i, describeType(type), dtype)
  if (type.shape.length < rank) throw new ShapeError(i, describeType(type), `at least ${rank} feature ${rank === 1 ? 'axis' : 'axes'}`)
  return type
}

/** Input `i`, a parameter: f32 of exactly this shape, the same for all tokens and sequences. */
export function parameterOf(inputs: readonly ValueType[], i: number, shape: readonly number[], what: string): ValueType {
  const type = inputOf(inputs, i)
  const fits = !type.batch && !type.time && type.shape.length === shape.length && shape.every((size, axis) => size === type.shape[axis])
  if (!fits) throw new ShapeError(i, describeType(type), `f32[${shape.join(', ')}], ${what}`)
  return type
}

/** The type of a node's input, at evaluation. */
export function typeOfInput(context: EvaluateContext, node: Node, i: number): ValueType {
  const type = context.graph.nodes[node.inputs[i] ?? -1]?.type
  if (!type) throw new Error(`node ${node.id} (${node.op}) has no input ${i}`)
  return type
}

/** How many runs of `size` elements (the trailing axes that a function works over) a value of `length` elements is made of. */
export function groups(length: number, size: number): number {
  return size === 0 ? 0 : length / size
}

/** Input `i`, a value with a row for every token of every sequence. */
export function sequenceOf(inputs: readonly ValueType[], i: number): ValueType {
  const type = inputs[i]
  if (!type?.batch || !type.time)
    throw new ShapeError(i, type ? describeType(type) : 'nothing', 'a value with B and T, one for every token')
  return type
}

/** The inputs without the last one, which an op with `begin: true` has for the first position that each token sees. */
export function beginOf(
  inputs: readonly ValueType[],
  attrs: Attributes,
): { readonly rest: readonly ValueType[]; readonly begin: ValueType | undefined } {
  if (attrs['begin'] !== true) return { rest: inputs, begin: undefined }
  const begin = inputs.at(-1)
  if (!begin || begin.dtype === 'bool' || begin.shape.length > 0)
    throw new ShapeError(inputs.length - 1, begin ? describeType(begin) : 'nothing', 'a position per token, u32[B, T]')
  return { rest: inputs.slice(0, -1), begin }
}
