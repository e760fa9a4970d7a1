/** A layout to choose: text with places where a line may end, in groups that stand on one line if they fit. */
export type Doc =
  | string
  | readonly Doc[]
  | { readonly kind: 'line'; readonly flat: '' | ' ' }
  /** `blank`: with an empty line before the next. */
  | { readonly kind: 'hardline'; readonly blank: boolean }
  | { readonly kind: 'indent'; readonly doc: Doc }
  | { readonly kind: 'group'; readonly doc: Doc; readonly broken: boolean }
  /** Printed only where the group around it takes several lines. */
  | { readonly kind: 'broken'; readonly doc: Doc }
  /** Printed only where it stands on one line. */
  | { readonly kind: 'flat'; readonly doc: Doc }
  /** A comment at the end of the line, wherever that is; its group takes several lines. */
  | { readonly kind: 'suffix'; readonly text: string }

export const line: Doc = { kind: 'line', flat: ' ' }
export const softline: Doc = { kind: 'line', flat: '' }
export const hardline: Doc = { kind: 'hardline', blank: false }
export const blankline: Doc = { kind: 'hardline', blank: true }

export function indent(doc: Doc): Doc {
  return { kind: 'indent', doc }
}
export function group(doc: Doc): Doc {
  return { kind: 'group', doc, broken: mustBreak(doc) }
}
export function whenBroken(doc: Doc): Doc {
  return { kind: 'broken', doc }
}
export function whenFlat(doc: Doc): Doc {
  return { kind: 'flat', doc }
}
export function suffix(text: string): Doc {
  return { kind: 'suffix', text }
}
export function join(separator: Doc, docs: readonly Doc[]): Doc {
  return docs.flatMap((doc, index) => (index === 0 ? [doc] : [separator, doc]))
}

/** Whether a line ends inside whatever the width. */
function mustBreak(doc: Doc): boolean {
  if (typeof doc === 'string') return false
  if (isList(doc)) return doc.some(mustBreak)
  if (doc.kind === 'group') return doc.broken
  if (doc.kind === 'indent') return mustBreak(doc.doc)
  return doc.kind === 'hardline' || doc.kind === 'suffix'
}

interface Piece {
  readonly doc: Doc
  readonly depth: number
  readonly flat: boolean
}

/** Prints with two spaces for each level; no line has spaces at its end. */
export function print(doc: Doc, width: number): string {
  const printer = new Printer(width)
  printer.print(doc)
  return printer.text
}

class Printer {
  text = ''
  private readonly width: number
  private column = 0
  private suffixes: string[] = []

  constructor(width: number) {
    this.width = width
  }

  print(doc: Doc): void {
    const rest: Piece[] = [{ doc, depth: 0, flat: false }]
    for (let piece = rest.pop(); piece !== undefined; piece = rest.pop()) {
      const { doc: part, depth, flat } = piece
      if (typeof part === 'string') this.write(part)
      else if (isList(part)) for (const one of part.toReversed()) rest.push({ doc: one, depth, flat })
      else if (part.kind === 'indent') rest.push({ doc: part.doc, depth: depth + 1, flat })
      else if (part.kind === 'suffix') this.suffixes.push(part.text)
      else if (part.kind === 'broken' || part.kind === 'flat') flat === (part.kind === 'flat') && rest.push({ doc: part.doc, depth, flat })
      else if (part.kind === 'group') {
        const inner = { doc: part.doc, depth, flat: flat || (!part.broken && this.fits(part.doc, rest)) }
        rest.push(inner)
      } else if (part.kind === 'line' && flat) this.write(part.flat)
      else this.newline(depth, part.kind === 'hardline' && part.blank)
    }
    this.flush()
  }

  private write(text: string): void {
    this.text += text
    this.column += text.length
  }

  private flush(): void {
    for (const text of this.suffixes) this.text += ` ${text}`
    this.suffixes = []
  }

  private newline(depth: number, blank: boolean): void {
    this.flush()
    this.text = `${this.text.trimEnd()}\n${blank ? '\n' : ''}${'  '.repeat(depth)}`
    this.column = 2 * depth
  }

  /** Whether the doc and what follows it up to the next possible line end fit on this line. */
  private fits(doc: Doc, rest: readonly Piece[]): boolean {
    let room = this.width - this.column
    let next = rest.length
    const pieces: Piece[] = [{ doc, depth: 0, flat: true }]
    while (room >= 0) {
      let piece = pieces.pop()
      if (piece === undefined) {
        if (next === 0) return true
        piece = rest[--next]!
      }
      const { doc: part, flat } = piece
      if (typeof part === 'string') room -= part.length
      else if (isList(part)) for (const one of part.toReversed()) pieces.push({ doc: one, depth: 0, flat })
      else if (part.kind === 'indent') pieces.push({ doc: part.doc, depth: 0, flat })
      else if (part.kind === 'group') pieces.push({ doc: part.doc, depth: 0, flat: flat && !part.broken })
      else if (part.kind === 'broken' || part.kind === 'flat')
        flat === (part.kind === 'flat') && pieces.push({ doc: part.doc, depth: 0, flat })
      else if (part.kind === 'hardline') return true
      else if (part.kind === 'line') {
        if (!flat) return true
        room -= part.flat.length
      }
    }
    return false
  }
}

function isList(doc: Doc): doc is readonly Doc[] {
  return Array.isArray(doc)
}
