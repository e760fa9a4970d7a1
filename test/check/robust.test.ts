import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check } from '../../src/check/index.ts'
import { verifyModel } from '../../src/model/verify.ts'
import { parseFile } from '../../src/syntax/parse.ts'
import { checkSpec, exampleText, library, only, over } from './support/spec.ts'

/** Small enough that every mutation is checked in milliseconds. */
const spec = exampleText('own_recurrence')
  .replace('= 32_000', '= 61')
  .replace(/= (512|1408)\b/g, '= 24')
  .replace('layers = 8', 'layers = 2')
const tokens = [...spec.matchAll(/[A-Za-z_]\w*|\d[\w.]*|->|<-|\.\.|[^\s\w]/g)].map(({ index, 0: text }) => ({ index, text }))
const words = [
  '0',
  '1',
  '2',
  '-1',
  '0.5',
  'none',
  'true',
  '"a"',
  'x',
  'd',
  '[1, 2]',
  'position',
  'silu',
  'zeros',
  'linear',
  'T',
  'S',
  '..',
  'as',
  '|',
  '(',
  ')',
  '{',
  '}',
  'out',
  'in',
]

const edit = fc.record({
  at: fc.nat({ max: tokens.length - 1 }),
  text: fc.oneof(fc.constant(''), fc.constantFrom(...words), fc.constantFrom(...tokens.map(({ text }) => text))),
  keep: fc.boolean(),
})

describe('whatever is written', () => {
  it('is checked without an exception, and either wrong or a legal model', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        let text = spec
        for (const { at, text: word, keep } of [...edits].sort((a, b) => b.at - a.at)) {
          const { index, text: old } = tokens[at] as (typeof tokens)[number]
          text = `${text.slice(0, index)}${keep ? `${old} ` : ''}${word}${text.slice(index + old.length)}`
        }
        const source = { path: 'spec.gdn', text }
        const { file, diagnostics: syntax } = parseFile(source)
        const { models, diagnostics } = check({ entry: { source, file }, std: library })
        for (const { span } of diagnostics) {
          if (span?.path === source.path) expect(0 <= span.start && span.start <= span.end && span.end <= text.length).toBe(true)
        }
        const failed = [...syntax, ...diagnostics].some(({ severity }) => severity === 'error')
        const applied = file.declarations.filter(({ kind }) => kind === 'modelApplication').length
        if (!failed) expect(models.length).toBeGreaterThanOrEqual(applied)
        for (const model of models) expect(verifyModel(model)).toEqual([])
        // One error per place.
        const places = diagnostics
          .filter(({ severity }) => severity === 'error')
          .map(({ span }) => `${span?.path}:${span?.start}:${span?.end}`)
        expect(new Set(places).size).toBe(places.length)
      }),
      { numRuns: 300 },
    )
  })

  it('ends, however much is asked for', () => {
    expect(only(over('y = stack(x) { repeat 100_000 { linear(d) } }'))).toMatchObject({ code: 'GDN2509', marked: '100_000' })
    expect(only(over('y = stack(x) { for i in 0 .. 5000 { linear(d) } }'))).toMatchObject({ code: 'GDN2201', marked: '0 .. 5000' })
    expect(
      only(over('y = stack(x) { repeat 4096 { same() } same() }', 'layer same {\n  in x: f32[.., d]\n  out silu(x)\n}')),
    ).toMatchObject({ code: 'GDN2509', marked: 'same()' })
    expect(
      only(
        over('y = r(x)', 'recurrence r(x: f32[N]) -> f32[N] {\n  state s: f32[N]\n  for j in 0 .. 1000 { s = s * 0.5 + x }\n  out s\n}'),
      ),
    ).toMatchObject({ code: 'GDN2201', marked: '0 .. 1000' })
    const nested = over(
      'y = stack(x) { repeat 1000 { many() } }',
      'block many {\n  in x: f32[B, T, d]\n  out stack(x) { repeat 1000 { same() } }\n}\nlayer same {\n  in x: f32[.., d]\n  out x\n}',
    )
    expect(checkSpec(nested).diagnostics.map(({ code }) => code)).toEqual(['GDN2510'])
  })

  it('says of which model an error is, where a file has several', () => {
    const { diagnostics } = checkSpec(`${over('y = linear(x, [3, d / 3]) | flatten | linear(d) as out')}\nmodel Small = M(d: 9)`)
    expect(diagnostics.map(({ code, notes }) => [code, notes])).toEqual([['GDN2202', ['in the model `M`']]])
  })

  it('takes resets of layers and of layer values', () => {
    expect(checkSpec(over('y = gated_deltanet(x, 2, key: 4, reset: position > 3)')).diagnostics).toEqual([])
    expect(
      checkSpec(
        over(
          'y = twice(x, gated_deltanet(2, key: 4))',
          'block twice(mix: layer) {\n  in x: f32[B, T, d]\n  out mix(x, reset: position > 3)\n}',
        ),
      ).diagnostics,
    ).toEqual([])
  })
})
