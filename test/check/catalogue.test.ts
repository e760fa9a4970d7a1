import { describe, expect, it } from 'vitest'
import * as catalogue from '../../src/diagnostics/catalogue/check.ts'
import type { MessageDefinition } from '../../src/diagnostics/diagnostic.ts'
import { checkSpec } from './support/spec.ts'

const definitions = Object.values(catalogue) as unknown as MessageDefinition<Record<string, unknown>>[]

/** Pages that show their mistake in words: it needs several files, a caller that asks for a model, or much time. */
const withoutExample = ['GDN2008', 'GDN2506', 'GDN2510']

describe('pages of the checker', () => {
  it.each(definitions.map((definition) => [definition.code, definition] as const))('%s shows a text that causes it', (code, { page }) => {
    const example = /```gdn\n([\s\S]*?)```/.exec(page)?.[1]
    expect(example === undefined).toBe(withoutExample.includes(code))
    if (example !== undefined) expect(checkSpec(example).diagnostics.map((one) => one.code)).toEqual([code])
  })

  it('have codes in one range, each once', () => {
    const codes = definitions.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(codes.filter((code) => !/^GDN2\d{3}$/.test(code))).toEqual([])
  })
})
