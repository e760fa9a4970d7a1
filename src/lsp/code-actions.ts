import { type CodeAction, CodeActionKind, type Range } from 'vscode-languageserver'
import { diagnosticsByFile, shown } from './diagnostics.ts'
import type { Workspace } from './workspace.ts'
import { workspaceEdit } from './workspace-edit.ts'

/** The fixes that the diagnostics in a range carry. */
export function codeActions(workspace: Workspace, path: string, range: Range): readonly CodeAction[] {
  return (diagnosticsByFile(workspace).get(path) ?? []).flatMap((diagnostic) => {
    const problem = shown(diagnostic, workspace)
    if (!meets(problem.range, range)) return []
    return diagnostic.fixes.map((fix) => ({
      title: plainTitle(fix.title),
      kind: CodeActionKind.QuickFix,
      diagnostics: [problem],
      isPreferred: diagnostic.fixes.length === 1,
      edit: workspaceEdit(fix.edits, workspace),
    }))
  })
}

/** Titles are Markdown where people read them as text; a menu shows them as they are. */
const plainTitle = (title: string): string => title.replaceAll('`', '')

const meets = (a: Range, b: Range): boolean => !isBefore(a.end, b.start) && !isBefore(b.end, a.start)
const isBefore = (a: Range['start'], b: Range['start']): boolean => a.line < b.line || (a.line === b.line && a.character < b.character)
