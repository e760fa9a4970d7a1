import { bodyCone } from '../graph/body.ts'
import { bodyRanges } from '../graph/body-range.ts'
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

/** One state as the general chunk kernels see it: everything that happens to it within a token, by its place in micro-time. */
export interface PassForm {
  readonly state: number
  readonly rows: number
  readonly columns: number
  /** Log decays of a token in order; those by columns are kept apart from the others. */
  readonly decays: readonly { readonly by: 'scalar' | 'rows' | 'columns'; readonly log: number }[]
  readonly events: readonly PassEvent[]
}

export type PassEvent =
  /** `decayed`: how many of the token's decays come before, and how many of them by columns. */
  | { readonly kind: 'read'; readonly node: number; readonly key: number; readonly decayed: number; readonly columnsDecayed: number }
  | {
      readonly kind: 'write'
      readonly key: number
      readonly value: number
      readonly erases: readonly Erase[]
      readonly decayed: number
      readonly columnsDecayed: number
    }

export type RecurrenceForm =
  | {
      readonly family: 'linear' | 'delta'
      readonly reason: string
      readonly states: readonly StateForm[]
      readonly nodes: readonly BodyNode[]
      /** The states in an order in which each needs no more than what those before it gave; the last one's columns are the output's. */
      readonly passes: readonly PassForm[]
      /** Where one decay, one write and at most one erase suffice. */
      readonly chunk: ChunkForm | null
    }
  /** Token by token from the body itself, whatever it says. `states` is null where the body has no normal form; `mayGrow`: the factor of a state that only an unproven bound keeps from chunks. */
  | {
      readonly family: 'scan'
      readonly reason: string
      readonly states: readonly StateForm[] | null
      readonly nodes: readonly BodyNode[]
      readonly mayGrow?: { readonly state: string; readonly factor: number; readonly log: number }
    }

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
      if (this.#nodes.statesOf(node.inputs[1] as number).has(this.#state))
        throw new NoForm(`${this.#name} is read with a vector that depends on it`)
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
    if (!versions || this.#depends(factor)) return null
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
      if (this.#depends(a)) return null
      const form = affine(this.#nodes, this.#nodes.pointwise('mul', scale, b), this.#state)
      if (!form || form.terms.some(({ read }) => !this.#isRead(read))) return null
      return [{ kind: 'write', key: a, value: form.free, erases: form.terms }]
    }
    if (node.op !== 'pointwise') return null
    const sum = (left: readonly Step[] | null, right: readonly Step[] | null) => left && right && [...left, ...right]
    const negated = () => this.#nodes.pointwise('mul', scale, this.#nodes.constant(-1))
    const isScalar = (id: number) => this.#nodes.at(id).shape.length === 0 && !this.#depends(id)
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

  #depends(id: number): boolean {
    return this.#nodes.statesOf(id).has(this.#state)
  }

  #isRead(id: number): boolean {
    return this.#chain(this.#nodes.at(id).inputs[0] as number) !== null
  }
}

/** Which chunk form is legal, or why none is. */
function family(body: Recurrence, nodes: DerivedNodes, states: readonly StateForm[]): RecurrenceForm {
  const scan = (reason: string) => ({ family: 'scan' as const, reason, states, nodes: nodes.nodes })
  const ordered = inOrder(nodes, states)
  if (!ordered) return scan('its states depend on each other in a circle')
  const passes = ordered.map(passOf)
  const last = passes.at(-1)
  if (!last) return scan('it has no state')
  const ranges = bodyRanges(nodes.nodes, body.params)
  for (const form of states) {
    for (const step of form.steps) {
      if (step.kind !== 'scale') continue
      if (step.by === 'elements') return scan(`the decay of ${form.name} differs between elements`)
      if (step.log === null) return scan(`the form of a factor of ${form.name} does not give its logarithm`)
      if ((ranges[step.log]?.max ?? Number.POSITIVE_INFINITY) > 0)
        return {
          ...scan(`a factor of ${form.name} may exceed 1: nothing proves its bound`),
          mayGrow: { state: form.name, factor: step.factor, log: step.log },
        }
    }
    if (!form.steps.some((step) => step.kind === 'write')) return scan(`nothing is written to ${form.name}`)
  }
  const out = nodes.at(body.out)
  if (out.shape.length !== 1 || out.shape[0] !== last.columns || !columnwise(nodes, body.out, last.state))
    return scan('the output is not made of reads column by column')
  const chunk = chunkForm(body, nodes, states)
  const erases = passes.reduce(
    (sum, { events }) => sum + events.reduce((n, event) => n + (event.kind === 'write' ? event.erases.length : 0), 0),
    0,
  )
  const reason = [
    ...new Set([states.length > 1 ? `${states.length} states one after the other` : '', decayText(passes), workText(passes, erases)]),
  ]
  return {
    family: erases > 0 ? 'delta' : 'linear',
    reason: reason.filter((text) => text !== '').join(', '),
    states,
    nodes: nodes.nodes,
    passes,
    chunk,
  }
}

function decayText(passes: readonly PassForm[]): string {
  const by = new Set(passes.flatMap(({ decays }) => decays.map((decay) => decay.by)))
  if (by.size === 0) return 'no decay'
  if (by.has('rows') || by.has('columns')) return `a decay by ${[...by].filter((one) => one !== 'scalar').join(' and ')}`
  return 'one decay for the whole state'
}

function workText(passes: readonly PassForm[], erases: number): string {
  const writes = passes.reduce((sum, { events }) => sum + events.filter(({ kind }) => kind === 'write').length, 0) / passes.length
  if (erases === 0) return `${writes === 1 ? 'one write' : `${writes} writes`} per token, no erase`
  if (erases === 1 && writes === 1) return 'one erase and write per token'
  return `${erases} ${erases === 1 ? 'erase' : 'erases'} and ${writes} ${writes === 1 ? 'write' : 'writes'} per token`
}

/** The states so that none needs what a later one gives; null if there is no such order. */
function inOrder(nodes: DerivedNodes, states: readonly StateForm[]): readonly StateForm[] | null {
  const needs = states.map((form) => new Set(form.steps.flatMap(operandsOf).flatMap((id) => [...nodes.statesOf(id)])))
  for (const form of states) needs[form.index]?.delete(form.index)
  const ordered: StateForm[] = []
  const placed = new Set<number>()
  while (ordered.length < states.length) {
    const next = states.find(({ index }) => !placed.has(index) && [...(needs[index] ?? [])].every((state) => placed.has(state)))
    if (!next) return null
    ordered.push(next)
    placed.add(next.index)
  }
  return ordered
}

function operandsOf(step: Step): readonly number[] {
  switch (step.kind) {
    case 'scale':
      return [step.factor]
    case 'write':
      return [step.key, step.value, ...step.erases.map(({ factor }) => factor)]
    case 'read':
      return [step.key]
  }
}

function passOf(form: StateForm): PassForm {
  const decays: { by: 'scalar' | 'rows' | 'columns'; log: number }[] = []
  const events: PassEvent[] = []
  for (const step of form.steps) {
    const columnsDecayed = decays.filter(({ by }) => by === 'columns').length
    const place = { decayed: decays.length - columnsDecayed, columnsDecayed }
    if (step.kind === 'scale') decays.push({ by: step.by === 'elements' ? 'rows' : step.by, log: step.log ?? -1 })
    else if (step.kind === 'read') events.push({ kind: 'read', node: step.node, key: step.key, ...place })
    else events.push({ kind: 'write', key: step.key, value: step.value, erases: step.erases, ...place })
  }
  return { state: form.index, rows: form.shape[0] as number, columns: form.shape[1] as number, decays, events }
}

/** The form with one decay, one write, at most one erase and one read for the output, or null. */
function chunkForm(body: Recurrence, nodes: DerivedNodes, states: readonly StateForm[]): ChunkForm | null {
  const [form] = states
  if (!form || states.length > 1) return null
  const { steps } = form
  const scales = steps.filter((step) => step.kind === 'scale')
  if (scales.some(({ by }) => by !== 'scalar')) return null
  const [write, ...moreWrites] = steps.filter((step) => step.kind === 'write')
  if (!write || moreWrites.length > 0) return null
  const [erase, ...moreErases] = write.erases
  if (moreErases.length > 0 || (erase && nodes.at(erase.factor).shape.length > 0)) return null
  const reads = steps.filter((step) => step.kind === 'read')
  const eraseRead = erase && reads.find((read) => read.node === erase.read)
  const used = usedReads(nodes, body.out)
  const [outRead, ...moreReads] = reads.filter((read) => used.has(read.node))
  if (!outRead || moreReads.length > 0) return null
  const place = (step: Step): Place | null => {
    const at = steps.indexOf(step)
    const before = scales.filter((scale) => steps.indexOf(scale) < at).length
    return before === scales.length ? 'after' : before === 0 ? 'before' : null
  }
  const [writePlace, readPlace, erasePlace] = [place(write), place(outRead), eraseRead ? place(eraseRead) : 'after']
  if (!writePlace || !readPlace || !erasePlace) return null
  const logDecay = scales.reduce<number | null>((sum, { log }) => (sum === null ? log : nodes.pointwise('add', sum, log as number)), null)
  return {
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
}

/** Reads of states that `id` is made of directly. */
function usedReads(nodes: DerivedNodes, id: number, found = new Set<number>()): ReadonlySet<number> {
  const node = nodes.at(id)
  if (node.op === 'read' && nodes.stateful(id)) return found.add(id)
  for (const input of node.inputs) usedReads(nodes, input, found)
  return found
}

/** Whether the column `v` of `id` needs no more of state `state` than the column `v` of its reads. */
function columnwise(nodes: DerivedNodes, id: number, state: number): boolean {
  const depends = (at: number) => nodes.statesOf(at).has(state)
  if (!depends(id)) return true
  const node = nodes.at(id)
  if (node.op === 'read') return !depends(node.inputs[1] as number)
  const same = (input: number) => !depends(input) || nodes.at(input).shape.at(-1) === node.shape.at(-1)
  return node.op === 'pointwise' && node.inputs.every((input) => same(input) && columnwise(nodes, input, state))
}
