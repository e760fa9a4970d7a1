import { type DocumentHighlight, DocumentHighlightKind } from 'vscode-languageserver'
import { pathTo } from '../syntax/walk.ts'
import { givenBy, namesOf, useAt } from './names/index.ts'
import { usesIn } from './references.ts'
import type { Workspace } from './workspace.ts'

/** What is named at a place, wherever the file names it; where it is given a value it is written. */
export function documentHighlight(workspace: Workspace, path: string, offset: number): readonly DocumentHighlight[] {
  const file = workspace.file(path)
  const target = file && useAt(namesOf(file, workspace), offset)?.target
  if (file === undefined || target === undefined) return []
  return usesIn(file, target, workspace).map((span) => {
    const statement = pathTo(file.file, span.start).findLast(({ kind }) => kind !== undefined)
    const isGiven = statement !== undefined && givenBy(statement).some((name) => name.span.start === span.start)
    const kind = isGiven || span.start === target.name.span.start ? DocumentHighlightKind.Write : DocumentHighlightKind.Read
    return { range: workspace.range(span), kind }
  })
}
