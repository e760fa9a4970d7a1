import { compile } from './kernels.ts'
import { COMPUTE } from './webgpu.ts'

/** A kernel of the runtime itself: the same for every model, its sizes in a uniform. */
export interface StaticKernel {
  readonly pipeline: GPUComputePipeline
  readonly layout: GPUBindGroupLayout
}

/** @throws KernelError */
export async function compileStatic(
  device: GPUDevice,
  name: string,
  code: string,
  bindings: readonly GPUBufferBindingType[],
): Promise<StaticKernel> {
  const layout = device.createBindGroupLayout({
    entries: bindings.map((type, binding) => ({ binding, visibility: COMPUTE, buffer: { type } })),
  })
  const pipeline = await compile(device, name, code, device.createPipelineLayout({ bindGroupLayouts: [layout] }))
  return { pipeline, layout }
}
