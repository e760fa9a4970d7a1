import type { Span } from '../source/source.ts'
import type { Argument, BodyParam, CallExpr, Declaration, Name, Param, PipeExpr } from '../syntax/ast.ts'
import { children, type SyntaxNode } from '../syntax/walk.ts'
import { resolveImport } from './paths.ts'
import type { TextFile, Workspace } from './workspace.ts'

/** Something that has a name: a definition, or what is declared inside of one. */
export interface Named {
  readonly name: Name
  /** `layer`, `parameter`, `weight`, `value` ..: what people call it. */
  readonly what: string
  /** The statement, parameter or declaration that gives it. */
  readonly node: SyntaxNode
  /** Where it can be named; undefined for a definition. */
  readonly extent: Span | undefined
}

/** A place that names something. */
export interface Use {
  readonly span: Span
  readonly target: Named
}

/** The names of one file: what is declared in it, and what each name in it stands for. Works on texts that do not parse, as far as they go. */
export interface FileNames {
  readonly locals: readonly Named[]
  /** In the order of the text; declarations are uses of themselves. */
  readonly uses: readonly Use[]
}

export const keyOf = ({ name: { span } }: Named): string => `${span.start}:${span.path}`

const cache = new WeakMap<TextFile, { readonly names: FileNames; readonly read: readonly (TextFile | undefined)[] }>()

export function namesOf(file: TextFile, workspace: Workspace): FileNames {
  const imported = file.file.imports.map(({ from }) => importedFile(from.value, file, workspace))
  const known = cache.get(file)
  if (known?.read.every((one, i) => one === imported[i])) return known.names
  const names = new Reader(file, workspace).read()
  cache.set(file, { names, read: imported })
  return names
}

/** The use at an offset, its end included. */
export const useAt = ({ uses }: FileNames, offset: number): Use | undefined =>
  uses.find(({ span }) => span.start <= offset && offset <= span.end)

/** What a file can name without declaring it inside a definition: its own definitions, imports, the library. */
export function definitionsOf(file: TextFile, workspace: Workspace): ReadonlyMap<string, Named> {
  const found = new Map<string, Named>()
  for (const { source } of workspace.std) for (const one of ownDefinitions(workspace.file(source.path))) found.set(one.name.text, one)
  for (const { names, from } of file.file.imports) {
    const target = new Map(ownDefinitions(importedFile(from.value, file, workspace)).map((one) => [one.name.text, one]))
    for (const { name, as } of names) {
      const foreign = target.get(name.text)
      if (foreign === undefined) continue
      if (as === undefined) found.set(name.text, foreign)
      else found.set(as.text, { name: as, what: foreign.what, node: foreign.node, extent: undefined })
    }
  }
  for (const one of ownDefinitions(file)) found.set(one.name.text, one)
  return found
}

const importedFile = (path: string, from: TextFile, workspace: Workspace): TextFile | undefined => {
  const target = path === '' ? undefined : resolveImport(path, from.source.path)
  return target === undefined ? undefined : workspace.file(target)
}

const ownDefinitions = (file: TextFile | undefined): readonly Named[] =>
  (file?.file.declarations ?? []).flatMap((decl) =>
    decl.kind === 'checkpoint' || decl.name.text === '' ? [] : [{ name: decl.name, what: whatOf(decl), node: decl, extent: undefined }],
  )

const whatOf = (decl: Declaration): string =>
  decl.kind === 'layer' ? decl.keyword : decl.kind === 'modelApplication' ? 'model' : decl.kind

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
  }))
}

type Scope = ReadonlyMap<string, Named>

class Reader {
  readonly #definitions: ReadonlyMap<string, Named>
  readonly #file: TextFile
  readonly #locals: Named[] = []
  readonly #uses: Use[] = []
  readonly #workspace: Workspace

  constructor(file: TextFile, workspace: Workspace) {
    this.#file = file
    this.#workspace = workspace
    this.#definitions = definitionsOf(file, workspace)
  }

  read(): FileNames {
    for (const { names, from } of this.#file.file.imports) {
      const target = new Map(ownDefinitions(importedFile(from.value, this.#file, this.#workspace)).map((one) => [one.name.text, one]))
      for (const { name, as } of names) {
        this.#use(name, target.get(name.text))
        if (as !== undefined) this.#use(as, this.#definitions.get(as.text))
      }
    }
    for (const decl of this.#file.file.declarations) {
      this.#use(decl.name, this.#definitions.get(decl.name.text))
      this.#inside(decl, [declared(decl, true)])
    }
    const uses = [...new Map(this.#uses.map((use) => [use.span.start, use])).values()]
    return { locals: this.#locals, uses: uses.sort((a, b) => a.span.start - b.span.start) }
  }

  #use(name: Name, target: Named | undefined): void {
    if (target !== undefined && name.text !== '') this.#uses.push({ span: name.span, target })
  }

  #find(text: string, scopes: readonly Scope[]): Named | undefined {
    return scopes.findLast((scope) => scope.has(text))?.get(text) ?? this.#definitions.get(text)
  }

  /** Names in everything below a node; the last scope is its own. */
  #inside(node: SyntaxNode, scopes: readonly Scope[]): void {
    for (const named of scopes.at(-1)?.values() ?? []) {
      if (this.#locals.includes(named)) continue
      this.#locals.push(named)
      this.#use(named.name, named)
    }
    for (const child of children(node)) this.#visit(child, scopes)
  }

  #visit(node: SyntaxNode, scopes: readonly Scope[]): void {
    const at = node as SyntaxNode & { name?: string | Name; targets?: readonly Name[] }
    switch (node.kind) {
      case 'name':
        this.#use({ text: at.name as string, span: node.span }, this.#find(at.name as string, scopes))
        return
      case 'stackExpr':
      case 'repeat':
      case 'for':
        this.#inside(node, [...scopes, declared(node, false)])
        return
      case 'call':
        this.#arguments(node as CallExpr, scopes)
        break
      case 'assign':
      case 'out':
        if (typeof at.name === 'object') this.#use(at.name, this.#find(at.name.text, scopes))
        break
      case 'param':
      case 'bodyParam': {
        const { name } = (node as Param | BodyParam).type as { name?: Name }
        if (name !== undefined) this.#use(name, this.#definitions.get(name.text))
      }
    }
    for (const child of children(node)) this.#visit(child, scopes)
  }

  #arguments({ callee, args }: CallExpr, scopes: readonly Scope[]): void {
    const target = callee.kind === 'name' ? calledBy(this.#find(callee.name, scopes), this.#definitions) : undefined
    if (target === undefined) return
    const taken = new Map(parametersOf(target.node).map((one) => [one.name.text, one]))
    for (const { name } of args as readonly Argument[]) if (name !== undefined) this.#use(name, taken.get(name.text))
  }
}

/** The definition whose arguments a call takes: an application of a model takes those of its model. */
export function calledBy(target: Named | undefined, definitions: ReadonlyMap<string, Named>, depth = 8): Named | undefined {
  if (target?.node.kind !== 'modelApplication' || depth === 0) return target?.extent === undefined ? target : undefined
  const { value } = target.node as Extract<Declaration, { kind: 'modelApplication' }>
  const callee = value.kind === 'call' ? value.callee : value
  return callee.kind === 'name' ? calledBy(definitions.get(callee.name), definitions, depth - 1) : undefined
}

const words: Readonly<Record<string, string>> = { in: 'input', bind: 'value', assign: 'value', param: 'parameter', bodyParam: 'parameter' }
const declaring = new Set(['param', 'bodyParam', 'size', 'dim', 'input', 'in', 'weight', 'shared', 'bind', 'state', 'assign'])
const scoped = new Set(['stackExpr', 'repeat', 'for'])

/** What a definition, a stack or a loop declares; the first of several with one name. */
function declared(root: SyntaxNode, isDefinition: boolean): Scope {
  const found = new Map<string, Named>()
  const add = (name: Name | undefined, node: SyntaxNode, what = words[node.kind ?? ''] ?? node.kind ?? ''): void => {
    if (name !== undefined && name.text !== '' && !found.has(name.text)) found.set(name.text, { name, what, node, extent: root.span })
  }
  const visit = (node: SyntaxNode): void => {
    const { kind = '' } = node
    if (declaring.has(kind)) {
      const { name, targets } = node as { name?: Name; targets?: readonly Name[] }
      for (const one of targets ?? [name]) add(one, node)
    }
    if (kind === 'item' && 'value' in node) {
      const value = node.value as SyntaxNode & { name?: Name }
      if (value.kind === 'as') add(value.name, node, 'value')
    }
    if (!scoped.has(kind)) for (const child of children(node)) visit(child)
  }
  if ('variable' in root) add(root.variable as Name, root, 'value')
  for (const child of children(root)) visit(child)
  // A size that a border binds is declared by its first mention, where nothing else declares it.
  if (isDefinition) for (const child of children(root)) bindSizes(child, add)
  return found
}

function bindSizes(node: SyntaxNode, add: (name: Name, node: SyntaxNode, what: string) => void): void {
  if (node.kind !== 'in' && node.kind !== 'bodyParam') return
  const type = (node as { type?: { axes?: readonly { kind: string; size?: SyntaxNode & { name?: string } }[] } }).type
  for (const { size } of type?.axes ?? []) {
    if (size?.kind !== 'name' || size.name === 'B' || size.name === 'T' || size.name === undefined) continue
    add({ text: size.name, span: size.span }, node, 'size')
  }
}

/** The right side of a pipe, without `as` and parentheses around it. */
export function pipeTarget({ right }: PipeExpr): SyntaxNode {
  let target = right
  while (target.kind === 'as' || target.kind === 'paren') target = target.value
  return target
}
