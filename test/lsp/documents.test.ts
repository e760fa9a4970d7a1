import { describe, expect, it } from 'vitest'
import type { CodeAction, DocumentSymbol, FoldingRange, TextEdit } from 'vscode-languageserver'
import { mayGrow } from '../../src/diagnostics/catalogue/plan.ts'
import { tiny } from '../cli/support/gdnc.ts'
import { connect, edited, textIn } from './support/client.ts'

const main = 'file:///specs/main.gdn'
const blocks = 'file:///specs/blocks.gdn'

describe('diagnostics', () => {
  it('are none for a spec that is right, with the version that they are about', async () => {
    const client = await connect()
    client.open(main, tiny)
    expect(await client.diagnostics(main)).toEqual([])
    expect(client.published(main)?.version).toBe(1)
  })

  it('tell several mistakes at their places, and go when they are mended', async () => {
    const client = await connect()
    client.open(main, tiny.replace('swiglu(24))\n      Pre', 'swiglo(24))\n      Pre').replace('rms_norm(eps', 'rms_norm(epz'))
    const found = await client.diagnostics(main)
    expect(found.map(({ range }) => textIn(client.text(main), range))).toEqual(['swiglo', 'epz'])
    expect(found[0]).toMatchObject({ severity: 1, source: 'gdnc', code: expect.stringMatching(/^GDN2/) })
    expect(found[0]?.message).toContain(`gdnc explain ${found[0]?.code}`)
    client.edit(main, 'swiglo', 'swiglu')
    expect((await client.diagnostics(main)).map(({ range }) => textIn(client.text(main), range))).toEqual(['epz'])
    client.edit(main, 'epz', 'eps')
    expect(await client.diagnostics(main)).toEqual([])
  })

  it('warn of a decay that nothing bounds, at its recurrence', async () => {
    const client = await connect()
    const [, text = ''] = /```gdn\n([\s\S]*?)```/.exec(mayGrow.page) ?? []
    client.open(main, text)
    const found = await client.diagnostics(main)
    expect(found.map(({ severity, code, range }) => [severity, code, textIn(text, range)])).toEqual([[2, mayGrow.code, 'growing']])
  })

  it('count UTF-16 code units, in files with CRLF and letters beyond the first plane', async () => {
    const client = await connect()
    client.open(
      main,
      tiny.replace('small', 'sm\u{1D552}ll \u00FC').replace('swiglu(24))', 'swiglo(24)) // \u{1F600}').replaceAll('\n', '\r\n'),
    )
    const [found] = await client.diagnostics(main)
    expect(found && textIn(client.text(main), found.range)).toBe('swiglo')
    client.edit(main, '\u{1F600}', '\u{1F600}\u{1F600}')
    client.edit(main, '\u{1D552}ll', 'all \u{1D552}')
    const [again] = await client.diagnostics(main)
    expect(again && textIn(client.text(main), again.range)).toBe('swiglo')
  })

  it('of a text that does not parse are those of the syntax', async () => {
    const client = await connect()
    client.open(main, tiny)
    client.edit(main, 'repeat 1 {', 'repeat 1 ')
    const found = await client.diagnostics(main)
    expect(found.length).toBeGreaterThan(0)
    expect(found.every(({ code }) => String(code).startsWith('GDN1'))).toBe(true)
    client.edit(main, 'repeat 1 ', 'repeat 1 {')
    expect(await client.diagnostics(main)).toEqual([])
  })

  it('see imports: in open documents before files, and in files', async () => {
    const block = 'gdn 1\n\nblock Plain(mix: layer, ffn: layer) {\n  in x: f32[B, T, d]\n  out x + ffn(mix(x))\n}\n'
    const client = await connect({ [blocks]: block })
    client.open(main, `gdn 1\n\nimport Plain from "./blocks.gdn"\n${tiny.slice('gdn 1\n'.length).replaceAll('PreNorm', 'Plain')}`)
    expect(await client.diagnostics(main)).toEqual([])
    client.open(blocks, block)
    client.edit(blocks, 'Plain', 'Other')
    await client.until(() => (client.published(main)?.diagnostics.length ?? 0) > 0)
    expect(client.published(main)?.diagnostics.map(({ range }) => textIn(client.text(main), range))).toEqual(['Plain'])
    await client.rpc.sendNotification('textDocument/didClose', { textDocument: { uri: blocks } })
    await client.until(() => client.published(main)?.diagnostics.length === 0)
  })
})

it('offers the fixes that diagnostics carry', async () => {
  const client = await connect()
  client.open(main, tiny.replace('swiglu(24))\n      Pre', 'swiglo(24))\n      Pre'))
  const [problem] = await client.diagnostics(main)
  const actions = await client.of<CodeAction[]>('codeAction', main, { range: problem?.range, context: { diagnostics: [problem] } })
  expect(actions.map(({ title }) => title)).toEqual(['write swiglu'])
  const edits = actions[0]?.edit?.changes?.[main] ?? []
  expect(edited(client.text(main), edits)).toBe(tiny)
  const elsewhere = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }
  expect(await client.of('codeAction', main, { range: elsewhere, context: { diagnostics: [] } })).toEqual([])
})

it.each(['\n', '\r\n'])('formats with a small edit, and keeps line ends %j', async (end) => {
  const client = await connect()
  const text = tiny.replaceAll('\n', end)
  client.open(main, text.replace('repeat 1 {', 'repeat   1 {'))
  const edits = await client.of<TextEdit[]>('formatting', main, { options: { tabSize: 2, insertSpaces: true } })
  const formatted = edited(client.text(main), edits)
  expect(formatted).toContain(`    repeat 1 {${end}`)
  expect(formatted.replaceAll('\r\n', '').includes('\n')).toBe(end === '\n')
  client.edit(main, 'stack {', 'stack ')
  expect(await client.of('formatting', main, { options: { tabSize: 2, insertSpaces: true } })).toEqual([])
})

it('gives the outline and folds', async () => {
  const client = await connect()
  client.open(main, tiny)
  const [model] = await client.of<DocumentSymbol[]>('documentSymbol', main)
  expect(model).toMatchObject({ name: 'Tiny', detail: 'model' })
  expect(model?.children?.map(({ name }) => name)).toEqual(['d', 'vocab', 'B', 'T', 'tokens', 'logits'])
  expect(model && textIn(tiny, model.selectionRange)).toBe('Tiny')
  const folds = await client.of<FoldingRange[]>('foldingRange', main)
  const lines = tiny.split('\n')
  expect(folds.map(({ startLine, endLine }) => [lines[startLine]?.trim().split(' ')[0], lines[endLine + 1]?.trim()])).toEqual([
    ['model', '}'],
    ['stack', '}'],
    ['repeat', '}'],
  ])
})
