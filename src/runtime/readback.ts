import type { Engine } from './engine.ts'
import { DisposedError } from './errors.ts'
import { MAP_READ, Usage } from './webgpu.ts'

/** A buffer through which the GPU's numbers come to the host, used again and again. */
export class Readback {
  readonly buffer: GPUBuffer
  readonly #engine: Engine
  #disposed = false

  /** Call it inside `guarded`. */
  constructor(engine: Engine, bytes: number) {
    this.#engine = engine
    this.buffer = engine.memory.create('readback', bytes, Usage.MAP_READ | Usage.COPY_DST)
  }

  /** A copy of the first `bytes`, as they are when everything submitted so far is done. @throws DeviceLostError, DisposedError */
  async read(bytes: number): Promise<ArrayBuffer> {
    if (this.#disposed) throw new DisposedError('buffer')
    const { open } = this.#engine
    await open.settle(this.buffer.mapAsync(MAP_READ, 0, bytes))
    const copy = this.buffer.getMappedRange(0, bytes).slice(0)
    this.buffer.unmap()
    return copy
  }

  dispose(): void {
    this.#disposed = true
    this.#engine.memory.destroy(this.buffer)
  }
}
