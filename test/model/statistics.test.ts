import { describe, expect, it } from 'vitest'
import { countFlops, countParams, decodeState, decodeStateBytes, instanceStatistics, isInside } from '../../src/model/statistics.ts'
import { fixture, sizes } from './fixture.ts'

const model = fixture()
const { d, heads, K, V, vocab, conv, window } = sizes

const deltaParams = d * heads * K + heads * K * conv + d * heads * V + 2 * d * heads + heads * V * d
const attentionParams = d * heads * K + d * K + d * V + heads * V * d

describe('countParams', () => {
  it('counts every weight once, by instance', () => {
    expect(countParams(model)).toBe(vocab * d + deltaParams + 2 * attentionParams + d * vocab)
    expect(countParams(model, 'layers.0')).toBe(deltaParams)
    expect(countParams(model, 'layers.0.q')).toBe(d * heads * K)
    expect(countParams(model, 'layers')).toBe(deltaParams + 2 * attentionParams)
    expect(countParams(model, 'layers.0.nothing')).toBe(0)
  })
})

describe('countFlops', () => {
  const deltaRule = heads * (1 + K * V + 2 * K * V + V + V + K * V + K * V + 2 * K * V + V)
  const delta = 2 * (deltaParams - heads * K * conv) + 2 * conv * heads * K + 2 * heads + deltaRule + d
  const pair = 2 * K + 1 + 5 + 2 * V
  const attention = (keys: number) => 2 * attentionParams + heads * keys * pair + d

  it('counts what a token costs, more of it with a longer context', () => {
    for (const context of [1, 4, 5, 100]) {
      expect(countFlops(model, context, 'layers.0')).toBe(delta)
      expect(countFlops(model, context, 'layers.1')).toBe(attention(Math.min(context, window)))
      expect(countFlops(model, context, 'layers.2')).toBe(attention(context))
      expect(countFlops(model, context)).toBe(delta + attention(Math.min(context, window)) + attention(context) + 2 * d * vocab)
    }
  })
})

describe('decodeState', () => {
  const fold = 4 * heads * K * V
  const ring = 4 * (conv - 1) * heads * K
  const row = 4 * (K + V)

  it('is the least that decoding keeps', () => {
    expect(decodeState(model, { tokens: 100 })).toEqual([
      { path: 'layers.0.conv.window', kind: 'ring', bytes: ring },
      { path: 'layers.0.S', kind: 'fold', bytes: fold },
      { path: 'layers.1.keys.k', kind: 'ring', bytes: 4 * window * K },
      { path: 'layers.1.keys.v', kind: 'ring', bytes: 4 * window * V },
      { path: 'layers.2.keys.k', kind: 'append', bytes: 400 * K },
      { path: 'layers.2.keys.v', kind: 'append', bytes: 400 * V },
    ])
    expect(decodeStateBytes(model, { tokens: 3 })).toBe(ring + fold + 2 * 3 * row)
    expect(decodeStateBytes(model, { tokens: 100, batch: 3 })).toBe(3 * (ring + fold + (window + 100) * row))
  })

  it('grows with what can be taken back', () => {
    const inputs = heads * (2 * K + V + 2)
    for (const rollback of [1, 2, 50]) {
      const copies = Math.min((rollback * fold) / 4, fold / 4 + rollback * inputs)
      expect(decodeStateBytes(model, { tokens: 1000, rollback })).toBe(
        4 * (conv - 1 + rollback) * heads * K + fold + 4 * copies + (window + rollback + 1000) * row,
      )
    }
  })

  it('follows the precision of states', () => {
    const half = { ...model, precision: [{ pattern: 'state', dtype: 'f16' }] } as const
    expect(decodeStateBytes(half, { tokens: 100 })).toBe(decodeStateBytes(model, { tokens: 100 }) / 2)
  })

  it('is nothing for a model that cannot be stepped', () => {
    const whole = { ...model, horizon: { kind: 'whole', because: 'attention', source: 'tiny.gdn:7:3' } } as const
    expect(decodeState(whole, { tokens: 100 })).toEqual([])
  })
})

describe('instanceStatistics', () => {
  it('gives every instance its share, and the outermost ones all of it', () => {
    const rows = instanceStatistics(model, { tokens: 100 })
    expect(rows.length).toBe(model.instances.length)
    const outermost = rows.filter((row) => row.depth === 0)
    expect(outermost.map((row) => row.path)).toEqual(['embed', 'head', 'layers.0', 'layers.1', 'layers.2'])
    const total = (key: 'params' | 'flops' | 'state') => outermost.reduce((sum, row) => sum + row[key], 0)
    expect(total('params')).toBe(countParams(model))
    expect(total('flops')).toBe(countFlops(model, 100))
    expect(total('state')).toBe(decodeStateBytes(model, { tokens: 100 }))
    expect(rows.find((row) => row.path === 'layers.0.conv')).toMatchObject({
      depth: 1,
      definition: 'conv1d',
      params: heads * K * conv,
      state: 4 * (conv - 1) * heads * K,
    })
  })

  it('does not take a name for its prefix', () => {
    expect(isInside('layers.10.q', 'layers.1')).toBe(false)
    expect(isInside('layers.1.q', 'layers.1')).toBe(true)
    expect(isInside('anything', '')).toBe(true)
  })
})
