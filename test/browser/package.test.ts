import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compile } from '../../src/driver/compile.ts'
import { nodeCompileHost } from '../../src/driver/node-host.ts'
import { writePackage } from '../../src/emit/host-write.ts'
import { openPage } from '../support/browser.ts'
import { goldenModelFolder, goldenRun } from '../support/golden.ts'
import { relativeRms } from '../support/numbers.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the page offers to the test. */
declare global {
  interface Window {
    load(weights: string | { seed: number }): Promise<{ parameters: number; progress: string[] }>
    stream(prompt: readonly number[], count: number): Promise<void>
    forward(ids: readonly number[]): Promise<{ shape: number[]; last: number[] }>
    verify(): Promise<{ ok: boolean; kernels: number }>
    fail(weights: string): Promise<string>
  }
}

const html = `<!doctype html>
<title>A generated package</title>
<output></output>
<script type="module">
  import { Qwen3_5, GdncError } from '/package/index.js'
  let model
  window.load = async (weights) => {
    const progress = []
    model = await Qwen3_5.create({ weights, onProgress: ({ phase, loaded, total }) => progress.push(phase + ' ' + loaded + ' ' + total) })
    return { parameters: model.parameters, progress }
  }
  window.stream = async (prompt, count) => {
    const session = model.session()
    await session.prefill(prompt)
    const output = document.querySelector('output')
    output.textContent = ''
    for await (const id of session.generate({ maxTokens: count })) output.append(id + ' ')
    session.dispose()
  }
  window.forward = async (ids) => {
    const { logits } = await model.forward(ids)
    return { shape: [...logits.shape], last: [...logits.data.subarray(-logits.shape.at(-1))] }
  }
  window.verify = async () => {
    const { ok, kernels } = await model.verify()
    return { ok, kernels: kernels.length }
  }
  window.fail = async (weights) => {
    try {
      await Qwen3_5.create({ weights })
      return 'created'
    } catch (error) {
      return (error instanceof GdncError) + ' ' + error.code
    }
  }
  document.title = 'ready'
</script>`

describe('a generated package in a page', () => {
  let folder = ''
  let opened: Awaited<ReturnType<typeof openPage>>

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gdnc-page-'))
    const { package: made, diagnostics } = compile(nodeCompileHost(root), 'examples/qwen3_5.gdn')
    if (made === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
    writePackage(join(folder, 'package'), made.files)
    opened = await openPage({ '/package/': join(folder, 'package'), '/weights/': goldenModelFolder('qwen3_5') }, html)
    await opened.page.waitForFunction(() => document.title === 'ready')
  })
  afterAll(async () => {
    await opened?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('loads a published checkpoint by ranges, with progress', async () => {
    const { parameters, progress } = await opened.page.evaluate(() => window.load('/weights/'))
    expect(parameters).toBe(112_688)
    expect(progress.some((line) => line.startsWith('kernels '))).toBe(true)
    const bytes = progress.filter((line) => line.startsWith('weights ')).map((line) => line.split(' ').map(Number))
    expect(bytes.at(-1)?.[1]).toBe(bytes.at(-1)?.[2])
    expect(opened.server.requests.some(({ path, range }) => path === '/weights/model.safetensors' && range !== undefined)).toBe(true)
  })

  it('streams the published continuation', async () => {
    const { inputIds, greedy } = goldenRun('qwen3_5', 'short')
    await opened.page.evaluate(([prompt, count]) => window.stream(prompt, count), [[...inputIds], greedy.length] as const)
    const text = (await opened.page.textContent('output')) ?? ''
    expect(text.trim().split(' ').map(Number)).toEqual([...greedy])
  })

  it('gives logits for every token', async () => {
    const { inputIds, logits, vocab } = goldenRun('qwen3_5', 'short')
    const { shape, last } = await opened.page.evaluate((ids) => window.forward(ids), [...inputIds])
    expect(shape).toEqual([1, inputIds.length, vocab])
    expect(relativeRms(last, logits.subarray(-vocab))).toBeLessThan(1e-4)
  })

  it('verifies itself', async () => {
    const report = await opened.page.evaluate(() => window.verify())
    expect(report.ok).toBe(true)
    expect(report.kernels).toBeGreaterThan(5)
  })

  it('asks for nothing that is not there, but for an index of shards', () => {
    expect(opened.errors.filter((error) => !error.includes('404'))).toEqual([])
    expect(opened.server.requests.flatMap(({ path, status }) => (status === 404 ? [path] : []))).toEqual([
      '/weights/model.safetensors.index.json',
    ])
  })

  it('fails with a typed error where there are no weights', async () => {
    expect(await opened.page.evaluate(() => window.fail('/weights/none.safetensors'))).toMatch(/^true checkpoint-/)
  })
})
