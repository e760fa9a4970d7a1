import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Hover, LSPErrorCodes, type Range, type TextEdit } from 'vscode-languageserver'
import { Workspace } from '../../src/lsp/workspace.ts'
import { format } from '../../src/syntax/format/format.ts'
import { tiny } from '../cli/support/gdnc.ts'
import { connect, edited, markdownOf, positionAt, serve, textIn } from './support/client.ts'
import { gate, model, specs, textOfSpec } from './support/specs.ts'

const main = 'file:///specs/main.gdn'

/** Pieces that are hard to count: letters of two units, three kinds of line ends, none at the end. */
const pieces = ['a', '\n', '\r\n', '\r', '\u{1F600}', 'ü', ' ', '{', '// x', '']

describe('edits', () => {
  it('give the text that the editor has, whatever they are', () => {
    const change = fc.record({ at: fc.nat(200), length: fc.nat(12), text: fc.array(fc.constantFrom(...pieces), { maxLength: 6 }) })
    fc.assert(
      fc.property(fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), (notifications) => {
        const workspace = new Workspace({
          readText: () => undefined,
          specsBelow: () => ({ uris: [], complete: true }),
          library: () => 'gdn 1\n',
          libraryUri: (name) => name,
          version: '0',
        })
        let text = 'gdn 1\r\n\u{1F600}x\nlayer a {\r  in x\n}'
        workspace.open(main, 1, text)
        for (const [i, changes] of notifications.entries()) {
          const contentChanges = changes.map(({ at, length, text: parts }) => {
            // Whole characters, as an editor's cursor goes.
            const letters = [...text.matchAll(/\r\n|[\s\S]/gu)].map(({ index }) => index).concat(text.length)
            const [from, to] = [at, at + length].map((n) => letters[Math.min(n, letters.length - 1)] as number) as [number, number]
            const range: Range = { start: positionAt(text, from), end: positionAt(text, to) }
            text = text.slice(0, from) + parts.join('') + text.slice(to)
            return { range, text: parts.join('') }
          })
          workspace.change(main, i + 2, contentChanges)
        }
        expect(workspace.file(main)?.source.text).toBe(text)
      }),
      { numRuns: 200 },
    )
  })

  it('may come faster than answers: what is answered is the last text', async () => {
    const client = await connect()
    client.open(main, tiny)
    const replies: Promise<Hover | null>[] = []
    for (let n = 17; n < 57; n++) {
      client.edit(main, `size = ${n - 1}`, `size = ${n}`)
      if (n % 8 === 0) replies.push(client.at<Hover>('hover', main, 'd: size', 0))
    }
    const texts = (await Promise.all(replies)).map((one) => markdownOf(one?.contents))
    expect(texts.map((text) => /d: size = (\d+)/.exec(text)?.[1])).toEqual(['24', '32', '40', '48', '56'])
    expect(await client.diagnostics(main)).toEqual([])
    client.replace(main, `${tiny}\n\n\n`)
    const edits = await client.of<TextEdit[]>('formatting', main, { options: { tabSize: 2, insertSpaces: true } })
    expect(edited(client.text(main), edits)).toBe(format(client.text(main)))
  })

  it('of a file that is not open are ignored', async () => {
    const client = await connect()
    await client.rpc.sendNotification('textDocument/didChange', {
      textDocument: { uri: main, version: 2 },
      contentChanges: [{ text: 'x' }],
    })
    expect(await client.of('documentSymbol', main)).toBeNull()
  })
})

it('answers a request that was cancelled while it waited with that, and goes on', async () => {
  const { up, down } = serve({ [main]: tiny })
  const bytes = (message: object): string => {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message })
    return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  }
  const symbols = (id: number) => bytes({ id, method: 'textDocument/documentSymbol', params: { textDocument: { uri: main } } })
  let said = ''
  const done = new Promise<void>((end) => {
    down.on('data', (data) => {
      said += String(data)
      if (said.includes('"id":3')) end()
    })
  })
  const start = bytes({ id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } })
  // In one piece, so that the server has read the last before it answers the first.
  up.write([start, symbols(2), bytes({ method: '$/cancelRequest', params: { id: 2 } }), symbols(3)].join(''))
  await done
  const answers = said
    .split(/Content-Length: \d+\r\n\r\n/)
    .flatMap((text) => (text === '' ? [] : [JSON.parse(text) as { id: number; error?: { code: number } }]))
  expect(answers.map(({ id, error }) => [id, error?.code])).toEqual([
    [1, undefined],
    [2, LSPErrorCodes.RequestCancelled],
    [3, undefined],
  ])
})

describe('files outside of open documents', () => {
  it('are watched, and their changes reach the diagnostics of those that import them', async () => {
    const files: Record<string, string> = { ...specs }
    const client = await connect(files, { capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } } })
    const { registrations } = await client.registered
    expect(registrations).toMatchObject([
      { method: 'workspace/didChangeWatchedFiles', registerOptions: { watchers: [{ globPattern: '**/*.gdn' }] } },
    ])
    client.open(model, specs[model])
    expect(await client.diagnostics(model)).toEqual([])
    files[gate] = specs[gate].replace('out peak', 'out top')
    await client.rpc.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: gate, type: 2 }] })
    await client.until(() => (client.published(model)?.diagnostics.length ?? 0) > 0)
    expect(client.published(model)?.diagnostics.map(({ range }) => textIn(client.text(model), range))).toEqual(['peak'])
    delete files[gate]
    await client.rpc.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: gate, type: 3 }] })
    await client.until(() => client.published(model)?.diagnostics.some(({ message }) => String(message).includes('gate.gdn')) === true)
    files[gate] = specs[gate]
    // An editor that watches nothing says what it saves.
    await client.rpc.sendNotification('textDocument/didSave', { textDocument: { uri: model } })
    await client.until(() => client.published(model)?.diagnostics.length === 0)
  })

  it('are told of while an open document imports them, with their own mistakes', async () => {
    const files: Record<string, string> = { ...specs, [gate]: specs[gate].replace('silu(h)', 'sillu(h)') }
    const client = await connect(files)
    client.open(model, specs[model])
    await client.until(() => (client.published(gate)?.diagnostics.length ?? 0) > 0)
    expect(client.published(gate)?.diagnostics.map(({ range }) => textIn(files[gate] ?? '', range))).toEqual(['sillu'])
    await client.rpc.sendNotification('textDocument/didClose', { textDocument: { uri: model } })
    await client.until(() => client.published(gate)?.diagnostics.length === 0)
  })

  it('are looked for in the folders that the editor has open now', async () => {
    const client = await connect({ ...specs }, { capabilities: { workspace: { workspaceFolders: true } } })
    const find = async () =>
      (await client.rpc.sendRequest<{ name: string }[]>('workspace/symbol', { query: 'unused' })).map(({ name }) => name)
    expect(await find()).toEqual([])
    const folder = { uri: 'file:///specs/parts', name: 'parts' }
    await client.rpc.sendNotification('workspace/didChangeWorkspaceFolders', { event: { added: [folder], removed: [] } })
    expect(await find()).toEqual(['unused'])
    await client.rpc.sendNotification('workspace/didChangeWorkspaceFolders', { event: { added: [], removed: [folder] } })
    expect(await find()).toEqual([])
  })

  it('that are no specs of this machine are answered with nothing', async () => {
    const client = await connect()
    for (const uri of ['file:///none.gdn', 'untitled:Untitled-1', 'https://example.org/a.gdn', 'nonsense']) {
      expect(await client.of('documentSymbol', uri)).toBeNull()
      expect(await client.of('semanticTokens/full', uri)).toEqual({ data: [] })
    }
    client.open('untitled:Untitled-1', textOfSpec(gate))
    expect(await client.diagnostics('untitled:Untitled-1')).toEqual([])
    expect(await client.at('definition', 'untitled:Untitled-1', 'width)', 1)).toMatchObject({ uri: 'untitled:Untitled-1' })
  })
})
