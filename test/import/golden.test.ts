import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nodeCompileHost } from '../../src/driver/index.ts'
import { families, importCheckpoint } from '../../src/import/index.ts'
import { checkConfig } from '../../src/runtime/weights/plan.ts'
import { format } from '../../src/syntax/format/format.ts'
import { goldenFamilies, goldenIgnored, goldenModelFolder, goldenVariants } from '../support/golden.ts'
import { readSafetensors } from '../support/safetensors.ts'
import { modelOf } from '../support/spec.ts'

const host = nodeCompileHost()

describe.each([...goldenFamilies, ...goldenVariants])('the checkpoint of %s', (family) => {
  const folder = goldenModelFolder(family)
  const config = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'))
  const tensors = [...readSafetensors(`${folder}/model.safetensors`)].map(([name, { shape }]) => ({ name, shape }))
  const imported = importCheckpoint(host, config, tensors)

  it('becomes a spec that fits it, and leaves no key of its configuration unread', () => {
    expect(imported.diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([])
    expect(imported.spec).toBeDefined()
  })

  it('becomes a formatted spec, of the sizes that the configuration has', () => {
    expect(format(imported.spec!)).toBe(imported.spec)
    const { checkpoint } = modelOf(imported.spec!)
    expect(checkpoint!.ignore).toEqual(goldenIgnored[family] ?? [])
    checkConfig(checkpoint, config)
    for (const { keys } of checkpoint!.expect) {
      const others = Object.fromEntries(keys.map((key) => [key.split('.')[0], 'something else']))
      expect(() => checkConfig(checkpoint, { ...config, ...others })).toThrow(keys.join(' or '))
    }
  })

  it('is not taken for what it is not, where a tensor is missing, has another shape, or is one too many', () => {
    const last = tensors.at(-1)!
    const codes = (found: typeof tensors) => importCheckpoint(host, config, found).diagnostics.map(({ code }) => code)
    expect(codes([...tensors, { name: 'model.extra.weight', shape: [3] }])).toEqual(['GDN5021'])
    expect(codes(tensors.slice(0, -1))).toContain('GDN5020')
    expect(codes([...tensors.slice(0, -1), { ...last, shape: [...last.shape, 2] }])).toContain('GDN5022')
  })
})

it('covers every family', () => {
  const types = goldenFamilies.map((family) => JSON.parse(readFileSync(`${goldenModelFolder(family)}/config.json`, 'utf8'))['model_type'])
  expect(families.filter((family) => !family.types.some((type) => types.includes(type)))).toEqual([])
})
