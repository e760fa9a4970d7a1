import type { Span } from '../source/source.ts'
import type { Expr, File } from './ast.ts'

/** Any node of the syntax tree; those with variants have a `kind`. */
export interface SyntaxNode {
  readonly span: Span
  readonly kind?: string
}

/** Calls `enter` for `root` and every node below it, in the order of the text, parents first; below one that it answers `'skip'` for, for none. */
export function walk(root: SyntaxNode, enter: (node: SyntaxNode, parent: SyntaxNode | undefined) => unknown): void {
  const open: { readonly node: SyntaxNode; readonly parent: SyntaxNode | undefined }[] = [{ node: root, parent: undefined }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node } = next
    if (enter(node, next.parent) === 'skip') continue
    for (const child of children(node).reverse()) open.push({ node: child, parent: node })
  }
}

/** The nodes directly below a node, in the order of the text. */
export function children(node: SyntaxNode): SyntaxNode[] {
  const found = Object.values(node).flatMap((part: unknown) => (Array.isArray(part) ? part.flatMap(inner) : inner(part)))
  return found.sort((a, b) => a.span.start - b.span.start)
}

/** An import's names have no span of their own, so what they hold counts as theirs. */
function inner(part: unknown): SyntaxNode[] {
  if (typeof part !== 'object' || part === null) return []
  if (isNode(part)) return [part]
  return 'name' in part ? Object.values(part).flatMap(inner) : []
}

function isNode(part: object): part is SyntaxNode {
  return 'span' in part
}

const expressionKinds: ReadonlySet<string> = new Set<Expr['kind']>([
  ...(['number', 'text', 'name', 'list', 'range', 'call', 'as', 'pipe'] as const),
  ...(['binary', 'unary', 'index', 'member', 'case', 'stackExpr', 'paren', 'missing'] as const),
])

/** A `missing` statement looks like a missing expression, and is poison as well. */
export function isExpr(node: SyntaxNode): node is Expr {
  return node.kind !== undefined && expressionKinds.has(node.kind)
}

/** The innermost node at an offset, with what is around it, outermost first; empty outside the file. */
export function pathTo(file: File, offset: number): SyntaxNode[] {
  const path: SyntaxNode[] = []
  let next: SyntaxNode | undefined = file
  while (next !== undefined) {
    path.push(next)
    next = children(next).findLast(({ span }) => span.start <= offset && offset <= span.end)
  }
  return file.span.start <= offset && offset <= file.span.end ? path : []
}
