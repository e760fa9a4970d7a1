import { product } from '../../util/numbers.ts'
import { flag, optionalTexts, wholeNumber } from '../attributes.ts'
import { bodyCone } from '../body.ts'
import { bodyFlops } from '../body-cost.ts'
import { BodyProgram } from '../body-program.ts'
import type { Attributes, Graph, Node, Recurrence, Tensor, ValueType } from '../graph.ts'
import { mapArguments } from '../mapping.ts'
import { type EvaluateContext, type Op, ShapeError } from '../op.ts'
import { rowOf, zeros } from '../tensor.ts'
import { describeType } from '../types.ts'
import { ArgumentReader, inferMapping } from './mapped.ts'
import { expectInputs, inputOf, typeOfInput } from './rule.ts'

/**
 * `recurrence {body, chunk, initial?, reset?, from?, until?}`: the body for every token in turn and every head. Inputs: the body's parameters in
 * order, then the starting values of the states that `initial` names, `[B, ...heads, ...shape]`, then, with `reset`, a bool `[B, T]`: where it is
 * true every incoming state is 0. Result `[B, T, ...heads, ...out]`; one state per body state, `[B, ...heads, ...shape]`. Tokens at positions
 * outside `[from, until)` change no state and give 0; the starting values are the states before position `from`. `chunk` is a hint in
 * tokens, 0 for none.
 */
export const recurrence: Op = {
  name: 'recurrence',
  stateful: true,
  infer(inputs, attrs, graph) {
    const body = recurrenceBody(attrs, graph)
    wholeNumber(attrs, 'chunk')
    const { initial, reset, from, until } = recurrenceCall(attrs)
    if (until !== null && until < from) throw new ShapeError(null, `tokens ${from} .. ${until}`, 'an end that is not before the beginning')
    expectInputs(inputs, body.params.length + initial.length + (reset ? 1 : 0))
    const { heads } = inferMapping(inputs.slice(0, body.params.length), body.params, body.nodes)
    const timed = body.params.flatMap((_, i) => (inputs[i]?.time ? [i] : []))
    for (const state of body.states) {
      const param = state.init === null ? undefined : paramsOf(body, state.init).find((i) => timed.includes(i))
      if (param !== undefined)
        throw new ShapeError(param, describeType(inputs[param] as ValueType), `a value without T: ${state.name} starts from it`)
    }
    for (const [i, name] of initial.entries()) {
      const at = body.params.length + i
      const state = body.states.find((one) => one.name === name)
      if (!state) throw new ShapeError(null, `initial ${name}`, `a state: ${body.states.map((one) => one.name).join(', ')}`)
      const type = inputs[at] as ValueType
      const shape = [...heads, ...state.shape]
      const fits =
        type.dtype === 'f32' && !type.time && type.shape.length === shape.length && shape.every((size, axis) => size === type.shape[axis])
      if (!fits) throw new ShapeError(at, describeType(type), describeType({ dtype: 'f32', batch: true, time: false, shape }))
    }
    if (reset) {
      const type = inputOf(inputs, inputs.length - 1, 0, 'bool')
      if (!type.batch || !type.time || type.shape.length > 0) throw new ShapeError(inputs.length - 1, describeType(type), 'bool[B, T]')
    }
    return { dtype: 'f32', batch: true, time: true, shape: [...heads, ...(body.nodes[body.out]?.shape ?? [])] }
  },
  evaluate(context, node, inputs) {
    const result = zeros(node.type, context.extent)
    const run = new RecurrenceRun(context, node, inputs)
    for (let b = 0; b < context.extent.batch; b++) for (let head = 0; head < run.heads; head++) run.head(b, head, result.data)
    run.writeStates()
    return result
  },
  flops(node, _, graph) {
    const body = recurrenceBody(node.attrs, graph)
    return product(headsOf(node, body)) * bodyFlops(body.nodes, [body.out, ...body.states.map((state) => state.next)])
  },
}

/** What a `recurrence` node says beside its body. */
export interface RecurrenceCall {
  /** States that start from inputs, in the order of these inputs. */
  readonly initial: readonly string[]
  /** Whether the last input is a mask of tokens before which every state is 0. */
  readonly reset: boolean
  /** Positions `[from, until)` are run; null: to the end. */
  readonly from: number
  readonly until: number | null
}

/** The attributes of a `recurrence` node, with what they are if left out. @throws ShapeError */
export function recurrenceCall(attrs: Attributes): RecurrenceCall {
  const { reset = false, from = 0, until = null } = attrs
  return {
    initial: optionalTexts(attrs, 'initial'),
    reset: flag({ reset }, 'reset'),
    from: wholeNumber({ from }, 'from'),
    until: until === null ? null : wholeNumber({ until }, 'until'),
  }
}

export function recurrenceBody(attrs: Attributes, graph: Pick<Graph, 'recurrences'>): Recurrence {
  const index = wholeNumber(attrs, 'body')
  const body = graph.recurrences[index]
  if (!body) throw new ShapeError(null, `body ${index}`, `one of ${graph.recurrences.length} recurrences`)
  return body
}

/** The map axes of a recurrence's or attention's result. */
const headsOf = (node: Node, body: Recurrence): readonly number[] =>
  node.type.shape.slice(0, node.type.shape.length - (body.nodes[body.out]?.shape.length ?? 0))

const paramsOf = (body: Recurrence, root: number): readonly number[] =>
  bodyCone(body.nodes, [root]).flatMap((id) => (body.nodes[id]?.op === 'param' ? [Number(body.nodes[id]?.attrs['index'])] : []))

interface Leaf {
  readonly offset: number
  readonly reader: ArgumentReader
}

interface StateRun {
  readonly name: string
  readonly size: number
  /** Every node that reads the state before the token. */
  readonly leaves: readonly number[]
  readonly next: number
  readonly init: number | null
  readonly start: (b: number, head: number, values: Float64Array) => boolean
  readonly values: Float64Array
  readonly final: Tensor
}

class RecurrenceRun {
  readonly heads: number
  readonly #context: EvaluateContext
  readonly #node: Node
  readonly #program: BodyProgram
  readonly #leaves: readonly Leaf[]
  readonly #startLeaves: readonly Leaf[]
  readonly #start: () => void
  readonly #token: () => void
  readonly #states: readonly StateRun[]
  readonly #out: number
  readonly #outSize: number
  readonly #reset: Float64Array | undefined
  readonly #from: number
  readonly #until: number

  constructor(context: EvaluateContext, node: Node, inputs: readonly Tensor[]) {
    const body = recurrenceBody(node.attrs, context.graph)
    const { nodes } = body
    const types = inputs.map((_, i) => typeOfInput(context, node, i))
    const { heads } = mapArguments(
      types.slice(0, body.params.length),
      body.params.map((param) => param.shape.length),
    )
    const inits = body.states.flatMap((state) => (state.init === null ? [] : [state.init]))
    const roots = [body.out, ...body.states.map((state) => state.next)]
    const program = new BodyProgram(nodes, [...roots, ...inits, ...nodes.filter((one) => one.op === 'state').map((one) => one.id)])
    const [initCone, tokenCone] = [bodyCone(nodes, inits), bodyCone(nodes, roots)]
    const leavesOf = (cone: readonly number[]): Leaf[] =>
      cone.flatMap((id) => {
        if (nodes[id]?.op !== 'param') return []
        const index = Number(nodes[id]?.attrs['index'])
        const reader = new ArgumentReader(
          inputs[index] as Tensor,
          types[index] as ValueType,
          body.params[index]?.shape.length ?? 0,
          heads,
          context.extent,
        )
        return [{ offset: program.offset(id), reader }]
      })
    this.heads = product(heads)
    this.#context = context
    this.#node = node
    this.#program = program
    this.#leaves = leavesOf(tokenCone)
    this.#startLeaves = leavesOf(initCone)
    this.#start = program.compile(initCone)
    this.#token = program.compile(tokenCone)
    this.#out = program.offset(body.out)
    this.#outSize = program.size(body.out)
    const { initial, reset, from, until } = recurrenceCall(node.attrs)
    this.#reset = reset ? inputs.at(-1)?.data : undefined
    this.#from = from
    this.#until = until ?? Number.POSITIVE_INFINITY
    this.#states = body.states.map((state, index) => {
      const size = product(state.shape)
      const given = initial.indexOf(state.name)
      const at = body.params.length + given
      const kept = context.readState(node.id, state.name)
      const shape = [context.extent.batch, ...heads, ...state.shape]
      return {
        name: state.name,
        size,
        leaves: nodes.filter((one) => one.op === 'state' && one.attrs['index'] === index).map((one) => program.offset(one.id)),
        next: program.offset(state.next),
        init: state.init === null ? null : program.offset(state.init),
        start: (b, head, values) => {
          // What an earlier run kept counts only once it has come past `from`: until then `initial` may still change.
          const goesOn = kept !== undefined && (from === 0 || (context.start[b] ?? 0) > from)
          const source = goesOn ? kept : given < 0 ? undefined : inputs[at]
          if (!source) return false
          const row = goesOn || types[at]?.batch ? b : 0
          for (let i = 0; i < size; i++) values[i] = source.data[(row * this.heads + head) * size + i] as number
          return true
        },
        values: new Float64Array(size),
        final: { dtype: 'f32', shape, data: new Float64Array(product(shape)) },
      }
    })
  }

  /** All tokens of one sequence and head. */
  head(b: number, head: number, result: Float64Array): void {
    const { memory } = this.#program
    const { extent, start } = this.#context
    this.#begin(b, head)
    const first = start[b] ?? 0
    const end = Math.min(extent.lengths[b] ?? 0, this.#until - first)
    for (let t = Math.max(0, this.#from - first); t < end; t++) {
      if (this.#reset?.[b * extent.time + t]) for (const state of this.#states) state.values.fill(0)
      for (const leaf of this.#leaves) leaf.reader.copy(memory, leaf.offset, b, t, head)
      for (const state of this.#states) for (const leaf of state.leaves) memory.set(state.values, leaf)
      this.#token()
      const row = rowOf(this.#node.type, extent, b, t)
      const to = (row * this.heads + head) * this.#outSize
      for (let i = 0; i < this.#outSize; i++) result[to + i] = memory[this.#out + i] as number
      for (const state of this.#states) for (let i = 0; i < state.size; i++) state.values[i] = memory[state.next + i] as number
    }
    for (const state of this.#states) state.final.data.set(state.values, (b * this.heads + head) * state.size)
  }

  writeStates(): void {
    for (const state of this.#states) this.#context.writeState(this.#node.id, state.name, state.final)
  }

  #begin(b: number, head: number): void {
    const { memory } = this.#program
    for (const leaf of this.#startLeaves) leaf.reader.copy(memory, leaf.offset, b, 0, head)
    this.#start()
    for (const state of this.#states) {
      if (state.start(b, head, state.values)) continue
      for (let i = 0; i < state.size; i++) state.values[i] = state.init === null ? 0 : (memory[state.init + i] as number)
    }
  }
}
