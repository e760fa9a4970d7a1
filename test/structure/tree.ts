import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

const skipped = new Set(['.git', 'node_modules', 'dist'])

/** All files below a folder of the repository, as paths from its root with forward slashes, sorted. */
export function filesBelow(folder: string): string[] {
  const found: string[] = []
  const visit = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      if (skipped.has(entry.name)) continue
      if (entry.isDirectory()) visit(join(at, entry.name))
      else if (entry.isFile()) found.push(relative(root, join(at, entry.name)).split(sep).join('/'))
    }
  }
  visit(join(root, folder))
  return found.sort()
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

export interface Import {
  readonly file: string
  readonly line: number
  /** As written: `./x.ts`, `zod`, `node:fs`. */
  readonly specifier: string
  /** Path of the imported file from the root, for relative imports. */
  readonly target: string | undefined
  readonly typeOnly: boolean
}

const importPattern =
  /^[ \t]*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?(['"])([^'"\n]+)\2|\bimport\(\s*(['"])([^'"\n]+)\4\s*\)/gm

/** Static and dynamic imports and re-exports of a TypeScript file. */
export function importsOf(file: string, text = read(file)): Import[] {
  return [...withoutComments(text).matchAll(importPattern)].map((match) => {
    const specifier = (match[3] ?? match[5])!
    const target = specifier.startsWith('.') ? join(dirname(file), specifier).split(sep).join('/') : undefined
    return { file, line: lineOf(text, match.index), specifier, target, typeOnly: match[1] !== undefined }
  })
}

/** TypeScript with its comments blanked out, line numbers kept; strings, templates and regular expressions stay. */
export function withoutComments(text: string): string {
  const pattern =
    /(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=[(,=:[!&|?{};\n]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//g
  return text.replace(pattern, (match, comment?: string) => (comment === undefined ? match : comment.replace(/[^\n]/g, ' ')))
}
