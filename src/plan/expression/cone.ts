import type { Node, NodeId } from '../../graph/graph.ts'
import { pointwise } from '../../graph/pointwise.ts'
import { tablePath } from '../graph/tables.ts'
import { beginOf, windowSlots } from '../past.ts'
import { refuse } from '../problem.ts'
import { node as nodeOf, type Program, type RowKind, rowKind } from '../program.ts'
import { COS_SIN } from './cos-sin.ts'
import * as Index from './index.ts'
import { f32 } from './literal.ts'

/** Access to the words of one kernel's operands, as WGSL text. */
export interface Operands {
  /** Flat word `flat` of a value that lies in memory, at `row`. */
  slot(id: NodeId, row: string, flat: string): string
  input(name: string, row: string, flat: string, words: number): string
  weight(path: string, flat: Index.Index): string
  /** A row of a table by a run-time index. */
  tableRow(path: string, row: string, flat: string, words: number): string
  state(id: NodeId, name: string): string
  /** The scalar of a reduction made before the kernel's main part, see `stats.ts`. */
  stat(id: NodeId, leading: readonly Index.Index[]): Stat
  /** Adds a helper function to the kernel; the same name once. */
  define(name: string, text: () => string): void
}

/** `(x - shift) * factor`, or the reduced scalar itself as `shift`. */
export interface Stat {
  readonly shift?: string
  readonly factor?: string
}

/** Statements of one function under construction, with what has been named in it. */
export interface Block {
  readonly lines: string[]
  readonly known: Map<string, string>
}

export const newBlock = (): Block => ({ lines: [], known: new Map() })

/** Reductions whose result is one scalar per leading index. */
export const isReduction = (node: Node): boolean => node.op === 'norm' || node.op === 'softmax' || node.op === 'reduce'

/** How many trailing axes a reduction runs over. */
export const reducedAxes = (node: Node): number => (node.op === 'norm' ? (node.attrs['over'] as number) : 1)

const wgslType = (node: Node) => node.type.dtype
const params = (node: Node) => ['row: u32', ...node.type.shape.map((_, axis) => `i${axis}: u32`)].join(', ')
export const parameters = (node: Node): Index.Index[] => node.type.shape.map((size, axis) => Index.variable(`i${axis}`, size))

/**
 * Prints the element of a value that does not lie in memory as a function of row and index, from what does. Views become index
 * arithmetic, pointwise work becomes `let`s, everything used twice is named once.
 */
export class Cone {
  readonly #program: Program
  readonly #operands: Operands
  readonly #per: RowKind

  /** `per`: what the rows of the kernel are. */
  constructor(program: Program, operands: Operands, per: RowKind) {
    this.#program = program
    this.#operands = operands
    this.#per = per
  }

  /** An expression for the element; a call of a generated function if it takes more than a load. */
  load(id: NodeId, row: string, index: readonly Index.Index[]): string {
    const node = nodeOf(this.#program, id)
    const simple = this.#simple(node, row, index)
    if (simple !== undefined) return simple
    this.#function(node)
    return `value_${id}(${[row, ...index.map(Index.print)].join(', ')})`
  }

  /** Whether the element is one load, a literal, or a view of such. */
  #simple(node: Node, row: string, index: readonly Index.Index[]): string | undefined {
    const located = this.#located(node, row, index)
    if (located !== undefined) return located
    const view = this.#view(node, index)
    return view && this.#simple(nodeOf(this.#program, view.id), row, view.index)
  }

  #located(node: Node, row: string, index: readonly Index.Index[]): string | undefined {
    const flat = Index.flatten(index, node.type.shape)
    if (this.#program.locations.has(node.id)) return this.#operands.slot(node.id, this.rowOf(node, row), Index.print(flat))
    switch (node.op) {
      case 'constant':
        return node.type.dtype === 'f32'
          ? f32(node.attrs['value'] as number)
          : `${node.attrs['value']}${node.type.dtype === 'u32' ? 'u' : ''}`
      case 'iota':
        return `f32(${Index.print(flat)})`
      case 'weight':
        return this.#operands.weight(node.attrs['path'] as string, flat)
      case 'input':
        return this.#operands.input(node.attrs['name'] as string, this.rowOf(node, row), Index.print(flat), Index.product(node.type.shape))
      case 'length':
        return `run.sequences[${this.#sequenceOf(row)}].y`
      case 'final_state': {
        const state = this.#operands.state(node.inputs[0] as NodeId, node.attrs['name'] as string)
        return `${state}[${this.rowOf(node, row)} * ${Index.product(node.type.shape)}u + ${Index.print(flat)}]`
      }
      case 'position':
        this.#operands.define(
          'position_of',
          () => 'fn position_of(row: u32) -> u32 {\n  return run.sequences[row / run.tokens].x + row % run.tokens;\n}',
        )
        return `position_of(${row})`
      default:
        return undefined
    }
  }

  /** The row of a value that the kernel's row reads: its own, its sequence's, or the only one. */
  rowOf(node: Node, row: string): string {
    if (!node.type.batch && !node.type.time) return '0u'
    return rowKind(node) === this.#per ? row : this.#sequenceOf(row)
  }

  #sequenceOf(row: string): string {
    if (this.#per === 'sequence' || this.#program.mode === 'step') return row
    return `${/^\w+$/.test(row) ? row : `(${row})`} / run.tokens`
  }

  /** Where a view's element comes from. */
  #view(node: Node, index: readonly Index.Index[]): { id: NodeId; index: Index.Index[] } | undefined {
    const id = node.inputs[0]
    if (id === undefined) return undefined
    const input = nodeOf(this.#program, id)
    switch (node.op) {
      case 'reshape':
        return { id, index: Index.unflatten(Index.flatten(index, node.type.shape), input.type.shape) }
      case 'slice':
        return {
          id,
          index: index.map((at, axis) => (axis === node.attrs['axis'] ? Index.add(at, Index.literal(node.attrs['start'] as number)) : at)),
        }
      case 'permute': {
        const from: Index.Index[] = []
        for (const [axis, source] of (node.attrs['order'] as readonly number[]).entries()) from[source] = index[axis] ?? Index.literal(0)
        return { id, index: from }
      }
      default:
        return undefined
    }
  }

  /** Adds `value_<id>` to the kernel. */
  #function(node: Node): void {
    this.#operands.define(`value_${node.id}`, () => {
      const block = newBlock()
      const result = this.value(node.id, 'row', parameters(node), block, true)
      const where = node.path === '' ? node.op : `${node.path}: ${String(node.attrs['fn'] ?? node.op)}`
      return `// ${where}\nfn value_${node.id}(${params(node)}) -> ${wgslType(node)} {\n${block.lines.map((l) => `  ${l}\n`).join('')}  return ${result};\n}`
    })
  }

  /** The element's expression inside `block`, naming what it computes. */
  value(id: NodeId, row: string, index: readonly Index.Index[], block: Block, inline = false): string {
    const node = nodeOf(this.#program, id)
    const located = this.#located(node, row, index)
    if (located !== undefined) return located
    const view = this.#view(node, index)
    if (view) return this.value(view.id, row, view.index, block)
    const key = `${id}@${row}[${index.map(Index.print).join(',')}]`
    const known = block.known.get(key)
    if (known !== undefined) return known
    const text = this.#compute(node, row, index, block, inline)
    if (inline) return text
    const name = `v${block.known.size}`
    block.lines.push(`let ${name} = ${text};`)
    block.known.set(key, name)
    return name
  }

  /** As `value`; a load gets a name, because the text of a function may use its argument more than once. */
  #named(id: NodeId, row: string, index: readonly Index.Index[], block: Block): string {
    const text = this.value(id, row, index, block)
    if (!text.includes('[')) return text
    const known = block.known.get(text)
    if (known !== undefined) return known
    const name = `x${block.known.size}`
    block.lines.push(`let ${name} = ${text};`)
    block.known.set(text, name)
    return name
  }

  #compute(node: Node, row: string, index: readonly Index.Index[], block: Block, inFunction: boolean): string {
    const input = (at: number): Node => nodeOf(this.#program, node.inputs[at] as NodeId)
    switch (node.op) {
      case 'pointwise':
        return this.pointwise(
          node,
          node.inputs.map((id) => this.#named(id, row, broadcast(index, nodeOf(this.#program, id)), block)),
        )
      case 'rotate':
        return this.#rotate(node, row, index, block)
      case 'embedding': {
        const ids = this.value(node.inputs[1] as NodeId, row, index.slice(0, -1), block)
        const width = node.type.shape.at(-1) ?? 1
        return this.#operands.tableRow(
          tablePath(this.#program.graph, node.inputs[0] as NodeId),
          ids,
          Index.print(index.at(-1) ?? Index.literal(0)),
          width,
        )
      }
      case 'gather': {
        const at = this.value(node.inputs[1] as NodeId, row, index, block)
        const chosen = Index.variable(/^\w+$/.test(at) ? at : `(${at})`, input(0).type.shape.at(-1) ?? 1)
        return this.value(node.inputs[0] as NodeId, row, [...index.slice(0, -1), chosen], block)
      }
      case 'norm':
      case 'softmax':
      case 'reduce':
        return this.#reduced(node, row, index, block)
      case 'concat':
      case 'conv1d':
      case 'shift':
      case 'flip':
        // These choose between loads, which only a function of its own can do without making all of them.
        if (!inFunction) {
          this.#function(node)
          return `value_${node.id}(${[row, ...index.map(Index.print)].join(', ')})`
        }
        return this.#chosen(node, row, index, block)
      default:
        refuse(node, 'nothing computes it inside another kernel')
    }
  }

  pointwise(node: Node, args: readonly string[]): string {
    const fn = pointwise[node.attrs['fn'] as string]
    if (!fn) throw new Error(`unknown pointwise function ${String(node.attrs['fn'])}`)
    return fn.wgsl([...args])
  }

  #rotate(node: Node, row: string, index: readonly Index.Index[], block: Block): string {
    this.#operands.define('cos_sin', () => COS_SIN)
    const [x, angle] = node.inputs as [NodeId, NodeId]
    const half = (node.type.shape.at(-1) ?? 2) / 2
    const last = index.at(-1) ?? Index.literal(0)
    const adjacent = node.attrs['pairing'] === 'adjacent'
    const pair = adjacent ? Index.divide(last, 2) : Index.modulo(last, half)
    const at = (i: Index.Index) => [...index.slice(0, -1), i]
    const first = adjacent ? Index.scale(pair, 2) : pair
    const second = Index.add(first, Index.literal(adjacent ? 1 : half))
    const [a, b] = [this.value(x, row, at(first), block), this.value(x, row, at(second), block)]
    const turn = `turn_${node.id}_${block.lines.length}`
    block.lines.push(`let ${turn} = cos_sin(${this.value(angle, row, broadcast(at(pair), nodeOf(this.#program, angle)), block)});`)
    const isFirst = adjacent ? `${Index.printOperand(Index.modulo(last, 2))} == 0u` : `${Index.printOperand(last)} < ${half}u`
    return `select(${b} * ${turn}.x + ${a} * ${turn}.y, ${a} * ${turn}.x - ${b} * ${turn}.y, ${isFirst})`
  }

  #reduced(node: Node, row: string, index: readonly Index.Index[], block: Block): string {
    const stat = this.#operands.stat(node.id, index.slice(0, index.length - reducedAxes(node)))
    if (node.op === 'reduce') return stat.shift as string
    const x = this.value(node.inputs[0] as NodeId, row, index, block)
    const shifted = stat.shift === undefined ? x : `(${x} - ${stat.shift})`
    return node.op === 'softmax' ? `exp(${shifted}) * ${stat.factor}` : `${shifted} * ${stat.factor}`
  }

  /** The last expression of a function that is the whole of this value. */
  #chosen(node: Node, row: string, index: readonly Index.Index[], block: Block): string {
    switch (node.op) {
      case 'concat':
        return this.#concat(node, row, index, block)
      case 'conv1d':
        return this.#convolve(node, row, index, block)
      case 'shift':
        return this.#shift(node, row, index, block)
      default:
        return this.#flip(node, row, index, block)
    }
  }

  #shift(node: Node, row: string, index: readonly Index.Index[], block: Block): string {
    const count = node.attrs['count'] as number
    if (count >= 0) return this.#tapCall(node, row, count, index)
    const [x] = node.inputs as [NodeId]
    block.lines.push(
      `if (${row} % run.tokens + ${-count}u >= run.sequences[${row} / run.tokens].y) {`,
      '  return 0.0;',
      '}',
      `let later = ${row} + ${-count}u;`,
    )
    return this.value(x, 'later', index, block, true)
  }

  /**
   * Token t of the first `upto` reads token `upto - 1 - t`. They are all in the pass that begins at position 0; a pass that begins later
   * begins behind them, and so does a step.
   */
  #flip(node: Node, row: string, index: readonly Index.Index[], block: Block): string {
    const [x, upto] = node.inputs as [NodeId, NodeId | undefined]
    if (this.#program.mode === 'step') return this.value(x, row, index, block, true)
    block.lines.push(`let here = run.sequences[${row} / run.tokens];`, `let token = ${row} % run.tokens;`)
    if (upto === undefined) block.lines.push('let end = here.y;')
    else {
      const end = this.value(upto, row, [], block)
      const whole = nodeOf(this.#program, upto).type.dtype === 'f32' ? `u32(max(${end}, 0.0))` : end
      block.lines.push(`let end = select(0u, min(${whole}, here.y), here.x == 0u);`)
    }
    block.lines.push(`let flipped = select(${row}, ${row} - token + end - 1u - token, token < end);`)
    return this.value(x, 'flipped', index, block, true)
  }

  /** Runs as the whole body of a function: one return per piece. */
  #concat(node: Node, row: string, index: readonly Index.Index[], block: Block): string {
    const axis = node.attrs['axis'] as number
    const at = index[axis] ?? Index.literal(0)
    let start = 0
    for (const [i, id] of node.inputs.entries()) {
      const size = nodeOf(this.#program, id).type.shape[axis] ?? 1
      const piece = newBlock()
      const inside = Index.isLiteral(at)
        ? Index.literal(at.offset - start)
        : Index.variable(start === 0 ? Index.print(at) : `(${Index.print(at)} - ${start}u)`, size)
      const value = this.value(
        id,
        row,
        index.map((ix, a) => (a === axis ? inside : ix)),
        piece,
        true,
      )
      if (i === node.inputs.length - 1) {
        block.lines.push(...piece.lines)
        return value
      }
      block.lines.push(
        `if (${Index.printOperand(at)} < ${start + size}u) {`,
        ...piece.lines.map((l) => `  ${l}`),
        `  return ${value};`,
        '}',
      )
      start += size
    }
    throw new Error('concat of nothing')
  }

  /** The last inputs of a convolution come from this pass's rows, earlier ones from the window that the state keeps: slot p % width. */
  #convolve(node: Node, row: string, index: readonly Index.Index[], block: Block): string {
    const width = node.attrs['width'] as number
    const [x, weight, ...more] = node.inputs as [NodeId, NodeId, ...NodeId[]]
    const bias = more.find((id) => id !== beginOf(node))
    const channel = Index.flatten(index, node.type.shape)
    const path = nodeOf(this.#program, weight).attrs['path'] as string
    const at = (k: number) => this.#operands.weight(path, Index.add(Index.scale(channel, width), Index.literal(k)))
    const sum: string[] = bias === undefined ? [] : [this.#operands.weight(nodeOf(this.#program, bias).attrs['path'] as string, channel)]
    for (let k = 0; k < width - 1; k++) sum.push(`${at(k)} * ${this.#tapCall(node, row, width - 1 - k, index)}`)
    sum.push(`${at(width - 1)} * ${this.value(x, row, index, block)}`)
    return sum.join(' + ')
  }

  /** The input `back` tokens before the row's. */
  #tapCall(node: Node, row: string, back: number, index: readonly Index.Index[]): string {
    const tap = `tap_${node.id}`
    this.#operands.define(tap, () => this.#tap(node, tap))
    return `${tap}(${[row, `${back}u`, ...index.map(Index.print)].join(', ')})`
  }

  #tap(node: Node, name: string): string {
    const [x] = node.inputs as [NodeId]
    const slots = windowSlots(node)
    const channels = Index.product(node.type.shape)
    const block = newBlock()
    const begin = beginOf(node)
    const start = newBlock()
    const first = begin === undefined ? '0u' : this.value(begin, 'row', [], start)
    const index = parameters(node)
    const value = this.value(x, '(row - back)', index, block, true)
    const flat = Index.print(Index.flatten(index, node.type.shape))
    return [
      `// ${node.path}: the input \`back\` tokens before this row's`,
      `fn ${name}(row: u32, back: u32${node.type.shape.map((_, axis) => `, i${axis}: u32`).join('')}) -> f32 {`,
      '  let sequence = row / run.tokens;',
      '  let position = run.sequences[sequence].x + row % run.tokens;',
      ...start.lines.map((l) => `  ${l}`),
      `  if (position < back + ${first}) {`,
      '    return 0.0;',
      '  }',
      '  if (row % run.tokens >= back) {',
      ...block.lines.map((l) => `    ${l}`),
      `    return ${value};`,
      '  }',
      `  return ${this.#operands.state(node.id, 'window')}[(sequence * ${slots}u + (position - back) % ${slots}u) * ${channels}u + ${flat}];`,
      '}',
    ].join('\n')
  }
}

/** The index of an operand whose axes align from the right with a result's; missing axes drop, axes of size 1 stay at 0. */
export function broadcast(index: readonly Index.Index[], operand: Node): Index.Index[] {
  const shape = operand.type.shape
  return shape.map((size, axis) => (size === 1 ? Index.literal(0) : (index[index.length - shape.length + axis] ?? Index.literal(0))))
}
