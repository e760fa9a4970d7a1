import { describe, expect, it } from 'vitest'
import { filesBelow, type Import, importsOf, read } from './tree.ts'

/** The pipeline: a folder imports only from itself and from those before it. */
const order = [
  'grammar',
  'src/util',
  'src/source',
  'src/diagnostics',
  'src/syntax',
  'src/dims',
  'src/graph',
  'src/model',
  'src/std',
  'src/check',
  'src/reference',
  // Before the planner, which writes the manifest whose types belong to what executes it.
  'src/runtime',
  'src/analyse',
  'src/plan',
  'src/emit',
  'src/driver',
  // Before the command line, which starts it.
  'src/lsp',
  'src/import',
  'src/cli',
]

/** Which packages a folder may use; no other folder may use any. */
const packages: Readonly<Record<string, readonly string[]>> = {
  grammar: ['chevrotain'],
  'src/syntax': ['chevrotain'],
  'src/model': ['zod'],
  'src/check': ['zod'],
  'src/plan': ['zod'],
  'src/emit': ['zod', 'handlebars'],
  'src/import': ['zod'],
  'src/lsp': ['chevrotain', 'vscode-languageserver', 'vscode-languageserver-textdocument'],
  'src/cli': ['vscode-languageserver', 'zod', 'commander', 'webgpu', '@huggingface/tokenizers'],
}

/** Files outside `src/cli` that run on Node only: they give the core its files. */
const nodeHosts = [
  /^src\/emit\/(host|node)[-\w]*\.ts$/,
  /^src\/emit\/host\//,
  /^src\/source\/node-host\.ts$/,
  /^src\/driver\/node-host\.ts$/,
]

/** Copied into generated packages as they are, for `verify()`. */
const copied = ['src/reference', 'src/graph']
const copiedMayImport = ['src/util', 'src/graph', 'src/reference']

const sources = [...filesBelow('grammar'), ...filesBelow('src')].filter((file) => file.endsWith('.ts'))
const imports = sources.flatMap((file) => importsOf(file))

const folderOf = (file: string): string => (file.startsWith('src/') ? file.split('/').slice(0, 2).join('/') : file.split('/')[0]!)
const below = (file: string, folders: readonly string[]): boolean => folders.includes(folderOf(file))
const show = (found: readonly Import[]): string[] => found.map(({ file, line, specifier }) => `${file}:${line} imports ${specifier}`)

describe('the direction of imports', () => {
  it('is known for every folder of src', () => {
    expect(sources.filter((file) => !below(file, order))).toEqual([])
  })

  it('follows the pipeline', () => {
    const wrong = imports.filter(({ file, target }) => {
      if (target === undefined) return false
      return order.indexOf(folderOf(target)) > order.indexOf(folderOf(file))
    })
    expect(show(wrong)).toEqual([])
  })

  it('makes the contract with generated packages a leaf', () => {
    expect(show(imports.filter(({ file }) => file === 'src/runtime/manifest.ts'))).toEqual([])
  })

  it('stays inside grammar and src', () => {
    const wrong = imports.filter(({ target }) => target !== undefined && !below(target, order) && target !== 'package.json')
    expect(show(wrong)).toEqual([])
  })

  it('never leaves grammar', () => {
    expect(show(imports.filter(({ file, target }) => below(file, ['grammar']) && target && !below(target, ['grammar'])))).toEqual([])
  })

  it('never leaves src/runtime, which generated packages contain', () => {
    const runtime = imports.filter(({ file }) => below(file, ['src/runtime']))
    expect(show(runtime.filter(({ target }) => target === undefined || !below(target, ['src/runtime'])))).toEqual([])
  })

  it('keeps the reference and the ops free of dependencies, since generated packages contain them too', () => {
    const wrong = imports.filter(({ file, target }) => below(file, copied) && (target === undefined || !below(target, copiedMayImport)))
    expect(show(wrong)).toEqual([])
  })

  it('names a file with its extension', () => {
    expect(show(imports.filter(({ target }) => target !== undefined && !/\.(ts|json)$/.test(target)))).toEqual([])
  })

  it('has no cycles', () => {
    expect(cycles(imports.filter(({ typeOnly }) => !typeOnly))).toEqual([])
  })
})

describe('packages', () => {
  it('are used where they belong', () => {
    const wrong = imports.filter(({ file, specifier, target }) => {
      if (target !== undefined || specifier.startsWith('node:')) return false
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
      return !packages[folderOf(file)]?.includes(name)
    })
    expect(show(wrong)).toEqual([])
  })

  it('are declared by package.json', () => {
    const manifest = JSON.parse(read('package.json')) as Record<'dependencies' | 'peerDependencies', Record<string, string>>
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    expect(
      Object.values(packages)
        .flat()
        .filter((name) => !declared.includes(name)),
    ).toEqual([])
  })

  it('of Node are for the command line and the hosts: the core runs in a browser', () => {
    const wrong = imports.filter(
      ({ file, specifier }) => specifier.startsWith('node:') && !below(file, ['src/cli']) && !nodeHosts.some((host) => host.test(file)),
    )
    expect(show(wrong)).toEqual([])
  })
})

describe('the reader of imports', () => {
  it('sees every form, and not those in comments', () => {
    const text = [
      "import { a, type B } from './a.ts'",
      "import type { C } from '../c.ts'",
      "import 'node:fs'",
      'export * from "./d.ts"',
      "export { e } from './e.ts'",
      "const f = await import('./f.ts')",
      "// import './no.ts'",
      "/* import './no.ts' */",
      'import {',
      '  many,',
      "} from './g.ts'",
    ].join('\n')
    const found = importsOf('src/x/y.ts', text)
    expect(found.map(({ target, specifier }) => target ?? specifier)).toEqual([
      'src/x/a.ts',
      'src/c.ts',
      'node:fs',
      'src/x/d.ts',
      'src/x/e.ts',
      'src/x/f.ts',
      'src/x/g.ts',
    ])
    expect(found.map(({ typeOnly }) => typeOnly)).toEqual([false, true, false, false, false, false, false])
    expect(found.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 9])
  })

  it('finds a cycle', () => {
    const edge = (file: string, target: string): Import => ({ file, target, line: 1, specifier: target, typeOnly: false })
    expect(cycles([edge('a', 'b'), edge('b', 'c'), edge('c', 'b')])).toEqual(['b -> c -> b'])
  })
})

function cycles(edges: readonly Import[]): string[] {
  const targets = new Map<string, string[]>()
  for (const { file, target } of edges) {
    if (target === undefined) continue
    const known = targets.get(file)
    if (known === undefined) targets.set(file, [target])
    else known.push(target)
  }
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (done.has(file)) return
    done.add(file)
    for (const target of targets.get(file) ?? []) visit(target, [...path, file])
  }
  for (const file of targets.keys()) visit(file, [])
  return found
}
