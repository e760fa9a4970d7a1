import { describe, expect, it } from 'vitest'
import { type Diagnostic, define } from '../../src/diagnostics/diagnostic.ts'
import { inOrder } from '../../src/diagnostics/order.ts'
import { renderJson } from '../../src/diagnostics/render/json.ts'
import { renderSarif } from '../../src/diagnostics/render/sarif.ts'
import { renderText, summary } from '../../src/diagnostics/render/text.ts'
import type { SourceFile, Span } from '../../src/source/source.ts'
import { parseFile } from '../../src/syntax/parse.ts'

const untileable = define<{ key: number; step: number }>({
  code: 'GDN3999',
  title: 'a size cannot be tiled',
  message: ({ key }) => `key: ${key} cannot be tiled`,
  label: ({ key, step }) => {
    const below = key - (key % step)
    return `expected a multiple of ${step}, nearest are ${below} and ${below + step}`
  },
  page: 'A page.',
})
const remark = define<Record<string, never>>({
  code: 'GDN3998',
  severity: 'warning',
  title: 'a remark',
  message: () => 'a remark',
  page: 'A page.',
})

const text = `gdn 1
model M {
  stack {
\tPreNorm(gated_deltanet(9, key: 190, value: 384), swiglu(6144))
    "日本語" "e\u0301" key
  }
}
`
const h1: SourceFile = { path: 'examples/h1 (a).gdn', text }
const sources = new Map([[h1.path, h1]])
const at = (words: string, path = h1.path): Span => ({ path, start: text.indexOf(words), end: text.indexOf(words) + words.length })

const full = untileable.at(
  at('key: 190'),
  { key: 190, step: 16 },
  {
    related: [{ span: at('model M'), message: 'in this model' }],
    notes: ['the chunked kernel reads keys in rows of 16'],
    fixes: [{ title: 'key: 192', edits: [{ span: at('key: 190'), text: 'key: 192' }] }],
  },
)
const plain = { color: false }
const escapes = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g')

describe('as text', () => {
  it('shows the place, what was expected, and what to do', () => {
    expect(renderText([full], sources, plain)).toBe(`error GDN3999  key: 190 cannot be tiled
  examples/h1 (a).gdn:4:28
   |
 4 |  PreNorm(gated_deltanet(9, key: 190, value: 384), swiglu(6144))
   |                            ^^^^^^^^ expected a multiple of 16, nearest are 176 and 192
 2 | model M {
   | ------- in this model
   |
   = the chunked kernel reads keys in rows of 16
   = fix: key: 192
   = more: gdnc explain GDN3999
`)
  })

  it('puts the mark below wide characters, and below one with an accent', () => {
    const [, , , line, marks] = renderText([remark.at(at(' key\n'), {})], sources, plain).split('\n')
    const shown = (part: string): number =>
      [...part].reduce((sum, one) => sum + (/\p{Mn}/u.test(one) ? 0 : /[\u3000-\u9FFF]/.test(one) ? 2 : 1), 0)
    expect(shown(line!.slice(0, line!.lastIndexOf(' key')))).toBe(marks!.indexOf('^'))
  })

  it('marks an empty span with one sign, several lines to the end of the first', () => {
    const empty = remark.at({ path: h1.path, start: text.length, end: text.length }, {})
    expect(renderText([empty], sources, plain)).toContain(' 8 |\n   | ^\n')
    const long = remark.at({ path: h1.path, start: text.indexOf('model'), end: text.length }, {})
    expect(renderText([long], sources, plain)).toContain(' 2 | model M {\n   | ^^^^^^^^^ .. to line 8\n')
  })

  it('does without a place, and without the text of a file', () => {
    expect(renderText([remark.at(undefined, {})], sources, plain)).toBe('warning GDN3998  a remark\n   = more: gdnc explain GDN3998\n')
    expect(renderText([remark.at(at('model', 'gone.gdn'), {})], sources, plain)).toContain('\n  gone.gdn\n')
    expect(renderText([], sources, plain)).toBe('')
  })

  it('names another file where a related place is in one', () => {
    const other: SourceFile = { path: 'b.gdn', text: 'gdn 1\nlayer L {}\n' }
    const both = new Map([...sources, [other.path, other]])
    const related = [{ span: { path: 'b.gdn', start: 6, end: 11 }, message: 'declared here' }]
    const found = renderText([remark.at(at('model M'), {}, { related })], both, plain)
    expect(found).toContain('\n  b.gdn:2:1\n   |\n 2 | layer L {}\n   | ----- declared here\n')
  })

  it('colours only if it is told to', () => {
    expect(renderText([full], sources, plain)).not.toContain('\u001B')
    const colored = renderText([full], sources, { color: true })
    expect(colored).toContain('\u001B[1;31merror GDN3999\u001B[0m')
    expect(colored.replaceAll(escapes, '')).toBe(renderText([full], sources, plain))
  })

  it('never lets a spec steer the terminal', () => {
    const evil = { path: 'e\u001B[2J.gdn', text: 'model \u001B]0;x\u0007\u202E\u2028 M \u001B[31m' }
    const diagnostics: Diagnostic[] = [
      { ...remark.at({ path: evil.path, start: 0, end: 5 }, {}), message: 'a\u001B[2J\nb', notes: ['\r\u009B'] },
    ]
    const found = renderText(diagnostics, new Map([[evil.path, evil]]), plain)
    expect(found).not.toMatch(/[^\n\P{C}]/u)
    expect(found).not.toMatch(/[\u2028\u2029]/)
    expect(found.split('\n')[0]).toBe('warning GDN3998  a?[2J b')
  })

  it('cuts a long line around the mark', () => {
    const long = { path: 'long.gdn', text: `${'a '.repeat(500)}HERE${' b'.repeat(500)}` }
    const start = long.text.indexOf('HERE')
    const found = renderText([remark.at({ path: 'long.gdn', start, end: start + 4 }, {})], new Map([['long.gdn', long]]), {
      color: false,
      width: 60,
    })
    const [, , , line, marks] = found.split('\n')
    expect(line!.length).toBeLessThan(80)
    expect(line!.indexOf('HERE')).toBe(marks!.indexOf('^^^^'))
  })

  it('counts', () => {
    expect(summary([full, full, remark.at(undefined, {})])).toBe('2 errors, 1 warning')
    expect(summary([])).toBe('')
  })
})

describe('the order', () => {
  it('is by file and place, and the same twice is one', () => {
    const first = remark.at(at('model M'), {})
    const elsewhere = remark.at(at('model M', 'b.gdn'), {})
    expect(inOrder([full, elsewhere, first, full])).toEqual([first, full, elsewhere])
  })
})

describe('as JSON', () => {
  it('has a stable form', () => {
    expect(JSON.parse(renderJson([full], sources))).toEqual({
      version: 1,
      errors: 1,
      warnings: 0,
      diagnostics: [
        {
          code: 'GDN3999',
          severity: 'error',
          message: 'key: 190 cannot be tiled',
          label: 'expected a multiple of 16, nearest are 176 and 192',
          range: {
            path: h1.path,
            start: { offset: text.indexOf('key: 190'), line: 4, column: 28 },
            end: { offset: text.indexOf('key: 190') + 8, line: 4, column: 36 },
          },
          args: { key: 190, step: 16 },
          related: [
            {
              message: 'in this model',
              range: { path: h1.path, start: { offset: 6, line: 2, column: 1 }, end: { offset: 13, line: 2, column: 8 } },
            },
          ],
          notes: ['the chunked kernel reads keys in rows of 16'],
          fixes: [{ title: 'key: 192', edits: [{ range: expect.anything(), text: 'key: 192' }] }],
        },
      ],
    })
  })

  it('does without a place and without a text', () => {
    const found = JSON.parse(renderJson([remark.at(undefined, {}), remark.at(at('model', 'gone.gdn'), {})], sources))
    expect(found.diagnostics.map(({ range }: { range: unknown }) => range)).toEqual([
      null,
      { path: 'gone.gdn', start: { offset: 6 }, end: { offset: 11 } },
    ])
  })
})

describe('as SARIF', () => {
  it('is a 2.1.0 log', () => {
    const { diagnostics } = parseFile({ path: 'a b/c.gdn', text: 'gdn 1\ninit a = [1 2' })
    const log = JSON.parse(
      renderSarif(diagnostics, new Map([['a b/c.gdn', { path: 'a b/c.gdn', text: 'gdn 1\ninit a = [1 2' }]]), { version: '1.2.3' }),
    )
    expect(log.version).toBe('2.1.0')
    expect(log.$schema).toContain('sarif-2.1.0')
    const [run] = log.runs
    expect(run.columnKind).toBe('utf16CodeUnits')
    expect(run.tool.driver).toMatchObject({ name: 'gdnc', version: '1.2.3' })
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(['GDN1014', 'GDN1018'])
    for (const { shortDescription, help } of run.tool.driver.rules) {
      expect(shortDescription.text).not.toBe('')
      expect(help.markdown).toBe(help.text)
    }
    expect(run.results).toHaveLength(2)
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId)
      expect(result.level).toBe('error')
      expect(result.message.text).not.toBe('')
      const { artifactLocation, region } = result.locations[0].physicalLocation
      expect(artifactLocation.uri).toBe('a%20b/c.gdn')
      expect(region).toMatchObject({ startLine: 2, endLine: 2 })
      expect(region.startColumn).toBeGreaterThan(9)
    }
    const [comma, bracket] = run.results
    expect(comma.fixes[0].artifactChanges[0].replacements[0]).toMatchObject({
      insertedContent: { text: ',' },
      deletedRegion: { charLength: 0 },
    })
    expect(bracket.relatedLocations[0]).toMatchObject({ id: 0, message: { text: 'this `[` is open' } })
  })

  it('does without diagnostics, a place, and a text', () => {
    expect(JSON.parse(renderSarif([], sources, { version: '1' })).runs[0].results).toEqual([])
    const [first, second] = JSON.parse(
      renderSarif([remark.at(undefined, {}), remark.at(at('model', 'gone.gdn'), {})], sources, { version: '1' }),
    ).runs[0].results
    expect(first).not.toHaveProperty('locations')
    expect(second.locations[0].physicalLocation.region).toEqual({ charOffset: 6, charLength: 5 })
  })
})
