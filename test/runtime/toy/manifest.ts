import type { ArenaEntry, BufferRef, Command, GridTerm, Manifest, PlaceRef, StateEntry } from '../../../src/runtime/manifest.ts'
import { kernels } from './kernels.ts'

/** Sizes of the toy model; odd on purpose. */
export interface ToySizes {
  readonly vocab: number
  readonly width: number
  readonly window: number
}

export const toySizes: ToySizes = { vocab: 37, width: 5, window: 6 }

/**
 * A model with every kind of state: x = table[token]; y = decay * y + x (fold); near = weighted sum of y over the last `window` tokens
 * (ring); all = weighted sum of y over all tokens (append); logits = (y + near + all) tableᵀ.
 */
export function toyManifest(sizes: ToySizes = toySizes): Manifest {
  const { vocab, width, window } = sizes
  // Arenas: 0 x, 1 y and sum of a prefill pass; 2 what the last tokens left; 3 logits of last tokens; 4 logits of all rows; 5, 6 as 0, 1 in steps.
  const arenas: ArenaEntry[] = [
    { words: width + 3, rows: 'chunk', use: 'session' },
    { words: 2 * width, rows: 'chunk', use: 'session' },
    { words: width, rows: 'batch', use: 'session' },
    { words: vocab + 2, rows: 'batch', use: 'session' },
    { words: vocab + 2, rows: 'chunk', use: 'forward' },
    { words: width, rows: 'batch', use: 'session' },
    { words: 2 * width, rows: 'batch', use: 'session' },
  ]
  const states: StateEntry[] = [
    { kind: 'fold', path: 'mix.y', words: width },
    { kind: 'cache', path: 'near.rows', words: width, window },
    { kind: 'cache', path: 'all.rows', words: width, window: null },
  ]
  const names = Object.keys(kernels(sizes))
  const command = (
    name: string,
    label: string,
    buffers: readonly BufferRef[],
    places: readonly PlaceRef[],
    grid: Command['grid'],
  ): Command => ({ kernel: names.indexOf(name), buffers, places, grid, label })
  const arena = (index: number): BufferRef => ({ kind: 'arena', arena: index })
  const place = (index: number, offset: number): PlaceRef => ({ kind: 'arena', arena: index, offset })
  const state = (index: number): BufferRef => ({ kind: 'state', state: index })
  const table: BufferRef = { kind: 'weights', buffer: 0, offset: 64, words: vocab * width }
  const small: BufferRef = { kind: 'weights', buffer: 0, offset: 0, words: width }
  const rowGrid = (words: number): Command['grid'] => [{ of: 'rows', times: words, tile: 32 }, 1, 1]
  const batchGrid = (words: number): Command['grid'] => [1, { of: 'batch', times: words, tile: 1 } satisfies GridTerm, 1]

  // `x` begins 3 words per row into its arena, so that a wrong base shows.
  const body = (x: number, y: number, xOffset: number): Command[] => [
    command('embed', 'embedding', [{ kind: 'input', name: 'tokens' }, table, arena(x)], [place(x, xOffset)], rowGrid(width)),
    command('fold', 'mix', [arena(x), small, state(0), arena(y)], [place(x, xOffset), place(y, 0)], batchGrid(width)),
    command('append', 'near', [arena(y), state(1)], [place(y, 0), { kind: 'capacity', state: 1 }], rowGrid(width)),
    command('append', 'all', [arena(y), state(2)], [place(y, 0), { kind: 'capacity', state: 2 }], rowGrid(width)),
    command(
      'attend',
      'attend',
      [arena(y), state(1), state(2)],
      [place(y, 0), place(y, width), { kind: 'capacity', state: 1 }, { kind: 'capacity', state: 2 }, { kind: 'number', value: window }],
      rowGrid(width),
    ),
  ]
  const head = (from: number, fromOffset: number, to: number): Command =>
    command('head', 'head', [arena(from), table, arena(to)], [place(from, fromOffset), place(to, 0)], rowGrid(vocab))

  return {
    format: 1,
    name: 'Toy',
    doc: 'For tests.',
    inputs: [{ name: 'tokens', doc: '', dtype: 'u32', batch: true, time: true, shape: [], below: vocab }],
    outputs: [
      {
        name: 'logits',
        doc: '',
        dtype: 'f32',
        batch: true,
        time: true,
        shape: [vocab],
        last: { arena: 3, offset: 0, stride: vocab + 2, column: 1, words: vocab },
        all: { arena: 4, offset: 0, stride: vocab + 2, column: 1, words: vocab },
      },
    ],
    horizon: { kind: 'causal' },
    weights: [
      {
        path: 'mix.decay',
        shape: [width],
        init: { fn: 'uniform', args: [0.5, 0.9] },
        parts: [{ buffer: 0, offset: 0, first: 0, rows: width }],
      },
      // In two slabs that follow each other.
      {
        path: 'table',
        shape: [vocab, width],
        init: { fn: 'normal', args: [1] },
        parts: [
          { buffer: 0, offset: 64, first: 0, rows: 20 },
          { buffer: 0, offset: 64 + 20 * width, first: 20, rows: vocab - 20 },
        ],
      },
    ],
    weightBuffers: [64 + vocab * width],
    states,
    arenas,
    kernels: [
      { name: 'embed', family: 'gather', access: ['read', 'read', 'read_write'], places: 1 },
      { name: 'fold', family: 'scan', access: ['read', 'read', 'read_write', 'read_write'], places: 2 },
      { name: 'append', family: 'attend', access: ['read', 'read_write'], places: 2 },
      { name: 'attend', family: 'attend', access: ['read_write', 'read', 'read'], places: 5 },
      { name: 'take', family: 'take', access: ['read', 'read_write'], places: 2 },
      { name: 'head', family: 'matmul', access: ['read', 'read', 'read_write'], places: 2 },
    ],
    programs: {
      prefill: body(0, 1, 3),
      take: [command('take', '', [arena(1), arena(2)], [place(1, width), place(2, 0)], batchGrid(width))],
      tail: [head(2, 0, 3)],
      step: [...body(5, 6, 0), head(6, width, 3)],
      forwardTail: [head(1, width, 4)],
    },
    sampling: { tokens: 'tokens', logits: 'logits', vocab },
    checkpoint: null,
    limits: { maxStorageBuffersPerShaderStage: 4 },
    parameters: width + vocab * width,
  }
}
