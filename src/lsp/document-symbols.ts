import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver'
import type { Declaration, Name } from '../syntax/ast.ts'
import type { SyntaxNode } from '../syntax/walk.ts'
import type { TextFile, Workspace } from './workspace.ts'

/** The outline of a file: its declarations with what they declare. */
export function documentSymbols({ file }: TextFile, workspace: Workspace): readonly DocumentSymbol[] {
  const symbol = (node: SyntaxNode, name: Name, kind: SymbolKind, detail: string, inside: readonly DocumentSymbol[]): DocumentSymbol[] =>
    name.text === ''
      ? []
      : [
          {
            name: name.text,
            detail,
            kind,
            range: workspace.range(node.span),
            selectionRange: workspace.range(name.span),
            children: [...inside],
          },
        ]
  return file.declarations.flatMap((decl) =>
    symbol(decl, decl.name, declarationKinds[decl.kind], wordOf(decl), [
      ...('params' in decl ? decl.params.flatMap((param) => symbol(param, param.name, SymbolKind.TypeParameter, 'parameter', [])) : []),
      ...('body' in decl ? decl.body.flatMap((statement) => named(statement).flatMap((name) => member(statement, name))) : []),
    ]),
  )

  function member(statement: SyntaxNode, name: Name): DocumentSymbol[] {
    const kind = statementKinds[statement.kind ?? '']
    return kind === undefined ? [] : symbol(statement, name, kind, statement.kind === 'bind' ? '' : (statement.kind ?? ''), [])
  }
}

export const declarationKinds: Readonly<Record<Declaration['kind'], SymbolKind>> = {
  model: SymbolKind.Class,
  modelApplication: SymbolKind.Class,
  layer: SymbolKind.Class,
  recurrence: SymbolKind.Method,
  attention: SymbolKind.Method,
  function: SymbolKind.Function,
  init: SymbolKind.Constant,
  checkpoint: SymbolKind.Module,
}

const statementKinds: Readonly<Record<string, SymbolKind>> = {
  size: SymbolKind.Constant,
  dim: SymbolKind.TypeParameter,
  input: SymbolKind.Interface,
  output: SymbolKind.Interface,
  in: SymbolKind.Interface,
  weight: SymbolKind.Field,
  shared: SymbolKind.Object,
  bind: SymbolKind.Variable,
  state: SymbolKind.Field,
}

const wordOf = (decl: Declaration): string =>
  decl.kind === 'layer' ? decl.keyword : decl.kind === 'modelApplication' ? 'model' : decl.kind

/** The names that a statement gives. */
function named(statement: SyntaxNode): readonly Name[] {
  if ('targets' in statement) return statement.targets as readonly Name[]
  return 'name' in statement ? [statement.name as Name] : []
}
