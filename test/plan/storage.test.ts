import { describe, expect, it } from 'vitest'
import type { Model } from '../../src/model/model.ts'
import { verifyPlan } from '../../src/plan/verify.ts'
import { planOf } from '../support/spec.ts'
import { hybrid, oddSizes } from './hybrid.ts'

const planned = (precision: Model['precision'], sizes = oddSizes) => planOf({ ...hybrid('ra', sizes), precision })
const f16 = [{ pattern: 'weights', dtype: 'f16' }] as const
const bytes = ({ manifest }: ReturnType<typeof planned>) => 4 * manifest.weightBuffers.reduce((sum, words) => sum + words, 0)
const formatOf = ({ manifest }: ReturnType<typeof planned>, path: string) => {
  const weight = manifest.weights.find((one) => one.path === path)
  if (!weight) throw new Error(`no ${path}`)
  return [weight.format ?? 'f32', weight.packed === true ? 'packed' : 'words']
}

describe('storage of weights', () => {
  it('packs matrices of halves, and rounds vectors', () => {
    const plan = planned(f16)
    expect(verifyPlan(plan)).toEqual([])
    const { weights } = plan.manifest
    const packed = weights.filter((weight) => weight.packed)
    expect(packed.length).toBeGreaterThan(10)
    expect(packed.every(({ shape, format }) => shape.length === 2 && format === 'f16')).toBe(true)
    expect(formatOf(plan, 'norm.weight')).toEqual(['f16', 'words'])
    expect(weights.filter(({ constant }) => constant).every(({ format }) => format === undefined)).toBe(true)
  })

  it('takes half of the memory', () => {
    const sizes = { ...oddSizes, vocab: 4000 }
    expect(bytes(planned(f16, sizes)) / bytes(planned([], sizes))).toBeCloseTo(0.5, 1)
  })

  it('leaves rows that would end inside a word as they are', () => {
    const plan = planned(f16, { ...oddSizes, ffn: 27 })
    const odd = plan.manifest.weights.filter(({ shape }) => shape.length === 2 && shape.at(-1) === 27)
    expect(odd.length).toBeGreaterThan(0)
    for (const { path } of odd) expect(formatOf(plan, path)).toEqual(['f16', 'words'])
  })

  it('puts only matrices that are stored alike into one product', () => {
    const products = ({ manifest }: ReturnType<typeof planned>) =>
      manifest.programs.step.filter(({ kernel, label }) => manifest.kernels[kernel]?.family === 'gemv' && label.startsWith('layers.0'))
        .length
    const mixed = planned([{ pattern: 'layers.0.q_proj.weight', dtype: 'f32' }, ...f16])
    expect(verifyPlan(mixed)).toEqual([])
    expect(formatOf(mixed, 'layers.0.q_proj.weight')).toEqual(['f32', 'words'])
    expect(products(mixed)).toBe(products(planned(f16)) + 1)
  })

  it('says in the names of kernels what their matrices are', () => {
    const names = (precision: Model['precision']) => planned(precision).manifest.kernels.map(({ name }) => name)
    expect(
      names(f16)
        .filter((name) => /^(gemv|matmul)_/.test(name))
        .every((name) => /_f16(_\d+)?$/.test(name)),
    ).toBe(true)
    expect(names([{ pattern: 'weights', dtype: 'bf16' }]).some((name) => name.endsWith('_bf16'))).toBe(true)
    expect(names([]).some((name) => name.includes('f16'))).toBe(false)
  })
})
