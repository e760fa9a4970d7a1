import type { Sources, Span } from './source.ts'

/** The word at a place `path:line:column`, as models name where their parts were written; undefined where no such file is known. */
export function wordAt(sources: Sources, place: string): Span | undefined {
  const [, path = '', line, column] = /^(.*):(\d+):(\d+)$/.exec(place) ?? []
  const text = sources.get(path)?.text
  if (text === undefined) return undefined
  const before = text.split(/(?<=\r\n|\n|\r(?!\n))/).slice(0, Number(line) - 1)
  const start = before.reduce((sum, { length }) => sum + length, 0) + Number(column) - 1
  return { path, start, end: start + (/^\w+/.exec(text.slice(start))?.[0].length ?? 1) }
}
