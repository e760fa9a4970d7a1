import { describe, expect, it } from 'vitest'
import { catalogue, collect, explain } from '../../src/diagnostics/catalogue/index.ts'
import * as syntax from '../../src/diagnostics/catalogue/syntax.ts'
import { define } from '../../src/diagnostics/diagnostic.ts'
import { parseFile } from '../../src/syntax/parse.ts'

const all = [...catalogue.values()]
const isSyntax = ({ code }: { readonly code: string }): boolean => code.startsWith('GDN1')

const example = /```|\n {4}\S/

/** Codes whose cause is too large for a page, or no spec at all. */
const withoutExample: Readonly<Record<string, string>> = {
  GDN1020: 'a hundred mistakes',
  GDN1021: 'four million characters',
  GDN2008: 'two files',
  GDN2510: 'more layers than any model has',
  GDN3002: 'a layer with many states',
  GDN3003: 'a row larger than a binding',
  GDN3004: 'a kernel larger than a device',
}

/** Specs in a page: fenced, and marked as such. */
function examples(page: string): string[] {
  return [...page.matchAll(/```gdn\n([\s\S]*?)```/g)].map((match) => match[1]!)
}

function codes(text: string): string[] {
  return parseFile({ path: 'example.gdn', text }).diagnostics.map(({ code }) => code)
}

describe('the catalogue', () => {
  it.each(all)('$code has a title and a page', ({ code, title, page }) => {
    expect(code).toMatch(/^GDN[1-9]\d{3}$/)
    expect(title).toMatch(/^[^A-Z].*[^.]$/)
    expect(page.trim().length).toBeGreaterThan(40)
    expect(explain(code)).toContain(title)
  })

  it.each(all.filter(({ code }) => !(code in withoutExample)))('$code shows an example', ({ page }) => {
    expect(page).toMatch(example)
  })

  it('shows one wherever it can', () => {
    for (const code of Object.keys(withoutExample)) expect(catalogue.get(code)?.page).not.toMatch(example)
  })

  it.each(all.filter(isSyntax))('$code is what its example causes', ({ code, page }) => {
    const found = examples(page)
    expect(found.length > 0).toBe(!(code in withoutExample))
    for (const text of found) expect(codes(text)).toEqual([code])
  })

  it.each(all.filter((message) => !isSyntax(message)))('$code has examples that can be read', ({ page }) => {
    for (const text of examples(page)) expect(codes(text).filter((code) => code !== 'GDN1010')).toEqual([])
  })

  it('takes a code for one message only', () => {
    const one = define({ code: 'GDN1999', title: 'one', message: () => '', page: '' })
    const two = define({ code: 'GDN1999', title: 'two', message: () => '', page: '' })
    expect(() => collect([{ one }, { two }])).toThrow("GDN1999 stands for 'one' and for 'two'")
    expect([...collect([{ one, helper: 3 }, {}]).keys()]).toEqual(['GDN1999'])
  })

  it('lists every message of a stage', () => {
    for (const message of Object.values(syntax)) expect(catalogue.get(message.code)).toBe(message)
    expect([...catalogue.keys()]).toEqual([...catalogue.keys()].sort())
  })
})

describe('explain', () => {
  it('understands a code however it is written', () => {
    const page = explain('GDN1014')
    expect(page).toMatch(/^# GDN1014: a bracket is not closed\n\n/)
    expect(explain(' gdn1014 ')).toBe(page)
    expect(explain('1014')).toBe(page)
    expect(explain('GDN1014')).not.toContain('undefined')
  })

  it('knows no other code', () => {
    for (const code of ['GDN0000', '', 'constructor', '__proto__']) expect(explain(code)).toBeUndefined()
  })
})
