import { nodeAt, rootsOf, words } from '../../analyse/body.ts'
import { bodyCone } from '../../graph/body.ts'
import type { BodyNode, Recurrence } from '../../graph/graph.ts'
import * as Index from '../expression/index.ts'
import { Block } from './block.ts'
import { BodyPrinter, type Leaves } from './printer.ts'

/** One token of any recurrence, as WGSL for a workgroup that holds all states of a head. */
export interface WholeText {
  readonly lines: readonly string[]
  readonly arrays: readonly { readonly name: string; readonly words: number }[]
}

export interface WholeLayout {
  readonly threads: number
  /** The word `flat` of each state. */
  readonly state: readonly ((flat: string) => string)[]
  /** Makes what some invocations wrote visible to the others. */
  readonly barrier: readonly string[]
  /** The statement that stores word `flat` of the output. */
  store(flat: string, value: string): string
}

/**
 * Prints the body for `threads` invocations that share everything: vectors lie in workgroup memory and are computed a word per invocation,
 * scalars are computed by all, matrices are never formed but computed where they are read.
 *
 * In scope: `lane` (invocation) and what `param` and `name` use.
 */
export function printWhole(body: Recurrence, layout: WholeLayout, leaves: Pick<Leaves, 'param' | 'name'>): WholeText {
  return new WholePrinter(body, layout, leaves).print()
}

/** Words of a parameter with several axes that are staged for a token. */
const MOST_STAGED = 256

class WholePrinter {
  readonly #body: Recurrence
  readonly #layout: WholeLayout
  readonly #block = new Block()
  readonly #printer: BodyPrinter
  readonly #arrays = new Map<number, { name: string; words: number }>()
  /** Arrays that were written since the last barrier. */
  readonly #fresh = new Set<number>()
  readonly #order: readonly number[]

  constructor(body: Recurrence, layout: WholeLayout, leaves: Pick<Leaves, 'param' | 'name'>) {
    this.#body = body
    this.#layout = layout
    this.#order = bodyCone(body.nodes, rootsOf(body))
    for (const name of ['row', 'lane', 'head', 'sequence', 't', 'k', 'i', 'start', 'length']) this.#block.unique(name)
    this.#printer = new BodyPrinter(body.nodes, { ...leaves, known: (id, at) => this.#known(id, at), signed: false }, this.#block)
  }

  print(): WholeText {
    for (const id of this.#order) {
      const node = nodeAt(this.#body.nodes, id)
      if (node.op === 'state' || node.op === 'constant') continue
      if (node.shape.length === 0) {
        this.#settle(node.inputs)
        this.#printer.element(id, [], this.#block)
      } else if (this.#lies(node)) this.#array(node)
    }
    this.#out()
    this.#update()
    return { lines: this.#block.lines, arrays: [...this.#arrays.values()] }
  }

  #known(id: number, at: readonly string[]): string | undefined {
    const node = nodeAt(this.#body.nodes, id)
    const flat = Index.print(
      Index.flatten(
        at.map((text, axis) => Index.variable(/^\w+$/.test(text) ? text : `(${text})`, node.shape[axis] ?? 1)),
        node.shape,
      ),
    )
    if (node.op === 'state') return this.#layout.state[node.attrs['index'] as number]?.(flat)
    const array = this.#arrays.get(id)
    return array && `${array.name}[${flat}]`
  }

  /** Whether the node's elements are kept: parameters, whatever takes a reduction, and vectors that several others need. */
  #lies(node: BodyNode): boolean {
    // A recurrent matrix is read once per token and would fill the memory that states need.
    if (node.op === 'param') return node.shape.length < 2 || words(node.shape) <= MOST_STAGED
    if (node.shape.length !== 1) return false
    if (['read', 'matvec', 'softmax', 'unit', 'reduce'].includes(node.op)) return true
    if (['index', 'slice', 'reshape'].includes(node.op)) return false
    const users = this.#order.map((id) => nodeAt(this.#body.nodes, id)).filter((user) => user.inputs.includes(node.id))
    return users.length > 1 || users.some((user) => user.op !== 'pointwise' || user.shape.length !== 1)
  }

  #array(node: BodyNode): void {
    this.#settle(node.inputs)
    const wanted =
      node.op === 'param'
        ? `all_${this.#body.params[node.attrs['index'] as number]?.name.replace(/\W/g, '_')}`
        : `all_${String(node.attrs['fn'] ?? node.op)}_${node.id}`
    const array = { name: this.#block.unique(wanted), words: words(node.shape) }
    this.#each(array.words, node.shape, (inner, at) => inner.push(`${array.name}[k] = ${this.#printer.element(node.id, at, inner)};`))
    this.#arrays.set(node.id, array)
    this.#fresh.add(node.id)
  }

  /** A barrier, if one of the arrays that `ids` are computed from was written since the last. */
  #settle(ids: readonly number[]): void {
    const stale = (id: number): boolean => this.#fresh.has(id) || (!this.#arrays.has(id) && nodeAt(this.#body.nodes, id).inputs.some(stale))
    if (ids.some(stale)) this.#barrier()
  }

  #barrier(): void {
    this.#block.push(...this.#layout.barrier)
    this.#fresh.clear()
  }

  #each(size: number, shape: readonly number[], fill: (inner: Block, at: readonly string[]) => void): void {
    const at = Index.unflatten(Index.variable('k', size), shape).map(Index.printOperand)
    this.#block.nest(`for (var k = lane; k < ${size}u; k += ${this.#layout.threads}u)`, (inner) => fill(inner, at))
  }

  #out(): void {
    const { out } = this.#body
    this.#settle([out])
    const { shape } = nodeAt(this.#body.nodes, out)
    this.#each(words(shape), shape, (inner, at) => inner.push(this.#layout.store('k', this.#printer.element(out, at, inner))))
  }

  /** New states are computed from old ones: all before any is overwritten, unless each word needs no other word of a state. */
  #update(): void {
    this.#barrier()
    const local = this.#body.states.map((state, index) => this.#isLocal(state.next, index))
    const held = this.#body.states.map((state, index) => {
      if (local[index]) return null
      const size = words(state.shape)
      const name = this.#block.unique(`next_${index}`)
      this.#block.push(`var ${name}: array<f32, ${Math.ceil(size / this.#layout.threads)}>;`)
      this.#each(size, state.shape, (inner, at) =>
        inner.push(`${name}[k / ${this.#layout.threads}u] = ${this.#printer.element(state.next, at, inner)};`),
      )
      return name
    })
    if (held.some((name) => name !== null)) this.#barrier()
    for (const [index, state] of this.#body.states.entries()) {
      const word = this.#layout.state[index] as (flat: string) => string
      const name = held[index]
      this.#each(words(state.shape), state.shape, (inner, at) =>
        inner.push(`${word('k')} = ${name ? `${name}[k / ${this.#layout.threads}u]` : this.#printer.element(state.next, at, inner)};`),
      )
    }
    this.#barrier()
  }

  /** Whether element `at` of `id` needs no element of a state but `at` of state `index` (arrays aside). */
  #isLocal(id: number, index: number): boolean {
    const node = nodeAt(this.#body.nodes, id)
    if (this.#arrays.has(id) || node.shape.length === 0) return true
    const same = (input: number) => nodeAt(this.#body.nodes, input).shape.join() === node.shape.join()
    switch (node.op) {
      case 'state':
        return node.attrs['index'] === index
      case 'constant':
        return true
      case 'outer':
        return node.inputs.every((input) => this.#isLocalVector(input))
      case 'pointwise':
      case 'scale_rows':
      case 'scale_cols':
        return node.inputs.every((input) => (same(input) ? this.#isLocal(input, index) : this.#isLocalVector(input)))
      default:
        return false
    }
  }

  /** Whether a vector beside a matrix is made of arrays and scalars alone. */
  #isLocalVector(id: number): boolean {
    const node = nodeAt(this.#body.nodes, id)
    if (this.#arrays.has(id) || node.shape.length === 0) return true
    return node.op !== 'state' && node.inputs.every((input) => this.#isLocalVector(input))
  }
}
