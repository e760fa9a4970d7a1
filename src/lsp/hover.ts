import type { Hover } from 'vscode-languageserver'
import { explain } from '../diagnostics/catalogue/index.ts'
import type { Span } from '../source/source.ts'
import type { CallExpr, Expr, MemberExpr, ModelDecl, PipeExpr } from '../syntax/ast.ts'
import { isExpr, pathTo, type SyntaxNode } from '../syntax/walk.ts'
import type { Analysis } from './analysis.ts'
import { declarationOf, fenced } from './declaration.ts'
import { applicationsAt, borderOf, familiesOf, knownOf, modelsNamed, weightsAt } from './knowledge.ts'
import { calledBy, keyOf, type Named, namesOf, pipeTarget, useAt } from './names/index.ts'
import { wordText } from './words.ts'
import type { Workspace } from './workspace.ts'

/** What stands at a place: its declaration, documentation, value in the models of the spec, and what it costs or makes. */
export function hover(workspace: Workspace, path: string, offset: number): Hover | undefined {
  const analysis = workspace.analysis(path)
  if (analysis === undefined) return undefined
  const { entry } = analysis
  const use = useAt(namesOf(entry, workspace), offset)
  const word = wordAt(entry.source.text, offset)
  const nodes = pathTo(entry.file, offset)
  const value = valueNode(nodes, offset)
  const parts: string[] = []
  if (use !== undefined) parts.push(...declarationOf(use.target, workspace))
  else if (word !== undefined) parts.push(wordText(argumentOf(nodes, offset) ?? word.text) ?? '')
  if (value !== undefined) parts.push(...valueTexts(analysis, value, use?.target, workspace))
  else if (use !== undefined) parts.push(...valueOfName(analysis, use.target, workspace))
  if (use !== undefined) parts.push(...textsOfName(analysis, use.target, workspace))
  parts.push(...explanations(analysis, path, offset))
  const range = use?.span ?? word?.span(path)
  const text = [...new Set(parts)].filter((part) => part !== '').join('\n\n')
  if (text === '') return undefined
  const contents = { kind: 'markdown' as const, value: text }
  return { contents, ...(range === undefined ? {} : { range: workspace.range(range) }) }
}

/** What is called, where a place is the name of one of its arguments. */
function argumentOf(nodes: readonly SyntaxNode[], offset: number): string | undefined {
  const call = nodes.findLast((node): node is CallExpr => node.kind === 'call')
  const isName = call?.args.some(({ name }) => name !== undefined && name.span.start <= offset && offset <= name.span.end) === true
  return isName && call?.callee.kind === 'name' ? call.callee.name : undefined
}

/** The expression that a place stands for: of a callee its call, of a pipe's right side the pipe up to there. */
function valueNode(nodes: readonly SyntaxNode[], offset: number): Expr | undefined {
  const within = ({ span }: SyntaxNode): boolean => span.start <= offset && offset <= span.end
  const at = nodes.findLastIndex(isExpr)
  let node = nodes[at] as Expr | undefined
  if (node?.kind === 'member' && within((node as MemberExpr).name)) return node
  if (node === undefined || (node.kind !== 'name' && node.kind !== 'number')) return node?.kind === 'as' ? node : undefined
  for (let i = at - 1; i >= 0; i--) {
    const outer = nodes[i] as Expr
    if (outer.kind === 'call' && within((outer as CallExpr).callee)) node = outer
    else if (outer.kind === 'as') continue
    else if (outer.kind === 'pipe' && pipeTarget(outer as PipeExpr) === node) return outer
    else break
  }
  return node
}

/** What an expression is, what its application costs and makes, and which heads share the arguments of a body. */
function valueTexts(analysis: Analysis, node: Expr, target: Named | undefined, workspace: Workspace): readonly string[] {
  const applied = node.kind === 'pipe' ? pipeTarget(node) : node.kind === 'as' ? innermost(node) : node
  const values = knownOf(analysis, node.span, ({ facts }, span) => facts.valuesAt(span))
  // A layer is often applied where another one was given it: then its applications are found by its name.
  const definition = target?.node.kind === 'layer' ? calledBy(target, workspace)?.name.text : undefined
  const costs = knownOf(analysis, applied.span, (one, span) => applicationsAt(one, span, definition))
  const weights = knownOf(analysis, applied.span, weightsAt)
  const shared = knownOf(analysis, applied.span, ({ facts }, span) => facts.mappingAt(span))
  // That a name is one of a function says nothing that its declaration does not.
  return [lines(values.filter((text) => text !== 'a function')), lines(costs), lines(weights), list(shared)]
}

/** The application that `as` names: of `norm(x) | linear(8) as up`, the last. */
function innermost(node: Expr): Expr {
  if (node.kind === 'as' || node.kind === 'paren') return innermost(node.value)
  return node.kind === 'pipe' ? innermost(node.right) : node
}

const lines = (texts: readonly string[]): string => texts.join('  \n')
const list = (texts: readonly string[]): string => texts.map((text) => `* ${text}`).join('\n')

/** The value of what is declared here, as its first use saw it, or as its declaration did. */
function valueOfName(analysis: Analysis, target: Named, workspace: Workspace): readonly string[] {
  const { node } = target
  const { value, default: otherwise, targets } = node as { value?: Expr; default?: Expr; targets?: readonly unknown[] }
  const uses = namesOf(analysis.entry, workspace).uses.flatMap(({ target: one, span }) => (keyOf(one) === keyOf(target) ? [span] : []))
  const given = (targets?.length ?? 1) === 1 ? [value, otherwise].flatMap((one) => one?.span ?? []) : []
  for (const span of targets === undefined ? [...uses, ...given] : [...given, ...uses]) {
    const values = knownOf(analysis, span, ({ facts }, at) => facts.valuesAt(at))
    if (values.length > 0) return [lines(values)]
  }
  const { what, name, extent } = target
  if (what !== 'input' && what !== 'output') return []
  const model = workspace
    .file(name.span.path)
    ?.file.declarations.find((one): one is ModelDecl => one.kind === 'model' && one.span === extent)
  return model === undefined ? [] : knownOf(analysis, name.span, (one) => borderOf(one, `${what}s`, name.text, model.name.text))
}

/** What there is to say of a name wherever it stands: the kernels of a body, what a model holds, where a weight lies. */
function textsOfName(analysis: Analysis, { what, name, node }: Named, workspace: Workspace): readonly string[] {
  const { span, text } = name
  switch (what) {
    case 'recurrence':
    case 'attention':
      return knownOf(analysis, span, familiesOf).map((family) => fenced(family, 'text'))
    case 'model':
      return [lines(knownOf(analysis, span, (one) => modelsNamed(one, text)))]
    case 'weight':
      return [lines(knownOf(analysis, span, weightsAt))]
    case 'shared': {
      // Its weights are made by its applications, each at the place of one.
      const uses = namesOf(analysis.entry, workspace).uses.filter((use) => use.target.node === node)
      const calls = uses.flatMap((use) => pathTo(analysis.entry.file, use.span.start).filter((one) => one.span.start === use.span.start))
      const made = calls.flatMap((call) => knownOf(analysis, call.span, weightsAt))
      return [lines([...new Set(made)])]
    }
    default:
      return []
  }
}

/** The first paragraphs of the pages of what is wrong here. */
function explanations({ diagnostics }: Analysis, path: string, offset: number): readonly string[] {
  return diagnostics.flatMap(({ code, span }) => {
    if (span === undefined || span.path !== path || offset < span.start || span.end < offset) return []
    const page = explain(code)?.split('\n\n').slice(0, 2).join('\n\n').replace(/^# /, '**').replace('\n\n', '**\n\n')
    return page === undefined ? [] : [page]
  })
}

function wordAt(text: string, offset: number) {
  const start = offset - (/\w*$/.exec(text.slice(Math.max(0, offset - 64), offset))?.[0].length ?? 0)
  const length = /^\w*/.exec(text.slice(start, start + 128))?.[0].length ?? 0
  return length === 0
    ? undefined
    : { text: text.slice(start, start + length), span: (path: string): Span => ({ path, start, end: start + length }) }
}
