import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compile } from '../../src/driver/compile.ts'
import { nodeCompileHost } from '../../src/driver/node-host.ts'
import { writePackage } from '../../src/emit/host-write.ts'
import { openPage } from '../support/browser.ts'
import { type GoldenFamily, goldenModelFolder, goldenRun } from '../support/golden.ts'
import { relativeRms } from '../support/numbers.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Published families by the spec and the class that read their checkpoints. `package.test.ts` has Qwen3.5 in more depth. */
const families: readonly { readonly family: GoldenFamily; readonly spec: string; readonly model: string }[] = [
  { family: 'mamba2', spec: 'mamba2', model: 'Mamba2' },
  { family: 'mistral', spec: 'mistral', model: 'Mistral' },
  { family: 'olmo_hybrid_rope', spec: 'olmo_hybrid', model: 'OlmoHybrid' },
]

interface Answers {
  readonly last: readonly number[]
  readonly continuation: readonly number[]
  readonly stepped: readonly number[]
}

declare global {
  interface Window {
    answer(model: string, prompt: readonly number[], count: number): Promise<Answers>
  }
}

const html = `<!doctype html>
<title>Generated packages</title>
<script type="module">
  window.answer = async (name, prompt, count) => {
    const { [name]: Model } = await import('/package-' + name + '/index.js')
    const model = await Model.create({ weights: '/weights-' + name + '/' })
    const { logits } = await model.forward(prompt)
    const session = model.session()
    await session.prefill(prompt.slice(0, 21))
    await session.prefill(prompt.slice(21, -1))
    const { logits: stepped } = await session.step(prompt.at(-1))
    const continuation = []
    for await (const id of session.generate({ maxTokens: count })) continuation.push(id)
    const answers = { last: [...logits.data.subarray(-logits.shape.at(-1))], stepped: [...stepped.data], continuation }
    session.dispose()
    model.dispose()
    return answers
  }
  document.title = 'ready'
</script>`

describe('published families in a page', () => {
  let folder = ''
  let opened: Awaited<ReturnType<typeof openPage>>

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gdnc-golden-'))
    const mounts: Record<string, string> = {}
    for (const { family, spec, model } of families) {
      const { package: made, diagnostics } = compile(nodeCompileHost(root), `examples/${spec}.gdn`)
      if (made === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
      writePackage(join(folder, model), made.files)
      mounts[`/package-${model}/`] = join(folder, model)
      mounts[`/weights-${model}/`] = goldenModelFolder(family)
    }
    opened = await openPage(mounts, html)
    await opened.page.waitForFunction(() => document.title === 'ready')
  })
  afterAll(async () => {
    await opened?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(families)('$family: logits, pieces and the continuation are the published ones', async ({ family, model }) => {
    const { inputIds, logits, vocab, greedy } = goldenRun(family, 'short')
    const { last, stepped, continuation } = await opened.page.evaluate(([name, prompt, count]) => window.answer(name, prompt, count), [
      model,
      [...inputIds],
      greedy.length,
    ] as const)
    expect(relativeRms(last, logits.subarray(-vocab))).toBeLessThan(1e-4)
    expect(relativeRms(stepped, logits.subarray(-vocab))).toBeLessThan(1e-4)
    expect(continuation).toEqual([...greedy])
  })
})
