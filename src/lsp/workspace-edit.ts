import type { TextEdit, WorkspaceEdit } from 'vscode-languageserver'
import type { Fix } from '../diagnostics/diagnostic.ts'
import type { Workspace } from './workspace.ts'

/** Edits as an editor takes them: for the versions that they were made for, where it can hold them to these. */
export function workspaceEdit(edits: Fix['edits'], workspace: Workspace): WorkspaceEdit {
  const byFile = new Map<string, TextEdit[]>()
  for (const { span, text } of edits) {
    const list = byFile.get(span.path) ?? []
    list.push({ range: workspace.range(span), newText: text })
    byFile.set(span.path, list)
  }
  if (!workspace.versionedEdits) return { changes: Object.fromEntries([...byFile].map(([path, list]) => [workspace.uri(path), list])) }
  return {
    documentChanges: [...byFile].map(([path, list]) => ({
      textDocument: { uri: workspace.uri(path), version: workspace.version(path) ?? null },
      edits: list,
    })),
  }
}
