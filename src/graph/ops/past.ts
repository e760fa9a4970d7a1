import { product } from '../../util/numbers.ts'
import type { Node, Tensor, ValueType } from '../graph.ts'
import type { EvaluateContext } from '../op.ts'
import { rowOf } from '../tensor.ts'
import { typeOfInput } from './rule.ts'

/** Reads an input at tokens of this run and at the `past` tokens before it, which the state `window` keeps: `[B, past, C]`, oldest first. */
export class Past {
  readonly #context: EvaluateContext
  readonly #node: Node
  readonly #x: Tensor
  readonly #past: number
  readonly #channels: number
  readonly #window: Float64Array | undefined
  readonly #begin: { readonly value: Tensor | undefined; readonly type: ValueType } | undefined

  /** `inputs` of the node, of which the last is the first position that a token may see if it says `begin`. */
  constructor(context: EvaluateContext, node: Node, x: Tensor, past: number, inputs: readonly Tensor[]) {
    this.#context = context
    this.#node = node
    this.#x = x
    this.#past = past
    this.#channels = product(node.type.shape)
    this.#window = past === 0 ? undefined : context.readState(node.id, 'window')?.data
    this.#begin = node.attrs['begin'] === true ? { value: inputs.at(-1), type: typeOfInput(context, node, inputs.length - 1) } : undefined
  }

  /** Channel `c` of token `t` of this run, which is `back` tokens before the one that reads it. What lies before a sequence is 0. */
  read(b: number, t: number, back: number, c: number): number {
    const { extent, start } = this.#context
    const from = this.#begin?.value?.data[rowOf(this.#begin.type, extent, b, t)] ?? 0
    if ((start[b] ?? 0) + t - back < from) return 0
    return this.#at(b, t - back, c)
  }

  #at(b: number, t: number, c: number): number {
    if (t >= 0) return this.#x.data[rowOf(this.#node.type, this.#context.extent, b, t) * this.#channels + c] as number
    return this.#window?.[(b * this.#past + this.#past + t) * this.#channels + c] ?? 0
  }

  /** Keeps the last inputs of every sequence for a run that continues this one. */
  write(): void {
    const { extent } = this.#context
    const shape = [extent.batch, this.#past, this.#channels]
    const data = new Float64Array(product(shape))
    for (let b = 0; b < extent.batch; b++) {
      const length = extent.lengths[b] ?? 0
      for (let i = 0; i < this.#past; i++)
        for (let c = 0; c < this.#channels; c++) data[(b * this.#past + i) * this.#channels + c] = this.#at(b, length - this.#past + i, c)
    }
    this.#context.writeState(this.#node.id, 'window', { dtype: 'f32', shape, data })
  }
}
