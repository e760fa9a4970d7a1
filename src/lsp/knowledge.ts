import { explainAttention, explainRecurrence } from '../analyse/explain.ts'
import { instanceStatistics } from '../model/statistics.ts'
import { linesOf } from '../source/lines.ts'
import type { Span } from '../source/source.ts'
import type { Analysis } from './analysis.ts'

/** Context length that states of growing caches are counted at. */
const tokens = 4096

/** What the elaboration told of a place, now or, where the text has not been understood since, when it was last right. */
export function knownOf<T>(analysis: Analysis, span: Span, ask: (analysis: Analysis, span: Span) => readonly T[]): readonly T[] {
  const now = ask(analysis, span)
  if (now.length > 0 || analysis.lastGood === undefined) return now
  const before = span.path === analysis.entry.source.path ? spanBefore(analysis, span) : span
  return before === undefined ? [] : ask(analysis.lastGood, before)
}

/** Where a span of this text was in the last good one: both differ in one stretch; inside it nothing is known. */
function spanBefore({ entry, lastGood }: Analysis, span: Span): Span | undefined {
  const [now, before] = [entry.source.text, lastGood?.entry.source.text ?? '']
  const least = Math.min(now.length, before.length)
  let head = 0
  while (head < least && now[head] === before[head]) head++
  let tail = 0
  while (tail < least - head && now.at(-1 - tail) === before.at(-1 - tail)) tail++
  if (span.end <= head) return span
  const moved = before.length - now.length
  return span.start >= now.length - tail ? { ...span, start: span.start + moved, end: span.end + moved } : undefined
}

const placeOf = (analysis: Analysis, span: Span): string => {
  const text = (analysis.read.get(span.path) ?? analysis.entry).source.text
  // As the checker writes it: a line begins behind a line feed.
  const before = text.slice(0, span.start)
  return `${span.path}:${before.split('\n').length}:${span.start - (before.lastIndexOf('\n') + 1) + 1}`
}

/** Parameters and decode state of the layers that an application makes (or all of a definition, if it makes none), a line for each model. */
export function applicationsAt(analysis: Analysis, span: Span, definition?: string): readonly string[] {
  const place = placeOf(analysis, span)
  return (analysis.checked?.models ?? []).flatMap((model) => {
    const here = model.instances.some(({ source }) => source === place)
    if (!here && !model.instances.some((one) => one.definition === definition)) return []
    const found = instanceStatistics(model, { tokens }).filter((one) => (here ? one.source === place : one.definition === definition))
    const [first] = found
    if (first === undefined) return []
    const times = found.length > 1 ? `, applied ${found.length} times` : ''
    const state = first.state > 0 ? `, ${grouped(first.state)} bytes of state after ${grouped(tokens)} tokens` : ''
    return [`${model.name}: ${grouped(first.params)} parameters${state}${times}`]
  })
}

/** The families of kernels of a recurrence's or attention's definition, for the sizes that the models give it. */
export function familiesOf(analysis: Analysis, name: Span, library: ReadonlyMap<string, string>): readonly string[] {
  const text = library.get(name.path) ?? (analysis.read.get(name.path) ?? analysis.entry).source.text
  const { line, column } = linesOf(text).position(name.start)
  const place = `${name.path}:${line}:${column}`
  const texts = (analysis.checked?.models ?? []).flatMap(({ graph }) => [
    ...graph.recurrences.filter((body) => body.source === place).map((body) => explainRecurrence(body).join('\n')),
    ...graph.attentions.filter((body) => body.source === place).map((body) => explainAttention(body).join('\n')),
  ])
  return [...new Set(texts)]
}

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '_')
