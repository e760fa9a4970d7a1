import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BodyBuilder } from '../../src/graph/body-builder.ts'
import type { Attention } from '../../src/graph/graph.ts'
import { maskForm, pairsSeen, seenAhead } from '../../src/graph/mask.ts'
import { pointwiseFunction } from '../../src/graph/pointwise.ts'
import { softmaxAttention } from './bodies.ts'

/** An attention that sees what `mask` says. */
function masked(mask: (b: BodyBuilder, i: number, j: number, n: number) => number): Attention {
  const b = new BodyBuilder('attention', 'test')
  const q = b.param({ name: 'q', shape: [2], side: 'i' })
  const k = b.param({ name: 'k', shape: [2], side: 'j' })
  const prefix = b.param({ name: 'prefix', shape: [], dtype: 'u32' })
  return b.attention({
    mask: mask(b, b.add('position_i'), b.add('position_j'), prefix),
    score: b.add('dot', [q, k]),
    weighting: 'softmax',
    sink: null,
    value: k,
  })
}

const whole = (b: BodyBuilder, value: number): number => b.constant(value, 'u32')

describe('maskForm', () => {
  it('reads the usual masks', () => {
    expect(maskForm(softmaxAttention(4, 4))).toEqual({ window: null, causal: true, exact: true, reach: 0 })
    expect(maskForm(softmaxAttention(4, 4, { window: 8 }))).toEqual({ window: 8, causal: true, exact: true, reach: 0 })
    expect(maskForm(softmaxAttention(4, 4, { whole: true }))).toEqual({ window: null, causal: false, exact: true, reach: null })
  })

  it('reads the same bound in other words', () => {
    const causal = { causal: true, reach: 0, exact: true, window: null }
    expect(maskForm(masked((b, i, j) => b.pointwise('ge', i, j)))).toEqual(causal)
    expect(maskForm(masked((b, i, j) => b.pointwise('ge', b.pointwise('sub', i, j), whole(b, 0))))).toEqual(causal)
    expect(maskForm(masked((b, i, j) => b.pointwise('lt', j, b.pointwise('add', i, whole(b, 1)))))).toEqual(causal)
    expect(maskForm(masked((b, i, j) => b.pointwise('le', b.pointwise('to_f32', j), b.pointwise('to_f32', i))))).toEqual(causal)
    expect(maskForm(masked((b, i, j) => b.pointwise('gt', j, b.pointwise('sub', i, whole(b, 5))))).window).toBe(5)
    expect(maskForm(masked((b, i, j) => b.pointwise('le', b.pointwise('sub', i, j), whole(b, 5)))).window).toBe(6)
    expect(
      maskForm(masked((b, i, j) => b.pointwise('lt', b.pointwise('mul', whole(b, 2), b.pointwise('sub', i, j)), whole(b, 5)))).window,
    ).toBe(3)
  })

  it('claims nothing of what it cannot read', () => {
    const prefix = masked((b, i, j, n) => b.pointwise('le', j, b.pointwise('max', i, n)))
    expect(maskForm(prefix)).toEqual({ window: null, causal: false, exact: false, reach: null })
    const sinks = masked((b, i, j) =>
      b.pointwise('or', b.pointwise('lt', b.pointwise('sub', i, j), whole(b, 4)), b.pointwise('lt', j, whole(b, 2))),
    )
    expect(maskForm(sinks).window).toBeNull()
  })
})

describe('seenAhead', () => {
  const ahead = (mask: (b: BodyBuilder, i: number, j: number, n: number) => number) => seenAhead(masked(mask))
  const real = (b: BodyBuilder, id: number): number => b.pointwise('to_f32', id)

  it('finds no later key in causal masks', () => {
    expect(seenAhead(softmaxAttention(4, 4))).toEqual({ kind: 'none' })
    expect(seenAhead(softmaxAttention(4, 4, { window: 3 }))).toEqual({ kind: 'none' })
    expect(ahead((b, i, j) => b.pointwise('gt', i, j))).toEqual({ kind: 'none' })
    expect(ahead((b, i, j) => b.pointwise('and', b.pointwise('ne', i, j), b.pointwise('le', j, i)))).toEqual({ kind: 'none' })
  })

  it('finds the prefix that tokens see of each other', () => {
    const before = { kind: 'before', param: 2, offset: 0 }
    expect(ahead((b, i, j, n) => b.pointwise('or', b.pointwise('le', j, i), b.pointwise('lt', j, n)))).toEqual(before)
    expect(ahead((b, i, j, n) => b.pointwise('or', b.pointwise('gt', n, j), b.pointwise('ge', i, j)))).toEqual(before)
    expect(ahead((b, i, j, n) => b.pointwise('le', j, b.pointwise('max', i, b.pointwise('sub', n, whole(b, 1)))))).toEqual(before)
    expect(
      ahead((b, i, j, n) =>
        b.pointwise('le', real(b, j), b.pointwise('max', real(b, i), b.pointwise('sub', real(b, n), b.constant(1, 'f32')))),
      ),
    ).toEqual(before)
    expect(ahead((b, i, j, n) => b.pointwise('le', j, b.pointwise('max', i, n)))).toEqual({ ...before, offset: 1 })
    expect(ahead((b, i, j) => b.pointwise('le', j, b.pointwise('max', i, whole(b, 7))))).toEqual({ kind: 'before', param: null, offset: 8 })
  })

  it('takes any key for seen where it cannot tell', () => {
    expect(seenAhead(softmaxAttention(4, 4, { whole: true }))).toEqual({ kind: 'any' })
    expect(ahead((b, i, j) => b.pointwise('lt', b.pointwise('sub', i, j), whole(b, 4)))).toEqual({ kind: 'any' })
    expect(ahead((b, i, j) => b.pointwise('le', j, b.pointwise('add', i, whole(b, 1))))).toEqual({ kind: 'any' })
    expect(
      ahead((b, i, j, n) =>
        b.pointwise('or', b.pointwise('lt', j, n), b.pointwise('or', b.pointwise('lt', j, whole(b, 3)), b.pointwise('le', j, i))),
      ),
    ).toEqual({ kind: 'any' })
  })
})

describe('pairsSeen', () => {
  it('counts the keys of the last token', () => {
    expect(pairsSeen(softmaxAttention(4, 4), 100)).toBe(100)
    expect(pairsSeen(softmaxAttention(4, 4, { window: 8 }), 100)).toBe(8)
    expect(pairsSeen(softmaxAttention(4, 4, { window: 8 }), 5)).toBe(5)
    expect(pairsSeen(softmaxAttention(4, 4, { whole: true }), 7)).toBe(7)
    expect(pairsSeen(softmaxAttention(4, 4), 0)).toBe(0)
    // A window and the first two tokens: by trying.
    const sinks = masked((b, i, j) =>
      b.pointwise(
        'and',
        b.pointwise('le', j, i),
        b.pointwise('or', b.pointwise('lt', b.pointwise('sub', i, j), whole(b, 4)), b.pointwise('lt', j, whole(b, 2))),
      ),
    )
    expect(pairsSeen(sinks, 100)).toBe(6)
    expect(
      pairsSeen(
        masked((b, i, j, n) => b.pointwise('le', j, b.pointwise('max', i, n))),
        9,
      ),
    ).toBe(9)
  })

  it('agrees with trying, for every linear comparison', () => {
    const comparison = fc.record({
      fn: fc.constantFrom('lt', 'le', 'gt', 'ge'),
      swap: fc.boolean(),
      offset: fc.integer({ min: -3, max: 9 }),
    })
    fc.assert(
      fc.property(fc.array(comparison, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 20 }), (all, context) => {
        const body = masked((b, i, j) =>
          all
            .map(({ fn, swap, offset }) => b.pointwise(fn, b.pointwise('sub', swap ? j : i, swap ? i : j), b.constant(offset, 'u32')))
            .reduce((left, right) => b.pointwise('and', left, right)),
        )
        const seen = (i: number, j: number) =>
          all.every(({ fn, swap, offset }) => pointwiseFunction(fn).evaluate(swap ? j - i : i - j, offset, 0) !== 0)
        const form = maskForm(body)
        for (let i = 0; i < context; i++) {
          for (let j = 0; j < context; j++) {
            if (!seen(i, j)) continue
            if (form.causal) expect(j).toBeLessThanOrEqual(i)
            if (form.window !== null) expect(i - j).toBeLessThan(form.window)
          }
        }
        expect(form.exact).toBe(true)
        // Lower bounds of a distance (`i - j >= 3`) are bounds of the other direction.
        const expected = Array.from({ length: context }, (_, j) => j).filter((j) => seen(context - 1, j)).length
        expect(pairsSeen(body, context)).toBe(expected)
      }),
    )
  })
})
