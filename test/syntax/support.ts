import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { linesOf } from '../../src/source/lines.ts'
import type { SourceFile } from '../../src/source/source.ts'
import type { File } from '../../src/syntax/ast.ts'
import { parseFile } from '../../src/syntax/parse.ts'
import type { SyntaxNode } from '../../src/syntax/walk.ts'

const corpus = fileURLToPath(new URL('corpus/', import.meta.url))

/** Specs of one folder of the corpus, with the path of the file that holds what is expected of each. */
export function specs(
  folder: 'valid' | 'invalid' | 'format',
): readonly (SourceFile & { readonly expected: (extension: string) => string })[] {
  return readdirSync(`${corpus}${folder}`)
    .filter((name) => name.endsWith('.gdn'))
    .sort()
    .map((name) => ({
      path: name,
      text: readFileSync(`${corpus}${folder}/${name}`, 'utf8'),
      expected: (extension) => `${corpus}${folder}/__snapshots__/${name.replace(/\.gdn$/, extension)}`,
    }))
}

export function parse(text: string): { readonly file: File; readonly diagnostics: readonly Diagnostic[] } {
  return parseFile({ path: 'test.gdn', text })
}

/** `GDN1013 at 3:12`: what and where, without the words. */
export function places(text: string, diagnostics: readonly Diagnostic[]): string[] {
  const lines = linesOf(text)
  return diagnostics.map(({ code, span }) => {
    if (span === undefined) return code
    const { line, column } = lines.position(span.start)
    return `${code} at ${line}:${column}`
  })
}

/**
 * What a spec says about its own mistakes: a comment `//   ^ GDN1013` stands below the line of the mistake, its `^` below the place;
 * `// @1 GDN1016` gives the column as a number.
 */
export function expectations(text: string): string[] {
  const found: string[] = []
  let target = 0
  for (const [index, line] of text.split('\n').entries()) {
    const expectation = /^\s*\/\/\s*(?:@(\d+)|(\^))\s+(GDN\d+)/.exec(line)
    if (expectation === null) target = index + 1
    else found.push(`${expectation[3]} at ${target}:${expectation[1] ?? line.indexOf('^') + 1}`)
  }
  return found
}

/** A tree without its positions, for comparison. */
export function withoutSpans(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutSpans)
  if (typeof node !== 'object' || node === null) return node
  const parts = Object.entries(node).filter(([key]) => key !== 'span')
  return Object.fromEntries(parts.map(([key, part]) => [key, withoutSpans(part)]))
}

/** A tree as text: one line for a node that is short, else its parts below it. */
export function outline(node: unknown, depth = 0): string {
  const flat = flatOutline(node)
  if (flat.length <= 110 - 2 * depth) return flat
  const indent = '  '.repeat(depth + 1)
  if (Array.isArray(node)) return node.map((part) => `\n${indent}- ${outline(part, depth + 1)}`).join('')
  const { kind, ...parts } = node as SyntaxNode & Record<string, unknown>
  const lines = present(parts).map(([key, part]) => `\n${indent}${key}: ${outline(part, depth + 1)}`)
  return `${kind ?? ''}${lines.join('')}`
}

function flatOutline(node: unknown): string {
  if (Array.isArray(node)) return `[${node.map(flatOutline).join(' ')}]`
  if (typeof node !== 'object' || node === null) return JSON.stringify(node) ?? 'undefined'
  const { kind, ...parts } = node as SyntaxNode & Record<string, unknown>
  const rest = present(parts)
  if (kind === undefined && rest.length === 1 && 'text' in parts) return String(parts['text'])
  if (kind === 'name') return String(parts['name'])
  return `(${[kind, ...rest.map(([key, part]) => `${key}=${flatOutline(part)}`)].filter((part) => part !== undefined).join(' ')})`
}

function present(parts: Record<string, unknown>): [string, unknown][] {
  return Object.entries(parts).filter(([key, part]) => key !== 'span' && part !== undefined)
}
