import { describe, expect, it } from 'vitest'
import type { CompletionItem, Hover, Location, MarkupContent, SignatureHelp, WorkspaceEdit } from 'vscode-languageserver'
import { exampleText } from '../check/support/spec.ts'
import { tiny } from '../cli/support/gdnc.ts'
import { connect, edited, textIn } from './support/client.ts'

const main = 'file:///specs/main.gdn'
const textOf = (hover: Hover | null): string => (hover?.contents as MarkupContent | undefined)?.value ?? ''

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

async function opened(text = exampleText('own_recurrence')) {
  const client = await connect()
  client.open(main, text)
  await client.diagnostics(main)
  return client
}

describe('hover', () => {
  it('tells shape, cost, documentation and family', async () => {
    const client = await opened()
    expect(textOf(await client.at('hover', main, 'q = x', 0))).toContain('f32[B, T, heads = ')
    const layer = textOf(await client.at('hover', main, 'twice_gated(heads, key, value)', 3))
    expect(layer).toContain('`g` has no axis of heads')
    expect(layer).toMatch(/OwnRecurrence: [\d_]+ parameters, [\d_]+ bytes of state/)
    const body = textOf(await client.at('hover', main, 'twice_gated_delta(q, k', 2))
    expect(body).toContain('mapped over heads = 4')
    expect(body).toContain('* g: shared by all')
    expect(body).toMatch(/recurrence twice_gated_delta: (chunk|token)/)
    expect(textOf(await client.at('hover', main, 'softplus', 2))).not.toBe('')
  })

  it('keeps what it knew while the text does not parse', async () => {
    const client = await opened()
    client.edit(main, '  erase = sigmoid(', '  erase = = sigmoid((')
    expect(textOf(await client.at('hover', main, 'q = x', 0))).toContain('f32[B, T, heads = ')
  })
})

describe('definitions and references', () => {
  it('lead inside a file, to arguments, and into the library', async () => {
    const client = await opened()
    const own = await client.at<Location>('definition', main, 'twice_gated(heads, key, value)', 2)
    expect(textIn(client.text(main), own.range)).toBe('twice_gated')
    const library = await client.at<Location>('definition', main, 'swiglu', 2)
    expect(library.uri).toMatch(/src\/std\/feed_forward\.gdn$/)
    const found = await client.at<Location[]>('references', main, 'erase: f32', 1, { context: { includeDeclaration: true } })
    expect(found.map(({ range }) => textIn(client.text(main), range))).toEqual(['erase', 'erase'])
  })

  it('rename everything that means the same, and nothing else', async () => {
    const client = await opened()
    const edit = await client.at<WorkspaceEdit>('rename', main, 'layers = 8', 1, { newName: 'depth' })
    const after = edited(client.text(main), edit.changes?.[main] ?? [])
    expect(after).toContain('size depth = 8')
    expect(after).toContain('repeat depth {')
    expect(after).toContain('depth: 2,')
    expect(after).not.toContain('layers')
  })

  it('reach into the names of a mapping', async () => {
    const client = await opened(mapped)
    const rename = async (marked: string, newName: string) =>
      edited(client.text(main), (await client.at<WorkspaceEdit>('rename', main, marked, 0, { newName })).changes?.[main] ?? [])
    expect(await rename('k in 0', 'part')).toBe(mapped.replaceAll(/\bk\b/g, 'part'))
    expect(await rename('k + 1', 'part')).toBe(mapped.replaceAll(/\bk\b/g, 'part'))
  })

  it.each([
    ['swiglu', 'mine', /standard library/],
    ['layers = 8', 'vocab', /already the name of a size/],
    ['layers = 8', '2x', /no name/],
    ['layers = 8', 'linear', /name of the language/],
    ['twice_gated(heads, key, value)', 'swiglu', /already/],
    ['8', 'x', /no name of this spec/],
  ])('refuse to rename %s to %s', async (marked, newName, message) => {
    const client = await opened()
    await expect(client.at('rename', main, marked, 0, { newName })).rejects.toThrow(message)
  })
})

describe('completion', () => {
  const labels = async (before: string, text = tiny): Promise<readonly string[]> => {
    const client = await connect()
    client.open(main, text)
    return (await client.at<CompletionItem[]>('completion', main, before, before.length)).map(({ label }) => label)
  }

  it('has what the grammar takes', async () => {
    expect(await labels('gdn 1\n\n', 'gdn 1\n\n')).toEqual(expect.arrayContaining(['model', 'layer', 'recurrence', 'import']))
    expect(await labels('stack {\n    ', tiny)).toEqual(expect.arrayContaining(['repeat', 'case', 'shared', 'embedding', 'PreNorm']))
  })

  it('has arguments by name and the names in scope', async () => {
    const found = await labels('gated_deltanet(2, ')
    expect(found).toEqual(expect.arrayContaining(['value:', 'conv:', 'd', 'vocab']))
    expect(found).not.toContain('Tiny2')
  })

  it('works in a text that is being written', async () => {
    const client = await opened()
    client.edit(main, 'erase = sigmoid(linear(x, heads) as b_proj)', 'erase = sigmoid(lin')
    const found = (await client.at<CompletionItem[]>('completion', main, 'sigmoid(lin', 11)).map(({ label }) => label)
    expect(found).toEqual(expect.arrayContaining(['linear', 'heads', 'q', 'A_log']))
    expect(found).not.toContain('write')
  })

  it('is silent in texts and comments', async () => {
    expect(await labels('/// A sm')).toEqual([])
  })
})

it('shows what a call takes', async () => {
  const client = await connect()
  client.open(main, tiny)
  const help = await client.at<SignatureHelp>('signatureHelp', main, 'gated_deltanet(2, key: ', 23)
  const [signature] = help.signatures
  expect(signature?.label).toMatch(/^gated_deltanet\(x: f32\[B, T, d\], heads: size, key: size/)
  expect(signature?.parameters?.[help.activeParameter ?? -1]?.label).toBe('key: size')
})
