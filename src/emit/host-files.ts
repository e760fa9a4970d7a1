import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Templates } from './template.ts'

/**
 * Files of gdnc itself that compiling needs. `dist` mirrors the sources, so a URL relative to this module is right in both.
 */
const root = new URL('../../', import.meta.url)

/** `templates/wgsl` or `templates/ts`, by name without the endings. */
export function readTemplates(language: 'wgsl' | 'ts'): Templates {
  return Object.fromEntries(
    readFilesBelow(`templates/${language}/`)
      .filter(([path]) => path.endsWith('.hbs'))
      .map(([path, text]) => [path.replace(/(\.wgsl)?\.hbs$/, ''), text]),
  )
}

/** Every file below a folder of gdnc, by path from that folder with forward slashes, sorted. */
export function readFilesBelow(folder: string): [path: string, text: string][] {
  const base = fileURLToPath(new URL(folder, root))
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path): [string, string] => [relative(base, path).split(sep).join('/'), readFileSync(path, 'utf8')])
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
