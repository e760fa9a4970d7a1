import { KernelError } from './errors.ts'
import type { KernelEntry, Manifest } from './manifest.ts'
import { COMPUTE } from './webgpu.ts'

/** A kernel that the device has accepted. */
export interface Kernel {
  readonly entry: KernelEntry
  readonly pipeline: GPUComputePipeline
  readonly layout: GPUBindGroupLayout
}

/**
 * Compiles all kernels together. Layouts are explicit, and shared by kernels with the same bindings.
 *
 * @throws KernelError naming the first kernel that the device refuses, with the compiler's messages
 */
export async function compileKernels(
  device: GPUDevice,
  manifest: Manifest,
  sources: Readonly<Record<string, string>>,
  onCompiled: (compiled: number, total: number) => void,
): Promise<readonly Kernel[]> {
  const layouts = new Map<string, { readonly group: GPUBindGroupLayout; readonly pipeline: GPUPipelineLayout }>()
  const layoutOf = (entry: KernelEntry) => {
    const key = entry.access.join()
    let layout = layouts.get(key)
    if (layout === undefined) {
      const group = device.createBindGroupLayout({ entries: layoutEntries(entry) })
      layout = { group, pipeline: device.createPipelineLayout({ bindGroupLayouts: [group] }) }
      layouts.set(key, layout)
    }
    return layout
  }
  let compiled = 0
  const results = await Promise.allSettled(
    manifest.kernels.map(async (entry): Promise<Kernel> => {
      const source = sources[entry.name]
      if (source === undefined) throw new KernelError(entry.name, ['the package has no source of that name'])
      const layout = layoutOf(entry)
      const pipeline = await compile(device, entry.name, source, layout.pipeline)
      compiled++
      onCompiled(compiled, manifest.kernels.length)
      return { entry, pipeline, layout: layout.group }
    }),
  )
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

/** One compute pipeline. @throws KernelError */
export async function compile(device: GPUDevice, name: string, code: string, layout: GPUPipelineLayout): Promise<GPUComputePipeline> {
  device.pushErrorScope('validation')
  const module = device.createShaderModule({ label: name, code })
  const refused = device.popErrorScope()
  const pending = device.createComputePipelineAsync({ label: name, layout, compute: { module, entryPoint: 'main' } })
  pending.catch(() => {})
  const error = await refused
  if (error === null) {
    try {
      return await pending
    } catch (failure) {
      throw new KernelError(name, [failure instanceof Error ? failure.message : String(failure)])
    }
  }
  const { messages } = await module.getCompilationInfo()
  const found = messages.filter(({ type }) => type === 'error').map((m) => `${name}.wgsl:${m.lineNum}:${m.linePos} ${m.message}`)
  throw new KernelError(name, found.length > 0 ? found : [error.message])
}

function layoutEntries(entry: KernelEntry): GPUBindGroupLayoutEntry[] {
  const uniform = (binding: number): GPUBindGroupLayoutEntry => ({ binding, visibility: COMPUTE, buffer: { type: 'uniform' } })
  return [
    uniform(0),
    uniform(1),
    ...entry.access.map((access, i): GPUBindGroupLayoutEntry => {
      return { binding: i + 2, visibility: COMPUTE, buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' } }
    }),
  ]
}
