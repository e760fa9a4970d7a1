import { describe, expect, it } from 'vitest'
import type { Recurrence } from '../../src/graph/graph.ts'
import { delta, gatedDelta, ssd } from '../graph/bodies.ts'
import { earlyDelta, retention } from './support/bodies.ts'
import { type Argument, actual, type Case, expected, type Pass, passes, worstError } from './support/cases.ts'
import { drawn } from './support/data.ts'
import { deltaArguments, type Gates, plans, someStates, ssdArguments } from './support/recurrences.ts'

const TOLERANCE = 1e-5
const LENGTHS = [1, 2, 15, 16, 17, 63, 64, 65, 129]

/** Three sequences: one of all tokens, an empty one, one that ends in the middle. */
function ragged(body: Recurrence, tokens: number, args: (extent: { batch: number; tokens: number }) => Argument[], heads: number): Case {
  const extent = { batch: 3, tokens }
  return { body, args: args(extent), ...extent, lengths: [tokens, 0, Math.ceil(tokens / 2)], initial: someStates(body, 3, heads, 99) }
}

async function agree(test: Case, sequence: readonly Pass[]): Promise<void> {
  expect(worstError(await actual(test, plans, sequence), expected(test))).toBeLessThan(TOLERANCE)
}

const heads = { keys: 2, values: 4 }
const gated = (tokens: number, gates?: Gates): Case =>
  ragged(gatedDelta(12, 20), tokens, (e) => deltaArguments(e, 12, 20, heads, tokens, gates), 4)
const linear = (tokens: number): Case => ragged(ssd(12, 20), tokens, (e) => ssdArguments(e, 12, 20, heads, tokens), 4)

describe('a delta recurrence, chunk by chunk', () => {
  it.each(LENGTHS)('in one pass of %i tokens', (tokens) => agree(gated(tokens), passes('chunk', tokens)))

  it.each([33, 65, 129])('in passes that carry the state, %i tokens', async (tokens) => {
    await agree(gated(tokens), passes('chunk', tokens, Math.ceil(tokens / 2)))
    await agree(gated(tokens), passes('chunk', tokens, 7))
  })

  it('after a pass and before steps', () => agree(gated(40), [...passes('chunk', 35), ...passes('columns', 5, 1)]))

  it('without a decay', () =>
    agree(
      ragged(delta(7, 5), 37, (e) => deltaArguments(e, 7, 5, { keys: 1, values: 3 }, 5, {}, false), 3),
      passes('chunk', 37, 30),
    ))

  it('with reads and writes before the decay, and an erase by another key', async () => {
    const args = (extent: { batch: number; tokens: number }): Argument[] => {
      const d = drawn(extent, 8)
      return [d.unit(2, 12), d.unit(2, 12), d.unit(2, 12), d.normal(4, 20), d.uniform(4, 1, 0, 1), d.uniform(4, 1, -3, 3)]
    }
    await agree(ragged(earlyDelta(12, 20), 37, args, 4), passes('chunk', 37, 20))
  })

  describe.each([{ sameKeys: false }, { sameKeys: true }])('%o', ({ sameKeys }) => {
    it.each([
      ['decay 0, beta 2', { decay: [0], beta: [2] }],
      ['decay -20, beta 1', { decay: [-20], beta: [1] }],
      ['decay 0 or -20, beta 0, 1 or 2', { decay: [0, -20], beta: [0, 1, 2] }],
      ['decay -1e-4, beta 0 or 2', { decay: [-1e-4], beta: [0, 2] }],
    ])('%s', (_, gates) => agree(gated(65, { ...gates, sameKeys }), passes('chunk', 65)))
  })
})

describe('a linear recurrence, chunk by chunk', () => {
  it.each(LENGTHS)('in one pass of %i tokens', (tokens) => agree(linear(tokens), passes('chunk', tokens)))

  it.each([33, 129])('in passes that carry the state, %i tokens', (tokens) =>
    agree(linear(tokens), passes('chunk', tokens, Math.ceil(tokens / 3))),
  )

  it('with a constant decay, odd sizes, one head', () =>
    agree(
      ragged(
        retention(7, 5, 0.97),
        50,
        (e) => {
          const d = drawn(e, 3)
          return [d.normal(null, 7), d.normal(null, 7), d.normal(1, 5)]
        },
        1,
      ),
      passes('chunk', 50),
    ))
})

describe('the largest published head, 192 x 384', () => {
  const K = 192
  const V = 384
  const one = { keys: 1, values: 1 }
  it('chunk by chunk and token by token', async () => {
    const test = ragged(gatedDelta(K, V), 21, (e) => deltaArguments(e, K, V, one, 1), 1)
    await agree(test, passes('chunk', 21))
    await agree(test, passes('columns', 21))
  })
})

describe('what a plan chooses', () => {
  it.each([1, 37])('prefill of %i tokens and then steps', (tokens) =>
    agree(gated(tokens + 3), [...passes('prefill', tokens), ...passes('step', 3, 1)]),
  )
})
