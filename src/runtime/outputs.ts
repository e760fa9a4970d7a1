import type { Engine } from './engine.ts'
import type { IoEntry } from './manifest.ts'
import { Readback } from './readback.ts'
import { product, type Tensor } from './tensor.ts'

/** What a model computes, by output. */
export type Outputs<O extends string = string> = { readonly [name in O]: Tensor }

/** Reads outputs that lie one after the other in a buffer of their own: `[count, ...shape]` each. */
export class OutputReader {
  readonly #readback: Readback
  readonly #parts: readonly { readonly entry: IoEntry; readonly offset: number; readonly count: number }[] = []

  /** Call it inside `guarded`. `count(entry)`: rows of that output. */
  constructor(engine: Engine, entries: readonly IoEntry[], count: (entry: IoEntry) => number) {
    let offset = 0
    this.#parts = entries.map((entry) => {
      const part = { entry, offset, count: count(entry) }
      offset += part.count * product(entry.shape) * 4
      return part
    })
    this.#readback = new Readback(engine, offset)
  }

  /** Encodes the copy of every output from a buffer of its own. */
  copy(encoder: GPUCommandEncoder, from: ReadonlyMap<string, GPUBuffer>): void {
    for (const { entry, offset, count } of this.#parts) {
      const buffer = from.get(entry.name)
      if (buffer !== undefined) encoder.copyBufferToBuffer(buffer, 0, this.#readback.buffer, offset, count * product(entry.shape) * 4)
    }
  }

  async read(shapeOf: (entry: IoEntry, count: number) => readonly number[]): Promise<Outputs> {
    const bytes = this.#parts.reduce((sum, { entry, count }) => sum + count * product(entry.shape) * 4, 0)
    const all = await this.#readback.read(bytes)
    const outputs = this.#parts.map(({ entry, offset, count }): [string, Tensor] => {
      const length = count * product(entry.shape)
      // A copy for each, so that keeping one output does not keep all.
      const own = all.slice(offset, offset + length * 4)
      return [entry.name, { shape: shapeOf(entry, count), data: entry.dtype === 'f32' ? new Float32Array(own) : new Uint32Array(own) }]
    })
    return Object.fromEntries(outputs)
  }

  dispose(): void {
    this.#readback.dispose()
  }
}
