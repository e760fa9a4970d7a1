import type { Command, Manifest } from '../runtime/manifest.ts'
import { json } from './escape.ts'

/** JSON for people: two levels of it on lines of their own. */
export function manifestJson(manifest: Manifest): string {
  const inner = (value: unknown): string => {
    if (Array.isArray(value) && value.length > 0) return `[\n${value.map((item) => `    ${json(item)}`).join(',\n')}\n  ]`
    return json(value)
  }
  const programs = Object.entries<readonly Command[]>({ ...manifest.programs }).map(([name, commands]) => {
    const lines = commands.map((command) => `      ${json(command)}`)
    return `    ${json(name)}: ${lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n    ]`}`
  })
  const fields = Object.entries(manifest).map(
    ([key, value]) => `  ${json(key)}: ${key === 'programs' ? `{\n${programs.join(',\n')}\n  }` : inner(value)}`,
  )
  return `{\n${fields.join(',\n')}\n}\n`
}

/** Inside a template literal. */
export const templateLiteralText = (text: string): string =>
  text.replace(/[\\`]|\$(?=\{)/g, '\\$&').replace(/<\/(?=script)|<!--/gi, (tag) => `\\x3c${tag.slice(1)}`)
