import { lex } from '../lex.ts'
import { parseFile } from '../parse.ts'
import { type SyntaxNode, walk } from '../walk.ts'
import { Comments, type Item } from './comments.ts'
import { isShort, printDeclaration, printImport } from './declarations.ts'
import { blankline, type Doc, hardline, print } from './doc.ts'
import { Layout } from './layout.ts'

/** No line is longer, where there is a place to break it. */
export const formatWidth = 100

/**
 * A spec in the one layout that all specs have: two spaces, at most 100 columns, comments and documentation kept. Formatting twice
 * changes nothing more. A text with syntax errors is returned as it is.
 */
export function format(text: string): string {
  const source = { path: '', text }
  const { file, diagnostics } = parseFile(source)
  if (diagnostics.some(({ severity }) => severity === 'error')) return text
  const { tokens, comments } = lex(source)

  const header: Item = { span: { path: '', start: tokens[0]!.startOffset, end: tokens[1]!.startOffset + tokens[1]!.image.length } }
  const layout = new Layout(new Comments(text, tokens, comments, [header, ...itemsBelow(file)]))
  const parts = [...file.imports, ...file.declarations].sort((a, b) => a.span.start - b.span.start)
  const doc: Doc = [
    layout.leading(header),
    `gdn ${file.edition}`,
    layout.trailing(header),
    layout.closing(header),
    parts.length === 0 ? '' : blankline,
    layout.lines(
      parts,
      (part) => (part.kind === 'import' ? printImport(layout, part) : printDeclaration(layout, part)),
      (part, before) => !isShort(part) || !isShort(before) || (part.kind === 'import') !== (before.kind === 'import'),
    ),
    hardline,
  ]
  return print(doc, formatWidth)
}

const lists: readonly string[] = [
  'imports',
  'declarations',
  'params',
  'body',
  'items',
  'arms',
  'args',
  'conditions',
  'entries',
  'otherwise',
]

/** Everything that stands in a list or a body. */
function itemsBelow(root: SyntaxNode): Item[] {
  const found: Item[] = []
  walk(root, (node) => {
    for (const [key, part] of Object.entries(node) as [string, unknown][]) {
      if (!lists.includes(key) || typeof part !== 'object' || part === null) continue
      found.push(...(Array.isArray(part) ? (part as Item[]) : [part as Item]))
    }
  })
  return found
}
