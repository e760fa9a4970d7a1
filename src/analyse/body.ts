import type { Attributes, BodyNode, Recurrence } from '../graph/graph.ts'

/** The nodes of a body together with those that an analysis derives from them; ids stay valid. */
export class DerivedNodes {
  readonly nodes: BodyNode[]
  /** For every node the states that it depends on. */
  readonly #states: ReadonlySet<number>[] = []

  constructor(nodes: readonly BodyNode[]) {
    this.nodes = [...nodes]
    for (const node of nodes) this.#states.push(this.#statesOf(node))
  }

  #statesOf({ op, inputs, attrs }: Pick<BodyNode, 'op' | 'inputs' | 'attrs'>): ReadonlySet<number> {
    return new Set([...(op === 'state' ? [attrs['index'] as number] : []), ...inputs.flatMap((input) => [...this.statesOf(input)])])
  }

  /** The states that a node depends on. */
  statesOf(id: number): ReadonlySet<number> {
    return this.#states[id] ?? new Set()
  }

  /** Whether the node depends on a state. */
  stateful(id: number): boolean {
    return this.statesOf(id).size > 0
  }

  at(id: number): BodyNode {
    return nodeAt(this.nodes, id)
  }

  constant(value: number): number {
    return this.#add('constant', [], { value }, [])
  }

  /** The node, or a simpler one that is equal by an identity of 0 and 1. */
  pointwise(fn: string, ...inputs: readonly number[]): number {
    const [a = -1, b = -1] = inputs
    if (fn === 'mul' && this.#is(a, 0)) return a
    if (fn === 'mul' && this.#is(b, 0)) return b
    if (fn === 'mul' && this.#is(a, 1)) return b
    if (fn === 'mul' && this.#is(b, 1)) return a
    if (fn === 'mul' && this.#is(a, -1)) return this.pointwise('neg', b)
    if (fn === 'mul' && this.#is(b, -1)) return this.pointwise('neg', a)
    if (fn === 'neg' && this.#isNegation(a)) return this.at(a).inputs[0] as number
    if (fn === 'add' && this.#is(a, 0)) return b
    if ((fn === 'add' || fn === 'sub') && this.#is(b, 0)) return a
    if (fn === 'sub' && this.#is(a, 0)) return this.pointwise('neg', b)
    const shapes = inputs.map((id) => this.at(id).shape)
    return this.#add('pointwise', inputs, { fn }, broadcast(shapes))
  }

  #isNegation(id: number): boolean {
    const node = this.nodes[id]
    return node?.op === 'pointwise' && node.attrs['fn'] === 'neg'
  }

  #is(id: number, value: number): boolean {
    const node = this.nodes[id]
    return node?.op === 'constant' && node.attrs['value'] === value
  }

  #add(op: string, inputs: readonly number[], attrs: Attributes, shape: readonly number[]): number {
    const id = this.nodes.length
    this.nodes.push({ id, op, inputs, attrs, dtype: 'f32', shape })
    this.#states.push(this.#statesOf({ op, inputs, attrs }))
    return id
  }
}

export function nodeAt(nodes: readonly BodyNode[], id: number): BodyNode {
  const node = nodes[id]
  if (!node) throw new Error(`no node ${id} in a body of ${nodes.length}`)
  return node
}

/** The shape of a pointwise result: axes align from the right, 1 stretches. */
function broadcast(shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, axis) => Math.max(1, ...shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)))
}

/** For every node whether it depends on a state. Inputs have smaller ids. */
export function statefulNodes(nodes: readonly BodyNode[]): readonly boolean[] {
  const stateful: boolean[] = []
  for (const node of nodes) stateful.push(node.op === 'state' || node.inputs.some((id) => stateful[id]))
  return stateful
}

export const rootsOf = (body: Recurrence): readonly number[] => [body.out, ...body.states.map((state) => state.next)]

export const words = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1)

/** A node in the words of a spec, for reports: `exp(g)`, `beta * (v - read(S, k))`. */
export function describeNode(
  body: Pick<Recurrence, 'params'> & { readonly states?: Recurrence['states'] },
  nodes: readonly BodyNode[],
  id: number,
): string {
  const infix: Readonly<Record<string, string>> = {
    add: '+',
    sub: '-',
    mul: '*',
    div: '/',
    lt: '<',
    le: '<=',
    gt: '>',
    ge: '>=',
    eq: '==',
    ne: '!=',
    and: 'and',
    or: 'or',
  }
  const print = (at: number, nested: boolean): string => {
    const node = nodeAt(nodes, at)
    switch (node.op) {
      case 'param':
        return body.params[node.attrs['index'] as number]?.name ?? '?'
      case 'state':
        return body.states?.[node.attrs['index'] as number]?.name ?? '?'
      case 'constant':
        return String(node.attrs['value'])
      case 'position_i':
        return 'i'
      case 'position_j':
        return 'j'
      case 'index':
        return `${print(node.inputs[0] as number, true)}[${String(node.attrs['at'])}]`
      case 'pointwise': {
        const fn = node.attrs['fn'] as string
        if (fn === 'neg') return `-${print(node.inputs[0] as number, true)}`
        const sign = infix[fn]
        if (!sign) return `${fn}(${node.inputs.map((input) => print(input, false)).join(', ')})`
        const text = node.inputs.map((input) => print(input, true)).join(` ${sign} `)
        return nested ? `(${text})` : text
      }
      default:
        return `${node.op}(${node.inputs.map((input) => print(input, false)).join(', ')})`
    }
  }
  return print(id, false)
}
