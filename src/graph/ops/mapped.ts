import { product } from '../../util/numbers.ts'
import type { BodyNode, BodyParam, Tensor, ValueType } from '../graph.ts'
import { headOf, type Mapping, mapArguments } from '../mapping.ts'
import { type Extent, ShapeError } from '../op.ts'
import { rowOf } from '../tensor.ts'
import { describeType } from '../types.ts'

/** The heads of a recurrence or attention, if its arguments fit its parameters. @throws ShapeError */
export function inferMapping(types: readonly ValueType[], params: readonly BodyParam[], nodes: readonly BodyNode[]): Mapping {
  for (const [i, param] of params.entries()) {
    const type = types[i] as ValueType
    const seen = type.shape.slice(type.shape.length - param.shape.length)
    const dtype = nodes.find((node) => node.op === 'param' && node.attrs['index'] === i)?.dtype ?? 'f32'
    const fits = type.dtype === dtype && seen.length === param.shape.length && seen.every((size, axis) => size === param.shape[axis])
    if (!fits)
      throw new ShapeError(i, describeType(type), `${param.name}: ${dtype}[.., ${param.shape.join(', ')}]`.replace('[.., ]', '[..]'))
  }
  const mapping = mapArguments(
    types,
    params.map((param) => param.shape.length),
  )
  if (mapping.problem) throw new ShapeError(mapping.problem.argument, mapping.problem.found, mapping.problem.expected)
  return mapping
}

/** Reads one argument for one head: copies what the head sees of it into a body's memory. */
export class ArgumentReader {
  readonly #data: Float64Array
  readonly #type: ValueType
  readonly #extent: Extent
  readonly #size: number
  readonly #row: number
  readonly #own: Int32Array

  constructor(tensor: Tensor, type: ValueType, rank: number, heads: readonly number[], extent: Extent) {
    const map = type.shape.slice(0, type.shape.length - rank)
    this.#data = tensor.data
    this.#type = type
    this.#extent = extent
    this.#size = product(type.shape.slice(type.shape.length - rank))
    this.#row = product(type.shape)
    this.#own = Int32Array.from({ length: product(heads) }, (_, head) => headOf(map, heads, head) * this.#size)
  }

  copy(memory: Float64Array, to: number, b: number, t: number, head: number): void {
    const from = rowOf(this.#type, this.#extent, b, t) * this.#row + (this.#own[head] as number)
    for (let i = 0; i < this.#size; i++) memory[to + i] = this.#data[from + i] as number
  }
}
