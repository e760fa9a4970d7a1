import { type FoldingRange, FoldingRangeKind } from 'vscode-languageserver'
import { lex } from '../syntax/lex.ts'
import type { TextFile } from './workspace.ts'

const pairs: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' }
const closing = new Set(Object.values(pairs))

/** Brackets that span lines, and runs of comments. */
export function foldingRanges({ source, document }: TextFile): readonly FoldingRange[] {
  const { tokens, comments } = lex(source)
  const line = (offset: number): number => document.positionAt(offset).line
  const found: FoldingRange[] = []
  const open: { readonly sign: string; readonly line: number }[] = []
  for (const { image, startOffset } of tokens) {
    if (pairs[image] !== undefined) open.push({ sign: image, line: line(startOffset) })
    if (!closing.has(image)) continue
    const at = open.findLastIndex(({ sign }) => pairs[sign] === image)
    if (at < 0) continue
    const [first] = open.splice(at)
    // The line with the closing bracket stays in sight.
    const end = line(startOffset) - 1
    if (first !== undefined && end > first.line) found.push({ startLine: first.line, endLine: end })
  }
  const docs = tokens.filter(({ tokenType }) => tokenType.name === 'Doc').map(({ startOffset }) => line(startOffset))
  const lines = [...docs, ...comments.map(({ span }) => line(span.start))].sort((a, b) => a - b)
  for (let i = 0; i < lines.length; ) {
    let last = i
    while (lines[last + 1] === (lines[last] as number) + 1) last++
    if (last > i) found.push({ startLine: lines[i] as number, endLine: lines[last] as number, kind: FoldingRangeKind.Comment })
    i = last + 1
  }
  // One fold to a line: that of the outermost bracket.
  return [...new Map(found.toReversed().map((range) => [range.startLine, range])).values()].sort((a, b) => a.startLine - b.startLine)
}
