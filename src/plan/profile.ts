/** What a plan may rely on. The portable baseline is WebGPU's default limits and no optional feature. */
export interface DeviceProfile {
  readonly name: string
  readonly features: readonly string[]
  readonly workgroupWords: number
  readonly invocations: number
  readonly storageBuffers: number
  /** Words of one binding and of one buffer. */
  readonly bindingWords: number
  readonly bufferWords: number
}

export const portable: DeviceProfile = {
  name: 'portable',
  features: [],
  workgroupWords: (16 * 1024) / 4,
  invocations: 256,
  storageBuffers: 8,
  bindingWords: (128 * 1024 * 1024) / 4,
  bufferWords: (256 * 1024 * 1024) / 4,
}
