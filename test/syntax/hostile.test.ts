import { describe, expect, it } from 'vitest'
import { format } from '../../src/syntax/format/format.ts'
import { nestingLimit, sizeLimit } from '../../src/syntax/lex.ts'
import { depthLimit } from '../../src/syntax/read/reader.ts'
import { walk } from '../../src/syntax/walk.ts'
import { parse } from './support.ts'

const million = 1_000_000
const codes = (text: string): string[] => [...new Set(parse(text).diagnostics.map(({ code }) => code))].sort()
const result = (expression: string): string => `gdn 1\nlayer L {\n  out ${expression}\n}\n`

describe('hostile input', () => {
  it.each([
    ['(', '(', 'GDN1019'],
    ['{', '{', 'GDN1019'],
    ['[', '[', 'GDN1019'],
    ['unfinished layers', 'layer L {\n', 'GDN1019'],
    [')', ')', 'GDN1015'],
    ['NUL', '\0', 'GDN1001'],
    ['quotes', '"', 'GDN1016'],
    ['backslashes', '\\', 'GDN1001'],
    ['half a character', '\uD800', 'GDN1001'],
    ['open comments', '/*', 'GDN1007'],
    ['documentation', '///\n', 'GDN1008'],
    ['names', 'a ', 'GDN1016'],
  ])('a megabyte of %s is refused, and nothing overflows', (_, piece, code) => {
    expect(codes(`gdn 1\n${piece.repeat(million / piece.length)}`)).toContain(code)
  })

  it.each([
    ['signs', `${'-'.repeat(200_000)}1`],
    ['negations', `${'not '.repeat(50_000)}x`],
    ['sums', `${'1+'.repeat(100_000)}1`],
    ['powers', `${'1^'.repeat(100_000)}1`],
    ['pipes', `x${'|f'.repeat(100_000)}`],
    ['calls', `f${'()'.repeat(100_000)}`],
    ['indices', `f${'[0]'.repeat(50_000)}`],
    ['members', `f${'.a'.repeat(100_000)}`],
    ['negated comparisons', `${'not a == '.repeat(20_000)}x`],
  ])('a tower of %s is one mistake', (_, expression) => {
    expect(codes(result(expression))).toEqual(['GDN1019'])
    expect(parse(result(expression)).diagnostics).toHaveLength(1)
  })

  it('a long list is no tower', () => {
    expect(codes(result(`f(${'a, '.repeat(20_000)})`))).toEqual([])
    expect(codes(`gdn 1\nlayer L {\n${'x = 3\n'.repeat(20_000)}}\n`)).toEqual([])
  })

  it('what is just deep enough can be read, walked and formatted', () => {
    const brackets = nestingLimit - 1
    const texts = [
      result(`${'('.repeat(brackets)}1${')'.repeat(brackets)}`),
      result(`${'f(1 + '.repeat(brackets)}1${')'.repeat(brackets)}`),
      result(`${'case a { b: '.repeat(brackets)}1${'}'.repeat(brackets)}`),
      result(`${'1 + '.repeat(depthLimit - 1)}1`),
      result(`${'-'.repeat(depthLimit - 1)}x`),
    ]
    for (const text of texts) {
      const { file, diagnostics } = parse(text)
      expect(diagnostics).toEqual([])
      let nodes = 0
      walk(file, () => nodes++)
      expect(nodes).toBeGreaterThan(brackets)
      expect(format(format(text))).toBe(format(text))
    }
    expect(codes(result(`${'('.repeat(brackets + 1)}1${')'.repeat(brackets + 1)}`))).toEqual(['GDN1019'])
  })

  it('a file beyond any spec is not read', () => {
    expect(codes(' '.repeat(sizeLimit + 1))).toEqual(['GDN1021'])
  })

  it('a hundred mistakes are enough', () => {
    const { diagnostics } = parse(`gdn 1\nlayer L {\n${'x = = 3\n'.repeat(1000)}}\n`)
    expect(diagnostics).toHaveLength(101)
    expect(diagnostics.at(-1)?.code).toBe('GDN1020')
  })

  it('unclosed texts and comments end where they must', () => {
    const text = 'gdn 1\nimport A from "a.gdn\nimport B from "b.gdn"\ninit x = 1 /* never closed'
    const { file, diagnostics } = parse(text)
    expect(diagnostics.map(({ code }) => code)).toEqual(['GDN1002', 'GDN1007'])
    expect(file.imports.map(({ from }) => from.value)).toEqual(['a.gdn', 'b.gdn'])
    expect(file.declarations).toHaveLength(1)
  })

  it('NUL in a text and between words is told', () => {
    expect(codes('gdn 1\ncheckpoint M from safetensors { ignore "a\0b" }')).toEqual(['GDN1004'])
    expect(codes('gdn 1\nmodel\0M { size d = 8 }')).toEqual(['GDN1001'])
  })

  it('names of object properties are ordinary names', () => {
    const { file, diagnostics } = parse('gdn 1\nlayer constructor { __proto__ = toString\n out hasOwnProperty | valueOf }')
    expect(diagnostics).toEqual([])
    expect(JSON.stringify(file)).toContain('"__proto__"')
  })
})
