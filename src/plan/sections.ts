import type { Node, NodeId } from '../graph/graph.ts'
import type { ArenaEntry, Programs } from '../runtime/manifest.ts'
import { planTake } from './families/take.ts'
import { type Placement, placeSlots } from './memory.ts'
import { partition } from './partition.ts'
import { type Mode, type PendingLaunch, type PlanContext, type Program, rowKind } from './program.ts'

/** The launches of every program in order, and where the slots that they work on lie. */
export interface Sections {
  readonly launches: Readonly<Record<keyof Programs, readonly PendingLaunch[]>>
  readonly placed: ReadonlyMap<number, Placement>
  readonly arenas: readonly ArenaEntry[]
  /** Where values lie after passes over many rows, and after passes of one row per sequence (null: the model has none). */
  readonly rows: Program
  readonly last: Program | null
}

/**
 * A model with sessions: what no state depends on (`facts.tail`) is left out of prefill, which takes along what it starts from, and is
 * made for each sequence's last token by the end of the step program, or for every row by `forward`.
 */
export function planSessions(context: PlanContext): Sections {
  const { graph, facts } = context
  const step = newProgram(context, 'step')
  partition(step)
  const isTail = (launch: PendingLaunch) => facts.tail.has(launch.specification.node)
  const [stepCore, tail] = split(step.launches, isTail)
  const written = slotsOf(stepCore, 'read_write')
  const outputs = outputSlots(step)
  const needed = new Set([...slotsOf(tail, 'read'), ...outputs])
  const frontier = [...needed].filter((slot) => written.has(slot))
  const crossing = [...step.locations].filter(([, at]) => frontier.includes(at.slot)).map(([id]) => id)

  const prefill = newProgram(context, 'prefill', step.slots.length)
  partition(prefill, new Set(crossing))
  const [core, forwardTail] = split(prefill.launches, isTail)
  const takes = frontier.map((slot): PendingLaunch => {
    const id = crossing.find((node) => step.locations.get(node)?.slot === slot) as NodeId
    const node = graph.nodes[id] as Node
    const from = prefill.locations.get(id)
    const to = step.slots[slot]
    const source = from && prefill.slots[from.slot]
    if (!source || !to || source.words !== to.words) throw new Error(`${node.op} of ${node.path} lies differently in prefill and step`)
    const taken = crossing.filter((other) => step.locations.get(other)?.slot === slot)
    return planTake(source, to, node.path, taken, rowKind(node))
  })

  const arenas: ArenaEntry[] = []
  const placed = new Map<number, Placement>()
  const place = (
    program: Program,
    chosen: (slot: number) => boolean,
    launches: readonly PendingLaunch[],
    entry: Omit<ArenaEntry, 'words'>,
  ) => {
    const slots = program.slots.filter((slot) => slot && chosen(slot.id))
    for (const [slot, at] of placeSlots(slots, launches, entry, arenas, outputSlots(program))) placed.set(slot, at)
  }
  const ofFrontier = new Set(frontier)
  for (const slot of frontier) outputs.add(slot)
  for (const [slot, at] of placeSlots(
    step.slots.filter((slot) => slot && ofFrontier.has(slot.id)),
    [...step.launches, ...takes],
    { rows: 'batch', use: 'session' },
    arenas,
    ofFrontier,
  ))
    placed.set(slot, at)
  place(step, (slot) => !ofFrontier.has(slot), [...stepCore, ...tail], { rows: 'batch', use: 'session' })
  const inCore = slotsOf([...core, ...takes])
  const inTail = slotsOf(forwardTail)
  place(prefill, (slot) => inCore.has(slot), [...core, ...takes, ...forwardTail], { rows: 'chunk', use: 'session' })
  place(prefill, (slot) => inTail.has(slot) && !inCore.has(slot), forwardTail, { rows: 'chunk', use: 'forward' })
  return {
    launches: { prefill: core, take: takes, tail, step: [...stepCore, ...tail], forwardTail },
    placed,
    arenas,
    rows: prefill,
    last: step,
  }
}

/** A model that sees whole sequences at once: one program over all rows. */
export function planForward(context: PlanContext): Sections {
  const rows = newProgram(context, 'prefill')
  partition(rows)
  const arenas: ArenaEntry[] = []
  const placed = placeSlots(rows.slots, rows.launches, { rows: 'chunk', use: 'forward' }, arenas, outputSlots(rows))
  return { launches: { prefill: rows.launches, take: [], tail: [], step: [], forwardTail: [] }, placed, arenas, rows, last: null }
}

/** Slot ids are unique over all programs, so that one placement serves them. */
function newProgram(context: PlanContext, mode: Mode, firstSlot = 0): Program {
  const slots: Program['slots'] = []
  slots.length = firstSlot
  return { ...context, mode, slots, locations: new Map(), launches: [], orders: new Map() }
}

function split<T>(items: readonly T[], second: (item: T) => boolean): [T[], T[]] {
  return [items.filter((item) => !second(item)), items.filter(second)]
}

function slotsOf(launches: readonly PendingLaunch[], access?: 'read' | 'read_write'): Set<number> {
  const slots = new Set<number>()
  for (const launch of launches)
    for (const operand of launch.operands)
      if (operand.kind === 'slot' && (access === undefined || operand.access === access)) slots.add(operand.slot)
  return slots
}

/** Slots that hold a value of the model's outputs: they are read after the last launch. */
function outputSlots(program: Program): Set<number> {
  return new Set(program.graph.outputs.flatMap(({ node }) => program.locations.get(node)?.slot ?? []))
}
