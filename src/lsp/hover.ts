import type { Hover } from 'vscode-languageserver'
import { keywords, builtinNames as languageNames, type TokenEntry } from '../../grammar/tokens.ts'
import { builtins } from '../check/builtins/index.ts'
import { explain } from '../diagnostics/catalogue/index.ts'
import type { Span } from '../source/source.ts'
import type { CallExpr, PipeExpr } from '../syntax/ast.ts'
import { isExpr, pathTo, type SyntaxNode } from '../syntax/walk.ts'
import type { Analysis } from './analysis.ts'
import { applicationsAt, familiesOf, knownOf } from './knowledge.ts'
import { type Named, namesOf, pipeTarget, useAt } from './names.ts'
import type { Workspace } from './workspace.ts'

/** What stands at a place: its declaration, documentation, value in the models of the spec, and what its layers cost. */
export function hover(workspace: Workspace, path: string, offset: number): Hover | undefined {
  const analysis = workspace.analysis(path)
  if (analysis === undefined) return undefined
  const { entry } = analysis
  const use = useAt(namesOf(entry, workspace), offset)
  const word = wordAt(entry.source.text, offset)
  const nodes = pathTo(entry.file, offset)
  const parts: string[] = []
  if (use !== undefined) parts.push(...declarationOf(use.target, workspace))
  else if (word !== undefined) parts.push(...wordOfLanguage(word.text))
  const value = valueNode(nodes, offset)
  if (value !== undefined) parts.push(...textsOf(analysis, value, layerNamed(use?.target)))
  else if (use !== undefined) parts.push(...valueOfName(analysis, use.target, workspace))
  if (use?.target.node.kind === 'recurrence' || use?.target.node.kind === 'attention') {
    const library = new Map(workspace.std.map(({ source }) => [source.path, source.text]))
    const families = knownOf(analysis, use.target.name.span, (one, span) => familiesOf(one, span, library))
    parts.push(...families.map((text) => fenced(text, 'text')))
  }
  for (const { code, span } of analysis.diagnostics) {
    if (span === undefined || span.path !== path || offset < span.start || span.end < offset) continue
    const page = explain(code)?.split('\n\n').slice(0, 2).join('\n\n').replace(/^# /, '**').replace('\n\n', '**\n\n')
    if (page !== undefined) parts.push(page)
  }
  const range = use?.span ?? word?.span(path)
  if (parts.length === 0) return undefined
  return { contents: { kind: 'markdown', value: parts.join('\n\n') }, ...(range === undefined ? {} : { range: workspace.range(range) }) }
}

const fenced = (text: string, language = 'gdn'): string => `\`\`\`${language}\n${text}\n\`\`\``

/** A layer is often applied where another one was given it: then its applications are found by its name. */
const layerNamed = (target: Named | undefined): string | undefined => (target?.node.kind === 'layer' ? target.name.text : undefined)

/** The head of a declaration and its documentation. */
export function declarationOf({ node, name, what }: Named, workspace: Workspace): readonly string[] {
  const text = workspace.file(name.span.path)?.source.text ?? ''
  const doc = 'doc' in node && typeof node.doc === 'string' ? [node.doc.trim()] : []
  const start = what === 'size' && node.kind !== 'size' ? name.span.start : node.span.start
  const body = 'body' in node && 'name' in node ? headEnd(text, node.span) : node.span.end
  const head = what === 'size' && node.kind !== 'size' ? `size ${name.text}` : text.slice(start, body).trim()
  const lines = head.split(/\r?\n/)
  return [fenced(lines.length > 16 ? [...lines.slice(0, 15), '..'].join('\n') : lines.join('\n')), ...doc]
}

/** Where the braces of a definition begin. */
function headEnd(text: string, { start, end }: Span): number {
  const at = text.indexOf('{', start)
  return at < 0 || at > end ? end : at
}

function wordOfLanguage(word: string): readonly string[] {
  const builtin = builtins.get(word)
  if (builtin !== undefined) return [builtin.doc]
  const own = Object.hasOwn(languageNames, word) ? languageNames[word] : undefined
  const keyword = Object.values<TokenEntry>(keywords).find(({ pattern }) => pattern === word)?.hover
  return [own ?? keyword].flatMap((text) => (text === undefined ? [] : [text]))
}

/** The expression that a place stands for: of a callee its call, of a pipe's right side the pipe up to there. */
function valueNode(nodes: readonly SyntaxNode[], offset: number): SyntaxNode | undefined {
  const within = ({ span }: SyntaxNode): boolean => span.start <= offset && offset <= span.end
  const at = nodes.findLastIndex(isExpr)
  let node = nodes[at]
  if (node === undefined || (node.kind !== 'name' && node.kind !== 'number')) return node?.kind === 'as' ? node : undefined
  for (let i = at - 1; i >= 0; i--) {
    const outer = nodes[i] as SyntaxNode
    if (outer.kind === 'call' && within((outer as CallExpr).callee)) node = outer
    else if (outer.kind === 'as') continue
    else if (outer.kind === 'pipe' && pipeTarget(outer as PipeExpr) === node) return outer
    else break
  }
  return node
}

function textsOf(analysis: Analysis, node: SyntaxNode, definition: string | undefined): readonly string[] {
  const target = node.kind === 'pipe' ? pipeTarget(node as PipeExpr) : node.kind === 'as' ? (node as { value?: SyntaxNode }).value : node
  const call = target?.span ?? node.span
  const values = knownOf(analysis, node.span, ({ facts }, span) => facts.valuesAt(span))
  const costs = knownOf(analysis, call, (one, span) => applicationsAt(one, span, definition))
  const shared = knownOf(analysis, call, ({ facts }, span) => facts.mappingAt(span))
  return [
    ...values,
    ...(costs.length > 0 ? [costs.join('  \n')] : []),
    ...(shared.length > 0 ? [shared.map((line) => `* ${line}`).join('\n')] : []),
  ]
}

/** The value of what is declared here, as its first use saw it. */
function valueOfName(analysis: Analysis, target: Named, workspace: Workspace): readonly string[] {
  const own = target.node.kind === 'bind' ? (target.node as { targets?: readonly unknown[]; value?: SyntaxNode }) : undefined
  const spans = namesOf(analysis.entry, workspace).uses.flatMap(({ target: one, span }) => (one === target ? [span] : []))
  const places = own?.targets?.length === 1 && own.value !== undefined ? [own.value.span, ...spans] : spans
  for (const span of places) {
    const values = knownOf(analysis, span, ({ facts }, at) => facts.valuesAt(at))
    if (values.length > 0) return values
  }
  return []
}

function wordAt(text: string, offset: number) {
  const start = offset - (/\w*$/.exec(text.slice(Math.max(0, offset - 64), offset))?.[0].length ?? 0)
  const length = /^\w*/.exec(text.slice(start, start + 128))?.[0].length ?? 0
  return length === 0
    ? undefined
    : { text: text.slice(start, start + length), span: (path: string): Span => ({ path, start, end: start + length }) }
}
