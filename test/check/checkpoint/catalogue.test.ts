import { describe, expect, it } from 'vitest'
import * as catalogue from '../../../src/diagnostics/catalogue/checkpoint.ts'

const messages = Object.values(catalogue)

describe('messages on checkpoints', () => {
  it('have codes of their own', () => {
    const codes = messages.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    for (const code of codes) expect(code).toMatch(/^GDN50\d\d$/)
  })

  it.each(messages)('$code has a page with an example', ({ title, page }) => {
    expect(title).toMatch(/^[a-z].*[^.]$/)
    expect(page).toMatch(/^ {4}\S/m)
    expect(page.split('\n').filter((line) => line.length > 150)).toEqual([])
  })
})
