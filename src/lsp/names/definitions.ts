import type { BodyParam, Declaration, LayerDecl, Name, Param, Statement } from '../../syntax/ast.ts'
import type { SyntaxNode } from '../../syntax/walk.ts'
import { resolveImport } from '../paths.ts'
import type { TextFile, Workspace } from '../workspace.ts'
import type { Named, What } from './named.ts'

/** What a file can name without declaring it inside a definition: its own definitions, imports, the library. */
export function definitionsOf(file: TextFile, workspace: Workspace): ReadonlyMap<string, Named> {
  const found = new Map<string, Named>()
  for (const { source } of workspace.std) for (const one of ownDefinitions(workspace.file(source.path))) found.set(one.name.text, one)
  for (const { names, from } of file.file.imports) {
    const target = exportsOf(importedFile(from.value, file, workspace))
    for (const { name, as } of names) {
      const foreign = target.get(name.text)
      if (foreign !== undefined) found.set((as ?? name).text, as === undefined ? foreign : { ...foreign, name: as })
    }
  }
  for (const one of ownDefinitions(file)) if (found.get(one.name.text)?.name.span.path !== one.name.span.path) found.set(one.name.text, one)
  return found
}

/** What others can import of a file, by name; the first of several with one name. */
export const exportsOf = (file: TextFile | undefined): ReadonlyMap<string, Named> =>
  new Map(
    ownDefinitions(file)
      .toReversed()
      .map((one) => [one.name.text, one]),
  )

export function importedFile(path: string, from: TextFile, workspace: Workspace): TextFile | undefined {
  const target = path === '' ? undefined : resolveImport(path, from.source.path)
  return target === undefined ? undefined : workspace.file(target)
}

export const ownDefinitions = (file: TextFile | undefined): readonly Named[] =>
  (file?.file.declarations ?? []).flatMap((decl) =>
    decl.kind === 'checkpoint' || decl.name.text === ''
      ? []
      : [{ name: decl.name, what: whatOf(decl), node: decl, extent: undefined, since: 0 }],
  )

const whatOf = (decl: Exclude<Declaration, { kind: 'checkpoint' }>): What =>
  decl.kind === 'layer' ? decl.keyword : decl.kind === 'modelApplication' ? 'model' : decl.kind

/** The definition whose arguments a call takes: an application of a model takes those of its model. Undefined for what is no definition. */
export function calledBy(target: Named | undefined, workspace: Workspace, depth = 8): Named | undefined {
  if (target === undefined || target.extent !== undefined || target.node.kind !== 'modelApplication') {
    return target?.extent === undefined ? target : undefined
  }
  const { value, span } = target.node as Extract<Declaration, { kind: 'modelApplication' }>
  const callee = value.kind === 'call' ? value.callee : value
  const file = workspace.file(span.path)
  if (callee.kind !== 'name' || file === undefined || depth === 0) return undefined
  return calledBy(definitionsOf(file, workspace).get(callee.name), workspace, depth - 1)
}

/** What a definition takes by name. */
export function parametersOf(node: SyntaxNode): readonly Named[] {
  const params = 'params' in node ? (node.params as readonly (Param | BodyParam)[]) : []
  const body = 'body' in node ? (node.body as readonly SyntaxNode[]) : []
  const inputs = node.kind === 'layer' ? body.filter((one) => one.kind === 'in') : []
  const sizes = node.kind === 'model' ? body.filter((one) => one.kind === 'size') : []
  return [...inputs, ...params, ...sizes].map((one) => ({
    name: (one as { name: Name } & SyntaxNode).name,
    what: one.kind === 'in' ? 'input' : one.kind === 'size' ? 'size' : 'parameter',
    node: one,
    extent: node.span,
    since: 0,
  }))
}

/** What `.name` gives of an application, or of the shared value: states of a recurrence, side results and weights of a layer. */
export function membersOf(node: SyntaxNode): readonly Named[] {
  const member = (one: SyntaxNode & { readonly name: Name }, what: What): Named => ({
    name: one.name,
    what,
    node: one,
    extent: node.span,
    since: one.span.end,
  })
  if (node.kind === 'recurrence') {
    const body = (node as Extract<Declaration, { kind: 'recurrence' }>).body
    return body.flatMap((one) => (one.kind === 'state' ? [member(one, 'state')] : []))
  }
  if (node.kind !== 'layer') return []
  return (node as LayerDecl).body.flatMap((one: Statement) => {
    if (one.kind === 'weight') return [member(one, 'weight')]
    return one.kind === 'out' && one.name !== undefined ? [member({ ...one, name: one.name }, 'side result')] : []
  })
}
