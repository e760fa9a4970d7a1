import type { Engine } from '../engine.ts'
import { WeightOverflowError, WeightValueError } from '../errors.ts'
import type { WeightEntry } from '../manifest.ts'
import { product } from '../tensor.ts'
import { fromHalves, largestHalf, toHalves } from './halves.ts'

/** Bytes handed to the queue before the host waits for it: what is in flight lies in memory twice. */
const IN_FLIGHT = 64 << 20

/** Where weights go. */
export interface WeightSink {
  /**
   * Elements `[from, from + data.length)` of a weight, both even where the weight is packed.
   *
   * @throws WeightValueError if one is not finite, WeightOverflowError if one is too large for the weight's format
   */
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
    const numbers = asStored(weight, from, data)
    const row = product(weight.shape.slice(1))
    for (const part of weight.parts) {
      const begin = part.first * row
      const first = Math.max(from, begin)
      const end = Math.min(from + data.length, begin + part.rows * row)
      const buffer = this.#buffers[part.buffer]
      if (end <= first || buffer === undefined) continue
      const offset = part.offset * 4 + (first - begin) * numbers.BYTES_PER_ELEMENT
      this.#device.queue.writeBuffer(buffer, offset, numbers, first - from, end - first)
    }
    this.#inFlight += numbers.byteLength
    if (this.#inFlight >= IN_FLIGHT) await this.flush()
  }

  async flush(): Promise<void> {
    this.#inFlight = 0
    this.#device.queue.submit([])
    await this.#device.queue.onSubmittedWorkDone()
  }
}

/** The numbers as the weight's words hold them. @throws WeightOverflowError */
function asStored(
  { path, format, packed }: WeightEntry,
  from: number,
  data: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  if (format === undefined) return data
  const halves = toHalves(format, data, (index) => {
    throw new WeightOverflowError(path, from + index, data[index] ?? 0, format, largestHalf[format])
  })
  return packed === true ? halves : fromHalves(format, halves)
}

/** @throws WeightValueError */
export function assertFinite(weight: WeightEntry, from: number, data: Float32Array): void {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0
    // NaN and the infinities, and nothing else, give NaN here; many times faster than a call per element.
    if (value - value !== 0) throw new WeightValueError(weight.path, from + i, value)
  }
}
