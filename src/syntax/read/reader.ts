import type { CstNode, IToken } from 'chevrotain'
import { missingComma, tooDeep } from '../../diagnostics/catalogue/syntax.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../source/source.ts'
import type { Doc, Expr, MissingExpr, Name } from '../ast.ts'

/** How many operations may stand in one another: deeper trees would overflow the stack of whoever walks them. */
export const depthLimit = 500

/**
 * Recovery leaves any part of a node out, also those that the grammar requires; the generated types do not know that.
 */
export type Parts<N extends CstNode> = { readonly [K in keyof N['children']]?: N['children'][K] }

export function parts<N extends CstNode>(node: N): Parts<N> {
  return node.children as Parts<N>
}

/** What reading a concrete syntax tree needs: positions of one file, and a place for diagnostics. */
export class Reader {
  readonly path: string
  readonly diagnostics: Diagnostic[] = []
  private readonly depths = new WeakMap<object, number>()
  private tooDeepReported = false

  constructor(path: string) {
    this.path = path
  }

  /** The span of a node or token; `undefined` for what is not there, or was invented by recovery. */
  span(part: CstNode | IToken | undefined): Span | undefined {
    if (part === undefined) return undefined
    const { startOffset, endOffset } = 'image' in part ? part : (part.location ?? { startOffset: Number.NaN, endOffset: Number.NaN })
    if (!(startOffset >= 0) || endOffset === undefined || !(endOffset >= startOffset)) return undefined
    return { path: this.path, start: startOffset, end: endOffset + 1 }
  }

  between(from: Span, to: Span): Span {
    return { path: this.path, start: Math.min(from.start, to.start), end: Math.max(from.end, to.end) }
  }

  /** The end of a span, as an empty span: where something is missing. */
  endOf(span: Span): Span {
    return { path: this.path, start: span.end, end: span.end }
  }

  report(diagnostic: Diagnostic): void {
    this.diagnostics.push(diagnostic)
  }

  missing(at: Span): MissingExpr {
    return { kind: 'missing', span: at }
  }

  /** A name; one that recovery had to invent has no text. */
  name(token: IToken | undefined, around: Span): Name {
    const span = this.span(token)
    return token === undefined || span === undefined ? { text: '', span: this.endOf(around) } : { text: token.image, span }
  }

  doc(tokens: readonly IToken[] | undefined): Doc {
    return tokens?.map((token) => token.image.slice(3).replace(/^ /, '').trimEnd()).join('\n')
  }

  /** `expr` itself, or poison if too many operations stand in one another. */
  bounded<E extends Expr>(expr: E, children: readonly Expr[]): E | MissingExpr {
    let depth = 1
    for (const child of children) depth = Math.max(depth, 1 + (this.depths.get(child) ?? 0))
    if (depth <= depthLimit) {
      this.depths.set(expr, depth)
      return expr
    }
    if (!this.tooDeepReported) this.report(tooDeep.at(expr.span, { limit: depthLimit }))
    this.tooDeepReported = true
    return this.missing(expr.span)
  }

  /** Reports items of a list that no comma separates. */
  separated(items: readonly CstNode[] | undefined, commas: readonly IToken[] | undefined): void {
    let comma = 0
    for (const [index, item] of (items ?? []).entries()) {
      const before = items?.[index - 1]
      const start = this.span(item)
      const end = before && this.span(before)
      if (!start || !end || before.recoveredNode || item.recoveredNode) continue
      while (commas?.[comma] !== undefined && commas[comma]!.startOffset < end.end) comma++
      if (commas?.[comma] !== undefined && commas[comma]!.startOffset < start.start) continue
      const title = 'insert `,`'
      this.report(missingComma.at(start, {}, { fixes: [{ title, edits: [{ span: this.endOf(end), text: ',' }] }] }))
    }
  }
}
