import { isLibrary } from '../check/report.ts'
import { displayName, folderOf, resolveImport } from './paths.ts'
import type { TextFile, Workspace } from './workspace.ts'

/** Files that can name what another one declares. */
export interface Neighbours {
  /** That one itself, and all that import it, directly or through others. */
  readonly files: readonly TextFile[]
  /** Why there may be more, for people; undefined if there are not. */
  readonly unknown: string | undefined
}

/** Looks through open documents, what they import, and the editor's folders; for a file outside of these, through its own folder. */
export function neighboursOf(path: string, workspace: Workspace): Neighbours {
  const { files, unknown } = specsAround(path, workspace)
  const importers = new Map<string, string[]>()
  for (const file of files.values()) {
    for (const target of importsOf(file)) importers.set(target, [...(importers.get(target) ?? []), file.source.path])
  }
  const found = new Set([path])
  for (const one of found) for (const importer of importers.get(one) ?? []) found.add(importer)
  return { files: [...found].flatMap((one) => files.get(one) ?? []), unknown }
}

/** A file and every other one that imports something. */
function specsAround(path: string, workspace: Workspace) {
  const { paths, unknown } = specsOf(workspace, path)
  const reasons = unknown === undefined ? [] : [unknown]
  const files = new Map<string, TextFile>()
  const queue = new Set([path, ...workspace.openPaths, ...paths])
  for (const one of queue) {
    const text = workspace.text(one)
    if (text === undefined && paths.includes(one)) reasons.push(`${displayName(one)} cannot be read`)
    // Most files import nothing, and need not be parsed to know it.
    const file = one === path || (text !== undefined && /\bimport\b/.test(text)) ? workspace.file(one) : undefined
    if (file === undefined) continue
    files.set(one, file)
    for (const target of importsOf(file)) if (!isLibrary(target)) queue.add(target)
  }
  return { files, unknown: reasons[0] }
}

/** The specs in the editor's folders, and in that of `beside` if it lies in none of them. */
export function specsOf(
  workspace: Workspace,
  beside?: string,
): { readonly paths: readonly string[]; readonly unknown: string | undefined } {
  const { folders } = workspace
  const own = beside === undefined || folders.some((folder) => beside.startsWith(`${folder}/`)) ? undefined : folderOf(beside)
  const all = own === undefined ? folders : [...folders, own]
  const lists = all.map((folder) => workspace.host.specsBelow(folder))
  const cut = lists.findIndex(({ complete }) => !complete)
  return {
    paths: [...new Set(lists.flatMap(({ uris }) => uris))],
    unknown: cut < 0 ? undefined : `${displayName(all[cut] as string)} has more files than are looked through`,
  }
}

const importsOf = ({ file, source }: TextFile): readonly string[] =>
  file.imports.flatMap(({ from }) => (from.value === '' ? [] : (resolveImport(from.value, source.path) ?? [])))
