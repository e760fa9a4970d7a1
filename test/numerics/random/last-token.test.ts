import { expect, it } from 'vitest'
import { relativeRms } from '../../support/numbers.ts'
import { Instance } from './instance.ts'

const vocab = 23

const spec = (items: string) => `gdn 1
model Last {
  dim B: batch
  dim T: time
  input tokens: u32[B, T]
  output logits: f32[B, T, ${vocab}]
  shared embed = embedding(${vocab}, 24)
  x = embed(tokens)
  m = linear(gated_deltanet(rms_norm(x) as norm, 2, key: 5, value: 7), 24) as mix
${items}
}
`

/** What no state depends on is computed for the last token alone, which must find its own embedding and position. */
it.each([
  ['the embedding', '  logits = linear(x + m, 23) as head'],
  ['its position', '  logits = linear(m * exp(-0.01 * position), 23) as head'],
  ['a projection of another embedding', '  logits = (linear(m, 23) as head) + (linear(embedding(tokens, 23, 9) as own, 23) as skip)'],
  ['both after a norm', '  logits = linear(layer_norm(x * sin(position)) + silu(m) | rms_norm() as last, 23) as head'],
])('the last token has %s', async (_what, items) => {
  const instance = await Instance.open(spec(items), 64)
  const tokens = [3, 7, 1, 22, 0, 5, 9]
  const want = instance.reference(tokens)
  const row = (t: number) => want.subarray(t * vocab, (t + 1) * vocab)
  const { logits } = await instance.model.forward(tokens)
  expect(relativeRms(logits?.data ?? [], want)).toBeLessThan(1e-5)
  const session = instance.model.session()
  await session.prefill(tokens.slice(0, 2))
  expect(relativeRms((await session.outputs()).logits?.data ?? [], row(1))).toBeLessThan(1e-5)
  await session.prefill(tokens.slice(2, 6))
  expect(relativeRms((await session.outputs()).logits?.data ?? [], row(5))).toBeLessThan(1e-5)
  expect(relativeRms((await session.step([tokens[6] ?? 0])).logits?.data ?? [], row(6))).toBeLessThan(1e-5)
  instance.model.dispose()
})
