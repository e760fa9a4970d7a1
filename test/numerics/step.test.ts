import { describe, expect, it } from 'vitest'
import type { Recurrence } from '../../src/graph/graph.ts'
import { product } from '../../src/util/numbers.ts'
import { gatedDelta, selectiveScan, ssd } from '../graph/bodies.ts'
import { deltaProduct, gatedUnit, normalised, rowDecay, slots, squashed, startsFrom } from './support/bodies.ts'
import { type Argument, actual, type Case, expected, type Pass, passes, worstError } from './support/cases.ts'
import { drawn } from './support/data.ts'
import { deltaArguments, plans, someStates, ssdArguments } from './support/recurrences.ts'

const TOLERANCE = 1e-5

/** Arguments by what their names mean: gates at most 0, steps at least 0, the rest normal; heads 4, 2 and shared in turn. */
function anyArguments(body: Recurrence, extent: { batch: number; tokens: number }): Argument[] {
  const d = drawn(extent, 17)
  return body.params.map(({ name, shape }, index) => {
    const heads = [4, 2, null][index % 3] as number | null
    const words = product(shape)
    if (/^(g|w|A)$/.test(name)) return d.uniform(heads, words, -2, 0)
    if (/^(dt|beta|a)$/.test(name)) return d.uniform(heads, words, 0, 1)
    if (name === 'W') return d.perHead(heads, words, -0.5, 0.5)
    return d.normal(heads, words, 0.7)
  })
}

function ragged(body: Recurrence, tokens = 9): Case {
  const extent = { batch: 2, tokens }
  return { body, args: anyArguments(body, extent), ...extent, lengths: [tokens, Math.ceil(tokens / 2)], initial: someStates(body, 2, 4, 7) }
}

async function agree(test: Case, sequence: readonly Pass[]): Promise<void> {
  expect(worstError(await actual(test, plans, sequence), expected(test))).toBeLessThan(TOLERANCE)
}

describe('token by token, columns over workgroups', () => {
  const heads = { keys: 2, values: 4 }
  const batch = 3
  const gated = (tokens: number): Case => ({
    body: gatedDelta(12, 20),
    args: deltaArguments({ batch, tokens }, 12, 20, heads, tokens),
    batch,
    tokens,
    lengths: [tokens, 0, Math.ceil(tokens / 2)],
    initial: someStates(gatedDelta(12, 20), batch, 4, 3),
  })

  it.each([1, 2, 17, 65])('%i tokens in one launch', (tokens) => agree(gated(tokens), passes('columns', tokens)))
  it('one token per launch', () => agree(gated(9), passes('columns', 9, 1)))

  it('several invocations to a column', () =>
    agree(
      { body: ssd(128, 40), args: ssdArguments({ batch, tokens: 5 }, 128, 40, heads, 2), batch, tokens: 5, lengths: [5, 3, 0] },
      passes('columns', 5, 2),
    ))

  it.each([
    ['several erases per token', deltaProduct(2, 6, 7)],
    ['a decay per row and a normalised key', rowDecay(6, 7)],
  ])('%s', (_, body) => agree(ragged(body), passes('columns', 9, 4)))

  it('a matrix and a vector that exchange columns, a function of every element', () =>
    agree(ragged(squashed(6, 7)), passes('columns', 9, 4)))
})

describe('a state that the spec gives a start', () => {
  it.each(['columns', 'whole', 'chunk'])('%s', (by) => {
    const extent = { batch: 2, tokens: 9 }
    const d = drawn(extent, 21)
    const args = [d.normal(2, 6), d.normal(2, 6), d.normal(4, 7), d.uniform(4, 1, -2, 0), d.perHead(4, 6, -1, 1), d.perHead(null, 7, -1, 1)]
    return agree({ body: startsFrom(6, 7), args, ...extent, lengths: [9, 5] }, passes(by, 9, 4))
  })
})

describe('token by token, any body', () => {
  it.each([
    ['a matrix with a vector beside it', normalised(6, 7)],
    ['two states with a softmax between', slots(6, 5, 7)],
    ['a dense recurrent matrix, an output of the state before and after', gatedUnit(6)],
    ['a state without columns', selectiveScan(5)],
    ['a state that exceeds workgroup memory', squashed(40, 130)],
  ])('%s', (_, body) => agree(ragged(body), passes('whole', 9, 4)))

  it.each([
    ['a gated delta rule', gatedDelta(6, 7)],
    ['a decay per row', rowDecay(6, 7)],
  ])('agrees with the other kernel on %s', async (_, body) => {
    const test = ragged(body)
    const [whole, columns] = [await actual(test, plans, passes('whole', 9)), await actual(test, plans, passes('columns', 9))]
    expect(worstError(whole, columns)).toBeLessThan(1e-6)
  })
})
