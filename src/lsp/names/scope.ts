import type { Span } from '../../source/source.ts'
import type { Expr, Name } from '../../syntax/ast.ts'
import { children, type SyntaxNode } from '../../syntax/walk.ts'
import type { Named, What } from './named.ts'

/** Names by their texts; of several with one text the first. */
export type Scope = ReadonlyMap<string, Named>

const words: Readonly<Record<string, What>> = {
  param: 'parameter',
  bodyParam: 'parameter',
  in: 'input',
  size: 'size',
  dim: 'dim',
  input: 'input',
  output: 'output',
  weight: 'weight',
  shared: 'shared',
  state: 'state',
  bind: 'value',
  assign: 'value',
  out: 'side result',
  item: 'value',
}

/** Known in the whole definition, wherever they stand. */
const everywhere = new Set(['param', 'bodyParam', 'in', 'dim', 'input', 'output'])

/** What has names of its own inside. */
export const isScope = ({ kind }: SyntaxNode): boolean => kind === 'stackExpr' || kind === 'repeat' || kind === 'for'

/** The names that a statement, parameter or item gives. */
export function givenBy(node: SyntaxNode): readonly Name[] {
  if (words[node.kind ?? ''] === undefined) return []
  if (node.kind === 'item') {
    const { value } = node as { value?: Expr } & SyntaxNode
    return value?.kind === 'as' ? [value.name] : []
  }
  const { name, targets } = node as { name?: Name; targets?: readonly Name[] }
  return targets ?? (name === undefined ? [] : [name])
}

/** What a definition, a stack or a loop declares. */
export function declared(root: SyntaxNode, around: readonly Scope[]): Scope {
  const found = new Map<string, Named>()
  const add = (name: Name, node: SyntaxNode, what: What, since: number): void => {
    if (name.text !== '' && !found.has(name.text)) found.set(name.text, { name, what, node, extent: root.span, since })
  }
  const visit = (node: SyntaxNode): void => {
    for (const name of givenBy(node)) {
      // `S = ..` in a loop is the next value of a state outside.
      if (node.kind === 'assign' && around.some((scope) => scope.get(name.text)?.what === 'state')) continue
      const anywhere = everywhere.has(node.kind ?? '') || (node.kind === 'size' && root.kind === 'model')
      add(name, node, words[node.kind ?? ''] as What, anywhere ? 0 : node.span.end)
    }
    if (!isScope(node)) for (const child of children(node)) visit(child)
  }
  if ('variable' in root) add(root.variable as Name, root, 'value', (root as unknown as { over: { span: Span } }).over.span.end)
  for (const child of children(root)) visit(child)
  // A size that a border binds is declared by its first mention, where nothing else declares it.
  if (!isScope(root)) for (const child of children(root)) bindSizes(child, (name) => add(name, child, 'size', 0))
  return found
}

function bindSizes(node: SyntaxNode, add: (name: Name) => void): void {
  if (node.kind !== 'in' && node.kind !== 'bodyParam') return
  const type = (node as { type?: { axes?: readonly { kind: string; size?: Expr }[] } }).type
  for (const { size } of type?.axes ?? [])
    if (size?.kind === 'name' && size.name !== 'B' && size.name !== 'T') add({ text: size.name, span: size.span })
}
