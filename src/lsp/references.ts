import type { Location } from 'vscode-languageserver'
import type { Span } from '../source/source.ts'
import { isVisibleOutside, keyOf, type Named, namesOf, useAt } from './names/index.ts'
import { type Neighbours, neighboursOf } from './neighbours.ts'
import type { TextFile, Workspace } from './workspace.ts'

/** Every place that names what is named here, in open documents, in what they import, and in the files of the workspace that import it. */
export function references(workspace: Workspace, path: string, offset: number, declaration: boolean): readonly Location[] {
  const file = workspace.file(path)
  const target = file && useAt(namesOf(file, workspace), offset)?.target
  if (target === undefined) return []
  const { span } = target.name
  const uses = searched(target, workspace).files.flatMap((one) => usesIn(one, target, workspace))
  return uses.filter((use) => declaration || use.path !== span.path || use.start !== span.start).map((use) => workspace.location(use))
}

/** The files in which something can be named. */
export function searched(target: Named, workspace: Workspace): Neighbours {
  const { path } = target.name.span
  if (isVisibleOutside(target)) return neighboursOf(path, workspace)
  const file = workspace.file(path)
  return { files: file === undefined ? [] : [file], unknown: undefined }
}

export function usesIn(file: TextFile, target: Named, workspace: Workspace): readonly Span[] {
  const key = keyOf(target)
  return namesOf(file, workspace).uses.flatMap((use) => (keyOf(use.target) === key ? [use.span] : []))
}
