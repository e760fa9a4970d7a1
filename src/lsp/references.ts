import type { Location } from 'vscode-languageserver'
import type { Span } from '../source/source.ts'
import { keyOf, type Named, namesOf, useAt } from './names.ts'
import type { Workspace } from './workspace.ts'

/** What is named at a place. */
export function namedAt(workspace: Workspace, path: string, offset: number): Named | undefined {
  const file = workspace.file(path)
  return file && useAt(namesOf(file, workspace), offset)?.target
}

/** Every place in the open documents, and the files that they import, that names something. */
export function usesOf(workspace: Workspace, target: Named): readonly Span[] {
  const key = keyOf(target)
  const paths = new Set([target.name.span.path, ...workspace.analyses().flatMap(({ read }) => [...read.keys()])])
  return [...paths].flatMap((path) => {
    const file = workspace.file(path)
    return file === undefined ? [] : namesOf(file, workspace).uses.flatMap((use) => (keyOf(use.target) === key ? [use.span] : []))
  })
}

export function references(workspace: Workspace, path: string, offset: number, declaration: boolean): readonly Location[] {
  const target = namedAt(workspace, path, offset)
  if (target === undefined) return []
  const { span } = target.name
  const uses = usesOf(workspace, target).filter((use) => declaration || use.path !== span.path || use.start !== span.start)
  return uses.map((use) => workspace.location(use))
}

/** Where something is declared: for the library, its file. */
export function definition(workspace: Workspace, path: string, offset: number): Location | undefined {
  const target = namedAt(workspace, path, offset)
  return target && workspace.location(target.name.span)
}
