import { describe, expect, it } from 'vitest'
import { type CompletionItem, InsertTextFormat, type SignatureHelp } from 'vscode-languageserver'
import { exampleText } from '../check/support/spec.ts'
import { tiny } from '../cli/support/gdnc.ts'
import { connect, markdownOf } from './support/client.ts'
import { marked } from './support/marked.ts'
import { model, specs } from './support/specs.ts'

const main = 'file:///specs/main.gdn'

/** What is offered at the mark `⟦⟧` of a text. */
async function offered(source: string, uri = main): Promise<readonly CompletionItem[]> {
  const { text, places } = marked(source)
  const client = await connect({ ...specs }, { folders: ['file:///specs'] })
  client.open(uri, text)
  const found = await client.atOffset<CompletionItem[]>('completion', uri, places[0]?.start ?? 0)
  return [...found].sort((a, b) => ((a.sortText ?? '') < (b.sortText ?? '') ? -1 : 1))
}

const labels = async (source: string, uri = main): Promise<readonly string[]> => (await offered(source, uri)).map(({ label }) => label)

const layer = (body: string): string =>
  `gdn 1\nlayer f(heads: size, mix: layer = none, on: flag = true) {\n  in x: f32[B, T, d]\n${body}\n  out x\n}\n`
const body = (text: string): string =>
  `gdn 1\nrecurrence r(v: f32[N], g: f32 in .. 0) -> f32[N] {\n  state s: f32[N]\n${text}\n  out s\n}\n`

describe('completion', () => {
  it.each([
    ['a file', 'gdn 1\n\n⟦⟧', ['model', 'layer', 'recurrence', 'import'], ['x', 'linear']],
    [
      'a stack',
      tiny.replace('stack {\n', 'stack {\n    ⟦⟧'),
      ['repeat', 'case', 'shared', 'embedding', 'PreNorm'],
      ['Tiny', 'gated_delta', 'silu', 'A_start', 'd'],
    ],
    [
      'a layer',
      layer('  y = ⟦⟧'),
      ['x', 'heads', 'mix', 'd', 'linear', 'swiglu', 'gated_delta', 'silu', 'position'],
      ['outer', 'matvec', 'f32', 'y'],
    ],
    [
      'the body of a recurrence',
      body('  s = ⟦⟧'),
      ['s', 'v', 'g', 'N', 'outer', 'read', 'exp', 'softmax'],
      ['linear', 'swiglu', 'conv1d', 'gated_delta', 'A_start'],
    ],
    ['the application of a model', `${tiny}\nmodel Two = ⟦⟧`, ['Tiny'], ['linear', 'swiglu', 'silu']],
    ['a parameter of a layer', 'gdn 1\nlayer f(a: ⟦⟧', ['size', 'layer', 'flag', 'swiglu'], ['f32', 'linear', 'Tiny', 'a:']],
    ['a parameter of a recurrence', 'gdn 1\nrecurrence f(a: ⟦⟧', ['f32', 'size'], ['swiglu', 'linear']],
    ['the result of a recurrence', 'gdn 1\nrecurrence f(a: f32) -> ⟦⟧', ['f32'], ['size', 'swiglu']],
    ['an axis', 'gdn 1\nmodel M {\n  dim B: ⟦⟧', ['batch', 'time'], ['size', 'linear']],
    ['an input', 'gdn 1\nmodel M {\n  input x: ⟦⟧', ['f32', 'u32'], ['size', 'linear']],
    ['the shape of a type', layer('  weight w: f32[⟦⟧]'), ['heads', 'd'], ['f32']],
    ['an arm of a case', layer('  y = case on { true: ⟦⟧'), ['x', 'linear'], ['size', 'f32']],
    ['a mapping', `${tiny}\ncheckpoint ⟦⟧`, ['Tiny'], ['linear']],
    ['a transform', `${tiny}\ncheckpoint Tiny from safetensors {\n  "a" <- "b" | ⟦⟧`, ['transpose', 'split', 'add'], ['silu', 'linear']],
  ] as const)('in %s has what can stand there, and no more', async (_, source, some, none) => {
    const found = await labels(source)
    expect(found).toEqual(expect.arrayContaining([...some]))
    expect(found.filter((label) => (none as readonly string[]).includes(label))).toEqual([])
  })

  it.each([
    'gdn 1\nlayer ⟦⟧',
    layer('  y = linear(x, d) as ⟦⟧'),
    layer('  size ⟦⟧'),
    '/// A sm⟦⟧all one',
    'gdn 1\ncheckpoint M from safetensors { "a⟦⟧b" }',
  ])('is silent where a new name, a text or a comment is written: %j', async (source) => {
    expect(await labels(source)).toEqual([])
  })

  it('has the arguments that are not given yet, with what is written about them', async () => {
    const found = await offered(tiny.replace('gated_deltanet(2, key: 4,', 'gated_deltanet(2, key: 4, ⟦⟧'))
    const conv = found.find(({ label }) => label === 'conv:')
    expect(conv).toMatchObject({ insertText: 'conv: ', insertTextFormat: InsertTextFormat.PlainText, detail: 'conv: size = 4' })
    expect(markdownOf(conv?.documentation)).toBe('Tokens that the filters behind the projections see.')
    const names = found.map(({ label }) => label)
    expect(names).toEqual(expect.arrayContaining(['d', 'vocab']))
    expect(names).not.toContain('key:')
  })

  it('offers first what the kind of an argument asks for', async () => {
    const first = async (source: string, count: number) => (await labels(source)).slice(0, count)
    expect(await first(layer('  y = PreNorm(mix: ⟦⟧'), 60)).toEqual(expect.arrayContaining(['mix', 'swiglu', 'linear']))
    expect((await first(layer('  y = mamba2(norm_first: ⟦⟧'), 3)).sort()).toEqual(['false', 'on', 'true'])
    expect((await first(layer('  y = linear(bias: ⟦⟧'), 12)).sort()).toEqual(expect.arrayContaining(['A_start', 'dt_start', 'zeros']))
    expect((await first(layer('  y = swiglu(hidden: ⟦⟧'), 3)).sort()).toEqual(['d', 'heads', 'round_up'])
  })

  it('never inserts a snippet, and says what each thing is', async () => {
    const found = await offered(layer('  y = ⟦⟧'))
    expect(found.filter(({ insertTextFormat }) => insertTextFormat !== InsertTextFormat.PlainText)).toEqual([])
    expect(found.filter(({ documentation }) => documentation === undefined).map(({ label }) => label)).toEqual([])
  })

  it('knows members, also of values from other files, while the text is being written', async () => {
    const from = specs[model].replace('linear(g.peak, classes)', 'linear(g.⟦⟧, classes)')
    expect(await labels(from, model)).toEqual(['gain', 'peak'])
    expect(await labels(from.replace('g.⟦⟧, classes) as top', 'g.⟦⟧'), model)).toEqual(['gain', 'peak'])
    expect(await labels(layer('  s = gated_delta(x, x, x, 1, 0).⟦⟧'))).toEqual(['S'])
  })

  it('knows the files that an import can name, in place of what is written of the path', async () => {
    const other = 'file:///specs/other/new.gdn'
    const found = await offered('gdn 1\nimport Gate from "../pa⟦⟧', other)
    expect(found.map(({ label }) => label)).toEqual(['../model.gdn', '../parts/gate.gdn', './use.gdn'])
    expect(found[0]?.textEdit).toMatchObject({
      newText: '../model.gdn',
      range: { start: { line: 1, character: 18 }, end: { line: 1, character: 23 } },
    })
  })

  it('knows what a file that is imported has', async () => {
    const other = 'file:///specs/new.gdn'
    expect(await labels('gdn 1\nimport Gate, ⟦⟧ from "./parts/gate.gdn"\n', other)).toEqual(['unused', 'from'])
  })

  it('works in a text that is being written', async () => {
    const text = exampleText('own_recurrence').replace('erase = sigmoid(linear(x, heads) as b_proj)', 'erase = sigmoid(lin⟦⟧')
    const found = await labels(text)
    expect(found).toEqual(expect.arrayContaining(['linear', 'heads', 'q', 'A_log']))
    expect(found).not.toContain('write')
  })
})

describe('signature help', () => {
  it('shows what a call takes, and what comes next', async () => {
    const client = await connect()
    client.open(main, tiny)
    const help = await client.at<SignatureHelp>('signatureHelp', main, 'gated_deltanet(2, key: ', 23)
    const [signature] = help.signatures
    expect(signature?.label).toMatch(/^gated_deltanet\(x: f32\[B, T, d\], heads: size, key: size/)
    expect(markdownOf(signature?.documentation)).toContain('arXiv 2412.06464')
    const next = signature?.parameters?.[help.activeParameter ?? -1]
    expect([next?.label, markdownOf(next?.documentation)]).toEqual(['key: size', 'Channels of a query or key head.'])
  })

  it('is for calls, not for declarations', async () => {
    const client = await connect()
    client.open(main, tiny)
    expect(await client.at('signatureHelp', main, 'Tiny(d: ', 8)).toBeNull()
  })
})
