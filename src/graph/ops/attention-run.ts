import { product } from '../../util/numbers.ts'
import { bodyCone } from '../body.ts'
import { BodyProgram } from '../body-program.ts'
import type { Attention, Node, Tensor, ValueType } from '../graph.ts'
import { mapArguments } from '../mapping.ts'
import type { EvaluateContext } from '../op.ts'
import { type Side, sidesOf } from '../sides.ts'
import { rowOf } from '../tensor.ts'
import { ArgumentReader } from './mapped.ts'
import { typeOfInput } from './rule.ts'

interface Leaf {
  readonly offset: number
  readonly reader: ArgumentReader
}

/** Nodes of a body that are run together, after their leaves have been read. */
interface Part {
  readonly leaves: readonly Leaf[]
  readonly run: () => void
}

/** One attention over whole sequences: mask, score and weighting over all pairs, straight from the body. */
export class AttentionRun {
  readonly #context: EvaluateContext
  readonly #node: Node
  readonly #body: Attention
  readonly #heads: number
  readonly #rows: number
  readonly #program: BodyProgram
  readonly #positions: { readonly i: readonly number[]; readonly j: readonly number[] }
  readonly #constants: Part
  readonly #queries: Part
  readonly #masks: Part
  readonly #scores: Part
  readonly #values: Part

  constructor(context: EvaluateContext, node: Node, body: Attention, inputs: readonly Tensor[]) {
    const { nodes, params } = body
    const types = inputs.map((_, i) => typeOfInput(context, node, i))
    const { heads } = mapArguments(
      types,
      params.map((param) => param.shape.length),
    )
    const { extent } = context
    const roots = [body.score, body.value, ...(body.mask === null ? [] : [body.mask]), ...(body.sink === null ? [] : [body.sink])]
    const program = new BodyProgram(nodes, roots)
    const sides = sidesOf(nodes, params)
    this.#context = context
    this.#node = node
    this.#body = body
    this.#heads = product(heads)
    this.#rows = Math.max(0, ...extent.lengths.map((length, b) => length + (context.start[b] ?? 0)))
    this.#program = program

    const readers = params.map((param, i) => {
      const [tensor, type] = [inputs[i] as Tensor, types[i] as ValueType]
      if (param.side !== 'j') return new ArgumentReader(tensor, type, param.shape.length, heads, extent)
      const keys = this.#append(`keys.${param.name}`, tensor, type)
      context.writeState(node.id, `keys.${param.name}`, keys)
      return new ArgumentReader(keys, { ...type, batch: true, time: true }, param.shape.length, heads, { ...extent, time: this.#rows })
    })
    const done = new Set<number>()
    const part = (wanted: readonly number[], of: readonly Side[]): Part => {
      const ids = bodyCone(nodes, wanted).filter((id) => of.includes(sides[id] ?? 'none') && !done.has(id))
      for (const id of ids) done.add(id)
      const leaves = ids.flatMap((id) => {
        const reader = nodes[id]?.op === 'param' ? readers[Number(nodes[id]?.attrs['index'])] : undefined
        return reader ? [{ offset: program.offset(id), reader }] : []
      })
      return { leaves, run: program.compile(ids) }
    }
    this.#constants = part(roots, ['none'])
    this.#queries = part(roots, ['i'])
    // Values have a loop of their own, before the pairs: what they share with scores is computed in both.
    this.#values = part([body.value], ['j'])
    for (const id of bodyCone(nodes, [body.value])) if (sides[id] === 'j') done.delete(id)
    this.#masks = part(body.mask === null ? [] : [body.mask], ['j', 'both'])
    this.#scores = part([body.score], ['j', 'both'])
    const positions = (op: string) => bodyCone(nodes, roots).flatMap((id) => (nodes[id]?.op === op ? [program.offset(id)] : []))
    this.#positions = { i: positions('position_i'), j: positions('position_j') }
  }

  evaluate(result: Float64Array): void {
    const { extent, start } = this.#context
    for (let b = 0; b < extent.batch; b++) {
      const first = start[b] ?? 0
      const length = extent.lengths[b] ?? 0
      for (let head = 0; head < this.#heads; head++) {
        this.#run(this.#constants, b, 0, head)
        const values = this.#valuesOf(b, head, first + length)
        for (let t = 0; t < length; t++) this.#query(b, t, head, first + t, first + length, values, result)
      }
    }
  }

  /** The values of every key of a head, row by row. */
  #valuesOf(b: number, head: number, count: number): Float64Array {
    const [from, size] = [this.#program.offset(this.#body.value), this.#program.size(this.#body.value)]
    const values = new Float64Array(count * size)
    for (let j = 0; j < count; j++) {
      this.#place(this.#positions.j, j)
      this.#run(this.#values, b, j, head)
      values.set(this.#program.memory.subarray(from, from + size), j * size)
    }
    return values
  }

  #query(b: number, t: number, head: number, i: number, count: number, values: Float64Array, result: Float64Array): void {
    const { memory } = this.#program
    const { mask, score, sink } = this.#body
    const [maskAt, scoreAt] = [mask === null ? -1 : this.#program.offset(mask), this.#program.offset(score)]
    this.#place(this.#positions.i, i)
    this.#run(this.#queries, b, t, head)
    const scores = new Float64Array(count).fill(Number.NEGATIVE_INFINITY)
    for (let j = 0; j < count; j++) {
      this.#place(this.#positions.j, j)
      this.#run(this.#masks, b, j, head)
      if (maskAt >= 0 && memory[maskAt] === 0) continue
      this.#run(this.#scores, b, j, head)
      scores[j] = memory[scoreAt] as number
    }
    const weights =
      this.#body.weighting === 'softmax'
        ? softmax(scores, sink === null ? null : (memory[this.#program.offset(sink)] as number))
        : sigmoid(scores)
    const size = this.#program.size(this.#body.value)
    const to = (rowOf(this.#node.type, this.#context.extent, b, t) * this.#heads + head) * size
    for (let j = 0; j < count; j++) {
      const weight = weights[j] as number
      if (weight === 0) continue
      for (let v = 0; v < size; v++) result[to + v] = (result[to + v] as number) + weight * (values[j * size + v] as number)
    }
  }

  /** Reads the part's arguments: query side at token `t`, key side at row `t`, and computes it. */
  #run(part: Part, b: number, t: number, head: number): void {
    for (const leaf of part.leaves) leaf.reader.copy(this.#program.memory, leaf.offset, b, t, head)
    part.run()
  }

  #place(offsets: readonly number[], position: number): void {
    for (const offset of offsets) this.#program.memory[offset] = position
  }

  /** The rows of a key-side argument so far: those of the state, then those of this run. */
  #append(name: string, tensor: Tensor, type: ValueType): Tensor {
    const { extent, start } = this.#context
    const words = product(type.shape)
    const before = this.#context.readState(this.#node.id, name)
    const shape = [extent.batch, this.#rows, ...type.shape]
    const data = new Float64Array(product(shape))
    for (let b = 0; b < extent.batch; b++) {
      const first = start[b] ?? 0
      const to = b * this.#rows * words
      const previousRows = before?.shape[1] ?? 0
      if (before) data.set(before.data.subarray(b * previousRows * words, (b * previousRows + first) * words), to)
      const from = rowOf(type, extent, b, 0) * words
      data.set(tensor.data.subarray(from, from + (extent.lengths[b] ?? 0) * words), to + first * words)
    }
    return { dtype: tensor.dtype, shape, data }
  }
}

/** Weights that sum to 1 together with the sink's; what is not seen, and a row that sees nothing, weighs 0. */
function softmax(scores: Float64Array, sink: number | null): Float64Array {
  let most = sink ?? Number.NEGATIVE_INFINITY
  for (const score of scores) most = Math.max(most, score)
  if (most === Number.NEGATIVE_INFINITY) return new Float64Array(scores.length)
  let total = sink === null ? 0 : Math.exp(sink - most)
  for (const score of scores) total += Math.exp(score - most)
  return scores.map((score) => Math.exp(score - most) / total)
}

const sigmoid = (scores: Float64Array): Float64Array => scores.map((score) => 1 / (1 + Math.exp(-score)))
