import type { IToken } from 'chevrotain'
import { tokens } from '../../../grammar/lexer.ts'
import type { Comment } from '../lex.ts'
import type { SyntaxNode } from '../walk.ts'

/** What stands on its own in a list or a body, and so can have comments: a statement, an argument, an arm, .. */
export interface Item {
  readonly span: SyntaxNode['span']
}

/** The comments of one item. */
export interface Attached {
  /** On lines of their own before it. */
  readonly leading: Comment[]
  /** At the end of its line. */
  readonly trailing: Comment[]
  /** On lines of their own after it, where nothing follows in its list. */
  readonly closing: Comment[]
}

/** A text with its items, and every comment given to one of them. */
export class Comments {
  readonly text: string
  private readonly attached = new Map<Item, Attached>()
  private readonly docStarts = new Map<number, number>()
  /** Comments of a file that has no items. */
  readonly orphans: Comment[] = []

  constructor(text: string, all: readonly IToken[], comments: readonly Comment[], items: readonly Item[]) {
    this.text = text
    let firstDoc: number | undefined
    for (const token of all) {
      if (token.tokenType === tokens.Doc) {
        firstDoc ??= token.startOffset
      } else {
        if (firstDoc !== undefined) this.docStarts.set(token.startOffset, firstDoc)
        firstDoc = undefined
      }
    }
    if (comments.length > 0) attach(this, new Layout(text, all, items), comments)
  }

  of(item: Item): Attached {
    const known = this.attached.get(item)
    if (known !== undefined) return known
    const fresh: Attached = { leading: [], trailing: [], closing: [] }
    this.attached.set(item, fresh)
    return fresh
  }

  has(item: Item): boolean {
    const { leading, trailing, closing } = this.of(item)
    return leading.length + trailing.length + closing.length > 0
  }

  /** Whether the author left an empty line before an item with its comments and documentation. */
  blankBefore(item: Item): boolean {
    const doc = this.docStarts.get(item.span.start) ?? item.span.start
    const first = Math.min(doc, this.of(item).leading[0]?.span.start ?? doc)
    return this.emptyLineBefore(first)
  }

  emptyLineBefore(offset: number): boolean {
    let at = offset
    while (at > 0 && /\s/.test(this.text[at - 1]!)) at--
    return isEmptyLine(this.text.slice(at, offset))
  }

  emptyLineAfter(offset: number): boolean {
    let at = offset
    while (at < this.text.length && /\s/.test(this.text[at]!)) at++
    return isEmptyLine(this.text.slice(offset, at))
  }
}

function isEmptyLine(space: string): boolean {
  return (space.match(/\r\n|\n|\r/g)?.length ?? 0) > 1
}

const openers: readonly string[] = ['{', '[', '(']
const closers: readonly string[] = ['}', ']', ')']

/** Which item stands in which, and in which pair of brackets. */
class Layout {
  private readonly text: string
  private readonly all: readonly IToken[]
  /** By start, outer before inner. */
  private readonly items: readonly Item[]
  private readonly parents = new Map<Item, Item | undefined>()
  private readonly inside = new Map<Item | undefined, Item[]>()
  /** For each token, the offset of the bracket that is open right before it; -1 for none. */
  private readonly brackets: number[] = []

  constructor(text: string, all: readonly IToken[], items: readonly Item[]) {
    this.text = text
    this.all = all
    this.items = items.toSorted((a, b) => a.span.start - b.span.start || b.span.end - a.span.end)
    const open: Item[] = []
    for (const item of this.items) {
      while (open.length > 0 && open.at(-1)!.span.end <= item.span.start) open.pop()
      const parent = open.at(-1)
      this.parents.set(item, parent)
      if (!this.inside.has(parent)) this.inside.set(parent, [])
      this.inside.get(parent)!.push(item)
      open.push(item)
    }
    const depth: number[] = []
    for (const token of all) {
      this.brackets.push(depth.at(-1) ?? -1)
      if (closers.includes(token.image)) depth.pop()
      if (openers.includes(token.image)) depth.push(token.startOffset)
    }
  }

  /** The innermost item around an offset. */
  around(offset: number): Item | undefined {
    let item = this.items[firstFrom(this.items, (one) => one.span.start > offset) - 1]
    while (item !== undefined && item.span.end <= offset) item = this.parents.get(item)
    return item
  }

  /** The items before and after an offset in the same list, inside `parent`. */
  neighbours(offset: number, parent: Item | undefined): { readonly before: Item | undefined; readonly after: Item | undefined } {
    const bracket = this.bracketAt(offset)
    const all = this.inside.get(parent) ?? []
    const split = firstFrom(all, (item) => item.span.start >= offset)
    const inList = (item: Item): boolean => this.bracketAt(item.span.start) === bracket
    return { before: all.slice(0, split).findLast(inList), after: all.slice(split).find(inList) }
  }

  /** Whether only a comma stands between an item and what follows it on its line. */
  endsBefore(item: Item, offset: number): boolean {
    return /^[ \t]*,?[ \t]*$/.test(this.text.slice(item.span.end, offset))
  }

  private bracketAt(offset: number): number {
    return this.brackets[firstFrom(this.all, (token) => token.startOffset >= offset)] ?? -1
  }
}

/** The first index of a sorted list from which on `holds`; its length if it never does. */
function firstFrom<T>(list: readonly T[], holds: (item: T) => boolean): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(list[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}

function attach(comments: Comments, layout: Layout, all: readonly Comment[]): void {
  for (const comment of all) {
    const { start } = comment.span
    const parent = layout.around(start)
    const { before, after } = layout.neighbours(start, parent)
    if (before !== undefined && layout.endsBefore(before, start)) comments.of(before).trailing.push(comment)
    else if (after !== undefined) comments.of(after).leading.push(comment)
    else if (before !== undefined) comments.of(before).closing.push(comment)
    else if (parent !== undefined) comments.of(parent).leading.push(comment)
    else comments.orphans.push(comment)
  }
}
