import { describe, expect, it } from 'vitest'
import { bytesOf, matches, storageOf, withWeights } from '../../src/model/precision.ts'
import { graphJson, modelJson, modelSchema, parseGraph, parseModel } from '../../src/model/schema.ts'
import { hybrid } from '../reference/hybrid.ts'
import { fixture } from './fixture.ts'

describe('the JSON of a model', () => {
  it('comes back as it went', () => {
    const model = fixture()
    expect(parseModel(modelJson(model))).toEqual(model)
    expect(modelJson(parseModel(modelJson(model)))).toBe(modelJson(model))
    const graph = hybrid()
    expect(parseGraph(graphJson(graph))).toEqual(graph)
  })

  it('does not depend on the order of keys', () => {
    const model = fixture()
    const shuffled = Object.fromEntries(Object.entries(model).reverse()) as unknown as typeof model
    expect(modelJson(shuffled)).toBe(modelJson(model))
  })

  it('holds every form of initialiser and tensor source', () => {
    const model = fixture()
    const tensor = { kind: 'tensor', name: 'a', shape: [2] } as const
    const full = {
      ...model,
      weights: [
        { ...model.weights[0]!, init: 0 },
        { ...model.weights[0]!, init: [0.1, 0.9] },
        { ...model.weights[0]!, init: { fn: 'log', args: [{ fn: 'uniform', args: [1, 16] }] } },
      ],
      checkpoint: {
        ...model.checkpoint!,
        weights: [
          {
            path: 'x',
            optional: true,
            from: {
              kind: 'apply',
              op: 'add',
              attrs: { value: 1, axes: [0, null, { deep: true }] },
              inputs: [tensor, { kind: 'fill', value: 1, shape: [] }],
              shape: [2],
            },
          } as const,
        ],
      },
    }
    expect(parseModel(modelJson(full))).toEqual(full)
  })

  it.each<[string, (model: Record<string, unknown>) => void]>([
    ['a missing field', (model) => delete model['graph']],
    ['an unknown field', (model) => Object.assign(model, { extra: 1 })],
    ['an unknown dtype', (model) => Object.assign(model, { precision: [{ pattern: 'weights', dtype: 'f64' }] })],
    ['a size that is no whole number', (model) => Object.assign(model, { weights: [{ path: 'w', shape: [1.5], init: 0, source: '' }] })],
    ['a horizon without its reason', (model) => Object.assign(model, { horizon: { kind: 'whole' } })],
  ])('refuses %s', (_, change) => {
    const model = structuredClone(fixture()) as unknown as Record<string, unknown>
    change(model)
    expect(modelSchema.safeParse(model).success).toBe(false)
  })
})

describe('storage', () => {
  it('is that of the first pattern that matches', () => {
    const precision = [
      { pattern: '*.A_log', dtype: 'f32' },
      { pattern: 'weights', dtype: 'f16' },
      { pattern: 'state', dtype: 'bf16' },
    ] as const
    expect(storageOf(precision, 'layers.0.mix.A_log')).toBe('f32')
    expect(storageOf(precision, 'layers.0.mix.q.weight')).toBe('f16')
    expect(storageOf(precision, 'state')).toBe('bf16')
    expect(storageOf(precision, 'activations')).toBe('f32')
    expect(storageOf([], 'layers.0.mix.q.weight')).toBe('f32')
    expect([bytesOf('f32'), bytesOf('f16'), bytesOf('bf16')]).toEqual([4, 2, 2])
  })

  it('of states and activations is no matter of patterns', () => {
    expect(storageOf([{ pattern: '*', dtype: 'f16' }], 'state')).toBe('f32')
    expect(
      storageOf(
        [
          { pattern: 'state', dtype: 'f32' },
          { pattern: '*', dtype: 'f16' },
        ],
        'state.weight',
      ),
    ).toBe('f16')
  })

  it('of weights can be given anew, but for those that a pattern names', () => {
    const precision = withWeights(
      [
        { pattern: '*.A_log', dtype: 'f32' },
        { pattern: 'weights', dtype: 'bf16' },
        { pattern: 'state', dtype: 'f32' },
      ],
      'f16',
    )
    expect(storageOf(precision, 'layers.0.mix.A_log')).toBe('f32')
    expect(storageOf(precision, 'layers.0.mix.q.weight')).toBe('f16')
    expect(precision).toHaveLength(3)
    expect(storageOf(withWeights([], 'bf16'), 'up.weight')).toBe('bf16')
  })

  it('matches a star with any text', () => {
    expect(matches('*', 'a.b')).toBe(true)
    expect(matches('a.*.c', 'a.b.b.c')).toBe(true)
    expect(matches('a.*.c', 'a.c')).toBe(false)
    expect(matches('a*a', 'a')).toBe(false)
    expect(matches('*b*', 'abc')).toBe(true)
    expect(matches('*b*b*', 'abc')).toBe(false)
    expect(matches('a.b', 'a.bc')).toBe(false)
  })
})
