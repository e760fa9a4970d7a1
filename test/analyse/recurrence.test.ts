import { describe, expect, it } from 'vitest'
import { columnForm } from '../../src/analyse/columns.ts'
import { explainRecurrence } from '../../src/analyse/explain.ts'
import { analyseRecurrence } from '../../src/analyse/recurrence.ts'
import { BodyBuilder } from '../../src/graph/body-builder.ts'
import type { Recurrence } from '../../src/graph/graph.ts'
import { delta, gatedDelta, selectiveScan, ssd } from '../graph/bodies.ts'
import { deltaProduct, earlyDelta, gatedUnit, normalised, retention, rowDecay, slots, squashed } from '../numerics/support/bodies.ts'

const explained = (body: Recurrence) => explainRecurrence(body).join('\n')

describe('the normal form of a recurrence', () => {
  it('places the steps of a gated delta rule', () => {
    expect(explained(gatedDelta(12, 20))).toBe(
      [
        'recurrence gated_delta: chunk (delta), token by token',
        '  chunks: one decay for the whole state, one erase and write per token',
        '  columns: 20, each on its own',
        '  S: f32[12, 20]',
        '    1. scale: exp(g) (log decay g)',
        '    2. read: with k',
        '    3. write: outer(k, v * beta + -beta * what [2] gave)',
        '    4. read: with q',
      ].join('\n'),
    )
  })

  it('places reads before a write and before the decay where the body has them', () => {
    expect(explained(earlyDelta(4, 5)).split('\n').slice(4)).toEqual([
      '    1. read: with e',
      '    2. read: with q',
      '    3. write: outer(k, beta * v + -(beta * beta) * what [1] gave)',
      '    4. scale: sigmoid(g) (log decay log_sigmoid(g))',
    ])
  })

  it.each<[string, Recurrence, string]>([
    ['delta', delta(4, 5), 'no decay, one erase and write per token'],
    ['delta', earlyDelta(4, 5), 'one decay for the whole state, one erase and write per token'],
    ['linear', ssd(4, 5), 'one decay for the whole state, one write per token, no erase'],
    ['linear', retention(4, 5, 0.9), 'one decay for the whole state, one write per token, no erase'],
    ['delta', deltaProduct(2, 4, 5), 'one decay for the whole state, 2 erases and 2 writes per token'],
    ['delta', rowDecay(4, 5), 'a decay by rows, 1 erase and 2 writes per token'],
    ['linear', slots(4, 3, 5), '2 states one after the other, a decay by columns and rows, one write per token, no erase'],
    ['scan', normalised(4, 5), 'n is not a matrix'],
    ['scan', gatedUnit(4), 'h is not a matrix'],
    ['scan', selectiveScan(4), 'h is not a matrix'],
    ['scan', squashed(4, 5), 'S is not made of itself by scaling and by adding outer products'],
    ['scan', retention(4, 5, -0.5), 'the form of a factor of S does not give its logarithm'],
  ])('%s: %o', (family, body, reason) => {
    expect(analyseRecurrence(body)).toMatchObject({ family, reason })
  })

  it('keeps the places of reads and writes for the chunk kernels', () => {
    const late = analyseRecurrence(gatedDelta(4, 5))
    const early = analyseRecurrence(earlyDelta(4, 5))
    if (late.family === 'scan' || early.family === 'scan') throw new Error('expected chunk forms')
    expect(late.chunk).toMatchObject({ erase: { place: 'after' }, write: { place: 'after' }, read: { place: 'after', afterWrite: true } })
    expect(early.chunk).toMatchObject({
      erase: { place: 'before' },
      write: { place: 'before' },
      read: { place: 'before', afterWrite: false },
    })
  })
})

describe('decays recognised by their form', () => {
  const decayed = (factor: (b: BodyBuilder, g: number) => number): Recurrence => {
    const b = new BodyBuilder('recurrence', 'decayed')
    const [k, v, g] = [b.param({ name: 'k', shape: [4] }), b.param({ name: 'v', shape: [5] }), b.param({ name: 'g', shape: [] })]
    const S = b.state('S', [4, 5])
    const next = b.pointwise('add', b.pointwise('mul', S, factor(b, g)), b.add('outer', [k, v]))
    b.assign('S', next)
    return b.recurrence(b.add('read', [next, k]))
  }

  it.each<[string, (b: BodyBuilder, g: number) => number]>([
    ['log decay g', (b, g) => b.pointwise('exp', g)],
    ['log decay log_sigmoid(g)', (b, g) => b.pointwise('sigmoid', g)],
    [`log decay g * ${Math.LN2}`, (b, g) => b.pointwise('exp2', g)],
    [`log decay g + ${Math.log(0.5)}`, (b, g) => b.pointwise('mul', b.pointwise('exp', g), b.constant(0.5))],
    ['log decay log_sigmoid(g) * 0.5', (b, g) => b.pointwise('sqrt', b.pointwise('sigmoid', g))],
    ['no log form', (b, g) => b.pointwise('tanh', g)],
    ['no log form', (b, g) => b.pointwise('sub', b.constant(1), b.pointwise('sigmoid', g))],
  ])('%s', (log, factor) => {
    expect(explained(decayed(factor))).toContain(log)
  })
})

describe('columns that need no other column', () => {
  it.each<[Recurrence, boolean]>([
    [gatedDelta(4, 5), true],
    [deltaProduct(2, 4, 5), true],
    [rowDecay(4, 5), true],
    [squashed(4, 5), true],
    [normalised(4, 5), false],
    [slots(4, 3, 5), false],
    [gatedUnit(4), false],
    [selectiveScan(4), false],
    [gatedDelta(4, 1), false],
  ])('%o', (body, separable) => {
    expect(columnForm(body).separable).toBe(separable)
  })
})
