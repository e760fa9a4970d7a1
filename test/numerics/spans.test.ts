import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Judged } from '../support/agree.ts'
import { modelOf } from '../support/spec.ts'

/** What looks back inside a span sees no token before it. */
const spec = `gdn 1
model Spans {
  dim B: batch
  dim T: time
  input x: f32[B, T, 6]
  output y: f32[B, T, 6]
  h = linear(x, 6) as inward
  a = total(conv1d(span(h, .. 7), 3) as early, g: -0.1)
  b = shift(span(h, 7 ..), 2) + (conv1d(span(h, 7 ..), 4) as late) / (1 + position)
  y = join(a, total(b, g: -0.2))
}
recurrence total(x: f32[N], g: f32 in .. 0) -> f32[N] {
  state s: f32[N]
  s = exp(g) * s + x
  out s
}`

describe('spans', () => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(modelOf(spec))
  })
  afterAll(() => judged?.dispose())

  it('forward agrees with the reference', async () => {
    expect(await judged.forwardError(judged.draw([1, 6, 7, 8, 40]))).toBeLessThan(1e-5)
  })
  it.each([[[21]], [[9, 7, 1, 1, 3]], [[1, 1, 1, 1, 1, 1, 1, 1, 1, 12]], [[7, 14]]])(
    'pieces %j agree with the reference',
    async (pieces) => {
      expect(await judged.sessionError(judged.draw([21]), pieces)).toBeLessThan(1e-5)
    },
  )
})
