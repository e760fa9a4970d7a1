import * as messages from '../diagnostics/catalogue/check.ts'
import type { Model, Weight } from '../model/model.ts'
import { isStorage, matches, type Storage } from '../model/precision.ts'
import type { PrecisionEntry } from '../syntax/ast.ts'
import type { Reporter } from './report.ts'
import { replacement, suggest } from './suggest.ts'

const keys = ['weights', 'state', 'activations']

/** The entries of a `precision` block. Patterns come before the keys they refine: `storageOf` takes the first that fits. */
export function readPrecision(entries: readonly PrecisionEntry[], weights: readonly Weight[], reporter: Reporter): Model['precision'] {
  const found: { pattern: string; dtype: Storage }[] = []
  for (const { key, dtype } of entries) {
    const pattern = 'value' in key ? key.value : key.text
    const storage = isStorage(dtype.text) ? dtype.text : undefined
    if (pattern === '' || dtype.text === '') continue
    if (!('value' in key) && !keys.includes(pattern)) {
      const near = suggest(pattern, keys)
      reporter.report(messages.unknownPrecision.at(key.span, { key: pattern, known: keys }, { fixes: replacement(key.span, near) }))
    } else if ('value' in key && !weights.some(({ path }) => matches(pattern, path))) {
      reporter.report(messages.patternWithoutWeight.at(key.span, { pattern }))
    }
    if (storage === undefined)
      reporter.report(messages.wrongKind.at(dtype.span, { found: `\`${dtype.text}\``, expected: '`f32`, `f16` or `bf16`' }))
    else if (!('value' in key) && (pattern === 'state' || pattern === 'activations') && storage !== 'f32')
      reporter.report(messages.storageNotTaken.at(dtype.span, { key: pattern, dtype: storage }, { fixes: replacement(dtype.span, 'f32') }))
    else found.push({ pattern, dtype: storage })
  }
  const isKey = ({ pattern }: { pattern: string }): boolean => keys.includes(pattern)
  return [...found.filter((entry) => !isKey(entry)), ...found.filter(isKey)]
}
