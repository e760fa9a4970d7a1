import { create, globals } from 'webgpu'
import { adapterName } from './adapter.ts'

/** What a test asks of its device beyond the portable baseline; nothing by default, so that a kernel that needs more fails. */
export interface TestDeviceOptions {
  readonly features?: readonly GPUFeatureName[]
  /** Exact limits, or `'adapter'` for all that the adapter offers. */
  readonly limits?: Readonly<Record<string, number>> | 'adapter'
  readonly label?: string
}

// Dawn needs its own classes as globals (GPUBufferUsage and the like), as a browser has them.
Object.assign(globalThis, globals)

// Both stay referenced for the life of the process: Dawn aborts at exit when an instance was collected before its devices.
let instance: GPU | undefined
let nullInstance: GPU | undefined

/** Dawn in this process, on the adapter of `GDNC_ADAPTER`. `GDNC_DAWN` adds flags, for example `enable-dawn-features=allow_unsafe_apis`. */
export function testGpu(): GPU {
  instance ??= create(['backend=vulkan', ...dawnFlags()])
  return instance
}

/**
 * A fresh WebGPU device on the software (or chosen) adapter. An error that no error scope catches fails the test run.
 *
 * @throws if there is no adapter, or if it lacks a feature or limit asked for: what was found and what was expected.
 */
export async function requestTestDevice(options: TestDeviceOptions = {}): Promise<GPUDevice> {
  return openDevice(await testAdapter(), options)
}

/** The adapter that `requestTestDevice` opens; for tests that depend on what it offers (`adapter.features`). */
export async function testAdapter(): Promise<GPUAdapter> {
  const adapter = await testGpu().requestAdapter()
  if (adapter === null) {
    throw new Error(
      `no WebGPU adapter for GDNC_ADAPTER=${adapterName()}: VK_ICD_FILENAMES=${process.env['VK_ICD_FILENAMES'] ?? '(unset)'}, LD_LIBRARY_PATH=${process.env['LD_LIBRARY_PATH'] ?? '(unset)'}. Start the process through scripts/with-gpu.ts.`,
    )
  }
  return adapter
}

let shared: Promise<GPUDevice> | undefined

/** One baseline device for all tests of the process. Do not destroy it. */
export function sharedTestDevice(): Promise<GPUDevice> {
  shared ??= requestTestDevice({ label: 'shared by all tests' })
  return shared
}

/**
 * A device that executes nothing and has every feature and limit: it compiles and validates any WGSL, f16, subgroups and
 * subgroup matrices included.
 */
export async function nullDevice(options: TestDeviceOptions = {}): Promise<GPUDevice> {
  nullInstance ??= create(['backend=null', 'enable-dawn-features=allow_unsafe_apis'])
  const adapter = await nullInstance.requestAdapter()
  if (adapter === null) throw new Error("Dawn's null backend gave no adapter")
  const features = options.features ?? ([...adapter.features] as GPUFeatureName[])
  return openDevice(adapter, { label: 'null', limits: 'adapter', ...options, features })
}

function dawnFlags(): string[] {
  return (process.env['GDNC_DAWN'] ?? '').split(/\s+/).filter((flag) => flag !== '')
}

async function openDevice(adapter: GPUAdapter, options: TestDeviceOptions): Promise<GPUDevice> {
  const missing = (options.features ?? []).filter((feature) => !adapter.features.has(feature))
  if (missing.length > 0) throw new Error(`the adapter '${describe(adapter)}' lacks ${missing.join(', ')}`)
  const device = await adapter.requestDevice({
    label: options.label ?? 'test',
    requiredFeatures: [...(options.features ?? [])],
    requiredLimits: options.limits === 'adapter' ? offeredLimits(adapter) : { ...options.limits },
  })
  device.addEventListener('uncapturederror', (event) => {
    const { error } = event as GPUUncapturedErrorEvent
    // Thrown outside any test, so that the run fails even if the test that caused it has passed meanwhile.
    queueMicrotask(() => {
      throw new Error(`uncaptured WebGPU error: ${error.message}`)
    })
  })
  return device
}

/** What the adapter calls itself, for messages and reports. */
export function describe(adapter: GPUAdapter): string {
  const { vendor, architecture, device, description } = adapter.info
  return description || [vendor, architecture, device].filter(Boolean).join(' ') || 'unnamed'
}

function offeredLimits(adapter: GPUAdapter): Record<string, number> {
  const offered: Record<string, number> = {}
  // The limits are getters on the prototype: `Object.keys` sees none of them.
  for (const name in adapter.limits) {
    const value = adapter.limits[name as keyof GPUSupportedLimits] as unknown
    if (typeof value === 'number') offered[name] = value
  }
  return offered
}
