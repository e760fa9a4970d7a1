import { builtinNames } from '../../check/builtins/index.ts'
import type {
  BodyParam,
  CallExpr,
  CheckpointDecl,
  CheckpointEntry,
  Expr,
  KindType,
  MemberExpr,
  Name,
  Param,
  PatternText,
} from '../../syntax/ast.ts'
import { children, type SyntaxNode } from '../../syntax/walk.ts'
import type { TextFile, Workspace } from '../workspace.ts'
import { calledBy, definitionsOf, exportsOf, importedFile, membersOf, parametersOf } from './definitions.ts'
import type { FileNames, Named, Use } from './named.ts'
import { declared, givenBy, isScope, type Scope } from './scope.ts'

/** Finds what each name of a file stands for, in one walk. */
export class Resolver {
  readonly #definitions: ReadonlyMap<string, Named>
  readonly #file: TextFile
  readonly #locals: Named[] = []
  /** By offset: where several readings meet, the first is meant. */
  readonly #uses = new Map<number, Use>()
  readonly #members = new Map<number, Named>()
  readonly #workspace: Workspace

  constructor(file: TextFile, workspace: Workspace) {
    this.#file = file
    this.#workspace = workspace
    this.#definitions = definitionsOf(file, workspace)
  }

  read(): FileNames {
    for (const { names, from } of this.#file.file.imports) {
      const target = exportsOf(importedFile(from.value, this.#file, this.#workspace))
      for (const { name, as } of names) {
        this.#use(name, target.get(name.text))
        if (as !== undefined) this.#use(as, this.#definitions.get(as.text))
      }
    }
    for (const decl of this.#file.file.declarations) {
      this.#use(decl.name, this.#definitions.get(decl.name.text))
      if (decl.kind === 'checkpoint') this.#checkpoint(decl)
      else this.#inside(decl, [])
    }
    const uses = [...this.#uses.values()].sort((a, b) => a.span.start - b.span.start)
    return { locals: this.#locals, uses, memberOf: this.#members }
  }

  #use({ text, span }: Name, target: Named | undefined): void {
    if (target !== undefined && text !== '' && !this.#uses.has(span.start)) this.#uses.set(span.start, { span, target })
  }

  /** The innermost that is declared before; where nothing else is meant, also one that is declared later. */
  #find({ text, span }: Name, scopes: readonly Scope[]): Named | undefined {
    const known = scopes.toReversed().flatMap((scope) => scope.get(text) ?? [])
    const outer = this.#definitions.get(text)
    return known.find(({ since }) => since <= span.start) ?? outer ?? (builtinNames.has(text) ? undefined : known[0])
  }

  /** Names in everything below a definition, a stack or a loop. */
  #inside(root: SyntaxNode, around: readonly Scope[]): void {
    const own = this.#declare(root, around)
    for (const child of children(root)) this.#visit(child, [...around, own])
  }

  #declare(root: SyntaxNode, around: readonly Scope[]): Scope {
    const own = declared(root, around)
    for (const named of own.values()) {
      this.#locals.push(named)
      this.#use(named.name, named)
    }
    return own
  }

  #visit(node: SyntaxNode, scopes: readonly Scope[]): void {
    for (const name of givenBy(node)) this.#use(name, scopes.findLast((scope) => scope.has(name.text))?.get(name.text))
    if (isScope(node)) {
      this.#inside(node, scopes)
      return
    }
    const at = node as Expr | Param | BodyParam
    switch (at.kind) {
      case 'name': {
        const name = { text: at.name, span: at.span }
        this.#use(name, this.#find(name, scopes))
        return
      }
      case 'call':
        this.#arguments(at, scopes)
        break
      case 'member':
        this.#member(at, scopes)
        break
      case 'as':
        // Not for an item of a stack, which has declared its name.
        this.#use(at.name, { name: at.name, what: 'application', node: at, extent: at.span, since: 0 })
        break
      case 'param':
      case 'bodyParam': {
        const { name } = at.type as Partial<KindType>
        if (name !== undefined) this.#use(name, this.#definitions.get(name.text))
      }
    }
    for (const child of children(node)) this.#visit(child, scopes)
  }

  #arguments({ callee, args }: CallExpr, scopes: readonly Scope[]): void {
    const definition = this.#behind(callee, scopes)
    if (definition === undefined) return
    const taken = new Map(parametersOf(definition.node).map((one) => [one.name.text, one]))
    for (const { name } of args) if (name !== undefined) this.#use(name, taken.get(name.text))
  }

  #member({ value, name }: MemberExpr, scopes: readonly Scope[]): void {
    const definition = this.#behind(value, scopes)
    if (definition === undefined) return
    this.#members.set(value.span.end, definition)
    this.#use(
      name,
      membersOf(definition.node).find((one) => one.name.text === name.text),
    )
  }

  /** The definition that a layer, or a value that a layer or body gave, was made with; undefined where the text does not say. */
  #behind(node: Expr, scopes: readonly Scope[], depth = 16): Named | undefined {
    if (depth === 0) return undefined
    switch (node.kind) {
      case 'name': {
        const found = this.#find({ text: node.name, span: node.span }, scopes)
        return found && this.#made(found, scopes, depth - 1)
      }
      case 'call':
        return this.#behind(node.callee, scopes, depth - 1)
      case 'as':
      case 'paren':
        return this.#behind(node.value, scopes, depth - 1)
      case 'pipe':
        return this.#behind(node.right, scopes, depth - 1)
      default:
        return undefined
    }
  }

  #made(named: Named, scopes: readonly Scope[], depth: number): Named | undefined {
    if (named.extent === undefined) return calledBy(named, this.#workspace)
    const { node } = named
    if (node.kind === 'param') return calledBy(this.#definitions.get((node as Param).type.name.text), this.#workspace)
    const isOne = node.kind === 'shared' || node.kind === 'item' || (node.kind === 'bind' && givenBy(node).length === 1)
    return isOne && 'value' in node ? this.#behind(node.value as Expr, scopes, depth) : undefined
  }

  /** Expressions of a mapping know the parameters and sizes of its model, and the variables of its patterns. */
  #checkpoint({ name, entries }: CheckpointDecl): void {
    const model = calledBy(this.#definitions.get(name.text), this.#workspace)
    const scope: Scope = new Map(model === undefined ? [] : parametersOf(model.node).map((one) => [one.name.text, one]))
    entries.forEach((entry) => {
      this.#entry(entry, [scope])
    })
  }

  #entry(entry: CheckpointEntry, scopes: readonly Scope[]): void {
    const visit = (...expressions: readonly Expr[]): void => {
      for (const expression of expressions) this.#visit(expression, scopes)
    }
    const pattern = (text: PatternText): void => visit(...(text.computed ?? []))
    const inside = (entries: readonly CheckpointEntry[], around: readonly Scope[]): void => {
      for (const one of entries) this.#entry(one, around)
    }
    switch (entry.kind) {
      case 'for':
        visit(entry.over)
        inside(entry.entries, [...scopes, this.#declare(entry, scopes)])
        break
      case 'group':
        pattern(entry.ours)
        pattern(entry.theirs)
        inside(entry.entries, scopes)
        break
      case 'expect':
        for (const key of entry.keys) pattern(key)
        visit(entry.value)
        break
      case 'ignore':
        pattern(entry.pattern)
        break
      case 'rule':
        pattern(entry.ours)
        if ('kind' in entry.theirs) pattern(entry.theirs)
        for (const { name, args } of entry.transforms) {
          const takesVariable = name.text === 'concat' || name.text === 'stack'
          visit(...args.slice(takesVariable ? 1 : 0).map(({ value }) => value))
        }
    }
  }
}
