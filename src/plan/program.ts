import type { Graph, Node, NodeId } from '../graph/graph.ts'
import type { BufferRef, GridTerm, PlaceRef, StateEntry } from '../runtime/manifest.ts'
import type { Facts } from './graph/facts.ts'
import type { KernelSpec, Launch, Scratch } from './kernel.ts'
import type { DeviceProfile } from './profile.ts'
import type { WeightLayout } from './weights.ts'

/** A run of words that one kernel writes: a value, several side by side, or a family's scratch. */
export interface Slot {
  readonly id: number
  /** For each row, or in all where it is of the pass. */
  readonly words: number
  readonly of: 'row' | 'pass'
}

export interface Location {
  readonly slot: number
  /** Words before the value in the slot's row. */
  readonly column: number
}

export type Mode = 'prefill' | 'step'

/** What every program of a model shares. */
export interface PlanContext {
  readonly graph: Graph
  readonly facts: Facts
  readonly weights: WeightLayout
  readonly profile: DeviceProfile
  readonly states: readonly StateEntry[]
  /** Index in `states` of a stateful node's state. */
  stateOf(node: NodeId, name: string): number
}

/** One program under construction: where its values lie and the launches so far, in order. */
export interface Program extends PlanContext {
  readonly mode: Mode
  readonly slots: Slot[]
  readonly locations: Map<NodeId, Location>
  readonly launches: PendingLaunch[]
  /** Rows in the order of the experts that they go to, by the values that say so, as `families/bank-tiles.ts` leaves them. */
  readonly orders: Map<string, ExpertOrder>
}

/** Scratch of a kernel that sorts; see `templates/wgsl/bank_order.wgsl.hbs`. */
export interface ExpertOrder {
  readonly order: Scratch
  readonly rest: Scratch
}

/** What a kernel touches; `key` is also the token that stands for it in kernel text until arenas are known. */
export type Operand =
  | {
      readonly kind: 'slot'
      readonly key: string
      readonly slot: number
      readonly scratch: boolean
      readonly access: 'read' | 'read_write'
    }
  | {
      readonly kind: 'ref'
      readonly key: string
      readonly name: string
      readonly buffer: BufferRef
      readonly access: 'read' | 'read_write'
      readonly element: string
    }

/** A kernel whose operands are known but not yet placed in arenas. */
export interface PendingLaunch extends Launch {
  readonly operands: readonly Operand[]
  readonly places: readonly { readonly key: string; readonly ref: PlaceRef | { readonly kind: 'slot'; readonly slot: number } }[]
  readonly functions: readonly string[]
  readonly preamble: string
  readonly grid: readonly [GridTerm, GridTerm, GridTerm]
  readonly specification: KernelSpec
}

export const node = (context: { readonly graph: Graph }, id: NodeId): Node => {
  const found = context.graph.nodes[id]
  if (!found) throw new Error(`no node ${id} in the graph`)
  return found
}

/** What a row of a value or of a kernel's grid stands for: a token of a sequence, or a whole sequence. */
export type RowKind = 'token' | 'sequence'

/** Values without a role are the same for every row, and are never stored. */
export const rowKind = (node: Node): RowKind => (node.type.batch && !node.type.time ? 'sequence' : 'token')

/** One workgroup to each of `times` parts of a row, or to as many of them as `tile` asks for. */
export const rowsGrid = (kind: RowKind, tile = 1, times = 1): GridTerm => ({ of: kind === 'sequence' ? 'batch' : 'rows', times, tile })

/** How many rows a kernel of this kind has in a pass, as WGSL. */
export const rowsOfPass = (kind: RowKind): string => (kind === 'sequence' ? 'run.batch' : 'run.rows')

export const bufferToken = (key: string): string => `⟦B:${key}⟧`
export const placeToken = (key: string): string => `⟦P:${key}⟧`

export function addSlot(program: Program, words: number, of: Slot['of'] = 'row'): Slot {
  const slot = { id: program.slots.length, words, of }
  program.slots.push(slot)
  return slot
}

/** Gives `id` a slot of its own, unless it already lies somewhere. */
export function materialise(program: Program, id: NodeId, words: number): void {
  if (!program.locations.has(id)) program.locations.set(id, { slot: addSlot(program, words).id, column: 0 })
}
