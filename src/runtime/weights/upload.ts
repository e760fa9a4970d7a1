import type { Engine } from '../engine.ts'
import { WeightValueError } from '../errors.ts'
import type { WeightEntry } from '../manifest.ts'
import { product } from '../tensor.ts'

/** Bytes handed to the queue before the host waits for it: what is in flight lies in memory twice. */
const IN_FLIGHT = 64 << 20

/** Puts numbers where kernels look for them. */
export class Uploader {
  readonly #device: GPUDevice
  readonly #buffers: readonly GPUBuffer[]
  #inFlight = 0

  constructor(device: GPUDevice, buffers: Engine['weights']) {
    this.#device = device
    this.#buffers = buffers
  }

  /** Elements `[from, from + data.length)` of a weight. @throws WeightValueError if one is not finite */
  async write(weight: WeightEntry, from: number, data: Float32Array<ArrayBuffer>): Promise<void> {
    const bad = data.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0) throw new WeightValueError(weight.path, from + bad, data[bad] ?? Number.NaN)
    const row = product(weight.shape.slice(1))
    for (const part of weight.parts) {
      const begin = part.first * row
      const first = Math.max(from, begin)
      const end = Math.min(from + data.length, begin + part.rows * row)
      const buffer = this.#buffers[part.buffer]
      if (end <= first || buffer === undefined) continue
      this.#device.queue.writeBuffer(buffer, (part.offset + first - begin) * 4, data, first - from, end - first)
    }
    this.#inFlight += data.byteLength
    if (this.#inFlight >= IN_FLIGHT) await this.flush()
  }

  async flush(): Promise<void> {
    this.#inFlight = 0
    this.#device.queue.submit([])
    await this.#device.queue.onSubmittedWorkDone()
  }
}
