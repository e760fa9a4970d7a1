import { describe, expect, it } from 'vitest'
import type { Range, TextDocumentEdit, WorkspaceEdit } from 'vscode-languageserver'
import { check } from '../../src/check/index.ts'
import { parseFile } from '../../src/syntax/parse.ts'
import { exampleText } from '../check/support/spec.ts'
import { library } from '../support/spec.ts'
import { type Client, connect, edited, textIn } from './support/client.ts'
import { gate, model, specs, textOfSpec, use } from './support/specs.ts'

const main = 'file:///specs/main.gdn'
const folders = ['file:///specs']

const mapped = `gdn 1
model M {
  dim B: batch
  dim T: time
  input x: f32[B, T, 8]
  output y: f32[B, T, 8]
  stack { repeat 2 { linear(8) } }
}
checkpoint M from safetensors {
  for k in 0 .. 2 {
    "layers.{k}.weight" <- "h.{k + 1}.w"
  }
}
`

async function opened(files: Record<string, string | undefined> = { ...specs }, open = [gate]) {
  const client = await connect(files, { folders })
  for (const uri of open) client.open(uri, files[uri] ?? '')
  return client
}

const rename = (client: Client, uri: string, marked: string, newName: string) =>
  client.at<WorkspaceEdit>('rename', uri, marked, 0, { newName })

/** All files as they are after an edit. */
const after = ({ changes = {} }: WorkspaceEdit): Record<string, string> =>
  Object.fromEntries(Object.keys(specs).map((uri) => [uri, edited(textOfSpec(uri), changes[uri] ?? [])]))

/** The codes of the mistakes in one of these files with what it imports. */
function codesOf(files: Readonly<Record<string, string>>, uri: string): readonly string[] {
  const parsed = (path: string) => {
    const source = { path, text: files[path] ?? '' }
    return { source, ...parseFile(source) }
  }
  const resolve = (path: string, from: string) => parsed(new URL(path, from).href)
  return check({ entry: parsed(uri), std: library, resolve }).diagnostics.map(({ code }) => code)
}

describe('rename', () => {
  it('changes what means the same, and nothing else', async () => {
    const client = await connect()
    client.open(main, exampleText('own_recurrence'))
    const text = edited(client.text(main), (await rename(client, main, 'layers = 8', 'depth')).changes?.[main] ?? [])
    expect(text).toContain('size depth = 8')
    expect(text).toContain('repeat depth {')
    expect(text).toContain('depth: 2,')
    expect(text).not.toContain('layers')
  })

  it('reaches into the computed names of a mapping', async () => {
    const client = await connect()
    client.open(main, mapped)
    for (const marked of ['k in 0', 'k + 1', 'k}.weight']) {
      const { changes } = await rename(client, main, marked, 'part')
      expect(edited(mapped, changes?.[main] ?? [])).toBe(mapped.replaceAll(/\bk\b/g, 'part'))
    }
  })

  it('begins from specs that are right', () => {
    expect(Object.keys(specs).flatMap((one) => codesOf(specs, one))).toEqual([])
  })

  it.each([
    ['a definition', gate, 'Gate(width', 'Door', [gate, model, use]],
    ['a parameter, also in calls under another name of the layer', gate, 'width: size', 'middle', [gate, model, use]],
    ['an input', gate, 'x: f32[B, T, d]', 'features', [gate]],
    ['a side result, where it is read as a member', gate, 'peak = h', 'top', [gate, model]],
    ['a size of a model, in its application in a third file', model, 'classes: size', 'kinds', [model, use]],
    ['a model with its mapping', model, 'Base(d', 'Root', [model]],
    ['a size in a mapping', model, 'd: size', 'width', [model]],
    ['another name of an import', use, 'Wide', 'Broad', [use]],
  ])('of %s reaches every file that names it, and leaves right what was right', async (_, uri, marked, to, changed) => {
    const client = await opened({ ...specs }, [uri])
    const edit = await rename(client, uri, marked, to)
    expect(Object.keys(edit.changes ?? {}).sort()).toEqual([...changed].sort())
    const files = after(edit)
    for (const one of changed) expect(files[one]).toContain(to)
    expect(Object.keys(files).flatMap((one) => codesOf(files, one))).toEqual([])
  })

  it('is for the versions of open documents, where the editor can tell', async () => {
    const client = await connect({ ...specs }, { folders, capabilities: { workspace: { workspaceEdit: { documentChanges: true } } } })
    client.open(gate, specs[gate])
    client.edit(gate, 'unused', 'idle')
    const { documentChanges } = await rename(client, gate, 'width: size', 'middle')
    const versions = (documentChanges as TextDocumentEdit[]).map(({ textDocument }) => [textDocument.uri, textDocument.version])
    expect(versions.sort()).toEqual([
      [model, null],
      [use, null],
      [gate, 2],
    ])
  })

  it('works on the text that is open, not on the file', async () => {
    const client = await opened({ ...specs }, [gate, model])
    client.edit(model, 'g = Gate(x', 'much_longer = Gate(x')
    client.edit(model, 'linear(g, classes)', 'linear(much_longer, classes)')
    client.edit(model, 'linear(g.peak', 'linear(much_longer.peak')
    const edit = await rename(client, gate, 'peak = h', 'top')
    expect(edited(client.text(model), edit.changes?.[model] ?? [])).toContain('linear(much_longer.top, classes)')
  })

  it('prepares with the name and its place, and says why not', async () => {
    const client = await opened()
    const { range, placeholder } = await client.at<{ range: Range; placeholder: string }>('prepareRename', gate, 'Gate', 2)
    expect([textIn(specs[gate], range), placeholder]).toEqual(['Gate', 'Gate'])
    await expect(client.at('prepareRename', gate, 'silu', 1)).rejects.toThrow('there is no name of this spec here')
  })
})

describe('a rename is refused', () => {
  it.each([
    ['swiglu', 'mine', /swiglu is of the standard library, which cannot be changed/],
    ['layers = 8', 'vocab', /vocab is already the name of a size in the same definition/],
    ['layers = 8', '2x', /"2x" is no name/],
    ['layers = 8', 'linear', /linear is already a name of the language/],
    ['twice_gated(heads, key, value)', 'swiglu', /swiglu is already the name of a layer/],
    ['twice_gated(heads, key, value)', 'mamba2', /mamba2 is already the name of a layer/],
    ['k = x', 'q', /q is already the name of a value in the same definition/],
    ['8', 'x', /there is no name of this spec here/],
  ])('for %s to %s', async (marked, newName, message) => {
    const client = await connect()
    client.open(main, exampleText('own_recurrence'))
    await expect(rename(client, main, marked, newName)).rejects.toThrow(message)
  })

  it.each<[string, string, string, string, Record<string, string | undefined>, RegExp]>([
    [
      'a file that cannot be read',
      gate,
      'Gate(width',
      'Door',
      { 'file:///specs/locked.gdn': undefined },
      /locked\.gdn cannot be read, so it is not known who uses Gate/,
    ],
    [
      'a file with syntax errors that imports it',
      gate,
      'Gate(width',
      'Door',
      { 'file:///specs/half.gdn': 'gdn 1\nimport Gate from "./parts/gate.gdn"\nlayer a {' },
      /half\.gdn has syntax errors, so not every use of Gate is known/,
    ],
    ['a name that an importing file has', gate, 'Gate(width', 'Base', {}, /Base is already the name of a model/],
    ['a name that would take the place of another', gate, 'h = linear', 'x', {}, /x is already the name of an input/],
    ['a weight that a mapping names', gate, 'gain: f32', 'scale', {}, /with the name scale, model\.gdn would be wrong: .*\(GDN50\d\d\)/],
    [
      'a name in a path that a mapping of the same file names',
      model,
      'gate\n',
      'door',
      {},
      /with the name door, model\.gdn would be wrong/,
    ],
    ['a name in a path that a mapping names', gate, 'up\n', 'upper', {}, /with the name upper, model\.gdn would be wrong/],
    [
      'a package of others',
      'file:///specs/node_modules/p/a.gdn',
      'a {',
      'b',
      { 'file:///specs/node_modules/p/a.gdn': 'gdn 1\nlayer a {\n  in x: f32[.., d]\n  out x\n}\n' },
      /a is of an installed package/,
    ],
  ])('because of %s', async (_, uri, marked, to, more, message) => {
    const files = { ...specs, ...more }
    const client = await opened(files, [uri])
    await expect(rename(client, uri, marked, to)).rejects.toThrow(message)
  })

  it('where there are more files than are looked through', async () => {
    const files = { ...specs }
    const client = await connect(files, { folders: ['file:///specs'] }, { complete: false })
    client.open(gate, specs[gate])
    await expect(rename(client, gate, 'Gate(width', 'Door')).rejects.toThrow('specs has more files than are looked through')
    // What no other file can name needs no look.
    expect(Object.keys((await rename(client, gate, 'h = linear', 'middle')).changes ?? {})).toEqual([gate])
  })
})
