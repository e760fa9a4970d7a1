import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { explainBodies } from '../../src/analyse/heads.ts'
import { builtinNames } from '../../src/check/builtins/index.ts'
import { check } from '../../src/check/index.ts'
import { planModel } from '../../src/plan/plan.ts'
import { parseFile } from '../../src/syntax/parse.ts'
import { place, tiny } from '../cli/support/gdnc.ts'
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

describe('docs/write-your-own-mixer.md', () => {
  it('shows what `gdnc show` says of its mixer', () => {
    const text = read('docs/write-your-own-mixer.md')
    const blocks = gdnBlocks(text)
    const files = new Map(blocks.flatMap((block) => (block.file === undefined ? [] : [[block.file, parsed(block.file, asFile(block))]])))
    const models = blocks.flatMap(
      (block) => check({ entry: parsed('example.gdn', asFile(block)), std: library, resolve: (name) => files.get(name) }).models,
    )
    const said = models.flatMap(({ graph }) => explainBodies(graph).map((lines) => lines.join('\n')))
    const shown = [...text.matchAll(/^```text\n([\s\S]*?)\n```$/gm)].map(([, block]) => block)
    expect(shown.length).toBe(1)
    expect(said).toEqual(expect.arrayContaining(shown))
  })

  it('names a weight as it is', () => {
    const [, path = '', shape = ''] = /`(layers\.[\w.]+)`, `\[([\d, ]+)\]`/.exec(read('docs/write-your-own-mixer.md')) ?? []
    const file = gdnBlocks(read('docs/write-your-own-mixer.md'))
    const entry = parsed('mine.gdn', file.find(({ text }) => text.includes('model Mine'))?.text ?? '')
    const imported = parsed('./two_gates.gdn', file.find((block) => block.file !== undefined)?.text ?? '')
    const [mine] = check({ entry, std: library, resolve: () => imported }).models
    expect(mine?.weights.find((weight) => weight.path === path)?.shape.join(', ')).toBe(shape)
  })
})

describe('docs/cli.md', () => {
  it('has an example of the compiler as a library that runs', () => {
    const [, section = ''] = read('docs/cli.md').split('## The compiler as a library')
    const snippet = [...section.matchAll(/^ {4}(.*)$/gm)].map(([, line]) => line).join('\n')
    const driver = new URL('src/driver/index.ts', root).href
    using here = place({ 'h1.gdn': tiny, 'snippet.mjs': snippet.replace("from 'gdnc'", `from '${driver}'`).replace('d: 256', 'd: 32') })
    const { status, stderr } = spawnSync(process.execPath, ['snippet.mjs'], { cwd: here.folder, encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, '\n'])
    expect(existsSync(`${here.folder}/h1/manifest.json`)).toBe(true)
  })
})

describe('docs/language.md', () => {
  it('names every word of the language', () => {
    const words = new Set(read('docs/language.md').match(/\w+/g))
    expect([...builtinNames].filter((name) => !words.has(name))).toEqual([])
  })
})
