import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Judged } from '../support/agree.ts'
import { modelOf } from '../support/spec.ts'

const tolerance = 1e-5

/** A model of one attention whose body is given, beside what its arguments need. */
const around = (params: string, body: string, call: string, inputs = ''): string => `gdn 1
attention mixed(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]${params}) -> f32[V] {
  ${body}
}
model Mixed {
  dim B: batch
  dim T: time
  input x: f32[B, T, 10]
  ${inputs}
  output y: f32[B, T, 11]
  q = linear(x, [4, 6]) as q_proj
  k = linear(x, [2, 6]) as k_proj
  v = linear(x, [2, 5]) as v_proj
  y = linear(flatten(mixed(q, k, v${call})), 11) as o_proj
}`

const softmax = 'out softmax(dot(q, k) * rsqrt(D)) of v'
const segments = ', mine[i]: u32, other[j]: u32'

/** Segment numbers that rise now and then. */
const rising = (length: number): number[] => Array.from({ length }, (_, t) => Math.floor(t / 7))

const cases: readonly (readonly [string, string, Readonly<Record<string, (length: number) => number[]>>])[] = [
  [
    'segments by a number of each token',
    around(segments, `where j <= i and mine == other\n  ${softmax}`, ', s, s', 'input s: u32[B, T]'),
    { s: rising },
  ],
  [
    'segments in a window, with sigmoid weights and a slope',
    around(
      `${segments}, slope: f32`,
      'where mine == other and j <= i and i - j < 5\n  out sigmoid(dot(q, k) - slope * (i - j)) of v',
      ', s, s, iota(4)',
      'input s: u32[B, T]',
    ),
    { s: rising },
  ],
  [
    'more caches than one kernel of a step may bind',
    around(
      `${segments}, bonus[j]: f32`,
      'where j <= i and mine == other\n  out softmax(dot(q, k) + bonus) of v',
      ', s, s, z',
      'input s: u32[B, T]\n  input z: f32[B, T]',
    ),
    { s: rising },
  ],
  ['rows that see nothing', around('', `where j < i and i - j < 4\n  ${softmax}`, ''), {}],
  ['positions known when the spec is compiled', around('', `where j <= i and (j < 3 or i - j < 4)\n  ${softmax}`, ''), {}],
  ['ALiBi', around(', slope: f32', 'where j <= i\n  out softmax(dot(q, k) - slope * (i - j)) of v', ', exp2(-iota(4))'), {}],
]

describe.each(cases)('%s', (_, text, numbers) => {
  let judged: Judged
  beforeAll(async () => {
    judged = await Judged.open(modelOf(text))
  })
  afterAll(() => judged?.dispose())
  const draw = (lengths: readonly number[]) =>
    judged.draw(lengths, Object.fromEntries(Object.entries(numbers).map(([name, of]) => [name, lengths.map(of)])))

  it('forward agrees with the reference', async () => {
    expect(await judged.forwardError(draw([1, 70, 17]))).toBeLessThan(tolerance)
  })
  it('pieces and steps agree with the reference', async () => {
    expect(await judged.sessionError(draw([29]), [9, 13, 1, 1, 5])).toBeLessThan(tolerance)
  })
  it('verifies itself', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
})

describe('every token sees every other', () => {
  it('forward agrees with the reference', async () => {
    const judged = await Judged.open(modelOf(around('', softmax, '')))
    expect(await judged.forwardError(judged.draw([1, 70, 17]))).toBeLessThan(tolerance)
    expect(await judged.wrongKernels()).toEqual([])
    judged.dispose()
  })
})

describe.each([
  ['a number per sequence', around(', prefix: u32', `where j <= max(i, prefix - 1)\n  ${softmax}`, ', p', 'input p: u32[B]'), 'p'],
  ['a size', around(', prefix: size', `where j <= i or j < prefix\n  ${softmax}`, ', 11'), 11],
] as const)('a prefix that sees itself: %s', (_, text, upto) => {
  let judged: Judged
  beforeAll(async () => {
    const spec = modelOf(text)
    judged = await Judged.open({ ...spec, horizon: { kind: 'prefix', upto, because: 'the test says so', source: '' } })
  })
  afterAll(() => judged?.dispose())

  it('forward agrees with the reference', async () => {
    expect(await judged.forwardError(judged.draw([12, 70, 17, 14], { p: [[1], [33], [0], [4]] }))).toBeLessThan(tolerance)
  })
  it('pieces and steps agree with the reference', async () => {
    expect(await judged.sessionError(judged.draw([30], { p: [[11]] }), [12, 7, 1, 1, 3])).toBeLessThan(tolerance)
  })
  it('verifies itself', async () => {
    expect(await judged.wrongKernels()).toEqual([])
  })
})

/** Conditions on a pair; joined at random they often leave a row without any key. */
const condition = fc.oneof(
  fc.integer({ min: 1, max: 20 }).map((n) => `i - j < ${n}`),
  fc.integer({ min: 0, max: 20 }).map((n) => `j < ${n}`),
  fc.integer({ min: 0, max: 20 }).map((n) => `j >= ${n}`),
  fc.integer({ min: 0, max: 20 }).map((n) => `i != ${n}`),
  fc.integer({ min: 2, max: 5 }).map((n) => `j % ${n} == i % ${n}`),
  fc.constant('not (mine == other)'),
  fc.constant('mine == other'),
  fc.constant('mine > other'),
)

const mask = fc
  .tuple(condition, fc.constantFrom('and', 'or'), condition, fc.constantFrom('j <= i', 'j < i'))
  .map(([a, word, b, causal]) => `${causal} and (${a} ${word} ${b})`)

describe('any causal mask', () => {
  it('agrees with the reference, whole and in pieces', () =>
    fc.assert(
      fc.asyncProperty(mask, async (where) => {
        const text = around(segments, `where ${where}\n  ${softmax}`, ', s, s', 'input s: u32[B, T]')
        const judged = await Judged.open(modelOf(text))
        try {
          const draw = (lengths: readonly number[]) => judged.draw(lengths, { s: lengths.map(rising) })
          expect(await judged.forwardError(draw([1, 33, 17]))).toBeLessThan(tolerance)
          expect(await judged.sessionError(draw([22]), [9, 7, 1, 1, 4])).toBeLessThan(tolerance)
        } finally {
          judged.dispose()
        }
      }),
      { numRuns: 10, seed: 7 },
    ))
})
