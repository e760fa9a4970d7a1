/**
 * WebGPU's types as far as a package's declarations name them. They merge with those of `lib.dom` and of `@webgpu/types` where a project
 * has either, and let it type-check where it has neither.
 */
export const gpuDeclarations = `/** Merged with the real ones where a project has them (\`lib.dom\`, \`@webgpu/types\`). */
interface GPU {}
interface GPUAdapter {}
interface GPUBuffer {}
interface GPUBindGroup {}
interface GPUBindGroupLayout {}
interface GPUCommandEncoder {}
interface GPUComputePassEncoder {}
interface GPUComputePipeline {}
interface GPUDevice {}
interface GPUPipelineLayout {}
interface GPUQueue {}
interface GPUSupportedLimits {
  readonly maxBufferSize: number
  readonly maxStorageBufferBindingSize: number
}
`
