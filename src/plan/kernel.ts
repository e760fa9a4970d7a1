import type { NodeId } from '../graph/graph.ts'
import type { Command, GridTerm, PlaceRef } from '../runtime/manifest.ts'

/** A kernel before it is text: which template, and every number and condition it needs, decided here. */
export interface KernelSpec {
  readonly family: string
  /** What the name says beyond the family and sizes: `delta`, `window`. The writer makes names unique. */
  readonly name: string
  /** `templates/wgsl/<template>.wgsl.hbs` */
  readonly template: string
  /** Checked by the template's strict zod schema. Holds no operand addresses but through the scope's places. */
  readonly view: Readonly<Record<string, unknown>>
  /** Header comment lines: purpose, grid, tile, shapes. */
  readonly doc: readonly string[]
  readonly grid: readonly [GridTerm, GridTerm, GridTerm]
  /** Node whose path labels the command. */
  readonly node: NodeId
}

/** A kernel with its bindings fixed, ready to be rendered and placed in a program. */
export interface Launch {
  readonly spec: KernelSpec
  readonly buffers: readonly { readonly name: string; readonly access: 'read' | 'read_write'; readonly element: 'f32' | 'u32' }[]
  readonly command: Omit<Command, 'kernel'>
  /** For `verify()`: graph values that the command reads and writes. */
  readonly reads: readonly NodeId[]
  readonly writes: readonly NodeId[]
}

/**
 * The bindings of one kernel under construction. Every call that names a value registers the buffer and the place it needs and
 * returns WGSL text; the same call twice registers once. Indices and rows are WGSL u32 expressions; the caller keeps them in range.
 */
export interface Scope {
  /**
   * The f32 (u32, bool) element `index` (one expression per feature axis) of value `node` at `row`. Fuses: what is not materialised is
   * recomputed from what is. Values without roles (weights, constants) ignore `row`.
   */
  load(node: NodeId, row: string, index: readonly string[]): string
  /** The address (u32 expression) and buffer of a materialised value's element, where hoisting an address matters. Undefined if it must be computed. */
  address(node: NodeId, row: string): { readonly buffer: string; readonly base: string; readonly stride: readonly number[] } | undefined
  /** The statement that stores flat feature element `flat` of `node` at `row`. */
  store(node: NodeId, row: string, flat: string, value: string): string
  /** A value of the kernel family's own between its launches: `words` per row, or in all (and then at row `0u`). */
  scratch(words: number, of: 'row' | 'pass'): Scratch
  loadScratch(scratch: Scratch, row: string, flat: string): string
  storeScratch(scratch: Scratch, row: string, flat: string, value: string): string
  /** The storage variable of a state of a stateful node: `fold` [batch][words] or `cache` [batch][capacity][words]. */
  state(node: NodeId, name: string, access: 'read' | 'read_write'): string
  /** Slots per sequence of a cache state, as a WGSL u32 expression. */
  capacity(node: NodeId, name: string): string
  /** A grid of `min(most, ceil(slots per sequence / tile)) + plus` workgroups. */
  slots(node: NodeId, name: string, grid: { readonly tile: number; readonly most: number; readonly plus?: number }): GridTerm
  place(ref: PlaceRef): string
  /** Fixes the kernel. After this the scope is spent. */
  launch(spec: KernelSpec): Launch
}

export interface Scratch {
  readonly id: number
  readonly words: number
}
