import { describe, expect, it } from 'vitest'
import {
  type DocumentHighlight,
  DocumentHighlightKind,
  type Location,
  type SelectionRange,
  type SymbolInformation,
} from 'vscode-languageserver'
import { exampleText } from '../check/support/spec.ts'
import { connect, textIn } from './support/client.ts'
import { gate, model, specs, textOfSpec } from './support/specs.ts'

const main = 'file:///specs/main.gdn'

async function opened() {
  const client = await connect()
  client.open(main, exampleText('own_recurrence'))
  return client
}

describe('definition', () => {
  it('leads inside a file, to arguments, and into the library', async () => {
    const client = await opened()
    const own = await client.at<Location>('definition', main, 'twice_gated(heads, key, value)', 2)
    expect(textIn(client.text(main), own.range)).toBe('twice_gated')
    const library = await client.at<Location>('definition', main, 'swiglu', 2)
    expect(library.uri).toMatch(/src\/std\/feed_forward\.gdn$/)
  })

  it('leads to members, through imports, and from the path of an import to its file', async () => {
    const client = await connect(specs)
    client.open(model, specs[model])
    const member = await client.at<Location>('definition', model, '.peak', 2)
    expect([member.uri, textIn(textOfSpec(member.uri), member.range)]).toEqual([gate, 'peak'])
    const argument = await client.at<Location>('definition', model, 'width: 8', 1)
    expect([argument.uri, textIn(textOfSpec(argument.uri), argument.range)]).toEqual([gate, 'width'])
    const file = await client.at<Location>('definition', model, '"./parts/gate.gdn"', 4)
    expect(file).toMatchObject({ uri: gate, range: { start: { line: 0, character: 0 } } })
  })

  it('of nothing is nothing', async () => {
    const client = await opened()
    expect(await client.at('definition', main, 'gdn 1', 1)).toBeNull()
    expect(
      await client.rpc.sendRequest('textDocument/definition', {
        textDocument: { uri: 'file:///none.gdn' },
        position: { line: 0, character: 0 },
      }),
    ).toBeNull()
  })
})

describe('references', () => {
  it('are those of one declaration, with it or without', async () => {
    const client = await opened()
    const ask = (includeDeclaration: boolean) =>
      client.at<Location[]>('references', main, 'erase: f32', 1, { context: { includeDeclaration } })
    expect((await ask(true)).map(({ range }) => textIn(client.text(main), range))).toEqual(['erase', 'erase'])
    expect(await ask(false)).toHaveLength(1)
  })

  it('are found in files of the workspace that are not open, through several imports', async () => {
    const client = await connect(specs, { folders: ['file:///specs'] })
    client.open(gate, specs[gate])
    const found = await client.at<Location[]>('references', gate, 'width: size', 1, {
      context: { includeDeclaration: false },
    })
    expect(found.map(({ uri, range }) => `${uri.slice('file:///specs/'.length)} ${textIn(textOfSpec(uri), range)}`).sort()).toEqual([
      'model.gdn width',
      'other/use.gdn width',
      'parts/gate.gdn width',
    ])
  })
})

it('highlights what is named in the file, and where it is written', async () => {
  const client = await opened()
  const found = await client.at<DocumentHighlight[]>('documentHighlight', main, 'S = exp(g)', 0)
  const lines = client.text(main).split('\n')
  expect(found.map(({ range, kind }) => [lines[range.start.line]?.trim().slice(0, 12), kind === DocumentHighlightKind.Write])).toEqual([
    ['state S: f32', true],
    ['S = exp(g) *', true],
    ['S = exp(g) *', false],
    ['S = S + oute', true],
    ['S = S + oute', false],
    ['S = S + oute', false],
    ['out read(S, ', false],
  ])
})

it('selects the syntax around a place, from the inside', async () => {
  const client = await opened()
  const at = client.text(main).indexOf('heads, key, value), swiglu')
  const before = client.text(main).slice(0, at).split('\n')
  const positions = [{ line: before.length - 1, character: before.at(-1)?.length }]
  const [innermost] = await client.of<SelectionRange[]>('selectionRange', main, { positions })
  const texts: string[] = []
  for (let one = innermost; one !== undefined; one = one.parent) texts.push(textIn(client.text(main), one.range))
  expect(texts.slice(0, 3)).toEqual(['heads', 'twice_gated(heads, key, value)', 'PreNorm(twice_gated(heads, key, value), swiglu(ffn))'])
  expect(texts.at(-1)).toMatch(/^gdn 1/)
})

it('finds symbols of the workspace and the library by their letters', async () => {
  const client = await connect(specs, { folders: ['file:///specs'] })
  const ask = async (query: string) => {
    const found = await client.rpc.sendRequest<SymbolInformation[]>('workspace/symbol', { query })
    return found.map(({ name, containerName }) => `${containerName} ${name}`)
  }
  expect(await ask('gte')).toEqual(expect.arrayContaining(['gate.gdn Gate', 'delta.gdn gated_delta_2']))
  expect(await ask('Small')).toEqual(['model.gdn Small'])
  expect(await ask('nothing like it')).toEqual([])
})
