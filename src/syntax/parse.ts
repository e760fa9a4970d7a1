import type { FileCstNode } from '../../grammar/cst.ts'
import { parser } from '../../grammar/parser.ts'
import { tooManyMistakes } from '../diagnostics/catalogue/syntax.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../source/source.ts'
import type { File } from './ast.ts'
import { describeFaults } from './faults.ts'
import { lex } from './lex.ts'
import { readFile } from './read/declarations.ts'
import { Reader } from './read/reader.ts'

/** No one reads more at once, and most of them would follow from the first ones. */
export const mistakeLimit = 100

/**
 * Reads a file. It never throws: what cannot be read is a diagnostic, and `missing` (or a name without text) in the tree.
 * Diagnostics are in the order of the text.
 */
export function parseFile(source: SourceFile): { readonly file: File; readonly diagnostics: readonly Diagnostic[] } {
  const lexed = lex(source)
  if (lexed.refused) {
    const span = { path: source.path, start: 0, end: source.text.length }
    return { file: { kind: 'file', span, edition: undefined, imports: [], declarations: [] }, diagnostics: lexed.diagnostics }
  }
  const tokens = [...lexed.tokens]
  const { cst, faults } = parser.read([...tokens])
  const reader = new Reader(source.path)
  const file = readFile(reader, cst as FileCstNode, source)
  const all = [...lexed.diagnostics, ...describeFaults(source, tokens, faults), ...reader.diagnostics]
  const diagnostics = all.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0))
  if (diagnostics.length <= mistakeLimit) return { file, diagnostics }
  return { file, diagnostics: [...diagnostics.slice(0, mistakeLimit), tooManyMistakes.at(undefined, { limit: mistakeLimit })] }
}
