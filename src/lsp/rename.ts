import { ErrorCodes, type Range, ResponseError, type WorkspaceEdit } from 'vscode-languageserver'
import { builtinNames } from '../check/builtins/index.ts'
import { isLibrary } from '../check/report.ts'
import { type Named, namesOf, useAt } from './names.ts'
import { usesOf } from './references.ts'
import type { Workspace } from './workspace.ts'

const refuse = (message: string): never => {
  throw new ResponseError(ErrorCodes.InvalidRequest, message)
}

/** The text that a rename would replace. @throws ResponseError for what cannot be renamed */
export function prepareRename(workspace: Workspace, path: string, offset: number): Range {
  return workspace.range(renamable(workspace, path, offset).span)
}

/** @throws ResponseError saying why not: a name of the library or the language, no name at all, or one that is taken */
export function rename(workspace: Workspace, path: string, offset: number, to: string): WorkspaceEdit {
  const { target } = renamable(workspace, path, offset)
  if (!/^[A-Za-z_]\w*$/.test(to)) refuse(`"${to}" is no name: a name has letters, digits and _, and begins with no digit`)
  if (to === target.name.text) return { changes: {} }
  const uses = usesOf(workspace, target)
  for (const file of new Set(uses.map((use) => use.path))) {
    const taken = clash(workspace, file, target, to)
    if (taken !== undefined) refuse(`${to} is already ${taken}`)
  }
  const changes: NonNullable<WorkspaceEdit['changes']> = {}
  for (const use of uses) {
    const { uri, range } = workspace.location(use)
    changes[uri] = [...(changes[uri] ?? []), { range, newText: to }]
  }
  return { changes }
}

function renamable(workspace: Workspace, path: string, offset: number) {
  const file = workspace.file(path)
  const use = file && useAt(namesOf(file, workspace), offset)
  if (use === undefined) return refuse('there is no name of this spec here')
  const { span, text } = use.target.name
  const inLibrary = isLibrary(span.path) || workspace.std.some(({ source }) => workspace.uri(source.path) === workspace.uri(span.path))
  if (inLibrary) refuse(`${text} is of the standard library, which cannot be changed`)
  return use
}

/** What has the new name where the old one is used: it would change its meaning, or take it. */
function clash(workspace: Workspace, path: string, target: Named, to: string): string | undefined {
  if (builtinNames.has(to)) return 'a name of the language'
  const file = workspace.file(path)
  if (file === undefined) return undefined
  const names = namesOf(file, workspace)
  const meets = names.locals.find(
    (one) => one.name.text === to && one.extent !== undefined && (target.extent === undefined || overlap(one.extent, target.extent)),
  )
  if (meets !== undefined) return `the name of a ${meets.what} in the same definition`
  const global = names.uses.find((use) => use.target.name.text === to && use.target.extent === undefined)?.target
  const own = file.file.declarations.find((decl) => decl.name.text === to)
  if (own !== undefined) return `the name of a ${own.kind === 'modelApplication' ? 'model' : own.kind}`
  return global === undefined ? undefined : `the name of a ${global.what}`
}

const overlap = (
  a: { readonly path: string; readonly start: number; readonly end: number },
  b: { readonly path: string; readonly start: number; readonly end: number },
): boolean => a.path === b.path && a.start <= b.end && b.start <= a.end
