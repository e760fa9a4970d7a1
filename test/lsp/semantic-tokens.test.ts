import { describe, expect, it } from 'vitest'
import type { SemanticTokens, SemanticTokensLegend } from 'vscode-languageserver'
import { type Client, connect, positionAt } from './support/client.ts'
import { marked } from './support/marked.ts'

const main = 'file:///specs/main.gdn'

async function opened(text: string) {
  const client = await connect()
  client.open(main, text)
  return client
}

/** Type and modifiers of each token by its text and offset. */
async function tokensOf(client: Client, range?: readonly [number, number]) {
  const text = client.text(main)
  const legend: SemanticTokensLegend | undefined = client.capabilities.semanticTokensProvider?.legend
  const { tokenTypes, tokenModifiers } = legend ?? { tokenTypes: [], tokenModifiers: [] }
  const { data } = await client.of<SemanticTokens>(`semanticTokens/${range === undefined ? 'full' : 'range'}`, main, {
    ...(range === undefined ? {} : { range: { start: positionAt(text, range[0]), end: positionAt(text, range[1]) } }),
  })
  const starts = [0, ...[...text.matchAll(/\r\n|\n/g)].map(({ index, 0: end }) => index + end.length)]
  let [line, character] = [0, 0]
  return Array.from({ length: data.length / 5 }, (_, i) => {
    const [lines, characters, length, type, bits] = data.slice(5 * i, 5 * i + 5) as [number, number, number, number, number]
    character = lines === 0 ? character + characters : characters
    line += lines
    const start = (starts[line] as number) + character
    const modifiers = tokenModifiers.filter((_, bit) => bits & (1 << bit))
    return { start, text: text.slice(start, start + length), is: [tokenTypes[type], ...modifiers].join('_') }
  })
}

const spec = `⟦gdn⟧keyword ⟦1⟧number
⟦import⟧keyword Block ⟦as⟧keyword B2 ⟦from⟧keyword ⟦"./none.gdn"⟧string
⟦/// Doc.⟧comment_documentation
⟦model⟧keyword ⟦Tiny⟧class_declaration(⟦d⟧parameter_declaration_readonly: ⟦size⟧type = ⟦6⟧number) {
  ⟦size⟧keyword ⟦wide⟧typeParameter_declaration_readonly = 2 ⟦*⟧operator ⟦d⟧parameter_readonly ⟦// twice⟧comment
  ⟦dim⟧keyword ⟦B⟧typeParameter_declaration_readonly: ⟦batch⟧type
  dim T: time
  ⟦input⟧keyword ⟦tokens⟧parameter_declaration: ⟦u32⟧type[⟦B⟧typeParameter_readonly, T]
  ⟦output⟧keyword ⟦y⟧variable_declaration: f32[B, T, ⟦wide⟧typeParameter_readonly]
  ⟦stack⟧keyword {
    ⟦embedding⟧class_defaultLibrary(7, d) as ⟦start⟧variable_declaration
    ⟦repeat⟧keyword 2 { ⟦Gate⟧class(d, ⟦weight⟧parameter_readonly: ⟦true⟧keyword) }
    ⟦swiglu⟧class_defaultLibrary(4) ⟦|⟧operator ⟦linear⟧class_defaultLibrary(wide)
  }
}
⟦layer⟧keyword ⟦Gate⟧class_declaration(n: size, ⟦weight⟧parameter_declaration_readonly: ⟦flag⟧type) {
  ⟦in⟧keyword ⟦x⟧parameter_declaration: f32[B, ⟦T⟧typeParameter, ⟦d⟧typeParameter_declaration_readonly]
  ⟦weight⟧keyword ⟦gain⟧property_declaration: f32[d] ⟦init⟧keyword ⟦A_start⟧variable_readonly_defaultLibrary
  ⟦shared⟧keyword ⟦up⟧variable_declaration_readonly = linear(n, ⟦bias⟧parameter: zeros)
  ⟦r⟧variable_declaration = ⟦total⟧function(up(x) as ⟦t⟧property_declaration)
  out ⟦peak⟧property_declaration = ⟦silu⟧function_defaultLibrary(x) * up.⟦bias⟧property
  out ⟦case⟧keyword ⟦weight⟧parameter_readonly { true: ⟦gain⟧property * r.⟦s⟧property, ⟦else⟧keyword: x * ⟦position⟧variable_defaultLibrary }
}
⟦recurrence⟧keyword ⟦total⟧function_declaration(⟦v⟧parameter_declaration_readonly: f32[⟦N⟧typeParameter_declaration_readonly] in ⟦..⟧operator 0) -> f32[N] {
  ⟦state⟧keyword ⟦s⟧property_declaration: f32[N]
  ⟦s⟧property = ⟦read⟧function_defaultLibrary(⟦s⟧property, v)
  out s
}
⟦checkpoint⟧keyword ⟦Tiny⟧class ⟦from⟧keyword ⟦safetensors⟧type {
  ⟦"a"⟧string <- "b" ⟦|⟧operator ⟦split⟧function(0, ⟦d⟧parameter_readonly)
}
`

describe('semantic tokens', () => {
  const { text, places } = marked(spec)

  it.each(['\n', '\r\n'])('say what each word is, keywords that are names included; line ends %j', async (end) => {
    const client = await opened(text.replaceAll('\n', end))
    const found = await tokensOf(client)
    const shift = (offset: number) => offset + (end.length - 1) * (text.slice(0, offset).split('\n').length - 1)
    const wanted = places.map(({ label, start, end: stop }) => ({ start: shift(start), text: text.slice(start, stop), is: label }))
    const marks = new Set(wanted.map(({ start }) => start))
    expect(found.filter(({ start }) => marks.has(start))).toEqual(wanted)
  })

  it('of a range are those of the file that lie in it', async () => {
    const client = await opened(text)
    const [from, to] = [text.indexOf('layer Gate'), text.indexOf('recurrence')]
    const all = await tokensOf(client)
    expect(await tokensOf(client, [from, to])).toEqual(all.filter(({ start }) => from <= start && start < to))
  })

  it('are in order and do not overlap', async () => {
    const all = await tokensOf(await opened(text))
    for (const [i, { start }] of all.entries())
      if (i > 0) expect(start).toBeGreaterThanOrEqual((all[i - 1]?.start ?? 0) + (all[i - 1]?.text.length ?? 0))
  })

  it('stay where the text does not parse', async () => {
    const client = await opened(text)
    client.edit(main, 'r = total(up(x)', 'r = = total(up((x)')
    const found = await tokensOf(client)
    const at = (word: string) => found.filter((one) => one.text === word).map(({ is }) => is)
    expect(at('Gate')).toEqual(['class', 'class_declaration'])
    expect(at('total')).toEqual(['function', 'function_declaration'])
    expect(at('layer')).toEqual(['keyword'])
  })
})
