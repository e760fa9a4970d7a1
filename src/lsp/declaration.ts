import type { Span } from '../source/source.ts'
import type { Named } from './names/index.ts'
import type { Workspace } from './workspace.ts'

/** More lines of a head than anyone reads over a text. */
const mostLines = 16

/** The head of a declaration and its documentation, as Markdown. */
export function declarationOf({ node, name, what }: Named, workspace: Workspace): readonly string[] {
  const text = workspace.file(name.span.path)?.source.text ?? ''
  const own = workspace.file(node.span.path)?.source.text ?? text
  const isBound = what === 'size' && node.kind !== 'size'
  const end = 'body' in node && 'name' in node ? headEnd(own, node.span) : node.span.end
  const lines = (isBound ? `size ${name.text}` : own.slice(node.span.start, end).trim()).split(/\r?\n/)
  const doc = 'doc' in node && typeof node.doc === 'string' && node.doc !== '' ? node.doc.trim() : commentAbove(own, node)
  const shown = lines.length > mostLines ? [...lines.slice(0, mostLines - 1), '..'] : lines
  return [fenced(shown.join('\n')), ...(doc === '' || isBound ? [] : [doc])]
}

export const fenced = (text: string, language = 'gdn'): string => `\`\`\`${language}\n${text}\n\`\`\``

/** Where the braces of a definition begin. */
function headEnd(text: string, { start, end }: Span): number {
  const at = text.indexOf('{', start)
  return at < 0 || at > end ? end : at
}

/** What stands above a parameter as an ordinary comment says what it is for, too. */
function commentAbove(text: string, { kind, span }: { readonly kind?: string; readonly span: Span }): string {
  if (kind !== 'param' && kind !== 'bodyParam') return ''
  const lines = text.slice(0, span.start).split(/\r?\n/)
  const found: string[] = []
  for (let i = lines.length - 2; /^\s*\/\/(?!\/)/.test(lines[i] ?? ''); i--) found.unshift((lines[i] ?? '').replace(/^\s*\/\/ ?/, ''))
  return found.join('\n')
}
