import type { Engine } from './engine.ts'
import { ContextError, DisposedError, SnapshotError } from './errors.ts'
import type { Manifest } from './manifest.ts'
import { Readback } from './readback.ts'
import type { Sequences } from './sequences.ts'
import { decodeSnapshot, encodeSnapshot, type SnapshotHeader } from './snapshot-bytes.ts'
import { ringRuns, type Section, sections, totalWords } from './snapshot-layout.ts'
import { Usage } from './webgpu.ts'

/** Bytes of a block of a snapshot, and of a read of it. */
const BLOCK = 64 << 20

/**
 * A session as it was: fold states, the rows of caches that are still read, positions, and the last outputs. It lives on the GPU until
 * `dispose()`, or as bytes when it came from `fromBytes`.
 */
export class Snapshot {
  readonly #header: SnapshotHeader
  readonly #engine: Engine | undefined
  readonly #blocks: readonly GPUBuffer[]
  readonly #bytes: Uint8Array<ArrayBuffer> | undefined
  #disposed = false

  private constructor(
    header: SnapshotHeader,
    held: { readonly engine: Engine; readonly blocks: readonly GPUBuffer[] } | { readonly bytes: Uint8Array<ArrayBuffer> },
  ) {
    this.#header = header
    this.#engine = 'engine' in held ? held.engine : undefined
    this.#blocks = 'engine' in held ? held.blocks : []
    this.#bytes = 'bytes' in held ? held.bytes : undefined
  }

  /** A snapshot from what `toBytes` gave, in this process or another. @throws SnapshotError if the bytes are not such */
  static fromBytes(bytes: ArrayBuffer | Uint8Array): Snapshot {
    const { header, payload } = decodeSnapshot(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes))
    return new Snapshot(header, { bytes: payload })
  }

  /** Tokens that each sequence held. */
  get positions(): readonly number[] {
    return this.#header.positions
  }

  /** Everything, to be stored or sent. @throws DisposedError, DeviceLostError */
  async toBytes(): Promise<Uint8Array<ArrayBuffer>> {
    this.#assertUsable()
    if (this.#bytes !== undefined) return encodeSnapshot(this.#header, this.#bytes)
    const engine = this.#engine as Engine
    const payload = new Uint8Array(this.#header.words * 4)
    const { value: readback, checked } = engine.allocate(
      'reading a snapshot',
      () => new Readback(engine, Math.min(BLOCK, Math.max(4, payload.byteLength))),
    )
    try {
      await engine.open.settle(checked)
      let filled = 0
      for (const block of this.#blocks) {
        const bytes = Math.min(block.size, payload.byteLength - filled)
        for (let from = 0; from < bytes; from += BLOCK) {
          const count = Math.min(BLOCK, bytes - from)
          const encoder = engine.device.createCommandEncoder({ label: 'reading a snapshot' })
          encoder.copyBufferToBuffer(block, from, readback.buffer, 0, count)
          engine.device.queue.submit([encoder.finish()])
          payload.set(new Uint8Array(await readback.read(count)), filled + from)
        }
        filled += bytes
      }
    } finally {
      readback.dispose()
    }
    return encodeSnapshot(this.#header, payload)
  }

  /** Frees its GPU memory. Calling it twice does nothing. */
  dispose(): void {
    this.#disposed = true
    for (const block of this.#blocks) this.#engine?.memory.destroy(block)
  }

  /** @internal */
  static async take(engine: Engine, sequences: Sequences): Promise<Snapshot> {
    const { positions, history } = sequences
    const layout = sections(engine.manifest, positions)
    const words = totalWords(layout)
    const { value: blocks, checked } = engine.allocate('a snapshot', () => blocksFor(engine, words))
    try {
      await sequences.executor.workspace.lock(async () => {
        await engine.open.settle(checked)
        sequences.executor.assertUsable()
        const encoder = engine.device.createCommandEncoder({ label: 'snapshot' })
        copySections(encoder, sequences, layout, blocks, 'out')
        engine.device.queue.submit([encoder.finish()])
      })
    } catch (error) {
      for (const block of blocks) engine.memory.destroy(block)
      throw error
    }
    const ids = positions.map((_, b) => [...history.ids(b)])
    return new Snapshot({ ...identity(engine.manifest), positions: [...positions], ids, words }, { engine, blocks })
  }

  /** @internal @throws SnapshotError, ContextError, DisposedError */
  assertFits(engine: Engine, sequences: Sequences): void {
    this.#assertUsable()
    const { positions } = this.#header
    const own = identity(engine.manifest)
    const differing = (Object.keys(own) as (keyof typeof own)[]).filter(
      (key) => JSON.stringify(own[key]) !== JSON.stringify(this.#header[key]),
    )
    if (differing.length > 0)
      throw new SnapshotError(
        `the snapshot is of another model: its ${differing.join(' and ')} differ (${this.#header.model}, expected ${own.model})`,
      )
    if (positions.length !== sequences.batch)
      throw new SnapshotError(`the snapshot holds ${positions.length} sequences, expected ${sequences.batch} as in the session`)
    if (this.#header.words !== totalWords(sections(engine.manifest, positions)))
      throw new SnapshotError('the snapshot has the wrong length')
    if (this.#engine !== undefined && this.#engine !== engine)
      throw new SnapshotError(
        'the snapshot lives on the device of another model object: carry it over with toBytes() and Snapshot.fromBytes()',
      )
    for (const [b, position] of positions.entries()) {
      if (position > sequences.maxTokens) throw new ContextError(b, 0, position, sequences.maxTokens)
    }
  }

  /** @internal */
  async restore(engine: Engine, sequences: Sequences): Promise<void> {
    const { positions, ids, words } = this.#header
    const layout = sections(engine.manifest, positions)
    const temporary: GPUBuffer[] = []
    const verdicts: Promise<void>[] = []
    if (this.#bytes !== undefined) {
      const { value, checked } = engine.allocate('restoring a snapshot', () => blocksFor(engine, words))
      temporary.push(...value)
      verdicts.push(checked)
      let filled = 0
      for (const block of value) {
        const count = Math.min(block.size, this.#bytes.byteLength - filled)
        if (count > 0) engine.device.queue.writeBuffer(block, 0, this.#bytes, filled, count)
        filled += count
      }
    }
    try {
      await sequences.executor.workspace.lock(async () => {
        await engine.open.settle(Promise.all(verdicts))
        sequences.executor.assertUsable()
        // Nothing of what the session held survives, so growth need not move it.
        const grown = sequences.executor.reserve(
          Math.max(...positions),
          positions.map(() => 0),
        )
        const encoder = engine.device.createCommandEncoder({ label: 'restore' })
        copySections(encoder, sequences, layout, temporary.length > 0 ? temporary : this.#blocks, 'in')
        sequences.rebase(encoder, positions, ids)
        engine.device.queue.submit([encoder.finish()])
        await engine.open.settle(grown)
      })
    } finally {
      for (const block of temporary) engine.memory.destroy(block)
    }
  }

  #assertUsable(): void {
    if (this.#disposed) throw new DisposedError('snapshot')
    this.#engine?.assertUsable()
  }
}

/** What two models must share for a snapshot to pass between them. */
function identity(manifest: Manifest): Pick<SnapshotHeader, 'model' | 'states' | 'outputs'> {
  return {
    model: manifest.name,
    states: manifest.states.map((entry) => [entry.kind, entry.path, entry.words, entry.kind === 'cache' ? entry.window : null] as const),
    outputs: manifest.outputs.map(({ name, dtype, shape }) => [name, dtype, [...shape]] as const),
  }
}

function blockBytes(engine: Engine): number {
  return Math.min(BLOCK, engine.device.limits.maxBufferSize)
}

function blocksFor(engine: Engine, words: number): readonly GPUBuffer[] {
  const blocks: GPUBuffer[] = []
  for (let left = words * 4; left > 0; left -= blockBytes(engine)) {
    blocks.push(engine.memory.create('snapshot', Math.min(left, blockBytes(engine)), Usage.COPY_SRC | Usage.COPY_DST))
  }
  return blocks
}

/** Copies every section between the session's buffers and the blocks, splitting where a block ends. */
function copySections(
  encoder: GPUCommandEncoder,
  sequences: Sequences,
  layout: readonly Section[],
  blocks: readonly GPUBuffer[],
  direction: 'in' | 'out',
): void {
  const size = blocks[0]?.size ?? 0
  for (const section of layout) {
    for (const { buffer, offset, at, bytes } of piecesOf(section, sequences)) {
      for (let done = 0; done < bytes; ) {
        const position = at + done
        const block = blocks[Math.floor(position / size)]
        if (block === undefined) break
        const inBlock = position % size
        const count = Math.min(bytes - done, size - inBlock)
        if (direction === 'out') encoder.copyBufferToBuffer(buffer, offset + done, block, inBlock, count)
        else encoder.copyBufferToBuffer(block, inBlock, buffer, offset + done, count)
        done += count
      }
    }
  }
}

interface Piece {
  readonly buffer: GPUBuffer
  /** Bytes from the buffer's beginning, and from the snapshot's. */
  readonly offset: number
  readonly at: number
  readonly bytes: number
}

/** Where a section lies in the session's buffers: a ring's rows may wrap. */
function piecesOf(section: Section, { executor }: Sequences): readonly Piece[] {
  const { sequence, words } = section
  const whole = (buffer: GPUBuffer | undefined): readonly Piece[] => {
    return buffer === undefined ? [] : [{ buffer, offset: sequence * words * 4, at: section.at * 4, bytes: words * 4 }]
  }
  if ('name' in section) return whole((section.kind === 'output' ? executor.last : executor.inputs).get(section.name))
  const buffer = executor.states.buffer(section.state)
  if (section.kind === 'fold') return whole(buffer)
  const capacity = executor.states.capacity(section.state)
  const row = section.rows === 0 ? 0 : (words / section.rows) * 4
  return ringRuns(section.first, section.rows, capacity).map((run) => ({
    buffer,
    offset: (sequence * capacity + run.slot) * row,
    at: section.at * 4 + run.row * row,
    bytes: run.rows * row,
  }))
}
