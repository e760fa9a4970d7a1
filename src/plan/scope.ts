import type { NodeId } from '../graph/graph.ts'
import type { BufferRef, GridTerm, PlaceRef } from '../runtime/manifest.ts'
import { Cone, type Operands, reducedAxes, type Stat } from './expression/cone.ts'
import { numberAt } from './expression/halves.ts'
import * as Index from './expression/index.ts'
import { differsByHead, findStats, printReduce, printStat, type StatStage, statScalars, threadsOfHead } from './expression/stats.ts'
import type { Chain } from './graph/chains.ts'
import type { KernelSpec, Launch, Scope, Scratch } from './kernel.ts'
import {
  addSlot,
  bufferToken,
  node as nodeOf,
  type Operand,
  type PendingLaunch,
  type Program,
  placeToken,
  type RowKind,
} from './program.ts'

export interface ScopeOptions {
  /** Invocations of the workgroup, a power of two: what a reduction before the main part is shared by. 0: the kernel makes none. */
  readonly threads: number
  /** The row variable of reductions; workgroup-uniform. */
  readonly row?: string
  /** What a row of the kernel is; tokens if left out. */
  readonly per?: RowKind
  /** The variable that differs between invocations; reductions whose group depends on it are made for every group. */
  readonly varying?: string
  /** Heads that a workgroup works on, `head` from `first` on; one if left out. */
  readonly heads?: number
}

/** Collects what one kernel touches while its text is printed. */
export class KernelScope implements Scope {
  readonly #program: Program
  readonly #options: ScopeOptions
  readonly #operands = new Map<string, Operand>()
  readonly #places = new Map<string, PendingLaunch['places'][number]['ref']>()
  readonly #functions = new Map<string, string>()
  readonly #stats = new Map<NodeId, StatStage>()
  readonly #reads = new Set<NodeId>()
  readonly #writes = new Set<NodeId>()
  readonly #cone: Cone

  constructor(program: Program, options: ScopeOptions = { threads: 0 }) {
    this.#program = program
    this.#options = options
    this.#cone = new Cone(program, this.#access, options.per ?? 'token')
  }

  readonly #access: Operands = {
    slot: (id, row, flat) => {
      this.#reads.add(id)
      const at = this.#program.locations.get(id)
      if (!at) throw new Error(`node ${id} lies nowhere`)
      return this.#fromWord(id, this.#slotWord(at.slot, at.column, row, flat, 'read'))
    },
    input: (name, row, flat, words) => {
      const buffer = this.#ref(
        `input:${name}`,
        name === 'tokens' ? 'tokens' : `input_${name}`,
        { kind: 'input', name },
        'read',
        inputElement(this.#program, name),
      )
      return `${buffer}[${words === 1 ? row : `${row} * ${words}u + ${flat}`}]`
    },
    weight: (path, flat) => {
      if (this.#program.weights.isMatrix(path)) return this.#tableNumber(path, Index.print(flat))
      const at = this.#program.weights.at(path)
      const key = `weights:${at.buffer}`
      // Named by its turn in this kernel, so that equal layers have equal text whichever buffer theirs is.
      const name = this.#operands.has(key) ? '' : `weights${this.#named('weights')}`
      const buffer = this.#ref(key, name, this.#program.weights.whole(at.buffer), 'read', 'f32')
      const base = this.#place(`weight:${path}`, { kind: 'number', value: at.offset })
      return `${buffer}[${base} + ${Index.print(flat)}]`
    },
    tableRow: (path, row, flat, words) => this.#tableNumber(path, `${row} * ${words}u + ${flat}`),
    state: (id, name) => this.state(id, name, 'read'),
    stat: (id, leading) => this.#stat(id, leading),
    define: (name, text) => this.define(name, text),
  }

  /** A number of a matrix, which is a storage variable of its own. */
  #tableNumber(path: string, flat: string): string {
    const [part, ...others] = this.#program.weights.parts(path)
    if (!part || others.length > 0) throw new Error(`${path} spans several bindings and cannot be read inside another kernel`)
    const format = this.#program.weights.wordFormat(path)
    const key = `matrix:${path}`
    const name = this.#tables.get(path) ?? `table_${this.#tables.size}`
    this.#tables.set(path, name)
    const buffer = this.#ref(key, name, this.#program.weights.slab(path, 0), 'read', format === 'f32' ? 'f32' : 'u32')
    if (format === 'f32') return `${buffer}[${flat}]`
    const number = numberAt((helper, text) => this.define(helper, text), format, buffer, 'at')
    this.define(`${name}_number`, () => `fn ${name}_number(at: u32) -> f32 {\n  return ${number};\n}`)
    return `${name}_number(${flat})`
  }

  /** Adds a helper function; the same name once. */
  define(name: string, text: () => string): void {
    if (this.#functions.has(name)) return
    // Reserved before it is printed, so that a function comes after those it calls and a cycle cannot loop.
    const printed = text()
    if (!this.#functions.has(name)) this.#functions.set(name, printed)
  }

  load(id: NodeId, row: string, index: readonly string[]): string {
    const shape = nodeOf(this.#program, id).type.shape
    return this.loadAt(
      id,
      row,
      index.map((text, axis) => Index.variable(/^[\w.]+$/.test(text) ? text : `(${text})`, shape[axis] ?? 1)),
    )
  }

  /** As `load`, with indices whose structure is known. */
  loadAt(id: NodeId, row: string, index: readonly Index.Index[]): string {
    findStats(this.#program, id, index, this.#stats, this.#options.varying)
    return this.#cone.load(id, row, index)
  }

  address(id: NodeId, row: string): { buffer: string; base: string; stride: readonly number[] } | undefined {
    const at = this.#program.locations.get(id)
    if (!at) return undefined
    this.#reads.add(id)
    const shape = nodeOf(this.#program, id).type.shape
    const stride = shape.map((_, axis) => Index.product(shape.slice(axis + 1)))
    const { buffer, base } = this.#slotRow(at.slot, this.#cone.rowOf(nodeOf(this.#program, id), row), 'read')
    return { buffer, base: at.column === 0 ? base : `${base} + ${at.column}u`, stride }
  }

  /** Applies the pointwise work that was fused behind `id`, if any, and stores the chain's last value. */
  store(id: NodeId, row: string, flat: string, value: string): string {
    const chain = this.#program.facts.chains.get(id)
    const target = chain?.last ?? id
    this.#writes.add(target)
    const at = this.#program.locations.get(target)
    if (!at) throw new Error(`node ${target} has no place to be stored`)
    const word = this.#slotWord(at.slot, at.column, row, flat, 'read_write')
    return `${word} = ${this.#toWord(target, chain ? this.#epilogue(id, chain, row, flat, value) : value)};`
  }

  /** `value` run through the chain, as a call of a function of its own. */
  #epilogue(id: NodeId, chain: Chain, row: string, flat: string, value: string): string {
    const name = `epilogue_${id}`
    this.define(name, () => {
      const last = nodeOf(this.#program, chain.last)
      const lines: string[] = []
      let result = 'x'
      for (const link of chain.links) {
        const node = nodeOf(this.#program, link.node)
        const index = Index.unflatten(Index.variable('flat', Index.product(node.type.shape)), node.type.shape)
        const args = node.inputs.map((input) => {
          if (input === link.from) return result
          const operand = nodeOf(this.#program, input)
          const at = operand.type.shape.map((size, axis) =>
            size === 1 ? Index.literal(0) : (index[index.length - operand.type.shape.length + axis] ?? Index.literal(0)),
          )
          findStats(this.#program, input, at, this.#stats)
          return this.#cone.load(input, 'row', at)
        })
        lines.push(`  let y${lines.length} = ${this.#cone.pointwise(node, args)};`)
        result = `y${lines.length - 1}`
      }
      return `// ${last.path}: what follows ${nodeOf(this.#program, id).op}\nfn ${name}(row: u32, flat: u32, x: f32) -> f32 {\n${lines.join('\n')}\n  return ${result};\n}`
    })
    return `${name}(${row}, ${flat}, ${value})`
  }

  /**
   * Arenas hold f32. Whole numbers and truth values lie there as numbers, which is exact up to 2^24; outputs as the bits that the host reads.
   */
  #toWord(id: NodeId, value: string): string {
    const { dtype } = nodeOf(this.#program, id).type
    if (dtype === 'f32') return value
    if (dtype === 'bool') return `select(0.0, 1.0, ${value})`
    return this.#program.facts.outputs.has(id) ? `bitcast<f32>(${value})` : `f32(${value})`
  }

  #fromWord(id: NodeId, word: string): string {
    const { dtype } = nodeOf(this.#program, id).type
    if (dtype === 'f32') return word
    if (dtype === 'bool') return `(${word} != 0.0)`
    return this.#program.facts.outputs.has(id) ? `bitcast<u32>(${word})` : `u32(${word})`
  }

  scratch(words: number, of: 'row' | 'pass'): Scratch {
    return addSlot(this.#program, words, of)
  }

  /** Whether no value of the graph lies in a slot. */
  #isScratch(slot: number): boolean {
    return ![...this.#program.locations.values()].some((at) => at.slot === slot)
  }

  loadScratch(scratch: Scratch, row: string, flat: string): string {
    return this.#slotWord(scratch.id, 0, row, flat, 'read')
  }

  storeScratch(scratch: Scratch, row: string, flat: string, value: string): string {
    return `${this.#slotWord(scratch.id, 0, row, flat, 'read_write')} = ${value};`
  }

  /** Notes values that the kernel writes side by side in one slot. */
  wrote(ids: readonly NodeId[]): void {
    for (const id of ids) this.#writes.add(id)
  }

  /** The flat word of a slot's row, wherever the values in it begin. */
  slotWord(slot: number, row: string, flat: string, access: 'read' | 'read_write'): string {
    return this.#slotWord(slot, 0, row, flat, access)
  }

  state(id: NodeId, name: string, access: 'read' | 'read_write'): string {
    const state = this.#program.stateOf(id, name)
    return this.#ref(
      `state:${id}:${name}`,
      `state_${name.replace(/\W/g, '_')}_${this.#named('state')}`,
      { kind: 'state', state },
      access,
      'f32',
    )
  }

  capacity(id: NodeId, name: string): string {
    return this.place({ kind: 'capacity', state: this.#program.stateOf(id, name) })
  }

  place(ref: PlaceRef): string {
    return this.#place(JSON.stringify(ref), ref)
  }

  slots(id: NodeId, name: string, grid: { readonly tile: number; readonly most: number; readonly plus?: number }): GridTerm {
    return { of: 'capacity', state: this.#program.stateOf(id, name), ...grid }
  }

  /** Part `part` of a matrix as a storage variable of its own. `element`: what it is an array of. */
  matrix(path: string, buffer: BufferRef, element: string): string {
    return this.#ref(`matrix:${path}`, 'matrix', buffer, 'read', element)
  }

  launch(given: KernelSpec): Launch {
    const { source } = nodeOf(this.#program, given.node)
    const specification = source === '' ? given : { ...given, doc: [...given.doc, `from ${source}`] }
    const preamble = this.#preamble()
    const pending: PendingLaunch = {
      spec: specification,
      specification,
      grid: specification.grid,
      buffers: [],
      command: { buffers: [], places: [], grid: specification.grid, label: nodeOf(this.#program, specification.node).path },
      reads: [...this.#reads],
      writes: [...this.#writes],
      operands: [...this.#operands.values()],
      places: [...this.#places].map(([key, ref]) => ({ key, ref })),
      functions: [...this.#functions.values()],
      preamble,
    } as PendingLaunch
    return pending
  }

  /** Statements that make the reductions, to run before the main part with `lane` and the row in scope. */
  #preamble(): string {
    const stages = [...this.#stats.values()]
    if (stages.length === 0) return ''
    const threads = this.#options.threads
    if (threads === 0)
      throw new Error(`${stages[0]?.node.op} of ${stages[0]?.node.path} would be reduced inside a kernel that makes no reductions`)
    const { heads = 1 } = this.#options
    const text = stages.map((stage) => {
      const input = stage.node.inputs[0] as NodeId
      return printStat(
        stage,
        nodeOf(this.#program, input).type.shape,
        (index) => this.#cone.load(input, this.#options.row ?? 'row', index),
        threads,
        heads,
      )
    })
    const declarations = [`var<workgroup> partial: array<f32, ${threads}>;`]
    for (const stage of stages) {
      const { node, leading } = stage
      const input = nodeOf(this.#program, node.inputs[0] as NodeId).type.shape
      const groups = Index.product(input.slice(0, input.length - reducedAxes(node)))
      if (leading === null) declarations.push(`var<workgroup> stats_${node.id}: array<f32, ${groups}>;`)
      else
        for (const scalar of statScalars(node))
          declarations.push(
            heads > 1 && differsByHead(stage)
              ? `var<workgroup> stats_${node.id}_${scalar}: array<f32, ${groups}>;`
              : `var<private> stat_${node.id}_${scalar}: f32;`,
          )
    }
    const joined = text.join('\n')
    const reduces = [threads, threadsOfHead(threads, heads)].flatMap((share, i) =>
      (['sum', 'max'] as const)
        .filter((name) => joined.includes(`${i === 0 ? 'reduce' : 'reduce_head'}_${name}(`))
        .map((name) => printReduce(name, threads, share)),
    )
    const functions = [...this.#functions]
    this.#functions.clear()
    this.#functions.set('', [...declarations, ...reduces].join('\n'))
    for (const [name, body] of functions) this.#functions.set(name, body)
    return joined
  }

  #stat(id: NodeId, leading: readonly Index.Index[]): Stat {
    const stage = this.#stats.get(id)
    const { shape } = nodeOf(this.#program, nodeOf(this.#program, id).inputs[0] as NodeId).type
    const group = Index.print(Index.flatten(leading, shape.slice(0, leading.length)))
    if (stage?.leading === null) return { factor: `stats_${id}[${group}]` }
    const byHead = stage !== undefined && (this.#options.heads ?? 1) > 1 && differsByHead(stage)
    return Object.fromEntries(
      statScalars(nodeOf(this.#program, id)).map((scalar) => [scalar, byHead ? `stats_${id}_${scalar}[${group}]` : `stat_${id}_${scalar}`]),
    )
  }

  #slotRow(slot: number, row: string, access: 'read' | 'read_write'): { buffer: string; base: string } {
    const words = this.#program.slots[slot]?.words ?? 0
    const key = `slot:${slot}`
    const known = this.#operands.get(key)
    if (known?.access !== 'read_write') this.#operands.set(key, { kind: 'slot', key, slot, scratch: this.#isScratch(slot), access })
    const base = this.#place(key, { kind: 'slot', slot })
    return { buffer: bufferToken(key), base: row === '0u' ? base : `${base} + ${/^\w+$/.test(row) ? row : `(${row})`} * ${words}u` }
  }

  #slotWord(slot: number, column: number, row: string, flat: string, access: 'read' | 'read_write'): string {
    const { buffer, base } = this.#slotRow(slot, row, access)
    return `${buffer}[${base} + ${column === 0 ? '' : `${column}u + `}${flat}]`
  }

  #ref(key: string, name: string, buffer: BufferRef, access: 'read' | 'read_write', element: string): string {
    const known = this.#operands.get(key)
    if (!known || (known.access === 'read' && access === 'read_write')) {
      const kept = known?.kind === 'ref' ? known.name : name
      this.#operands.set(key, { kind: 'ref', key, name: kept, buffer, access, element })
    }
    return bufferToken(key)
  }

  /** Names of matrices that are read by the word, by path. */
  readonly #tables = new Map<string, string>()
  readonly #counts = new Map<string, number>()
  #named(prefix: string): number {
    const count = this.#counts.get(prefix) ?? 0
    this.#counts.set(prefix, count + 1)
    return count
  }

  #place(key: string, ref: PendingLaunch['places'][number]['ref']): string {
    if (!this.#places.has(key)) this.#places.set(key, ref)
    return placeToken(key)
  }
}

const inputElement = (program: Program, name: string): string =>
  program.graph.nodes.find((n) => n.op === 'input' && n.attrs['name'] === name)?.type.dtype ?? 'f32'
