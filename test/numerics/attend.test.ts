import { describe, expect, it } from 'vitest'
import type { Attention } from '../../src/graph/graph.ts'
import { sigmoidAttention, softmaxAttention } from '../graph/bodies.ts'
import { bothSides } from './support/bodies.ts'
import { actual, attends, type Case, expected, type Pass, type Plan, passes, worstError } from './support/cases.ts'
import { drawn } from './support/data.ts'

const TOLERANCE = 1e-5
const LENGTHS = [1, 2, 15, 16, 17, 63, 64, 65, 129]

/** `apart`: keys and values are appended by a launch of their own. `whole`: by one workgroup, however many keys there may be. */
const plans: Record<string, Plan> = {
  prefill: attends('prefill', { appends: false, divides: false }),
  step: attends('step', { appends: true, divides: true }),
  apart: attends('step', { appends: false, divides: true }),
  whole: attends('step', { appends: true, divides: false }),
}

/** Three sequences, four query heads over two heads of keys; what has no side is a value per head. */
function ragged(body: Attention, tokens: number, slots: number, scale = 1): Case {
  const extent = { batch: 3, tokens }
  const d = drawn(extent, tokens)
  const args = body.params.map(({ side, shape }) => {
    const words = shape[0] ?? 1
    return side === null ? d.perHead(4, words, -1, 1) : d.normal(side === 'i' ? 4 : 2, words, scale)
  })
  return { body, args, ...extent, lengths: [tokens, 0, Math.ceil(tokens / 2)], slots }
}

async function agree(test: Case, sequence: readonly Pass[]): Promise<void> {
  expect(worstError(await actual(test, plans, sequence), expected(test))).toBeLessThan(TOLERANCE)
}

describe('attention over a window', () => {
  const window = 8
  const body = softmaxAttention(12, 20, { window })
  const slots = window + 129

  it.each(LENGTHS)('%i tokens in one pass', (tokens) => agree(ragged(body, tokens, slots), passes('prefill', tokens)))
  it('in passes of 16 through a ring of 24 slots', () => agree(ragged(body, 65, window + 16), passes('prefill', 65, 16)))
  it('step by step through a ring as long as the window', () => agree(ragged(body, 19, window), passes('step', 19, 1)))
  it('a pass, then steps', () => agree(ragged(body, 23, slots), [...passes('prefill', 17), ...passes('step', 6, 1)]))
  it('with scores of hundreds', () => agree(ragged(body, 33, slots, 40), passes('prefill', 33, 20)))
})

describe('attention over all tokens before', () => {
  it.each([17, 65])('%i tokens, then steps', (tokens) =>
    agree(ragged(softmaxAttention(7, 5), tokens + 4, 129), [...passes('prefill', tokens), ...passes('step', 4, 1)]),
  )
  it('more keys than a step visits at a time', () =>
    agree(ragged(softmaxAttention(7, 5), 129, 129), [...passes('prefill', 127), ...passes('step', 2, 1)]))
})

/** Caches of so many slots are read in five parts, and a window of that many tokens as well. */
const LONG = 600

describe.each(['step', 'apart', 'whole'])('keys of which there may be many, by %s', (step) => {
  const sequence = [...passes('prefill', 125), ...passes(step, 4, 1)]
  it.each<[string, Attention]>([
    ['all before', softmaxAttention(7, 5)],
    ['with a sink and a soft cap', softmaxAttention(12, 20, { sink: true, cap: 2 })],
    ['in a long window', softmaxAttention(12, 20, { window: LONG })],
    ['in a short window', softmaxAttention(12, 20, { window: 8 })],
    ['with sigmoid weights', sigmoidAttention(12, 20, LONG)],
  ])('%s', (_, body) => agree(ragged(body, 129, LONG), sequence))
  it('from the first token on', () => agree(ragged(softmaxAttention(7, 5), 3, LONG), passes(step, 3, 1)))
})

describe.each(['step', 'apart'])('what a body may add, by %s', (step) => {
  const sequence = [...passes('prefill', 21, 14), ...passes(step, 4, 1)]
  it.each<[string, Attention]>([
    ['a sink', softmaxAttention(12, 20, { window: 8, sink: true })],
    ['a soft cap', softmaxAttention(12, 20, { window: 8, cap: 2 })],
    ['sigmoid weights with a slope', sigmoidAttention(12, 20, 8)],
  ])('%s', (_, body) => agree(ragged(body, 25, 40), sequence))
})

describe('attention that sees later keys', () => {
  it.each([1, 40])('all of %i', (tokens) => agree(ragged(softmaxAttention(12, 20, { whole: true }), tokens, 1), passes('prefill', tokens)))
  it('those that are near', () => agree(ragged(bothSides(12, 20, 5), 40, 1), passes('prefill', 40)))
})

describe('wide heads', () => {
  it.each([
    [128, 128],
    [256, 96],
  ])('%i words of a query, %i of a value', (D, V) =>
    agree(ragged(softmaxAttention(D, V, { window: 11 }), 24, 40), [...passes('prefill', 20), ...passes('step', 4, 1)]),
  )
})
