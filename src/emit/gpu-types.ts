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

/** Aliases cannot be merged, so declarations say what they stand for. */
const aliases: Readonly<Record<string, string>> = {
  GPUBufferBindingType: "('uniform' | 'storage' | 'read-only-storage')",
  GPUBufferUsageFlags: 'number',
  GPUMapModeFlags: 'number',
  GPUShaderStageFlags: 'number',
  GPUSize64: 'number',
}

/** A declaration without names of WebGPU's types that `gpuDeclarations` could not declare. */
export const spellOutAliases = (declaration: string): string => declaration.replace(/\bGPU\w+/g, (name) => aliases[name] ?? name)
