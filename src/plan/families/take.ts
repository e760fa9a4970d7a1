import { z } from 'zod'
import type { NodeId } from '../../graph/graph.ts'
import { bufferToken, type PendingLaunch, placeToken, type RowKind, type Slot } from '../program.ts'

export const schema = z.strictObject({
  words: z.int(),
  threads: z.int(),
  from: z.string(),
  fromBase: z.string(),
  to: z.string(),
  toBase: z.string(),
  row: z.string(),
})

const THREADS = 64

/** Copies the row of each sequence's last token of a pass (or the sequence's own row, of a value that has one per sequence) from `from` to `to`, which has one row per sequence. */
export function planTake(from: Slot, to: Slot, label: string, nodes: readonly NodeId[], kind: RowKind): PendingLaunch {
  const [node = 0] = nodes
  const key = (slot: Slot) => `slot:${slot.id}`
  const specification = {
    family: 'take',
    name: kind === 'sequence' ? `sequence_${from.words}` : `${from.words}`,
    template: 'take',
    view: {
      words: from.words,
      threads: THREADS,
      from: bufferToken(key(from)),
      fromBase: placeToken(key(from)),
      to: bufferToken(key(to)),
      toBase: placeToken(key(to)),
      row: kind === 'sequence' ? 'sequence' : 'sequence * run.tokens + length - 1u',
    } satisfies z.infer<typeof schema>,
    doc: [`the last token's row of each sequence, ${from.words} words`, `grid: (ceil(${from.words} / ${THREADS}), batch)`],
    grid: [Math.ceil(from.words / THREADS), { of: 'batch', times: 1, tile: 1 }, 1],
    node,
  } as const
  return {
    spec: specification,
    specification,
    grid: specification.grid,
    buffers: [],
    command: { buffers: [], places: [], grid: specification.grid, label },
    reads: nodes,
    writes: nodes,
    operands: [
      { kind: 'slot', key: key(from), slot: from.id, scratch: false, access: 'read' },
      { kind: 'slot', key: key(to), slot: to.id, scratch: false, access: 'read_write' },
    ],
    places: [
      { key: key(from), ref: { kind: 'slot', slot: from.id } },
      { key: key(to), ref: { kind: 'slot', slot: to.id } },
    ],
    functions: [],
    preamble: '',
  } as unknown as PendingLaunch
}
