import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Anchors, replayBound, strideOf } from '../../src/runtime/anchors.ts'
import { schedule } from '../../src/runtime/schedule.ts'

describe('anchors', () => {
  it('always reach back as far as promised, and never need a longer replay than the caches have slack for', () => {
    const operation = fc.oneof(
      fc.record({ take: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ back: fc.double({ min: 0, max: 1, noNaN: true }) }),
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 64 }),
        fc.array(operation, { maxLength: 60 }),
        (limit, chunk, operations) => {
          const anchors = new Anchors(limit, 0)
          let position = 0
          let since = 0
          for (const op of operations) {
            if ('take' in op) {
              for (const [i, pass] of schedule([op.take], chunk, strideOf(limit)).entries()) {
                if (anchors.due(position)) anchors.keep(position, i === 0)
                position += pass.lengths[0]!
              }
              since += op.take
              anchors.trim(position)
            } else {
              const count = Math.floor(op.back * anchors.possible(position))
              const anchor = anchors.nearest(position - count)
              expect(anchor).toBeDefined()
              if (anchor!.position === position - count) expect(anchor!.complete).toBe(true)
              position -= count
              // What was taken back counts against what may be taken back next.
              since = Math.max(0, Math.min(limit, since) - count)
            }
            expect(anchors.possible(position)).toBeGreaterThanOrEqual(Math.min(limit, since))
            expect(position - anchors.oldest).toBeLessThanOrEqual(replayBound(limit))
          }
        },
      ),
    )
  })

  it('are not kept for sessions without rollback', () => {
    expect(replayBound(0)).toBe(0)
  })
})

describe('schedule', () => {
  it('covers every token once, in order, in passes that are not too long', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 30 }),
        (lengths, chunk, last) => {
          const done = lengths.map(() => 0)
          const boundaries = lengths.map(() => new Set<number>([0]))
          for (const pass of schedule(lengths, chunk, last)) {
            expect(pass.tokens).toBe(Math.max(...pass.lengths))
            expect(pass.tokens).toBeGreaterThan(0)
            expect(pass.tokens).toBeLessThanOrEqual(chunk)
            for (const [b, length] of pass.lengths.entries()) {
              if (length > 0) expect(pass.from[b]).toBe(done[b])
              done[b]! += length
              boundaries[b]!.add(done[b]!)
            }
          }
          expect(done).toEqual(lengths)
          if (last > 0) for (const [b, length] of lengths.entries()) expect(boundaries[b]!.has(Math.max(0, length - last))).toBe(true)
        },
      ),
    )
  })
})
