import type { Engine } from '../engine.ts'
import { WeightValueError } from '../errors.ts'
import type { WeightEntry } from '../manifest.ts'
import { product } from '../tensor.ts'

/** Bytes handed to the queue before the host waits for it: what is in flight lies in memory twice. */
const IN_FLIGHT = 64 << 20

/** Where weights go. */
export interface WeightSink {
  /** Elements `[from, from + data.length)` of a weight. @throws WeightValueError if one is not finite */
  write(weight: WeightEntry, from: number, data: Float32Array<ArrayBuffer>): Promise<void>
  /** Resolves when everything has arrived. */
  flush(): Promise<void>
}

/** Puts numbers where kernels look for them. */
export class Uploader implements WeightSink {
  readonly #device: GPUDevice
  readonly #buffers: readonly GPUBuffer[]
  #inFlight = 0

  constructor(device: GPUDevice, buffers: Engine['weights']) {
    this.#device = device
    this.#buffers = buffers
  }

  async write(weight: WeightEntry, from: number, data: Float32Array<ArrayBuffer>): Promise<void> {
    assertFinite(weight, from, data)
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

/** @throws WeightValueError */
export function assertFinite(weight: WeightEntry, from: number, data: Float32Array): void {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0
    // NaN and the infinities, and nothing else, give NaN here; many times faster than a call per element.
    if (value - value !== 0) throw new WeightValueError(weight.path, from + i, value)
  }
}
