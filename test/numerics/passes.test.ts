import { describe, expect, it } from 'vitest'
import type { Recurrence } from '../../src/graph/graph.ts'
import { product } from '../../src/util/numbers.ts'
import { delta, gatedDelta, ssd } from '../graph/bodies.ts'
import { deltaProduct, earlyDelta, rowDecay, slots } from './support/bodies.ts'
import { type Argument, actual, type Case, expected, type Pass, passes, worstError } from './support/cases.ts'
import { drawn } from './support/data.ts'
import { plans, someStates } from './support/recurrences.ts'

const TOLERANCE = 1e-5
const LENGTHS = [1, 2, 15, 16, 17, 63, 64, 65, 129]

/** What a parameter's name means: keys have unit length where a rule erases with them, decays are at most 0. */
function argumentsOf(body: Recurrence, batch: number, tokens: number, decays?: readonly number[]): Argument[] {
  const d = drawn({ batch, tokens }, 31)
  return body.params.map(({ name, shape }, index) => {
    const heads = [4, 2, 2][index % 3] as number
    const words = product(shape)
    if (/^[gw]$/.test(name)) return decays ? d.oneOf(4, words, decays) : d.uniform(4, words, -2, 0)
    if (name === 'dt') return d.uniform(4, words, 0, 1)
    if (name === 'a') return d.uniform(4, words, -1, 0)
    if (name === 'beta') return d.uniform(heads, words, 0, 2)
    if (/^[kqe]$/.test(name)) {
      const rows = d.unit(heads * (words / (shape.at(-1) ?? 1)), shape.at(-1) ?? 1)
      return { heads, data: rows.data }
    }
    return d.normal(heads, words)
  })
}

function ragged(body: Recurrence, tokens: number, decays?: readonly number[]): Case {
  const lengths = [tokens, 0, Math.ceil(tokens / 2)]
  return { body, args: argumentsOf(body, 3, tokens, decays), batch: 3, tokens, lengths, initial: someStates(body, 3, 4, 5) }
}

async function agree(test: Case, sequence: readonly Pass[]): Promise<void> {
  expect(worstError(await actual(test, plans, sequence), expected(test))).toBeLessThan(TOLERANCE)
}

const bodies: readonly (readonly [string, Recurrence])[] = [
  ['a delta rule', delta(12, 20)],
  ['a gated delta rule', gatedDelta(12, 20)],
  ['a linear recurrence', ssd(12, 20)],
  ['reads and writes before the decay', earlyDelta(12, 20)],
  ['three erases and writes per token', deltaProduct(3, 12, 20)],
  ['a decay by rows, an asymmetric erase before it', rowDecay(12, 20)],
  ['two states with a softmax between, one decaying by columns', slots(12, 7, 20)],
]

describe.each(bodies)('%s, state by state', (_, body) => {
  it.each(LENGTHS)('in one pass of %i tokens', (tokens) => agree(ragged(body, tokens), passes('passes', tokens)))
  it('in passes that carry the state', () => agree(ragged(body, 65), [...passes('passes', 40), ...passes('passes', 25, 7)]))
  it('before steps', () => agree(ragged(body, 40), [...passes('passes', 35), ...passes('step', 5, 1)]))
  it.each([[[0]], [[-20]], [[0, -20]], [[-1e-4]]])('with log decays of %j', (decays) =>
    agree(ragged(body, 65, decays), passes('passes', 65)),
  )
})

it('columns that several invocations share', async () => {
  const body = deltaProduct(2, 128, 40)
  await agree(ragged(body, 21), passes('passes', 21))
})

describe('tokens that are not run, and states that begin anew', () => {
  const masked = (body: Recurrence, tokens: number): Case => {
    const test = ragged(body, tokens)
    return { ...test, reset: Float32Array.from({ length: 3 * tokens }, (_, i) => (i % 7 === 3 || i % 11 === 0 ? 1 : 0)) }
  }
  /** What a state was is forgotten where the first token that is run is yet to come. */
  const spanned = ({ initial: _, ...test }: Case, from: number, until: number | null): Case => ({ ...test, span: [from, until] })
  it('a reset mask where a simpler form would do', () => agree(masked(gatedDelta(12, 20), 37), passes('passes', 37, 20)))
  describe.each(bodies)('%s', (_, body) => {
    it.each(['prefill', 'whole'])('a reset mask, by %s', (by) => agree(masked(body, 37), passes(by, 37, 20)))
    it.each(['prefill', 'whole'])('a span of positions, by %s', async (by) => {
      await agree(spanned(ragged(body, 37), 5, 30), passes(by, 37, 20))
      await agree(spanned(ragged(body, 37), 5, 30), passes(by, 37))
    })
    it.each<[string, (i: number) => boolean]>([
      ['the first token', (i) => i === 0],
      ['the last token of a chunk, and the first of the next', (i) => i === 15 || i === 32],
      ['two tokens of a chunk', (i) => i === 18 || i === 25],
      ['no token', () => false],
      ['every token', () => true],
    ])('reset before %s', (_, where) => {
      const reset = Float32Array.from({ length: 3 * 37 }, (__, i) => (where(i % 37) ? 1 : 0))
      return agree({ ...ragged(body, 37), reset }, passes('prefill', 37))
    })
    it.each([[[0]], [[-20]], [[0, -20]]])('a reset mask, with log decays of %j', (decays) =>
      agree({ ...masked(body, 65), args: argumentsOf(body, 3, 65, decays) }, passes('prefill', 65)),
    )
    it('numbers that are none do not get past a reset', async () => {
      const test = masked(body, 37)
      const broken = { ...test, args: test.args.map((arg) => ({ ...arg, data: Float32Array.from(arg.data) })) }
      const first = broken.args[0] as { data: Float32Array }
      first.data.fill(Number.NaN, 0, first.data.length / 3 / 37)
      const reset = Float32Array.from(test.reset ?? [], (x, i) => (i === 1 ? 1 : x))
      const found = await actual({ ...broken, reset }, plans, passes('prefill', 37))
      expect(found.outputs[0]?.slice(found.outputs[0].length / 37).some(Number.isNaN)).toBe(false)
    })
    it('both, to the end', () => agree(spanned(masked(body, 37), 9, null), [...passes('prefill', 30), ...passes('step', 7, 1)]))
  })
})
