import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openPage } from '../support/browser.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

const html = `<!doctype html><meta charset="utf-8"><title>WebGPU</title><script type="module">
  window.double = async (values) => {
    const adapter = await navigator.gpu.requestAdapter()
    const device = await adapter.requestDevice()
    const size = values.length * 4
    const data = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC })
    const read = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    device.queue.writeBuffer(data, 0, Float32Array.from(values))
    const module = device.createShaderModule({ code: \`
      @group(0) @binding(0) var<storage, read_write> data: array<f32>;
      @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
        if (id.x < arrayLength(&data)) { data[id.x] = data[id.x] * 2.0; }
      }\` })
    const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } })
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: data } }] })
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(Math.ceil(values.length / 64))
    pass.end()
    encoder.copyBufferToBuffer(data, 0, read, 0, size)
    device.queue.submit([encoder.finish()])
    await read.mapAsync(GPUMapMode.READ)
    return [...new Float32Array(read.getMappedRange())]
  }
</script>`

declare global {
  interface Window {
    double(values: number[]): Promise<number[]>
  }
}

describe('headless Chromium', () => {
  it('runs a compute shader on WebGPU', async () => {
    await using opened = await openPage(here, html)
    const values = Array.from({ length: 100 }, (_, i) => i + 0.5)
    expect(await opened.page.evaluate((input) => window.double(input), values)).toEqual(values.map((x) => 2 * x))
    expect(opened.errors).toEqual([])
  })

  it('reads ranges of a file from the test server', async () => {
    await using opened = await openPage(here, html)
    const answer = await opened.page.evaluate(async () => {
      const whole = await (await fetch('/webgpu.test.ts')).text()
      const part = await fetch('/webgpu.test.ts', { headers: { range: 'bytes=3-9' } })
      return { whole: whole.slice(3, 10), part: await part.text(), status: part.status, range: part.headers.get('content-range') }
    })
    expect(answer.part).toBe(answer.whole)
    expect(answer.status).toBe(206)
    expect(answer.range).toMatch(/^bytes 3-9\/\d+$/)
    expect(opened.server.requests.some(({ range }) => range === 'bytes=3-9')).toBe(true)
  })

  it('collects the errors of a page', async () => {
    await using opened = await openPage(here, '<script>console.error("said"); throw new Error("thrown")</script>')
    expect(opened.errors.join('\n')).toContain('said')
    expect(opened.errors.join('\n')).toContain('thrown')
  })
})
