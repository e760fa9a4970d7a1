import { DeviceLostError, LimitError, type LimitShortfall, WebGpuUnavailableError } from './errors.ts'

export interface DeviceOptions {
  /** Where adapters come from: `navigator.gpu` by default; in Node `create([])` of the npm package `webgpu`. */
  readonly gpu?: GPU | undefined
  /** An adapter already chosen. */
  readonly adapter?: GPUAdapter | undefined
  /** A device already open. It stays open when the model is disposed. */
  readonly device?: GPUDevice | undefined
}

export interface OpenDevice {
  readonly device: GPUDevice
  /** Whether it was requested here, and so is destroyed with the model. */
  readonly own: boolean
  /** Resolves when the device is lost, and never if it is closed by the model. */
  readonly lost: Promise<DeviceLostError>
  /** @throws DeviceLostError if the device is lost */
  assertPresent(): void
  /** Waits for `work`; if it fails because the device went away, says so. */
  settle<T>(work: Promise<T>): Promise<T>
  close(): void
}

// Dawn for Node aborts at exit when its instance was collected before its devices.
const instances = new Set<GPU>()

/** Worth having beyond what kernels need: they bound the context and the rows of a pass. */
const roomy = ['maxBufferSize', 'maxStorageBufferBindingSize']

/**
 * A device with at least the given limits.
 *
 * @throws WebGpuUnavailableError, LimitError
 */
export async function openDevice(limits: Readonly<Record<string, number>>, options: DeviceOptions): Promise<OpenDevice> {
  if (options.device !== undefined) {
    checkLimits('device', options.device.limits, limits)
    return track(options.device, false)
  }
  const adapter = options.adapter ?? (await findAdapter(options.gpu))
  checkLimits('adapter', adapter.limits, limits)
  const requiredLimits: Record<string, number> = { ...limits }
  for (const name of roomy) requiredLimits[name] = Math.max(limits[name] ?? 0, limitOf(adapter.limits, name) ?? 0)
  return track(await adapter.requestDevice({ requiredLimits }), true)
}

async function findAdapter(asked: GPU | undefined): Promise<GPUAdapter> {
  const gpu = asked ?? (globalThis.navigator as Navigator | undefined)?.gpu
  if (gpu === undefined) throw new WebGpuUnavailableError('no `gpu` was given, and `navigator.gpu` does not exist')
  instances.add(gpu)
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) throw new WebGpuUnavailableError('WebGPU is there, but found no adapter')
  return adapter
}

function limitOf(limits: GPUSupportedLimits, name: string): number | undefined {
  const value: unknown = limits[name as keyof GPUSupportedLimits]
  return typeof value === 'number' ? value : undefined
}

function checkLimits(subject: 'adapter' | 'device', have: GPUSupportedLimits, need: Readonly<Record<string, number>>): void {
  const shortfalls: LimitShortfall[] = []
  for (const [limit, wanted] of Object.entries(need)) {
    const found = limitOf(have, limit) ?? 0
    const enough = limit.startsWith('min') ? found <= wanted : found >= wanted
    if (!enough) shortfalls.push({ limit, have: found, need: wanted })
  }
  if (shortfalls.length > 0) throw new LimitError(subject, shortfalls)
}

function track(device: GPUDevice, own: boolean): OpenDevice {
  let loss: DeviceLostError | undefined
  let closed = false
  const lost = new Promise<DeviceLostError>((resolve) => {
    device.lost.then(({ reason, message }) => {
      if (closed) return
      loss = new DeviceLostError(reason, message)
      resolve(loss)
    })
  })
  const assertPresent = (): void => {
    if (loss !== undefined) throw loss
  }
  return {
    device,
    own,
    lost,
    assertPresent,
    async settle(work) {
      try {
        const value = await work
        assertPresent()
        return value
      } catch (error) {
        // What failed because of the loss may fail before `device.lost` is told of it; a round trip later both are known.
        await device.queue.onSubmittedWorkDone().catch(() => {})
        assertPresent()
        throw error
      }
    },
    close() {
      closed = true
      if (own) device.destroy()
    },
  }
}
