import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Model } from '../../src/runtime/index.ts'
import { type GoldenFamily, goldenModelFolder, goldenRun } from '../support/golden.ts'
import { sharedTestDevice } from '../support/gpu.ts'
import { relativeRms } from '../support/numbers.ts'
import { exampleModel, planOf, run } from '../support/spec.ts'

const families: readonly [GoldenFamily, string][] = [
  ['qwen3_5', 'qwen3_5.gdn'],
  ['mamba2', 'mamba2.gdn'],
  ['mistral', 'mistral.gdn'],
  ['olmo_hybrid_rope', 'olmo_hybrid.gdn'],
]

describe.each(families)('the published implementation of %s', (family, file) => {
  let model: Model
  beforeAll(async () => {
    const folder = goldenModelFolder(family)
    model = await run(planOf(exampleModel(file)), {
      device: await sharedTestDevice(),
      weights: readFileSync(`${folder}/model.safetensors`),
      config: JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')),
      chunk: 64,
    })
  })
  afterAll(() => model?.dispose())

  describe.each(['short', 'long'] as const)('on the %s prompt', (prompt) => {
    const golden = goldenRun(family, prompt)
    const ids = [...golden.inputIds]
    const rows = (values: ArrayLike<number>, from: number, to: number) => Array.from(values).slice(from * golden.vocab, to * golden.vocab)

    it('has the same logits', async () => {
      const { logits } = await model.forward(ids)
      expect(relativeRms(logits?.data ?? [], golden.logits)).toBeLessThan(1e-4)
    })

    it('continues with the same tokens', async () => {
      const session = model.session()
      await session.prefill(ids)
      const found: number[] = []
      for await (const id of session.generate({ maxTokens: golden.greedy.length })) found.push(id as number)
      expect(found).toEqual([...golden.greedy])
      session.dispose()
    })

    it('has the same logits by prefill in pieces and steps', async () => {
      const session = model.session()
      await session.prefill(ids.slice(0, 5))
      await session.prefill(ids.slice(5, ids.length - 12))
      let worst = 0
      for (let t = ids.length - 12; t < ids.length; t++) {
        const { logits } = await session.step([ids[t] ?? 0])
        worst = Math.max(worst, relativeRms(logits?.data ?? [], rows(golden.logits, t, t + 1)))
      }
      expect(worst).toBeLessThan(1e-4)
      session.dispose()
    })
  })
})
