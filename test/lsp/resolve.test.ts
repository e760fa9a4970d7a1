import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtinNames } from '../../src/check/builtins/index.ts'
import { namesOf } from '../../src/lsp/names.ts'
import { Workspace } from '../../src/lsp/workspace.ts'
import { walk } from '../../src/syntax/walk.ts'

const root = new URL('../../', import.meta.url)
const workspace = new Workspace({
  readText: (uri) => readFileSync(new URL(uri), 'utf8'),
  library: (name) => readFileSync(new URL(`src/std/${name}`, root), 'utf8'),
  libraryUri: (name) => new URL(`src/std/${name}`, root).href,
  version: '0',
})
const examples = readdirSync(new URL('examples/', root)).filter((name) => name.endsWith('.gdn'))
const paths = [...examples.map((name) => new URL(`examples/${name}`, root).href), ...workspace.std.map(({ source }) => source.path)]

/** What a definition knows without a declaration: roles, positions of an attention, statistics of a model. */
const implicit = new Set(['B', 'T', 'i', 'j', 'params', 'decode_state', 'flops', 'horizon'])

describe('every name of a spec that is right stands for something', () => {
  it.each(paths)('%s', (path) => {
    const file = workspace.file(path)
    if (file === undefined) throw new Error(`there is no ${path}`)
    const known = new Set(namesOf(file, workspace).uses.map(({ span }) => span.start))
    const lost: string[] = []
    walk(file.file, (node) => {
      if (node.kind === 'checkpoint') return 'skip'
      const name = node.kind === 'name' ? (node as unknown as { name: string }).name : undefined
      if (name !== undefined && !known.has(node.span.start) && !builtinNames.has(name) && !implicit.has(name)) lost.push(name)
      return undefined
    })
    expect(lost).toEqual([])
  })
})
