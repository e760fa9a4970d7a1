import { KernelError, MemoryError } from './errors.ts'

/** Makes the buffers of one model and knows which are alive. */
export class Memory {
  readonly #device: GPUDevice
  readonly #live = new Set<GPUBuffer>()
  #bytes = 0

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /** Buffers alive. */
  get buffers(): number {
    return this.#live.size
  }

  /** Their size together. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * A zeroed buffer of at least `bytes`. Call it inside `guarded`, which reports what the device refuses.
   *
   * @throws MemoryError if the device's limits exclude it
   */
  create(label: string, bytes: number, usage: number): GPUBuffer {
    const size = Math.max(16, Math.ceil(bytes / 4) * 4)
    const limit = this.#device.limits.maxBufferSize
    if (size > limit) throw new MemoryError(label, size, `the device's maxBufferSize is ${limit}`)
    const buffer = this.#device.createBuffer({ label, size, usage })
    this.#live.add(buffer)
    this.#bytes += size
    return buffer
  }

  /** Runs `work`; if it throws, the buffers that it made are destroyed. */
  attempt<T>(work: () => T): T {
    const before = new Set(this.#live)
    try {
      return work()
    } catch (error) {
      for (const buffer of this.#live) if (!before.has(buffer)) this.destroy(buffer)
      throw error
    }
  }

  destroy(buffer: GPUBuffer): void {
    if (!this.#live.delete(buffer)) return
    this.#bytes -= buffer.size
    buffer.destroy()
  }

  destroyAll(): void {
    for (const buffer of this.#live) this.destroy(buffer)
  }
}

/**
 * Runs `work`, which must be synchronous, and gives its result together with the device's verdict on it: a promise that rejects with
 * a MemoryError or a KernelError. It never rejects unhandled; whoever awaits it sees the error.
 */
export function guarded<T>(device: GPUDevice, what: string, work: () => T): { readonly value: T; readonly checked: Promise<void> } {
  device.pushErrorScope('validation')
  device.pushErrorScope('out-of-memory')
  let value: T
  let memory: Promise<GPUError | null>
  let validation: Promise<GPUError | null>
  try {
    value = work()
  } finally {
    memory = device.popErrorScope()
    validation = device.popErrorScope()
    memory.catch(() => {})
    validation.catch(() => {})
  }
  const checked = (async () => {
    const [noMemory, invalid] = await Promise.all([memory, validation])
    if (noMemory !== null) throw new MemoryError(what, 0, noMemory.message)
    if (invalid !== null) throw new KernelError(what, [invalid.message])
  })()
  checked.catch(() => {})
  return { value, checked }
}
