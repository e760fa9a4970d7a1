import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeCompileHost } from '../../src/driver/index.ts'
import { importCheckpoint } from '../../src/import/index.ts'
import type { Model } from '../../src/runtime/index.ts'
import { goldenFamilies, goldenModelFolder, goldenRun } from '../support/golden.ts'
import { sharedTestDevice } from '../support/gpu.ts'
import { relativeRms } from '../support/numbers.ts'
import { readSafetensors } from '../support/safetensors.ts'
import { modelOf, planOf, run } from '../support/spec.ts'

/** The whole way: from a published folder to a spec, to kernels, to the published logits. */
describe.each(goldenFamilies)('the imported spec of %s', (family) => {
  const folder = goldenModelFolder(family)
  const config = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'))
  const { inputIds, logits: published, vocab, greedy } = goldenRun(family, 'short')
  const ids = [...inputIds]
  let model: Model
  beforeAll(async () => {
    const tensors = [...readSafetensors(`${folder}/model.safetensors`)].map(([name, { shape }]) => ({ name, shape }))
    const { spec } = importCheckpoint(nodeCompileHost(), config, tensors)
    model = await run(planOf(modelOf(spec!)), {
      device: await sharedTestDevice(),
      weights: readFileSync(`${folder}/model.safetensors`),
      config,
      chunk: 16,
    })
  })
  afterAll(() => model?.dispose())

  it('has the published logits', async () => {
    const { logits } = await model.forward(ids)
    expect(relativeRms(logits?.data ?? [], published)).toBeLessThan(1e-4)
  })

  it('has the same logits by prefill in pieces and steps, after a rollback, and from a snapshot', async () => {
    const session = model.session({ rollback: 4 })
    await session.prefill(ids.slice(0, 5))
    await session.prefill(ids.slice(5, 30))
    const saved = await session.snapshot()
    const steps = async (from: number): Promise<void> => {
      for (let t = from; t < ids.length; t++) {
        const { logits } = await session.step([ids[t] ?? 0])
        expect(relativeRms(logits?.data ?? [], published.slice(t * vocab, (t + 1) * vocab)), `token ${t}`).toBeLessThan(1e-4)
      }
    }
    await steps(30)
    await session.rollback(3)
    await steps(ids.length - 3)
    await session.restore(saved)
    await steps(30)
    session.dispose()
  })

  it('continues with the published tokens', async () => {
    const session = model.session()
    await session.prefill(ids)
    const found: number[] = []
    for await (const id of session.generate({ maxTokens: greedy.length })) found.push(id as number)
    expect(found).toEqual([...greedy])
    session.dispose()
  })
})
