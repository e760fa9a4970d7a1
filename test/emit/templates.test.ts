import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { checkTemplate } from '../../src/emit/check-template.ts'
import { readFilesBelow, readTemplates } from '../../src/emit/host-files.ts'

const templates = readTemplates('wgsl')
const names = Object.keys(templates).filter((name) => !name.startsWith('lib/'))
const schemas = await schemasOfFamilies()

describe('the kernel templates', () => {
  it('are those that the families plan for', () => {
    expect([...schemas.keys()].sort()).toEqual([...names].sort())
  })

  it.each(names)('%s agrees with its schema', (name) => {
    const schema = schemas.get(name)
    expect(schema && checkTemplate(templates[name] ?? '', schema, templates)).toEqual([])
  })

  it.each(Object.keys(templates))('%s stays short and tidy', (name) => {
    const source = templates[name] ?? ''
    expect(source.split('\n').length).toBeLessThanOrEqual(200)
    expect(source).toMatch(/[^\n]\n$/)
    expect(source).not.toMatch(/[ \t]\n|\n\n\n|\t/)
  })
})

/** `schema` of `families/rows.ts` is for `rows`; `gemvSchema` of any family is for `gemv`. */
async function schemasOfFamilies(): Promise<ReadonlyMap<string, z.ZodType>> {
  const found = new Map<string, z.ZodType>()
  for (const [file] of readFilesBelow('src/plan/families/')) {
    const family = file.replace(/\.ts$/, '')
    const exported = (await import(`../../src/plan/families/${family}.ts`)) as Record<string, unknown>
    for (const [key, value] of Object.entries(exported)) {
      const template = key === 'schema' ? family : /^(\w+)Schema$/.exec(key)?.[1]
      if (template !== undefined) found.set(underscored(template), value as z.ZodType)
    }
  }
  return found
}

function underscored(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
