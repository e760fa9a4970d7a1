import { nodeAt, words } from '../../analyse/body.ts'
import type { BodyNode } from '../../graph/graph.ts'
import { pointwiseFunction } from '../../graph/pointwise.ts'
import { operand } from '../../graph/wgsl.ts'
import * as Index from '../expression/index.ts'
import { f32 } from '../expression/literal.ts'
import type { Block } from './block.ts'

/** Where the leaves of a body are, in the kernel that is being printed. */
export interface Leaves {
  /** WGSL text of an element of parameter `index`, at u32 expressions. */
  param(index: number, at: readonly string[]): string
  /** Text of the element of a node that lies in memory or in a register already. */
  known(id: number, at: readonly string[]): string | undefined
  /** What an expression for a parameter's element is called. */
  name(index: number): string
  /** Whether positions and other whole numbers are signed: `i - j` is negative for a key after the query. */
  readonly signed: boolean
}

/**
 * Prints elements of body nodes as WGSL. What depends on the token alone goes to the `token` block, once; what depends on a loop's
 * variable goes where it is asked for.
 */
export class BodyPrinter {
  readonly nodes: readonly BodyNode[]
  readonly #leaves: Leaves
  readonly #token: Block
  readonly #tokenVariables: ReadonlySet<string>
  readonly #uses: readonly number[]

  /** `tokenVariables`: index variables that are in scope in the `token` block. `roots`: nodes that are used beyond the body's own uses. */
  constructor(
    nodes: readonly BodyNode[],
    leaves: Leaves,
    token: Block,
    tokenVariables: readonly string[] = [],
    roots: readonly number[] = [],
  ) {
    this.nodes = nodes
    this.#leaves = leaves
    this.#token = token
    this.#tokenVariables = new Set(tokenVariables)
    const uses = nodes.map(() => 0)
    for (const node of nodes) for (const input of node.inputs) uses[input] = (uses[input] ?? 0) + 1
    for (const id of roots) uses[id] = (uses[id] ?? 0) + 1
    this.#uses = uses
  }

  /** The element `at` of node `id`; `at` has one u32 expression per axis of its shape. */
  element(id: number, at: readonly string[], block: Block): string {
    const node = nodeAt(this.nodes, id)
    const known = this.#leaves.known(id, at)
    if (known !== undefined) return known
    const home = at.every((text) => /^\d+u$/.test(text) || this.#tokenVariables.has(text)) ? this.#token : block
    const key = `${id}[${at.join(',')}]`
    const named = block.named(key)
    if (named !== undefined) return named
    const text = this.#text(node, at, home)
    const trivial = node.op === 'constant' || node.op === 'index' || node.op === 'slice' || node.op === 'reshape'
    const short = (this.#uses[id] ?? 0) < 2 && text.length < 48
    if (/^\w+$/.test(text)) {
      home.alias(key, text)
      return text
    }
    const stays = home === block || /^[\d.]+f?$/.test(text)
    if (stays && (trivial || (short && node.op !== 'param'))) return text
    return home.let(key, this.#wanted(node), text)
  }

  /** A pointwise function of an expression that is no node. */
  applied(fn: string, text: string, block: Block): string {
    return pointwiseFunction(fn).wgsl([/^\w+$/.test(text) ? text : block.let(`argument of ${fn}`, 'x', text)])
  }

  #wanted(node: BodyNode): string {
    if (node.op === 'param') return this.#leaves.name(node.attrs['index'] as number)
    return `${node.op === 'pointwise' ? (node.attrs['fn'] as string) : node.op}_${node.id}`
  }

  #text(node: BodyNode, at: readonly string[], block: Block): string {
    const [a, b] = node.inputs as [number, number]
    const shape = (id: number) => nodeAt(this.nodes, id).shape
    const element = (id: number, index: readonly string[]) => this.element(id, index, block)
    switch (node.op) {
      case 'constant':
        return this.#constant(node)
      case 'param':
        return this.#leaves.param(node.attrs['index'] as number, at)
      case 'pointwise': {
        const dtype = nodeAt(this.nodes, a).dtype
        const args = node.inputs.map((id) => element(id, aligned(at, node.shape, shape(id))))
        // Functions of several terms print their arguments several times.
        const named = ONE_TERM.has(node.attrs['fn'] as string)
          ? args
          : args.map((text) => (/^[\w.]+$/.test(text) ? text : block.let(text, `x_${node.id}`, text)))
        return pointwiseFunction(node.attrs['fn']).wgsl(named, dtype)
      }
      case 'outer':
        return product(element(a, [at[0] as string]), element(b, [at[1] as string]))
      case 'scale_rows':
        return product(element(a, [at[0] as string]), element(b, at))
      case 'scale_cols':
        return product(element(a, at), element(b, [at[1] as string]))
      case 'index':
        return element(a, [`${String(node.attrs['at'])}u`, ...at])
      case 'slice':
        return element(
          a,
          replaced(at, node.attrs['axis'] as number, (text) => plus(text, node.attrs['start'] as number)),
        )
      case 'reshape':
        return element(a, reshaped(at, node.shape, shape(a)))
      case 'concat':
        return this.#concat(node, at, block)
      case 'dot':
        return this.#sum(node, shape(a), (inner, index) => product(this.element(a, index, inner), this.element(b, index, inner)), block)
      case 'read':
        return this.#sum(
          node,
          [shape(a)[0] as number],
          (inner, [row]) => product(this.element(a, [row as string, ...at], inner), this.element(b, [row as string], inner)),
          block,
        )
      case 'matvec':
        return this.#sum(
          node,
          [shape(a)[1] as number],
          (inner, [column]) => product(this.element(a, [...at, column as string], inner), this.element(b, [column as string], inner)),
          block,
        )
      case 'reduce':
        return this.#reduce(node, a, at, block)
      case 'unit': {
        const total = this.#total(
          node,
          'squares',
          shape(a).slice(-1),
          (inner, [i]) => squared(inner, this.element(a, [...at.slice(0, -1), i as string], inner)),
          block,
          at.slice(0, -1),
        )
        return `${operand(element(a, at))} * inverseSqrt(${total} + ${f32((node.attrs['eps'] as number | undefined) ?? 0)})`
      }
      case 'softmax':
        return this.#softmax(node, a, at, block)
      default:
        throw new Error(`a ${node.op} is not printed here`)
    }
  }

  #constant(node: BodyNode): string {
    const value = node.attrs['value']
    if (node.dtype === 'bool' || typeof value === 'boolean') return String(Boolean(value))
    if (node.dtype === 'u32') return this.#leaves.signed ? `${Number(value)}i` : `${Number(value)}u`
    return f32(Number(value))
  }

  /** A sum over `shape` whose value belongs to the element that asks for it. */
  #sum(node: BodyNode, shape: readonly number[], term: (inner: Block, index: readonly string[]) => string, block: Block): string {
    return this.#accumulate(`${node.op}_${node.id}`, '0.0', shape, block, (name, inner, index) => `${name} += ${term(inner, index)};`)
  }

  /** A reduction that several elements share; `leading` is what it depends on. */
  #total(
    node: BodyNode,
    what: string,
    shape: readonly number[],
    term: (inner: Block, index: readonly string[]) => string,
    block: Block,
    leading: readonly string[],
    start = '0.0',
    combine = (name: string, value: string) => `${name} += ${value};`,
  ): string {
    const home = leading.every((text) => /^\d+u$/.test(text) || this.#tokenVariables.has(text)) ? this.#token : block
    const key = `${node.id}:${what}[${leading.join(',')}]`
    const known = block.named(key)
    if (known !== undefined) return known
    const name = this.#accumulate(`${what}_${node.id}`, start, shape, home, (total, inner, index) => combine(total, term(inner, index)))
    home.alias(key, name)
    return name
  }

  #accumulate(
    wanted: string,
    start: string,
    shape: readonly number[],
    block: Block,
    step: (name: string, inner: Block, index: readonly string[]) => string,
  ): string {
    const name = block.unique(wanted)
    const i = block.unique('n')
    const size = words(shape)
    block.push(`var ${name} = ${start};`)
    block.nest(`for (var ${i} = 0u; ${i} < ${size}u; ${i}++)`, (inner) => {
      inner.push(step(name, inner, reshaped([i], [size], shape)))
    })
    return name
  }

  #reduce(node: BodyNode, input: number, at: readonly string[], block: Block): string {
    const shape = nodeAt(this.nodes, input).shape
    const leading = at.slice(0, shape.length - 1)
    const size = shape.at(-1) ?? 1
    const term = (inner: Block, [i]: readonly string[]) => this.element(input, [...leading, i as string], inner)
    if (node.attrs['fn'] === 'max')
      return this.#total(node, 'max', [size], term, block, leading, '-3.0e38f', (name, value) => `${name} = max(${name}, ${value});`)
    const sum = this.#total(node, 'sum', [size], term, block, leading)
    return node.attrs['fn'] === 'mean' ? `${sum} / ${f32(size)}` : sum
  }

  #softmax(node: BodyNode, input: number, at: readonly string[], block: Block): string {
    const shape = nodeAt(this.nodes, input).shape
    const leading = at.slice(0, -1)
    const size = [shape.at(-1) ?? 1]
    const x = (inner: Block, [i]: readonly string[]) => this.element(input, [...leading, i as string], inner)
    const most = this.#total(node, 'max', size, x, block, leading, '-3.0e38f', (name, value) => `${name} = max(${name}, ${value});`)
    const sum = this.#total(node, 'sum', size, (inner, i) => `exp(${operand(x(inner, i))} - ${most})`, block, leading)
    return `exp(${operand(this.element(input, at, block))} - ${most}) / ${sum}`
  }

  #concat(node: BodyNode, at: readonly string[], block: Block): string {
    const axis = node.attrs['axis'] as number
    const index = at[axis] as string
    let start = 0
    let text = ''
    for (const id of node.inputs) {
      const size = nodeAt(this.nodes, id).shape[axis] ?? 1
      const inside = start === 0 ? `min(${index}, ${size - 1}u)` : `clamp(${index}, ${start}u, ${start + size - 1}u) - ${start}u`
      const piece = this.element(
        id,
        replaced(at, axis, () => inside),
        block,
      )
      text = text === '' ? piece : `select(${piece}, ${text}, ${index} < ${start}u)`
      start += size
    }
    return text
  }
}

const product = (a: string, b: string): string => `${operand(a)} * ${operand(b)}`

function squared(block: Block, text: string): string {
  const x = block.let(`square ${text}`, 'x', text)
  return `${x} * ${x}`
}

const ONE_TERM = new Set([
  'neg',
  'exp',
  'exp2',
  'log',
  'sqrt',
  'rsqrt',
  'abs',
  'add',
  'sub',
  'mul',
  'div',
  'min',
  'max',
  'lt',
  'le',
  'gt',
  'ge',
  'eq',
  'ne',
  'and',
  'or',
  'not',
  'select',
  'to_f32',
])

/** The index of an operand whose axes align from the right with a result's: 0 on an axis that is stretched. */
function aligned(at: readonly string[], result: readonly number[], shape: readonly number[]): readonly string[] {
  const missing = result.length - shape.length
  return shape.map((size, axis) => (size === result[axis + missing] ? (at[axis + missing] as string) : '0u'))
}

const replaced = (at: readonly string[], axis: number, by: (text: string) => string): readonly string[] =>
  at.map((text, i) => (i === axis ? by(text) : text))

const plus = (text: string, offset: number): string => {
  const literal = /^(\d+)u$/.exec(text)
  if (literal) return `${Number(literal[1]) + offset}u`
  return offset === 0 ? text : `${text} + ${offset}u`
}

/** The index into `to` of the element that `at` is in `from`. */
function reshaped(at: readonly string[], from: readonly number[], to: readonly number[]): readonly string[] {
  const index = at.map((text, axis) => Index.variable(/^\w+$/.test(text) ? text : `(${text})`, from[axis] ?? 1))
  return Index.unflatten(Index.flatten(index, from), to).map(Index.print)
}
