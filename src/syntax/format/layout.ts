import type { Doc as Documentation } from '../ast.ts'
import type { Comments, Item } from './comments.ts'
import { blankline, type Doc, group, hardline, indent, join, line, softline, suffix, whenBroken, whenFlat } from './doc.ts'

/** What the printers share: the text, and its comments by item. */
export class Layout {
  readonly comments: Comments

  constructor(comments: Comments) {
    this.comments = comments
  }

  source(node: { readonly span: { readonly start: number; readonly end: number } }): string {
    return this.comments.text.slice(node.span.start, node.span.end)
  }

  /** Whether a line ends between two offsets of the text as its author wrote it. */
  breaksBetween(from: number, to: number): boolean {
    return /[\n\r]/.test(this.comments.text.slice(from, to))
  }

  leading(item: Item, blanks = true): Doc {
    return this.comments.of(item).leading.map(({ text, span }) => {
      const blank = blanks && this.comments.emptyLineAfter(span.end)
      return [text.trimEnd(), blank ? blankline : hardline]
    })
  }

  trailing(item: Item): Doc {
    return this.comments.of(item).trailing.map(({ text }) => suffix(text.trimEnd()))
  }

  closing(item: Item, blanks = true): Doc {
    return this.comments.of(item).closing.map(({ text, span }) => {
      const blank = blanks && this.comments.emptyLineBefore(span.start)
      return [blank ? blankline : hardline, text.trimEnd()]
    })
  }

  /** Items below one another, with the empty lines that the author left, at most one at a time. */
  lines<I extends Item>(items: readonly I[], print: (item: I, index: number) => Doc, apart?: (item: I, before: I) => boolean): Doc {
    return items.map((item, index) => {
      const before = items[index - 1]
      const blank = before !== undefined && (this.comments.blankBefore(item) || apart?.(item, before) === true)
      const gap = before === undefined ? '' : blank ? blankline : hardline
      return [gap, this.leading(item), print(item, index), this.trailing(item), this.closing(item)]
    })
  }

  /** `{ .. }` on several lines. */
  block<I extends Item>(items: readonly I[], print: (item: I, index: number) => Doc): Doc {
    if (items.length === 0) return '{}'
    return ['{', indent([hardline, this.lines(items, print)]), hardline, '}']
  }

  /** `{ .. }` on one line if the author wrote its only item on the line of the brace, and it fits. */
  smallBlock<I extends Item>(headEnd: number, items: readonly I[], print: (item: I, index: number) => Doc): Doc {
    const only = items[0]
    if (only === undefined || items.length > 1 || this.breaksBetween(headEnd, only.span.start)) return this.block(items, print)
    const inner = [this.leading(only), print(only, 0), this.trailing(only), this.closing(only)]
    return group(['{', indent([line, inner]), line, '}'])
  }

  /** The same with any number of items, which have commas on one line and none below one another, but after those that need one. */
  loose<I extends Item>(start: number, items: readonly I[], print: (item: I) => Doc, needsComma: (item: I, index: number) => boolean): Doc {
    const first = items[0]
    if (first === undefined || this.breaksBetween(start, first.span.start) || items.some((item) => this.comments.has(item))) {
      return this.block(items, (item, index) => [print(item), needsComma(item, index) ? ',' : ''])
    }
    const parts = items.map((item, index) => {
      const comma = index === items.length - 1 ? '' : needsComma(item, index) ? ',' : whenFlat(',')
      return [print(item), comma]
    })
    return group(['{', indent([line, join(line, parts)]), line, '}'])
  }

  /** Items with commas, on one line if they fit, else each on its own with a comma after the last. */
  list<I extends Item>(open: string, items: readonly I[], close: string, print: (item: I) => Doc, edge: Doc = softline): Doc {
    if (items.length === 0) return [open, close]
    const parts = items.map((item, index) => {
      const comma = index < items.length - 1 ? ',' : whenBroken(',')
      return [this.leading(item, false), print(item), comma, this.trailing(item), this.closing(item, false)]
    })
    return group([open, indent([edge, join(line, parts)]), edge, close])
  }

  documentation(doc: Documentation): Doc {
    if (doc === undefined) return ''
    return doc.split('\n').map((text) => [text === '' ? '///' : `/// ${text}`, hardline])
  }
}
