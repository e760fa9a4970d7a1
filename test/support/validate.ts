import type { Manifest } from '../../src/runtime/index.ts'
import { nullDevice } from './gpu.ts'

/** What Dawn says against the kernels of a package, on a device that executes nothing: `name: message`. */
export async function refusedByDawn({ kernels }: Manifest, text: (kernel: string) => string): Promise<string[]> {
  const device = await nullDevice()
  const problems: string[] = []
  for (const { name, access } of kernels) {
    device.pushErrorScope('validation')
    const buffers = [0, 1].map((binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' as const } }))
    const storage = access.map((one, i) => ({
      binding: i + 2,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: one === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
    }))
    const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries: [...buffers, ...storage] })] })
    device.createComputePipeline({ layout, compute: { module: device.createShaderModule({ code: text(name) }), entryPoint: 'main' } })
    const error = await device.popErrorScope()
    if (error) problems.push(`${name}: ${error.message}`)
  }
  return problems
}
