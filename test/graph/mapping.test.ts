import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ValueType } from '../../src/graph/graph.ts'
import { headOf, mapArguments } from '../../src/graph/mapping.ts'
import { product } from '../../src/util/numbers.ts'

const type = (...shape: number[]): ValueType => ({ dtype: 'f32', batch: true, time: true, shape })

describe('the head mapping rule', () => {
  it('covers grouped queries, value heads, groups, constants and channels', () => {
    expect(mapArguments([type(16, 128), type(16, 128), type(32, 64), type(32)], [1, 1, 1, 0])).toEqual({
      heads: [32],
      args: [
        { batch: true, time: true, map: [16] },
        { batch: true, time: true, map: [16] },
        { batch: true, time: true, map: [32] },
        { batch: true, time: true, map: [32] },
      ],
    })
    const constant = { dtype: 'f32', batch: false, time: false, shape: [8] } as const
    expect(mapArguments([type(2, 16), type(8, 4), constant, type(16)], [1, 1, 0, 1])).toEqual({
      heads: [8],
      args: [
        { batch: true, time: true, map: [2] },
        { batch: true, time: true, map: [8] },
        { batch: false, time: false, map: [8] },
        { batch: true, time: true, map: [] },
      ],
    })
    expect(mapArguments([type(5)], [1]).heads).toEqual([])
  })

  it('lets head j read floor(j / r)', () => {
    expect(Array.from({ length: 8 }, (_, head) => headOf([2], [8], head))).toEqual([0, 0, 0, 0, 1, 1, 1, 1])
    expect(Array.from({ length: 4 }, (_, head) => headOf([], [4], head))).toEqual([0, 0, 0, 0])
    // Heads [2, 3], an argument with [2, 1] map axes.
    expect(Array.from({ length: 6 }, (_, head) => headOf([2, 1], [2, 3], head))).toEqual([0, 0, 0, 1, 1, 1])
  })

  it('refuses what does not fit, and says which argument', () => {
    expect(mapArguments([type(4, 8), type(3, 8)], [1, 1]).problem).toEqual({
      argument: 1,
      found: '3 on map axis 0',
      expected: 'a divisor of 4, the largest count',
    })
    expect(mapArguments([type(4, 8), type(2, 2, 8)], [1, 1]).problem).toMatchObject({
      argument: 1,
      found: '2 map axes [2, 2]',
      expected: '1 as in argument 0, or none',
    })
    expect(mapArguments([type(4, 8), type()], [1, 1]).problem).toMatchObject({
      argument: 1,
      found: '0 feature axes',
      expected: 'at least 1, which one head sees',
    })
    expect(mapArguments([type(0, 8), type(3, 8)], [1, 1]).problem?.argument).toBe(0)
  })

  const argument = fc.record({
    ratio: fc.array(fc.constantFrom(1, 2, 3), { minLength: 2, maxLength: 2 }),
    shared: fc.boolean(),
    own: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }),
  })

  it('gives every head a head of every argument, evenly and in order', () => {
    const heads = [6, 12]
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 5 }), (args) => {
        const maps = args.map(({ ratio, shared }) => (shared ? [] : heads.map((count, axis) => count / ratio[axis]!)))
        const types = [type(...heads), ...args.map(({ own }, i) => type(...maps[i]!, ...own))]
        const mapping = mapArguments(types, [0, ...args.map(({ own }) => own.length)])
        expect(mapping.problem).toBeUndefined()
        expect(mapping.heads).toEqual(heads)
        for (const map of maps) {
          const read = Array.from({ length: product(heads) }, (_, head) => headOf(map, heads, head))
          const uses = new Map<number, number>()
          for (const head of read) uses.set(head, (uses.get(head) ?? 0) + 1)
          expect([...uses.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: product(map) }, (_, i) => i))
          expect(new Set(uses.values()).size).toBe(1)
          // By its axes: head (a, b) reads (floor(a / r), floor(b / s)).
          for (const [head, found] of read.entries()) {
            const [a, b] = [Math.floor(head / heads[1]!), head % heads[1]!]
            const [m, n] = [map[0] ?? 1, map[1] ?? 1]
            expect(found).toBe(Math.floor((a * m) / heads[0]!) * n + Math.floor((b * n) / heads[1]!))
          }
        }
      }),
    )
  })

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.array(fc.nat(4), { maxLength: 4 }), fc.nat(3)), { maxLength: 5 }), (args) => {
        const mapping = mapArguments(
          args.map(([shape]) => type(...shape)),
          args.map(([, rank]) => rank),
        )
        expect(mapping.args.length).toBe(args.length)
      }),
    )
  })
})
