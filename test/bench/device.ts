import { requestTestDevice, testAdapter } from '../support/gpu.ts'

/** The device that our side measures on: every limit of the adapter, and timestamps where it has them. */
export async function benchDevice(): Promise<GPUDevice> {
  const adapter = await testAdapter()
  const features: GPUFeatureName[] = adapter.features.has('timestamp-query') ? ['timestamp-query'] : []
  return requestTestDevice({ label: 'bench', features, limits: 'adapter' })
}

/** Times one compute pass by the GPU's own clock, if the device has one. */
export class PassClock {
  readonly #device: GPUDevice
  readonly #queries: GPUQuerySet | undefined
  readonly #resolved: GPUBuffer | undefined
  readonly #read: GPUBuffer | undefined

  constructor(device: GPUDevice) {
    this.#device = device
    if (!device.features.has('timestamp-query')) return
    this.#queries = device.createQuerySet({ type: 'timestamp', count: 2 })
    this.#resolved = device.createBuffer({ size: 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC })
    this.#read = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ })
  }

  /** Encodes, submits and waits; seconds of the wall clock, from the first call of `encode`, and of the GPU. */
  async time(encode: (pass: GPUComputePassEncoder) => void): Promise<[wall: number, ...gpu: number[]]> {
    const device = this.#device
    const start = performance.now()
    const encoder = device.createCommandEncoder()
    const writes = this.#queries && { querySet: this.#queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 }
    const pass = encoder.beginComputePass(writes === undefined ? {} : { timestampWrites: writes })
    encode(pass)
    pass.end()
    device.queue.submit([encoder.finish()])
    await device.queue.onSubmittedWorkDone()
    const wall = (performance.now() - start) / 1000
    return this.#queries === undefined ? [wall] : [wall, await this.#elapsed()]
  }

  async #elapsed(): Promise<number> {
    const [queries, resolved, read] = [this.#queries!, this.#resolved!, this.#read!]
    const encoder = this.#device.createCommandEncoder()
    encoder.resolveQuerySet(queries, 0, 2, resolved, 0)
    encoder.copyBufferToBuffer(resolved, read)
    this.#device.queue.submit([encoder.finish()])
    await read.mapAsync(GPUMapMode.READ)
    const [from, to] = new BigUint64Array(read.getMappedRange().slice(0))
    read.unmap()
    return Number(to! - from!) / 1e9
  }
}
