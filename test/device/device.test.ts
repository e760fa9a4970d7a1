import { describe, expect, it } from 'vitest'
import { adapterName } from '../support/adapter.ts'
import { nullDevice, requestTestDevice, testAdapter } from '../support/gpu.ts'

const double = `
  @group(0) @binding(0) var<storage, read_write> data: array<f32>;
  @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < arrayLength(&data)) { data[id.x] = data[id.x] * 2.0; }
  }`

const halves = `
  enable f16;
  @group(0) @binding(0) var<storage, read_write> data: array<vec4<f16>>;
  @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { data[id.x] *= 2.0h; }`

describe('the device that tests run on', () => {
  it('runs a kernel', async () => {
    const device = await requestTestDevice()
    const input = Float32Array.from({ length: 100 }, (_, i) => i + 0.5)
    const data = device.createBuffer({
      size: input.byteLength,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    })
    const read = device.createBuffer({ size: input.byteLength, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    device.queue.writeBuffer(data, 0, input)
    const pipeline = await device.createComputePipelineAsync({
      layout: 'auto',
      compute: { module: device.createShaderModule({ code: double }) },
    })
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: data } }] })
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(2)
    pass.end()
    encoder.copyBufferToBuffer(data, 0, read, 0, input.byteLength)
    device.queue.submit([encoder.finish()])
    await read.mapAsync(GPUMapMode.READ)
    expect(new Float32Array(read.getMappedRange())).toEqual(input.map((x) => 2 * x))
    device.destroy()
  })

  it('has the limits of the portable baseline unless a test asks for more', async () => {
    const device = await requestTestDevice()
    expect(device.features.has('shader-f16')).toBe(false)
    expect(device.limits.maxComputeWorkgroupStorageSize).toBe(16_384)
    expect(device.limits.maxComputeInvocationsPerWorkgroup).toBe(256)
    expect(device.limits.maxStorageBuffersPerShaderStage).toBe(8)
    expect(device.limits.maxStorageBufferBindingSize).toBe(128 * 2 ** 20)
    device.destroy()
    const larger = await requestTestDevice({ limits: 'adapter' })
    expect(larger.limits.maxComputeWorkgroupStorageSize).toBeGreaterThan(16_384)
    larger.destroy()
  })

  it('says which feature the adapter lacks', async () => {
    await expect(requestTestDevice({ features: ['no-such-feature' as GPUFeatureName] })).rejects.toThrow('lacks no-such-feature')
  })

  it.skipIf(adapterName() !== 'swiftshader')('is the driver that was asked for', async () => {
    const adapter = await testAdapter()
    expect(adapter.info.description).toContain('SwiftShader')
    expect(adapter.features.has('shader-f16')).toBe(false)
  })

  it.skipIf(adapterName() !== 'lavapipe')('is lavapipe, with f16', async () => {
    const adapter = await testAdapter()
    expect(adapter.info.description).toContain('llvmpipe')
    expect(adapter.features.has('shader-f16')).toBe(true)
  })
})

describe('the null device', () => {
  it('compiles what no software driver runs', async () => {
    const device = await nullDevice()
    for (const code of [double, halves]) {
      const module = device.createShaderModule({ code })
      const { messages } = await module.getCompilationInfo()
      expect(messages.filter(({ type }) => type === 'error')).toEqual([])
      await device.createComputePipelineAsync({ layout: 'auto', compute: { module } })
    }
    device.destroy()
  })

  it('rejects a kernel that WGSL does not allow', async () => {
    const device = await nullDevice()
    device.pushErrorScope('validation')
    const module = device.createShaderModule({ code: halves.replace('2.0h', '2.0f') })
    const { messages } = await module.getCompilationInfo()
    expect(messages.map(({ type }) => type)).toContain('error')
    expect(await device.popErrorScope()).not.toBeNull()
    device.destroy()
  })

  it('can be held to the baseline', async () => {
    const device = await nullDevice({ features: [], limits: {} })
    expect(device.features.has('shader-f16')).toBe(false)
    expect(device.limits.maxComputeWorkgroupStorageSize).toBe(16_384)
    device.destroy()
  })
})
