import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Outputs } from '../../src/runtime/index.ts'
import { goldenModelFolder, goldenRun } from '../support/golden.ts'
import { sharedTestDevice } from '../support/gpu.ts'
import { relativeRms } from '../support/numbers.ts'
import { exampleModel, planOf, run } from '../support/spec.ts'

// What the toy model shows of sessions, once more on kernels that the compiler made: a hybrid with every kind of state.
it('sessions of a compiled hybrid end where a straight run does', { timeout: 300_000 }, async () => {
  const model = await run(planOf(exampleModel('qwen3_5.gdn')), {
    device: await sharedTestDevice(),
    weights: readFileSync(`${goldenModelFolder('qwen3_5')}/model.safetensors`),
    chunk: 16,
    validate: true,
  })
  const { inputIds, vocab } = goldenRun('qwen3_5', 'long')
  let a = [...inputIds].slice(0, 37)
  let b = [...inputIds].reverse().slice(0, 5)
  const expectLast = async ({ logits }: Outputs, what: string, sequences = [a, b]): Promise<void> => {
    for (const [s, tokens] of sequences.entries()) {
      const straight = await model.forward(tokens)
      const own = logits!.data.subarray(s * vocab, (s + 1) * vocab)
      expect(relativeRms(own, straight['logits']!.data.slice(-vocab)), `${what}, sequence ${s}`).toBeLessThan(1e-5)
    }
  }

  const session = model.session({ batch: 2, rollback: 6 })
  await session.prefill([a, b])
  await expectLast(await session.outputs(), 'prompts of different lengths')
  for (let n = 0; n < 4; n++) {
    b = [...b, n]
    await expectLast(await session.step([null, n]), 'a step of one sequence')
  }
  await session.rollback([6, 3])
  a = a.slice(0, -6)
  b = b.slice(0, -3)
  await expectLast(await session.outputs(), 'rollback')

  for await (const [first, second] of session.generateBatch({ maxTokens: 9, temperature: 1, seed: 1 })) {
    a = [...a, first as number]
    b = [...b, second as number]
  }
  await expectLast(await session.outputs(), 'generation')
  const greedy = model.session({ batch: 2 })
  await greedy.prefill([a, b])
  const firsts = (await greedy.generateBatch({ maxTokens: 1 }).next()).value as readonly number[]
  greedy.dispose()
  // The first sequence stops at once, the second goes on beside it.
  for await (const [first, second] of session.generateBatch({ maxTokens: 5, stop: [firsts[0]!] })) {
    expect(first).toBeNull()
    if (second !== null) b = [...b, second!]
  }
  await expectLast(await session.outputs(), 'generation beside a sequence that has ended')

  await session.prefill([[1, 2, 3], []])
  a = [...a, 1, 2, 3]
  await expectLast(await session.outputs(), 'a prefill of one sequence')
  const fork = await session.fork()
  await expectLast(await fork.step([7, 8]), 'a fork', [
    [...a, 7],
    [...b, 8],
  ])
  await expectLast(await session.outputs(), 'the session that was forked')
  model.dispose()
  expect(model.memory).toEqual({ buffers: 0, bytes: 0 })
})
