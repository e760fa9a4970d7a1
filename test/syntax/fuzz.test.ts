import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lexer, vocabulary } from '../../grammar/lexer.ts'
import { catalogue } from '../../src/diagnostics/catalogue/index.ts'
import { format } from '../../src/syntax/format/format.ts'
import { mistakeLimit, parseFile } from '../../src/syntax/parse.ts'
import { children, walk } from '../../src/syntax/walk.ts'
import { parse, places, specs } from './support.ts'

const images = vocabulary.flatMap(({ PATTERN }) => (typeof PATTERN === 'string' ? [PATTERN] : []))
const literals = [
  'x',
  'y',
  'f32',
  'Name',
  '8',
  '1e-4',
  '12abc',
  '"a"',
  '"open',
  "'b'",
  '“c”',
  '/// doc\n',
  '// note\n',
  '/* block */',
  '# hash\n',
  '\0',
  '🙂',
  'ß',
]
const word = fc.constantFrom(...images, ...literals)
const space = fc.constantFrom(' ', ' ', '\n', '\n  ', '')
const soup = fc.array(fc.tuple(word, space), { maxLength: 120 }).map((all) => all.flat().join(''))

const valid = specs('valid').map(({ text }) => ({ text, tokens: lexer.tokenize(text).tokens }))
const mutation = fc.record({
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  kind: fc.constantFrom('delete', 'double', 'insert', 'cut'),
  word,
})
const mutated = fc
  .tuple(fc.constantFrom(...valid), fc.array(mutation, { minLength: 1, maxLength: 4 }))
  .map(([{ text, tokens }, mutations]) =>
    mutations
      .map((one) => ({ ...one, token: tokens[Math.floor(one.at * tokens.length)]! }))
      .sort((a, b) => b.token.startOffset - a.token.startOffset)
      .reduce((found, { kind, word: inserted, token }) => {
        const before = found.slice(0, token.startOffset)
        const after = found.slice(token.startOffset + token.image.length)
        if (kind === 'delete') return before + after
        if (kind === 'double') return `${before}${token.image} ${token.image}${after}`
        return kind === 'cut' ? before : `${before}${inserted} ${token.image}${after}`
      }, text),
  )

describe('the parser', () => {
  it.each([
    ['token soup', soup, 1500],
    ['mutated specs', mutated, 600],
    ['any text', fc.string({ unit: 'binary', maxLength: 300 }), 500],
  ] as const)('survives %s, and what it says makes sense', (_, text, numRuns) => {
    fc.assert(fc.property(text, makesSense), { numRuns })
  })

  it('remembers nothing of the file before', () => {
    fc.assert(
      fc.property(mutated, fc.constantFrom(...valid), (wrong, right) => {
        const first = places(wrong, parse(wrong).diagnostics)
        expect(parse(right.text).diagnostics).toEqual([])
        expect(places(wrong, parse(wrong).diagnostics)).toEqual(first)
      }),
      { numRuns: 100 },
    )
  })
})

function makesSense(text: string): void {
  const { file, diagnostics } = parseFile({ path: 'x', text })
  expect(diagnostics.length).toBeLessThanOrEqual(mistakeLimit + 1)
  for (const { code, span, fixes } of diagnostics) {
    expect(catalogue.has(code)).toBe(true)
    const spans = [...(span ? [span] : []), ...fixes.flatMap((fix) => fix.edits.map((edit) => edit.span))]
    for (const { start, end } of spans) expect(0 <= start && start <= end && end <= text.length).toBe(true)
  }
  const told = diagnostics.map(({ code, span, message }) => JSON.stringify([code, span, message]))
  expect(new Set(told).size).toBe(told.length)

  let poisoned = false
  walk(file, (node) => {
    poisoned ||= node.kind === 'missing' || ('text' in node && node.text === '' && node.span.start === node.span.end)
    expect(node.span.start).toBeLessThanOrEqual(node.span.end)
    expect(children(node).every(({ span }) => span.end <= text.length)).toBe(true)
  })
  const failed = diagnostics.some(({ severity }) => severity === 'error')
  if (poisoned) expect(failed).toBe(true)
  if (failed) expect(format(text)).toBe(text)
  else expect(format(format(text))).toBe(format(text))
}
