import { nodeAt, rootsOf, statefulNodes, words } from '../../analyse/body.ts'
import { bodyCone } from '../../graph/body.ts'
import type { BodyNode, Recurrence } from '../../graph/graph.ts'
import { operand } from '../../graph/wgsl.ts'
import { Block } from './block.ts'
import { BodyPrinter, type Leaves } from './printer.ts'

/** One token of a recurrence whose columns are independent, as WGSL. */
export interface ColumnText {
  /** Loops that put the vectors indexed by rows into workgroup memory; before the first barrier of a token. */
  readonly stage: readonly string[]
  /** Updates the registers; leaves the output's element in `result`. */
  readonly token: readonly string[]
  readonly result: string
  readonly staged: readonly { readonly name: string; readonly words: number }[]
  /** Words of workgroup memory to combine what the parts of a column sum up; 0 if one invocation holds a whole column. */
  readonly sums: number
}

export interface ColumnLayout {
  /** Invocations that share a column, and all of a workgroup. */
  readonly parts: number
  readonly threads: number
  /** WGSL names of the registers of each state: an array over this invocation's rows, or a scalar for a state that is a vector. */
  readonly registers: readonly string[]
  /** Rows of each state that one invocation holds; 0 for a vector. */
  readonly rows: readonly number[]
}

/**
 * Prints the body for an invocation that holds rows `part * rows ..` of column `column` of every state in registers. Reads are loops over
 * these rows; work on the state that no read still needs in its old form rides in the same loop.
 *
 * In scope: `lane` (invocation), `column`, `part`, `slot` (column within the workgroup), and what `param` and `name` use.
 */
export function printColumns(body: Recurrence, layout: ColumnLayout, leaves: Pick<Leaves, 'param' | 'name'>): ColumnText {
  return new ColumnPrinter(body, layout, leaves).print()
}

class ColumnPrinter {
  readonly #body: Recurrence
  readonly #layout: ColumnLayout
  readonly #stateful: readonly boolean[]
  /** For every node the first that says the same: a key that is both written and erased with is staged once. */
  readonly #same: readonly number[]
  readonly #token = new Block()
  readonly #stage: Block
  readonly #printer: BodyPrinter
  readonly #stagePrinter: BodyPrinter
  readonly #staged = new Map<number, { name: string; words: number }>()
  /** The node whose elements a state's registers hold. */
  readonly #held: number[]
  readonly #done = new Map<number, string>()
  #sums = 0
  #out: string | undefined

  constructor(body: Recurrence, layout: ColumnLayout, leaves: Pick<Leaves, 'param' | 'name'>) {
    this.#body = body
    this.#layout = layout
    this.#stateful = statefulNodes(body.nodes)
    this.#same = firstOfEqual(body.nodes)
    this.#stage = this.#token.before()
    for (const name of ['row', 'lane', 'part', 'slot', 'column', 'head', 'sequence', 't', 'k', 'i', ...layout.registers])
      this.#token.unique(name)
    this.#held = body.states.map((_, index) => body.nodes.findIndex((node) => node.op === 'state' && node.attrs['index'] === index))
    this.#stagePrinter = new BodyPrinter(body.nodes, { ...leaves, known: () => undefined, signed: false }, this.#stage)
    const known: Leaves['known'] = (id, at) => this.#known(id, at)
    this.#printer = new BodyPrinter(body.nodes, { ...leaves, known, signed: false }, this.#token, ['column'], rootsOf(body))
  }

  print(): ColumnText {
    const order = bodyCone(this.#body.nodes, rootsOf(this.#body))
    const reads = order.filter((id) => nodeAt(this.#body.nodes, id).op === 'read' && this.#stateful[id])
    let pending = reads
    while (pending.length > 0 || this.#unfinished().length > 0) {
      this.#printOut()
      this.#loop(pending)
      pending = reads.filter((id) => !this.#done.has(id))
    }
    this.#printOut()
    return {
      stage: this.#stage.lines,
      token: this.#token.lines,
      result: this.#out as string,
      staged: [...this.#staged.values()],
      sums: this.#sums * this.#layout.threads,
    }
  }

  /** Names the output as soon as it can be: it may need what a later step overwrites. */
  #printOut(): void {
    if (this.#out !== undefined || !this.#printable(this.#body.out, this.#held, new Set())) return
    this.#out = this.#token.unique('out')
    this.#token.push(`let ${this.#out} = ${this.#printer.element(this.#body.out, ['column'], this.#token)};`)
  }

  #unfinished(): number[] {
    return this.#body.states.flatMap((state, index) => (this.#held[index] === state.next ? [] : [index]))
  }

  /** Elements that lie somewhere: registers, finished reads, staged vectors. */
  #known(id: number, at: readonly string[]): string | undefined {
    const read = this.#done.get(id)
    if (read !== undefined) return read
    const state = this.#held.indexOf(id)
    if (state >= 0) return this.#layout.rows[state] === 0 ? this.#layout.registers[state] : `${this.#layout.registers[state]}[i]`
    const node = nodeAt(this.#body.nodes, id)
    const [index] = at
    if (this.#stateful[id] || node.shape.length !== 1 || index === undefined || index === 'column') return undefined
    return `${this.#stagedVector(this.#same[id] ?? id)}[${index}]`
  }

  #stagedVector(id: number): string {
    const known = this.#staged.get(id)
    if (known) return known.name
    const node = nodeAt(this.#body.nodes, id)
    const name = this.#token.unique(
      `staged_${node.op === 'param' ? this.#body.params[node.attrs['index'] as number]?.name.replace(/\W/g, '_') : id}`,
    )
    const size = words(node.shape)
    this.#staged.set(id, { name, words: size })
    const inner = new Block(this.#stage)
    const value = this.#stagePrinter.element(id, ['k'], inner)
    inner.push(`${name}[k] = ${value};`)
    this.#stage.push(`for (var k = lane; k < ${size}u; k += ${this.#layout.threads}u) {`, ...inner.lines.map((line) => `  ${line}`), '}')
    return name
  }

  /** Whether an element of `id` can be printed now, given what the registers would hold. */
  #printable(id: number, held: readonly number[], pending: ReadonlySet<number>): boolean {
    if (!this.#stateful[id] || held.includes(id)) return true
    if (this.#done.has(id)) return true
    const node = nodeAt(this.#body.nodes, id)
    if (node.op === 'state') return false
    if (node.op === 'read' && !pending.has(id)) return false
    return node.inputs.every((input) => this.#printable(input, held, pending))
  }

  /** One pass over the rows: the reads that can be made, and the newest form of the states that everything later can start from. */
  #loop(pending: readonly number[]): void {
    const rowsOf = (read: number) => nodeAt(this.#body.nodes, this.#matrixOf(read)).shape[0] as number
    const possible = pending.filter((id) => this.#printable(this.#matrixOf(id), this.#held, new Set()))
    const rows = possible.length > 0 ? rowsOf(possible[0] as number) : null
    const reads = possible.filter((id) => rowsOf(id) === rows)
    const updates = this.#updates(rows, reads, new Set(pending.filter((id) => !reads.includes(id))))
    if (reads.length === 0 && updates.length === 0) throw new Error(`recurrence ${this.#body.name} does not print column by column`)
    const heights = new Set(updates.map(({ state }) => this.#layout.rows[state] as number))
    if (rows !== null) heights.add(rows / this.#layout.parts)
    for (const height of heights) {
      if (height === 0) continue
      this.#rowLoop(
        rows === height * this.#layout.parts ? reads : [],
        updates.filter(({ state }) => this.#layout.rows[state] === height),
        height,
      )
    }
    this.#assignVectors(updates.filter(({ state }) => this.#layout.rows[state] === 0))
    for (const { state, node } of updates) this.#held[state] = node
    for (const id of reads) this.#done.set(id, `read_${id}`)
  }

  #matrixOf(read: number): number {
    return nodeAt(this.#body.nodes, read).inputs[0] as number
  }

  /** `rows`: the height of this pass's reads; null if it makes none, then states of every height may move. */
  #updates(rows: number | null, reads: readonly number[], later: ReadonlySet<number>): { state: number; node: number }[] {
    const roots = [...later, ...this.#body.states.map(({ next }) => next), ...(this.#out === undefined ? [this.#body.out] : [])]
    const read = new Set([...later, ...reads])
    const possible = (after: readonly number[]) => roots.every((root) => this.#printable(root, after, read))
    const free = this.#body.states.flatMap(({ shape, next }, state) =>
      this.#held[state] !== next && (rows === null || shape.length === 1 || shape[0] === rows) ? [{ state, shape, next }] : [],
    )
    const ready = free.filter(({ next }) => this.#printable(next, this.#held, new Set())).map(({ state, next }) => ({ state, node: next }))
    const together = this.#held.map((node, state) => ready.find((update) => update.state === state)?.node ?? node)
    if (ready.length > 0 && possible(together)) return ready

    const updates: { state: number; node: number }[] = []
    let held: readonly number[] = this.#held
    for (const { state, shape, next } of free) {
      const sameSize = bodyCone(this.#body.nodes, [next]).filter(
        (id) => words(nodeAt(this.#body.nodes, id).shape) === words(shape) && this.#stateful[id],
      )
      for (const node of sameSize.reverse()) {
        if (node === held[state] || !this.#printable(node, this.#held, new Set())) continue
        const after = held.map((known, index) => (index === state ? node : known))
        if (!possible(after)) continue
        updates.push({ state, node })
        held = after
        break
      }
    }
    return updates
  }

  #rowLoop(reads: readonly number[], updates: readonly { state: number; node: number }[], height: number): void {
    const { parts, threads, registers } = this.#layout
    const split = parts > 1
    for (const id of reads) this.#token.push(`var ${split ? `share_${id}` : `read_${id}`} = 0.0;`)
    this.#token.nest(`for (var i = 0u; i < ${height}u; i++)`, (loop) => {
      loop.push(`let k = ${split ? `part * ${height}u + i` : 'i'};`)
      for (const id of reads) {
        const [matrix, vector] = nodeAt(this.#body.nodes, id).inputs as [number, number]
        const element = this.#printer.element(matrix, ['k', 'column'], loop)
        loop.push(
          `${split ? `share_${id}` : `read_${id}`} += ${operand(element)} * ${operand(this.#printer.element(vector, ['k'], loop))};`,
        )
      }
      const values = updates.map(({ node }) => this.#printer.element(node, ['k', 'column'], loop))
      const named = values.map((text, n) =>
        values.length > 1 ? loop.let(`new ${updates[n]?.state}`, `next_${updates[n]?.state}`, text) : text,
      )
      for (const [n, { state }] of updates.entries()) loop.push(`${registers[state]}[i] = ${named[n]};`)
    })
    if (!split || reads.length === 0) return
    const at = (n: number) => (n === 0 ? '' : `${n * threads}u + `)
    const first = this.#sums
    this.#sums += reads.length
    for (const [n, id] of reads.entries()) this.#token.push(`sums[${at(first + n)}lane] = share_${id};`)
    this.#token.push('workgroupBarrier();')
    for (const [n, id] of reads.entries()) {
      this.#token.push(
        `var read_${id} = 0.0;`,
        `for (var n = slot; n < ${threads}u; n += ${threads / parts}u) {`,
        `  read_${id} += sums[${at(first + n)}n];`,
        '}',
      )
    }
  }

  #assignVectors(updates: readonly { state: number; node: number }[]): void {
    const values = updates.map(({ state, node }) =>
      this.#token.let(`next ${state} ${node}`, `next_${state}`, this.#printer.element(node, ['column'], this.#token)),
    )
    for (const [n, { state }] of updates.entries()) this.#token.push(`${this.#layout.registers[state]} = ${values[n]};`)
  }
}

function firstOfEqual(nodes: readonly BodyNode[]): readonly number[] {
  const known = new Map<string, number>()
  const same: number[] = []
  for (const { id, op, inputs, attrs, dtype } of nodes) {
    const key = JSON.stringify([op, inputs.map((input) => same[input]), attrs, dtype])
    const first = known.get(key) ?? id
    known.set(key, first)
    same.push(first)
  }
  return same
}
