import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtinNames } from '../../src/check/builtins/index.ts'
import { check } from '../../src/check/index.ts'
import { planModel } from '../../src/plan/plan.ts'
import { parseFile } from '../../src/syntax/parse.ts'
import { library } from '../support/spec.ts'
import { asFile, type Block, gdnBlocks } from './blocks.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

const parsed = (path: string, text: string) => {
  const source = { path, text }
  return { source, ...parseFile(source) }
}

describe.each(['docs/language.md', 'docs/write-your-own-mixer.md', 'README.md'])('%s', (path) => {
  const blocks = gdnBlocks(read(path))
  const files = new Map(blocks.flatMap((block) => (block.file === undefined ? [] : [[block.file, parsed(block.file, asFile(block))]])))

  const diagnose = (block: Block) => {
    const entry = parsed('example.gdn', asFile(block))
    expect(entry.diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([])
    const { models, diagnostics } = check({ entry, std: library, resolve: (name) => files.get(name) })
    const plans = models.flatMap((model) => planModel(model).diagnostics)
    return { models, diagnostics: [...diagnostics, ...plans] }
  }

  it.each(blocks.filter(({ error }) => error === undefined).map((block) => [block.line, block] as const))(
    'line %i is right',
    (_, block) => {
      const { models, diagnostics } = diagnose(block)
      expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([])
      const compiled = block.form.kind !== 'declarations' && block.file === undefined
      expect(models.length > 0).toBe(compiled)
    },
  )

  it.each(blocks.flatMap((block) => (block.error === undefined ? [] : [[block.line, block.error, block] as const])))(
    'line %i gives %s',
    (_, code, block) => {
      const errors = diagnose(block).diagnostics.filter(({ severity }) => severity === 'error')
      expect(new Set(errors.map((error) => error.code))).toEqual(new Set([code]))
    },
  )
})

describe('docs/language.md', () => {
  it('names every word of the language', () => {
    const words = new Set(read('docs/language.md').match(/\w+/g))
    expect([...builtinNames].filter((name) => !words.has(name))).toEqual([])
  })
})
