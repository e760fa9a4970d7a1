import type { TextEdit } from 'vscode-languageserver'
import { format } from '../syntax/format/format.ts'
import type { TextFile } from './workspace.ts'

/** The edit that lays a document out, as small as it can be by lines, so that marks and cursors elsewhere stay. None for a text with errors. */
export function formatting({ document }: TextFile): readonly TextEdit[] {
  const text = document.getText()
  // An editor keeps the line ends of a document, whatever they are.
  const end = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n'
  const formatted = format(text).replace(/\r\n|\n|\r/g, end)
  if (formatted === text) return []
  const [before, after] = [linesOf(text), linesOf(formatted)]
  let first = 0
  while (first < before.length && first < after.length && before[first] === after[first]) first++
  let last = 0
  while (last < before.length - first && last < after.length - first && before.at(-1 - last) === after.at(-1 - last)) last++
  const kept = (lines: readonly string[], count: number): number => lines.slice(0, count).join('').length
  const [start, stop] = [kept(before, first), kept(before, before.length - last)]
  const newText = after.slice(first, after.length - last).join('')
  return [{ range: { start: document.positionAt(start), end: document.positionAt(stop) }, newText }]
}

/** Lines with their ends. */
const linesOf = (text: string): readonly string[] => text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? []
