import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver'
import { specsOf } from '../neighbours.ts'
import type { TextFile, Workspace } from '../workspace.ts'
import { item } from './names.ts'

/** The specs of the workspace, where the path of an import is written; undefined elsewhere. */
export function pathsHere({ source, document }: TextFile, offset: number, workspace: Workspace): readonly CompletionItem[] | undefined {
  const line = source.text.slice(source.text.lastIndexOf('\n', offset - 1) + 1, offset)
  const written = /^\s*import\b.*\bfrom\s+"([^"]*)$/.exec(line)?.[1]
  if (written === undefined) return undefined
  const range = { start: document.positionAt(offset - written.length), end: document.positionAt(offset) }
  return specsOf(workspace, source.path)
    .paths.filter((path) => path !== source.path)
    .map((path) => relative(source.path, path))
    .map((path) => item(path, CompletionItemKind.File, 1, { textEdit: { range, newText: path } }))
}

/** The path of a file as an import in another one names it. */
function relative(from: string, to: string): string {
  const [here, there] = [from.split('/').slice(0, -1), to.split('/')]
  let same = 0
  while (same < here.length && here[same] === there[same]) same++
  const up = here.slice(same).map(() => '..')
  const parts = there.slice(same).map((part) => decodeURIComponent(part))
  return [...(up.length === 0 ? ['.'] : up), ...parts].join('/')
}
