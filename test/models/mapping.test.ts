import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fits } from '../../src/check/checkpoint/pattern.ts'
import { applyTransforms, compareWithFile } from '../../src/check/index.ts'
import { checkConfig } from '../../src/runtime/weights/plan.ts'
import { goldenIgnored, goldenModelFolder } from '../support/golden.ts'
import { f64, readSafetensors } from '../support/safetensors.ts'
import { exampleModel } from '../support/spec.ts'
import { families } from './families.ts'

const fitting =
  (globs: readonly string[]) =>
  ({ name }: { readonly name: string }): boolean =>
    globs.some((glob) => fits(glob, name))

describe.each(families)('the mapping of $family', ({ family, file, published }) => {
  const model = exampleModel(file)
  const checkpoint = model.checkpoint!
  const tensors = readSafetensors(`${goldenModelFolder(family)}/model.safetensors`)
  const header = [...tensors].map(([name, { shape }]) => ({ name, shape }))

  it('reads every tensor of the file in its shape, and ignores none that is a weight', () => {
    expect(compareWithFile(checkpoint, header)).toEqual([])
    expect(header.filter(fitting(checkpoint.ignore))).toEqual(header.filter(fitting(goldenIgnored[family] ?? [])))
  })

  it('makes every weight once, of as many numbers as the file holds', () => {
    expect(checkpoint.weights.map(({ path }) => path)).toEqual(model.weights.map(({ path }) => path))
    const sources = checkpoint.weights.flatMap(({ from }) => [...applyTransforms(from, (name) => f64(tensors, name), 'movement')])
    const ignored = header.filter(fitting(checkpoint.ignore))
    const read = header.filter((tensor) => !ignored.includes(tensor))
    const all = read.flatMap(({ name }) => [...f64(tensors, name)])
    const sorted = (numbers: number[]) => numbers.sort((a, b) => a - b)
    expect(sorted(sources)).toEqual(sorted(all))
  })

  it('expects what the config says', () => {
    const config = JSON.parse(readFileSync(`${goldenModelFolder(family)}/config.json`, 'utf8'))
    expect(checkpoint.expect.length).toBeGreaterThan(3)
    checkConfig(checkpoint, config)
    for (const { keys } of checkpoint.expect) {
      const others = Object.fromEntries(keys.map((key) => [key.split('.')[0], 'something else']))
      expect(() => checkConfig(checkpoint, { ...config, ...others })).toThrow(keys.join(' or '))
    }
  })

  it('sees a tensor too many, one too few, and a wrong shape', () => {
    const first = header.find(({ name }) => name.endsWith('A_log') || name.endsWith('q_proj.weight'))!
    const others = header.filter((tensor) => tensor !== first)
    const codes = (found: typeof header) => compareWithFile(checkpoint, found).map(({ code }) => code)
    expect(codes([...header, { name: 'model.visual.patch.weight', shape: [3] }])).toEqual(['GDN5021'])
    expect(codes(others)).toEqual(['GDN5020'])
    expect(codes([{ name: first.name, shape: [...first.shape, 1] }, ...others])).toEqual(['GDN5022'])
  })

  it.each(published)('also resolves at the sizes of $name', ({ name, parameters }) => {
    const large = exampleModel(file, name)
    // Counted apart: embedding, norms, projections, convolutions, decays.
    const count = large.weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
    expect(large.checkpoint?.weights.length).toBe(large.weights.length)
    expect(count).toBe(parameters)
  })
})
