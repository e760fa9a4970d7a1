import { describe, expect, it } from 'vitest'
import { analyseAttention } from '../../src/analyse/attention.ts'
import { explainAttention } from '../../src/analyse/explain.ts'
import { BodyBuilder } from '../../src/graph/body-builder.ts'
import type { Attention } from '../../src/graph/graph.ts'
import { sigmoidAttention, softmaxAttention } from '../graph/bodies.ts'
import { bothSides } from '../numerics/support/bodies.ts'

describe('the form of an attention', () => {
  it.each<[string, Attention, object]>([
    ['a window', softmaxAttention(8, 6, { window: 4 }), { window: 4, reach: 0, causal: true }],
    ['all before', softmaxAttention(8, 6), { window: null, reach: 0, causal: true }],
    ['all', softmaxAttention(8, 6, { whole: true }), { window: null, reach: null, causal: false }],
    ['both sides', bothSides(8, 6, 3), { window: 4, reach: 3, causal: false }],
  ])('%s', (_, body, form) => {
    expect(analyseAttention(body).form).toMatchObject(form)
  })

  it('keeps what belongs to keys, and finds the products of queries with keys', () => {
    const { form } = analyseAttention(sigmoidAttention(8, 6, 4))
    expect(form?.kept).toEqual([1, 2])
    expect(form?.dots).toMatchObject([{ query: 0, key: 1, width: 8 }])
  })

  it('refuses a score that makes a vector for every pair', () => {
    const b = new BodyBuilder('attention', 'additive')
    const q = b.param({ name: 'q', shape: [8], side: 'i' })
    const k = b.param({ name: 'k', shape: [8], side: 'j' })
    const sum = b.add('reduce', [b.pointwise('tanh', b.pointwise('add', q, k))], { fn: 'sum' })
    const score = b.add('index', [sum], { at: 0 })
    const body = b.attention({ mask: null, score, weighting: 'softmax', sink: null, value: k })
    expect(analyseAttention(body)).toEqual({ form: null, reason: 'pointwise makes a vector for every pair of query and key' })
  })

  it('says in words what a query sees and what is kept', () => {
    expect(explainAttention(softmaxAttention(4, 6, { window: 4, sink: true }))).toEqual([
      'attention dense: softmax with a sink',
      '  a query sees the last 4 keys up to its own',
      '  kept of a token: k, v (ring of 4 and a pass)',
      '  score: dot(q, k) * 0.5',
    ])
  })
})
