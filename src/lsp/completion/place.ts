import { follow } from '../../../grammar/follow.ts'
import { declarationWords } from '../../../grammar/tokens.ts'
import { lex } from '../../syntax/lex.ts'
import type { TextFile } from '../workspace.ts'

/** Where something is being written. */
export interface Place {
  /** Where the word begins that is being written, or the offset itself. */
  readonly start: number
  /** The word that the declaration around begins with; undefined before the first one. */
  readonly declaration: string | undefined
  /** The declaration's tokens before `start`, each with its offset. */
  readonly before: readonly { readonly image: string; readonly startOffset: number }[]
  /** Names of the token types that the grammar takes here; none where the text before does not fit it. */
  readonly next: ReadonlySet<string>
  /** What is expected, as far as the tokens before say. */
  readonly expected: Expected
}

export type Expected =
  /** A name that nobody can guess. */
  | 'new name'
  | 'member'
  | 'model'
  | 'role'
  | 'kind'
  | 'tensor type'
  /** What a parameter of a body may be: both. */
  | 'kind or tensor type'
  | 'transform'
  | 'declaration'
  /** An item of a stack. */
  | 'item'
  | 'value'

/** Declarations do not depend on each other, and one before may be broken: only the tokens of the one around are followed. */
export function placeAt({ source: { text } }: TextFile, offset: number): Place | undefined {
  const start = offset - (/\w*$/.exec(text.slice(Math.max(0, offset - 64), offset))?.[0].length ?? 0)
  if (insideText(text, start)) return undefined
  const all = lex({ path: '', text: text.slice(0, start) }).tokens
  const first = all.findLastIndex(({ image, startColumn }) => startColumn === 1 && declarationWords.includes(image))
  const before = first < 0 ? all : all.slice(first)
  const declaration = all[first]?.image
  const next = new Set(
    [...follow(first < 0 || declaration === 'import' ? 'file' : 'declaration', declaration === 'import' ? all : before)].map(
      ({ name }) => name,
    ),
  )
  const images = before.map(({ image }) => image)
  return { start, declaration, before, next, expected: expectedAfter(images, next, declaration) }
}

const declaring = new Set([
  ...declarationWords.filter((word) => word !== 'import' && word !== 'checkpoint'),
  ...['size', 'dim', 'input', 'output', 'in', 'weight', 'shared', 'state', 'as'],
])

function expectedAfter(images: readonly string[], next: ReadonlySet<string>, declaration: string | undefined): Expected {
  const last = images.at(-1) ?? ''
  if (last === '.') return 'member'
  if (declaration === 'checkpoint') return last === 'checkpoint' ? 'model' : last === '|' ? 'transform' : 'value'
  // `in` before a range, or a loop's list, names nothing.
  const isNew = declaring.has(last) && (last !== 'in' || !next.has('Number')) && !(last === 'init' && images.length > 1)
  if (isNew || (declaration === 'init' && images.length === 1)) return 'new name'
  if (last === '->') return 'tensor type'
  if (last === ':' && next.size > 0 && !next.has('Number')) {
    if (images.at(-3) === 'dim') return 'role'
    if (images.includes('{')) return 'tensor type'
    return ['recurrence', 'attention', 'function'].includes(declaration ?? '') ? 'kind or tensor type' : 'kind'
  }
  if (declaration === 'model' && images.length === 3 && last === '=') return 'model'
  if (declaration === undefined || (last === '}' && next.size === 0)) return 'declaration'
  return next.has('Repeat') ? 'item' : 'value'
}

/** Whether a place is in a text or a comment: an odd number of quotes before it on its line, or `//`. */
function insideText(text: string, offset: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset)
  const plain = line.replace(/"[^"]*"/g, '')
  return plain.includes('"') || plain.includes('//')
}
