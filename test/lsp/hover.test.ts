import { describe, expect, it } from 'vitest'
import type { Hover } from 'vscode-languageserver'
import { builtinNames } from '../../src/check/builtins/index.ts'
import { wordText } from '../../src/lsp/words.ts'
import { exampleText } from '../check/support/spec.ts'
import { connect, markdownOf } from './support/client.ts'
import { marked } from './support/marked.ts'

const main = 'file:///specs/main.gdn'
const textOf = (hover: Hover | null): string => markdownOf(hover?.contents)

async function opened(text = exampleText('own_recurrence')) {
  const client = await connect()
  client.open(main, text)
  await client.diagnostics(main)
  return client
}

/** A spec with a mark at one name of each kind. */
const everything = `gdn 1

/// A small model.
model ⟦Tiny⟧model(⟦d⟧parameter: size = 6, classes: size = 3) {
  size ⟦wide⟧size = 2 * d
  dim ⟦B⟧dim: ⟦batch⟧role
  dim T: time
  /// Ids.
  input ⟦tokens⟧input: ⟦u32⟧type[B, T]
  output ⟦logits⟧output: f32[B, T, classes]
  stack {
    shared ⟦embed⟧shared = embedding(7, d)
    embed as start
    repeat 2 { ⟦Gate⟧item(⟦width⟧argument: wide) }
    ⟦local⟧nothing() as attend
    linear(classes) as ⟦head⟧name
  }
}

/// Gates each channel.
layer Gate(
  /// Channels in the middle.
  width: ⟦size⟧kind,
) {
  in x: f32[B, ⟦T⟧time, ⟦d⟧bound]
  weight ⟦gain⟧weight: f32[d] init ⟦start_at⟧init
  h = linear(x, width) as ⟦up⟧application
  out ⟦peak⟧result = h
  r = ⟦total⟧call(h, gain[0])
  out x * gain + (⟦linear⟧builtin(r * ⟦silu⟧function(h), d, ⟦bias⟧foreign: zeros) as down)
}

layer local {
  in x: f32[B, T, d]
  y = Gate(x, 3)
  out x + (linear(y.⟦peak⟧member, d) as up)
}

init start_at = ones

recurrence total(⟦v⟧vector: f32[N], by: f32) -> f32[N] {
  state ⟦s⟧state: f32[N]
  s = 0.5 * s + by * v
  out s
}
`

describe('hover', () => {
  const { text, places } = marked(everything)
  const shared = opened(text)
  const at = (label: string): number => (places.find((place) => place.label === label) as { start: number }).start

  it.each([
    ['model', /model Tiny.*A small model\..*Tiny: 408 parameters, 96 bytes of state per sequence after 4_096 tokens/s],
    ['parameter', /d: size = 6.*the number d = 6/s],
    ['size', /size wide = 2 \* d.*the number 2 \* d = 12/s],
    ['dim', /dim B: batch/],
    ['role', /axis of sequences/],
    ['input', /input tokens: u32\[B, T\].*Ids\..*a tensor u32\[B, T\]/s],
    ['type', /whole number/],
    ['output', /a tensor f32\[B, T, 3\]/],
    ['shared', /`embed.table` is f32\[7, 6\], 168 bytes/],
    [
      'item',
      /layer Gate.*Gates each channel\..*156 parameters, 48 bytes of state per sequence.*applied 2 times.*`layers.\{i\}.gain` is f32\[6\], 24 bytes each, 2 times/s,
    ],
    ['argument', /width: size.*Channels in the middle\..*the number/s],
    ['name', /linear\(classes\) as head.*18 parameters.*`head.weight` is f32\[3, 6\], 72 bytes/s],
    ['kind', /A number known at compile time/],
    ['time', /The time axis/],
    ['bound', /size d.*the number d = 6/s],
    ['weight', /weight gain.*a tensor f32\[d = 6\].*`layers.\{i\}.gain` is f32\[6\], 24 bytes each, 2 times/s],
    ['init', /init start_at = ones.*a starting value/s],
    ['application', /`layers.\{i\}.up.weight` is f32\[12, 6\], 288 bytes each, 2 times/],
    ['result', /out peak = h.*a tensor/s],
    ['call', /recurrence total.*a tensor.*token by token.*no, s is not a matrix/s],
    ['builtin', /a projection of the last axis.*a tensor f32\[B, T, d = 6\].*`layers.\{i\}.down.bias`/s],
    ['function', /`x \* sigmoid\(x\)`.*a tensor/s],
    ['foreign', /a projection of the last axis/],
    ['member', /out peak = h.*a tensor/s],
    ['vector', /v: f32\[N\].*a vector f32\[12\]/s],
    ['state', /state s: f32\[N\].*a /s],
  ])('tells of a %s', async (label, expected) => {
    const client = await shared
    expect(textOf(await client.atOffset('hover', main, at(label)))).toMatch(expected)
  })

  it('has a text for every word of the language', () => {
    expect([...builtinNames].filter((name) => wordText(name) === undefined)).toEqual([])
  })

  it('tells family, reason, and what heads share', async () => {
    const client = await opened()
    const layer = textOf(await client.at('hover', main, 'twice_gated(heads, key, value)', 3))
    expect(layer).toContain('`g` has no axis of heads')
    expect(layer).toMatch(/OwnRecurrence: [\d_]+ parameters, [\d_]+ bytes of state per sequence/)
    const body = textOf(await client.at('hover', main, 'twice_gated_delta(q, k', 2))
    expect(body).toContain('mapped over heads = 4')
    expect(body).toContain('* g: shared by all')
    expect(body).toMatch(/recurrence twice_gated_delta: (chunk|token)/)
  })

  it('keeps what it knew while the text does not parse', async () => {
    const client = await opened()
    client.edit(main, '  erase = sigmoid(', '  erase = = sigmoid((')
    expect(textOf(await client.at('hover', main, 'q = x', 0))).toContain('f32[B, T, heads = ')
    expect(textOf(await client.at('hover', main, 'dt_bias: f32', 0))).toContain('`layers.{i}.mix.dt_bias`')
  })
})
