import { explainAttention, explainRecurrence } from '../analyse/explain.ts'
import { generalise } from '../check/checkpoint/pattern.ts'
import { describeTensor } from '../check/value.ts'
import type { Model } from '../model/model.ts'
import { bytesOf, storageOf } from '../model/precision.ts'
import { countParams, decodeStateBytes, instanceStatistics } from '../model/statistics.ts'
import type { Span } from '../source/source.ts'
import { product } from '../util/numbers.ts'
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

/** As the checker writes it: a line begins behind a line feed. */
function placeOf({ checked, read }: Analysis, { path, start }: Span): string {
  const file = read.get(path) ?? checked?.program.library.find(({ source }) => source.path === path)
  const before = (file?.source.text ?? '').slice(0, start)
  return `${path}:${before.split('\n').length}:${start - (before.lastIndexOf('\n') + 1) + 1}`
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
    return [`${model.name}: ${costText(first.params, first.state)}${times}`]
  })
}

/** What a model of this name holds and keeps, and whether it can be stepped. */
export function modelsNamed({ checked }: Analysis, name: string): readonly string[] {
  return (checked?.models ?? []).flatMap((model) => {
    if (model.name !== name) return []
    const { horizon } = model
    const state = horizon.kind === 'whole' ? 0 : decodeStateBytes(model, { tokens })
    const seen = horizon.kind === 'causal' ? '' : `; ${horizon.because}`
    return [`${name}: ${costText(countParams(model), state)}${seen}`]
  })
}

function costText(params: number, state: number): string {
  const kept = state > 0 ? `, ${grouped(state)} bytes of state per sequence after ${grouped(tokens)} tokens` : ''
  return `${grouped(params)} parameters${kept}`
}

/** The weights that a `weight` statement or an application itself makes: path, shape and bytes, a line for each model and kind of path. */
export function weightsAt(analysis: Analysis, span: Span): readonly string[] {
  const place = placeOf(analysis, span)
  return (analysis.checked?.models ?? []).flatMap((model) => {
    const made = new Set(model.instances.flatMap((one) => (one.source === place ? [one.path] : [])))
    const kinds = new Map<string, { path: string; text: string; times: number }>()
    for (const { path, shape, source } of model.weights) {
      if (source !== place && !made.has(path.slice(0, Math.max(0, path.lastIndexOf('.'))))) continue
      const storage = storageOf(model.precision, path)
      const text = `${storage}[${shape.join(', ')}], ${grouped(product(shape) * bytesOf(storage))} bytes`
      const kind = `${generalise(path)} ${text}`
      const known = kinds.get(kind)
      kinds.set(kind, { path: known === undefined ? path : generalise(path), text, times: (known?.times ?? 0) + 1 })
    }
    return [...kinds.values()].map(
      ({ path, text, times }) => `${model.name}: \`${path}\` is ${text}${times > 1 ? ` each, ${times} times` : ''}`,
    )
  })
}

/** The type of an input or output of the models that a declaration makes. */
export function borderOf({ checked }: Analysis, what: 'inputs' | 'outputs', name: string, of: string): readonly string[] {
  const types = (checked?.models ?? []).flatMap((model: Model) =>
    model.name === of
      ? model[what].flatMap((one) => (one.name === name ? [`a tensor ${describeTensor({ type: one.type, forms: [] })}`] : []))
      : [],
  )
  return [...new Set(types)]
}

/** The families of kernels of a recurrence's or attention's definition, for the sizes that the models give it. */
export function familiesOf(analysis: Analysis, name: Span): readonly string[] {
  const place = placeOf(analysis, name)
  const texts = (analysis.checked?.models ?? []).flatMap(({ graph }) => [
    ...graph.recurrences.filter((body) => body.source === place).map((body) => explainRecurrence(body).join('\n')),
    ...graph.attentions.filter((body) => body.source === place).map((body) => explainAttention(body).join('\n')),
  ])
  return [...new Set(texts)]
}

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '_')
