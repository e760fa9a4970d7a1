import type { ArenaEntry } from '../runtime/manifest.ts'
import type { PendingLaunch, Slot } from './program.ts'

export interface Placement {
  readonly arena: number
  readonly offset: number
}

interface Region {
  readonly offset: number
  readonly words: number
  readonly until: number
}

/**
 * Places slots in arenas by liveness. A launch never writes an arena that it reads: WebGPU forbids a buffer bound both ways, and with
 * separate arenas reads stay `read`. Offsets and sizes count words per row; slots of a pass lie in arenas with one row per sequence, of
 * which there is at least one. `kept` slots are read after the last launch.
 */
export function placeSlots(
  slots: readonly Slot[],
  launches: readonly PendingLaunch[],
  entry: Omit<ArenaEntry, 'words'>,
  arenas: ArenaEntry[],
  kept: ReadonlySet<number>,
): Map<number, Placement> {
  const [ofRows, ofPass] = [slots.filter(({ of }) => of === 'row'), slots.filter(({ of }) => of === 'pass')]
  return new Map([
    ...placeAlike(ofRows, launches, entry, arenas, kept),
    ...placeAlike(ofPass, launches, { ...entry, rows: 'batch' }, arenas, kept),
  ])
}

function placeAlike(
  slots: readonly Slot[],
  launches: readonly PendingLaunch[],
  entry: Omit<ArenaEntry, 'words'>,
  arenas: ArenaEntry[],
  kept: ReadonlySet<number>,
): Map<number, Placement> {
  const mine = new Set(slots.map((slot) => slot.id))
  const life = lifetimes(launches, mine)
  const placed = new Map<number, Placement>()
  const own: { index: number; regions: Region[]; words: number }[] = []
  for (const [at, launch] of launches.entries()) {
    for (const operand of launch.operands) {
      if (operand.kind !== 'slot' || !mine.has(operand.slot) || placed.has(operand.slot)) continue
      const words = slots.find((slot) => slot.id === operand.slot)?.words ?? 0
      const until = kept.has(operand.slot) ? Number.POSITIVE_INFINITY : (life.get(operand.slot)?.last ?? at)
      const taken = conflicts(operand.slot, launches, placed)
      let best: { arena: (typeof own)[number]; offset: number; growth: number } | undefined
      for (const arena of own) {
        if (taken.has(arena.index)) continue
        const offset = firstFit(
          arena.regions.filter((region) => region.until >= at),
          words,
        )
        const growth = Math.max(0, offset + words - arena.words)
        if (!best || growth < best.growth) best = { arena, offset, growth }
      }
      if (!best) {
        const arena = { index: arenas.length, regions: [], words: 0 }
        own.push(arena)
        arenas.push({ ...entry, words: 0 })
        best = { arena, offset: 0, growth: words }
      }
      best.arena.regions.push({ offset: best.offset, words, until })
      best.arena.words = Math.max(best.arena.words, best.offset + words)
      placed.set(operand.slot, { arena: best.arena.index, offset: best.offset })
    }
  }
  for (const arena of own) arenas[arena.index] = { ...entry, words: arena.words }
  return placed
}

/** Arenas of the slots that share a launch with this one where either is written. */
function conflicts(slot: number, launches: readonly PendingLaunch[], placed: ReadonlyMap<number, Placement>): Set<number> {
  const taken = new Set<number>()
  for (const launch of launches) {
    const mine = launch.operands.find((operand) => operand.kind === 'slot' && operand.slot === slot)
    if (!mine) continue
    for (const other of launch.operands) {
      if (other.kind !== 'slot' || other.slot === slot) continue
      const at = placed.get(other.slot)
      if (at && (mine.access === 'read_write') !== (other.access === 'read_write')) taken.add(at.arena)
    }
  }
  return taken
}

function lifetimes(launches: readonly PendingLaunch[], slots: ReadonlySet<number>): Map<number, { first: number; last: number }> {
  const life = new Map<number, { first: number; last: number }>()
  for (const [at, launch] of launches.entries()) {
    for (const operand of launch.operands) {
      if (operand.kind === 'slot' && slots.has(operand.slot))
        life.set(operand.slot, { first: life.get(operand.slot)?.first ?? at, last: at })
    }
  }
  return life
}

function firstFit(live: readonly Region[], words: number): number {
  let offset = 0
  for (const region of [...live].sort((a, b) => a.offset - b.offset)) {
    if (region.offset - offset >= words) return offset
    offset = Math.max(offset, region.offset + region.words)
  }
  return offset
}
