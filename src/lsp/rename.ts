import { LSPErrorCodes, type Range, ResponseError, type WorkspaceEdit } from 'vscode-languageserver'
import { builtinNames } from '../check/builtins/index.ts'
import { isLibrary } from '../check/report.ts'
import type { Span } from '../source/source.ts'
import { analyse, hasErrors } from './analysis.ts'
import { definitionsOf, described, type Named, namesOf, type Use, useAt } from './names/index.ts'
import { displayName } from './paths.ts'
import { searched, usesIn } from './references.ts'
import type { TextFile, Workspace } from './workspace.ts'
import { workspaceEdit } from './workspace-edit.ts'

/** The text that a rename would replace. @throws ResponseError for what cannot be renamed */
export function prepareRename(workspace: Workspace, path: string, offset: number): { range: Range; placeholder: string } {
  const { span, target } = renamable(workspace, path, offset)
  return { range: workspace.range(span), placeholder: target.name.text }
}

/**
 * Renames in every file that names the thing, or in none: a file that cannot be read or does not parse ends it, and so does a new name
 * after which any name of these files would stand for something else, or a spec that was right would be wrong.
 *
 * @throws ResponseError saying why not
 */
export function rename(workspace: Workspace, path: string, offset: number, to: string): WorkspaceEdit {
  const { target } = renamable(workspace, path, offset)
  if (!/^[A-Za-z_]\w*$/.test(to)) refuse(`"${to}" is no name: a name has letters, digits and _, and begins with no digit`)
  if (to === target.name.text) return workspaceEdit([], workspace)
  if (builtinNames.has(to)) refuse(`${to} is already a name of the language`)
  const { files, unknown } = searched(target, workspace)
  if (unknown !== undefined) refuse(`${unknown}, so it is not known who uses ${target.name.text}`)
  for (const { source, diagnostics } of files)
    if (hasErrors(diagnostics)) refuse(`${displayName(source.path)} has syntax errors, so not every use of ${target.name.text} is known`)
  const uses = files.flatMap((file) => usesIn(file, target, workspace))
  const after = workspace.with(new Map(files.map((file) => [file.source.path, renamed(file, uses, to)])))
  for (const file of files) keepsMeaning(file, uses, to, workspace, after)
  if (target.extent === undefined) isFree(to, files, workspace)
  for (const file of files) staysRight(file, to, workspace, after)
  return workspaceEdit(
    uses.map((span) => ({ span, text: to })),
    workspace,
  )
}

/** The use at a place, if what it names is declared in a spec of the user's. */
function renamable(workspace: Workspace, path: string, offset: number): Use {
  const file = workspace.file(path)
  const use = file && useAt(namesOf(file, workspace), offset)
  if (use === undefined) refuse('there is no name of this spec here')
  const { span, text } = use.target.name
  const inLibrary = isLibrary(span.path) || workspace.std.some(({ source }) => workspace.uri(source.path) === workspace.uri(span.path))
  if (inLibrary) refuse(`${text} is of the standard library, which cannot be changed`)
  if (span.path.includes('/node_modules/')) refuse(`${text} is of an installed package, which is not yours to change`)
  return use
}

function renamed({ source }: TextFile, uses: readonly Span[], to: string): string {
  const own = uses.filter(({ path }) => path === source.path).sort((a, b) => b.start - a.start)
  return own.reduce((text, { start, end }) => text.slice(0, start) + to + text.slice(end), source.text)
}

/** Where an offset of the text before is in the text after. */
function moved(offset: number, path: string, uses: readonly Span[], to: string): number {
  const before = uses.filter((use) => use.path === path && use.start < offset)
  return before.reduce((at, { start, end }) => at + to.length - (end - start), offset)
}

/** Every name stands for what it stood for. */
function keepsMeaning(file: TextFile, uses: readonly Span[], to: string, before: Workspace, after: Workspace): void {
  const changed = after.file(file.source.path)
  if (changed === undefined || hasErrors(changed.diagnostics)) refuse(`${to} cannot be a name here`)
  const placed = (span: Span): string => `${moved(span.start, span.path, uses, to)}:${span.path}`
  const now = new Map(namesOf(changed, after).uses.map((use) => [use.span.start, use.target]))
  const known = namesOf(file, before).uses
  for (const { span, target } of known) {
    const found = now.get(moved(span.start, span.path, uses, to))
    const { name } = found ?? target
    if (found === undefined || `${name.span.start}:${name.span.path}` !== placed(target.name.span)) taken(to, found ?? target)
  }
  // A name that stood for something of the language, or for nothing, still does.
  if (now.size !== known.length) taken(to, [...now.values()].find(({ name }) => name.text === to) ?? (known[0] as Use).target)
}

const taken = (to: string, other: Named): never =>
  refuse(`${to} is already the name of ${described(other)}${other.extent === undefined ? '' : ' in the same definition'}`)

/** A new name for a definition is that of no other one, used or not. */
function isFree(to: string, files: readonly TextFile[], workspace: Workspace): void {
  for (const file of files) {
    const other = definitionsOf(file, workspace).get(to)
    if (other !== undefined) refuse(`${to} is already the name of ${described(other)}`)
  }
}

/** Elaborating sees what names alone do not tell, such as the paths of weights in a checkpoint. */
function staysRight({ source }: TextFile, to: string, before: Workspace, after: Workspace): void {
  const errors = (workspace: Workspace) => {
    const file = workspace.file(source.path)
    return file === undefined ? [] : analyse(file, workspace, undefined).diagnostics.filter(({ severity }) => severity === 'error')
  }
  const [first] = errors(after)
  if (first !== undefined && errors(before).length === 0)
    refuse(`with the name ${to}, ${displayName(source.path)} would be wrong: ${first.message} (${first.code})`)
}

function refuse(message: string): never {
  throw new ResponseError(LSPErrorCodes.RequestFailed, message)
}
