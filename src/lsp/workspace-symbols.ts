import type { SymbolInformation } from 'vscode-languageserver'
import { declarationKinds } from './document-symbols.ts'
import { specsOf } from './neighbours.ts'
import { displayName } from './paths.ts'
import type { Workspace } from './workspace.ts'

/** More than anyone reads. */
const most = 200

/** The definitions of the workspace and of the library whose names have the letters of `query` in their order. */
export function workspaceSymbols(workspace: Workspace, query: string): readonly SymbolInformation[] {
  const letters = [...query.toLowerCase()]
  const paths = new Set([...workspace.openPaths, ...specsOf(workspace).paths, ...workspace.std.map(({ source }) => source.path)])
  const found: SymbolInformation[] = []
  for (const path of paths) {
    for (const decl of workspace.file(path)?.file.declarations ?? []) {
      const { text, span } = decl.name
      if (found.length >= most || text === '' || decl.kind === 'checkpoint' || !hasInOrder(text.toLowerCase(), letters)) continue
      found.push({ name: text, kind: declarationKinds[decl.kind], location: workspace.location(span), containerName: displayName(path) })
    }
  }
  return found
}

function hasInOrder(text: string, letters: readonly string[]): boolean {
  let at = 0
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}
