import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { format, formatWidth } from '../../src/syntax/format/format.ts'
import { lex } from '../../src/syntax/lex.ts'
import { wildSpec } from './arbitrary.ts'
import { parse, specs, withoutSpans } from './support.ts'

const all = [...specs('valid'), ...specs('format')]

describe('formatting', () => {
  it.each(specs('format'))('lays out $path', async ({ text, expected }) => {
    await expect(format(text)).toMatchFileSnapshot(expected('.gdn'))
  })

  it.each(all)('$path keeps its meaning and its comments', ({ text }) => {
    const formatted = format(text)
    expect(withoutSpans(parse(formatted).file)).toEqual(withoutSpans(parse(text).file))
    expect(comments(formatted)).toEqual(comments(text))
  })

  it.each(all)('$path a second time changes nothing', ({ text }) => {
    const formatted = format(text)
    expect(format(formatted)).toBe(formatted)
  })

  it.each(all)('$path leaves no spaces at line ends, no long lines that could break, one line end at the end', ({ text }) => {
    const formatted = format(text)
    expect(formatted).toMatch(/[^\n]\n$/)
    for (const line of formatted.split('\n')) {
      expect(line).toBe(line.trimEnd())
      if (!line.includes('//')) expect(line.length).toBeLessThanOrEqual(formatWidth)
    }
  })

  it('leaves a text with mistakes as it is', () => {
    const text = 'gdn 1\nmodel  M {size d = }'
    expect(format(text)).toBe(text)
    expect(format('')).toBe('')
  })

  it('turns other line ends into plain ones and drops a byte order mark', () => {
    expect(format('\uFEFFgdn 1\r\n\r\n\r\ninit a = 1 // note\r\n')).toBe('gdn 1\n\ninit a = 1 // note\n')
  })

  it('is stable, keeps the tree and every comment of random specs', () => {
    fc.assert(
      fc.property(wildSpec, (text) => {
        const before = parse(text)
        expect(before.diagnostics).toEqual([])
        const formatted = format(text)
        const after = parse(formatted)
        expect(after.diagnostics).toEqual([])
        expect(withoutSpans(after.file)).toEqual(withoutSpans(before.file))
        expect(comments(formatted)).toEqual(comments(text))
        expect(format(formatted)).toBe(formatted)
      }),
      { numRuns: 300 },
    )
  })
})

/** All comments, sorted: the formatter moves some of them to the line above or to the end of the line. */
function comments(text: string): string[] {
  const found = lex({ path: '', text }).comments.flatMap((comment) => comment.text.trimEnd().split(/(?<=\S) (?=\/\/)/))
  return found.sort()
}
