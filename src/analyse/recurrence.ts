import { bodyCone } from '../graph/body.ts'
import type { BodyNode, Recurrence } from '../graph/graph.ts'
import { affine } from './affine.ts'
import { DerivedNodes, rootsOf } from './body.ts'
import { logOf } from './decay.ts'

/** What happens to a state in micro-time: in the order in which it happens within one token. Ids are of `NormalForm.nodes`. */
export type Step =
  /** `S = factor * S`, a factor per row, per column or per element, or one for all; `log` is its logarithm where the form gives one. */
  | {
      readonly kind: 'scale'
      readonly by: 'scalar' | 'rows' | 'columns' | 'elements'
      readonly factor: number
      readonly log: number | null
    }
  /** `S = S + outer(key, value + sum of factor * read)`; a term is an erase. */
  | { readonly kind: 'write'; readonly key: number; readonly value: number; readonly erases: readonly Erase[] }
  | { readonly kind: 'read'; readonly node: number; readonly key: number }

export interface Erase {
  readonly read: number
  readonly factor: number
}

export interface StateForm {
  readonly index: number
  readonly name: string
  readonly shape: readonly number[]
  readonly steps: readonly Step[]
}

/** A step's place relative to the token's decay. */
export type Place = 'before' | 'after'

/** What the chunk kernels need to know of a recurrence, and all they may know. Ids are of `nodes`. */
export interface ChunkForm {
  readonly nodes: readonly BodyNode[]
  readonly state: number
  readonly rows: number
  readonly columns: number
  /** The token's log decay, a scalar; null: no decay. */
  readonly logDecay: number | null
  /** `S = S + outer(key, value + erase.factor * erase.read)` */
  readonly write: { readonly key: number; readonly value: number; readonly place: Place }
  readonly erase: { readonly read: number; readonly key: number; readonly factor: number; readonly place: Place } | null
  /** The read that the output is made of; `afterWrite`: it sees this token's own write. */
  readonly read: { readonly node: number; readonly key: number; readonly place: Place; readonly afterWrite: boolean }
  readonly out: number
}

export type RecurrenceForm =
  | { readonly family: 'linear' | 'delta'; readonly reason: string; readonly states: readonly StateForm[]; readonly chunk: ChunkForm }
  /** Token by token from the body itself, whatever it says. `states` is null where the body has no normal form. */
  | { readonly family: 'scan'; readonly reason: string; readonly states: readonly StateForm[] | null; readonly nodes: readonly BodyNode[] }

/** Places a body's work on its states in micro-time, and says which families of kernels may compute it. */
export function analyseRecurrence(body: Recurrence): RecurrenceForm {
  const nodes = new DerivedNodes(body.nodes)
  try {
    const states = body.states.map((_, index) => normalForm(body, nodes, index))
    return family(body, nodes, states)
  } catch (error) {
    if (!(error instanceof NoForm)) throw error
    return { family: 'scan', reason: error.message, states: null, nodes: nodes.nodes }
  }
}

class NoForm extends Error {}

function normalForm(body: Recurrence, nodes: DerivedNodes, index: number): StateForm {
  const state = body.states[index] as Recurrence['states'][number]
  const { name } = state
  if (state.shape.length !== 2) throw new NoForm(`${name} is not a matrix`)
  const chain = new Chain(nodes, index, name)
  const versions = chain.to(state.next)
  const reads = chain.readsOf(body, versions)
  const steps: Step[] = []
  for (const version of versions) {
    steps.push(...version.steps)
    for (const node of reads) if (node.inputs[0] === version.id) steps.push({ kind: 'read', node: node.id, key: node.inputs[1] as number })
  }
  return { index, name, shape: state.shape, steps }
}

/** A node that is the state after some of the token's steps; `steps` lead to it from the version before. */
interface Version {
  readonly id: number
  readonly steps: readonly Step[]
}

class Chain {
  readonly #nodes: DerivedNodes
  readonly #state: number
  readonly #name: string
  readonly #versions = new Map<number, readonly Version[] | null>()

  constructor(nodes: DerivedNodes, state: number, name: string) {
    this.#nodes = nodes
    this.#state = state
    this.#name = name
  }

  to(next: number): readonly Version[] {
    const versions = this.#chain(next)
    if (!versions) throw new NoForm(`${this.#name} is not made of itself by scaling and by adding outer products`)
    return versions
  }

  /** Reads of any version, by increasing id. Any other use of a version outside the chain leaves the normal form. */
  readsOf(body: Recurrence, versions: readonly Version[]): readonly BodyNode[] {
    const ids = new Set(versions.map((version) => version.id))
    const reads: BodyNode[] = []
    for (const id of bodyCone(body.nodes, rootsOf(body))) {
      const node = this.#nodes.at(id)
      const uses = node.inputs.filter((input) => ids.has(input))
      if (uses.length === 0 || ids.has(id)) continue
      if (node.op !== 'read' || uses.length > 1) throw new NoForm(`${this.#name} is used by ${node.op}, not by read`)
      if (this.#nodes.stateful(node.inputs[1] as number)) throw new NoForm(`${this.#name} is read with a vector that depends on a state`)
      reads.push(node)
    }
    return reads
  }

  /** The versions from the state to `id`, or null if `id` is no version. */
  #chain(id: number): readonly Version[] | null {
    const known = this.#versions.get(id)
    if (known !== undefined) return known
    const found = this.#find(id)
    this.#versions.set(id, found)
    return found
  }

  #find(id: number): readonly Version[] | null {
    const node = this.#nodes.at(id)
    if (node.op === 'state') return node.attrs['index'] === this.#state ? [{ id, steps: [] }] : null
    const [a, b] = node.inputs as [number, number]
    if (node.op === 'scale_rows') return this.#scaled(id, b, a, 'rows')
    if (node.op === 'scale_cols') return this.#scaled(id, a, b, 'columns')
    if (node.op !== 'pointwise' || node.inputs.length !== 2) return null
    const [before, other, swapped] = this.#chain(a) ? [a, b, false] : [b, a, true]
    if (!this.#chain(before)) return null
    switch (node.attrs['fn']) {
      case 'mul':
        return this.#scaled(
          id,
          before,
          other,
          (['scalar', 'columns', 'elements'] as const)[this.#nodes.at(other).shape.length] ?? 'elements',
        )
      case 'add':
        return this.#written(id, before, other, 1)
      case 'sub':
        return swapped ? null : this.#written(id, before, other, -1)
      default:
        return null
    }
  }

  #scaled(id: number, before: number, factor: number, by: 'scalar' | 'rows' | 'columns' | 'elements'): readonly Version[] | null {
    const versions = this.#chain(before)
    if (!versions || this.#nodes.stateful(factor)) return null
    return [...versions, { id, steps: [{ kind: 'scale', by, factor, log: logOf(this.#nodes, factor) }] }]
  }

  #written(id: number, before: number, matrix: number, sign: 1 | -1): readonly Version[] | null {
    const versions = this.#chain(before)
    const steps = this.#writes(matrix, this.#nodes.constant(sign))
    return versions && steps && [...versions, { id, steps }]
  }

  /** The outer products that `scale * matrix` is a sum of. */
  #writes(matrix: number, scale: number): readonly Step[] | null {
    const node = this.#nodes.at(matrix)
    const [a, b] = node.inputs as [number, number]
    if (node.op === 'outer') {
      if (this.#nodes.stateful(a)) return null
      const form = affine(this.#nodes, this.#nodes.pointwise('mul', scale, b))
      if (!form || form.terms.some(({ read }) => !this.#isRead(read))) return null
      return [{ kind: 'write', key: a, value: form.free, erases: form.terms }]
    }
    if (node.op !== 'pointwise') return null
    const sum = (left: readonly Step[] | null, right: readonly Step[] | null) => left && right && [...left, ...right]
    const negated = () => this.#nodes.pointwise('mul', scale, this.#nodes.constant(-1))
    const isScalar = (id: number) => this.#nodes.at(id).shape.length === 0 && !this.#nodes.stateful(id)
    switch (node.attrs['fn']) {
      case 'add':
        return sum(this.#writes(a, scale), this.#writes(b, scale))
      case 'sub':
        return sum(this.#writes(a, scale), this.#writes(b, negated()))
      case 'neg':
        return this.#writes(a, negated())
      case 'mul':
        if (isScalar(a)) return this.#writes(b, this.#nodes.pointwise('mul', scale, a))
        return isScalar(b) ? this.#writes(a, this.#nodes.pointwise('mul', scale, b)) : null
      default:
        return null
    }
  }

  #isRead(id: number): boolean {
    return this.#chain(this.#nodes.at(id).inputs[0] as number) !== null
  }
}

/** Which chunk form is legal, or why none is. */
function family(body: Recurrence, nodes: DerivedNodes, states: readonly StateForm[]): RecurrenceForm {
  const scan = (reason: string): RecurrenceForm => ({ family: 'scan', reason, states, nodes: nodes.nodes })
  const [form] = states
  if (!form || states.length > 1) return scan(`${states.length} states`)
  const { steps, name } = form
  const scales = steps.filter((step) => step.kind === 'scale')
  const other = scales.find((step) => step.by !== 'scalar')
  if (other) return scan(`the decay of ${name} differs between ${other.by}`)
  const opaque = scales.find((step) => step.log === null)
  if (opaque) return scan(`the form of a factor of ${name} does not give its logarithm`)
  const [write, ...moreWrites] = steps.filter((step) => step.kind === 'write')
  if (!write) return scan(`nothing is written to ${name}`)
  if (moreWrites.length > 0) return scan(`${moreWrites.length + 1} writes to ${name} per token`)
  const [erase, ...moreErases] = write.erases
  if (moreErases.length > 0) return scan(`a write to ${name} depends on ${moreErases.length + 1} reads`)
  if (erase && nodes.at(erase.factor).shape.length > 0) return scan(`the erase of ${name} differs between columns`)

  const reads = steps.filter((step) => step.kind === 'read')
  const outReads = new Set<number>()
  if (!columnwise(nodes, body.out, outReads)) return scan('the output is not made of reads column by column')
  const [outRead, ...moreReads] = [...outReads].map((id) => reads.find((read) => read.node === id)).filter((read) => read !== undefined)
  if (!outRead || moreReads.length > 0) return scan(`the output is made of ${outReads.size} reads`)

  const place = (step: Step): Place | null => {
    const at = steps.indexOf(step)
    const before = scales.filter((scale) => steps.indexOf(scale) < at).length
    return before === scales.length ? 'after' : before === 0 ? 'before' : null
  }
  const eraseRead = erase && reads.find((read) => read.node === erase.read)
  if (erase && !eraseRead) return scan(`an erase of ${name} reads another state`)
  const [writePlace, readPlace, erasePlace] = [place(write), place(outRead), eraseRead ? place(eraseRead) : 'after']
  if (!writePlace || !readPlace || !erasePlace) return scan(`${name} is used between two decays of one token`)
  if (eraseRead && steps.indexOf(eraseRead) > steps.indexOf(write)) return scan(`a write to ${name} depends on what it leaves`)

  const logDecay = scales.reduce<number | null>((sum, { log }) => (sum === null ? log : nodes.pointwise('add', sum, log as number)), null)
  const chunk: ChunkForm = {
    state: form.index,
    rows: form.shape[0] as number,
    columns: form.shape[1] as number,
    logDecay,
    write: { key: write.key, value: write.value, place: writePlace },
    erase: erase && eraseRead ? { read: erase.read, key: eraseRead.key, factor: erase.factor, place: erasePlace } : null,
    read: { node: outRead.node, key: outRead.key, place: readPlace, afterWrite: steps.indexOf(outRead) > steps.indexOf(write) },
    out: body.out,
    nodes: nodes.nodes,
  }
  const decay = logDecay === null ? 'no decay' : 'one decay for the whole state'
  return erase
    ? { family: 'delta', reason: `${decay}, one erase and write per token`, states, chunk }
    : { family: 'linear', reason: `${decay}, one write per token, no erase`, states, chunk }
}

/** Whether the column `v` of `id` needs no more of the states than the column `v` of reads, which are collected. */
function columnwise(nodes: DerivedNodes, id: number, reads: Set<number>): boolean {
  if (!nodes.stateful(id)) return true
  const node = nodes.at(id)
  if (node.op === 'read') {
    reads.add(id)
    return true
  }
  return node.op === 'pointwise' && node.inputs.every((input) => sameColumns(nodes, id, input) && columnwise(nodes, input, reads))
}

const sameColumns = (nodes: DerivedNodes, result: number, input: number): boolean =>
  !nodes.stateful(input) || nodes.at(input).shape.at(-1) === nodes.at(result).shape.at(-1)
