import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkText } from '../support/spec.ts'

const blocks = (path: string): string[] =>
  [...readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8').matchAll(/```gdn\n(gdn 1\n[\s\S]*?)```/g)].map(
    (match) => match[1] ?? '',
  )

describe.each(['docs/language.md', 'README.md'])('%s', (path) => {
  it.each(blocks(path).map((text, i) => [i + 1, text] as const))('block %i is right', (_number, text) => {
    const { diagnostics, models } = checkText(text)
    expect(diagnostics.filter(({ severity }) => severity === 'error').map((d) => `${d.code} ${d.message}`)).toEqual([])
    expect(models.length).toBeGreaterThan(0)
  })
})
