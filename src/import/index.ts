import { generalise } from '../check/checkpoint/pattern.ts'
import { compareWithFile } from '../check/index.ts'
import * as messages from '../diagnostics/catalogue/import.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { type CompileHost, compile } from '../driver/index.ts'
import type { SourceFile } from '../source/source.ts'
import { families } from './families/index.ts'
import { type Family, readKeys, unknownKeysOf } from './family.ts'
import { harmless } from './keys.ts'
import { quoted, visible } from './literal.ts'
import { Refusal } from './refusal.ts'
import { writeSpec } from './sheet.ts'
import { sourceOf, type TensorShape } from './source.ts'

export { parsePythonJson as readConfigText } from '../runtime/weights/python-json.ts'
export { families } from './families/index.ts'
export type { Family } from './family.ts'
export { openFolder } from './open.ts'
export { Refusal } from './refusal.ts'
export type { TensorShape } from './source.ts'

export interface Imported {
  /** The spec, formatted; undefined if the files do not say enough. */
  readonly spec: string | undefined
  /** Of the model in it. */
  readonly model: string | undefined
  /** Of config.json, and of the spec against the headers. */
  readonly diagnostics: readonly Diagnostic[]
  /** The spec and the library, for the spans of diagnostics. */
  readonly sources: ReadonlyMap<string, SourceFile>
}

/**
 * Writes the spec of a published checkpoint from its config.json and the names and shapes of its tensors, and holds it against both.
 * Never throws for what the files say. `path`: what the spec will be called in diagnostics.
 */
export function importCheckpoint(
  host: CompileHost,
  config: Readonly<Record<string, unknown>>,
  tensors: readonly TensorShape[],
  path = 'model.gdn',
): Imported {
  try {
    const { family, nested, prefix, around } = familyOf(config, tensors)
    const source = sourceOf(nested, prefix, tensors)
    const { config: keys, warnings } = readKeys(family, nested, source)
    const sheet = family.write(keys, source)
    const spec = writeSpec(sheet, source, { key: source.key('model_type'), value: nested['model_type'] as string })
    const { model, diagnostics, sources } = compile({ ...host, readText: (name) => (name === path ? spec : undefined) }, path, {
      until: 'choose',
    })
    const mismatch = model?.checkpoint ? compareWithFile(model.checkpoint, tensors) : []
    return { spec, model: sheet.name, diagnostics: [...warnings, ...around, ...diagnostics, ...mismatch], sources }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { spec: undefined, model: undefined, diagnostics: error.diagnostics, sources: new Map() }
  }
}

interface Found {
  readonly family: Family
  /** The object that describes the text model, and where it stands. */
  readonly nested: Readonly<Record<string, unknown>>
  readonly prefix: string
  readonly around: readonly Diagnostic[]
}

/** The family that `model_type` names, of the whole or of the text model inside a multimodal one. @throws Refusal */
function familyOf(config: Readonly<Record<string, unknown>>, tensors: readonly TensorShape[]): Found {
  const own = families.find(({ types }) => types.includes(String(config['model_type'])))
  if (own !== undefined) return { family: own, nested: config, prefix: '', around: [] }
  const text = config['text_config']
  if (typeof text === 'object' && text !== null && !Array.isArray(text)) {
    const nested = text as Readonly<Record<string, unknown>>
    const inner = families.find(({ types }) => types.includes(String(nested['model_type'])))
    if (inner !== undefined) {
      const known = new Set([...harmless, ...inner.around, 'text_config', 'tie_word_embeddings'])
      const tied = nested['tie_word_embeddings'] ?? config['tie_word_embeddings']
      return {
        family: inner,
        nested: tied === undefined ? nested : { ...nested, tie_word_embeddings: tied },
        prefix: 'text_config.',
        around: unknownKeysOf(Object.keys(config).filter((key) => !known.has(key))),
      }
    }
  }
  const type = quoted(config['model_type'] ?? config['architectures'])
  const known = families.flatMap(({ types }) => types).sort()
  throw new Refusal(messages.unknownFamily.at(undefined, { type, known }, { notes: tensorNotes(tensors) }))
}

/** The tensors by name, layers and experts together. */
function tensorNotes(tensors: readonly TensorShape[]): readonly string[] {
  const kinds = new Map<string, number>()
  for (const { name, shape } of tensors) {
    const kind = `${visible(generalise(name))} [${shape.join(', ')}]`
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  const most = 60
  const lines = [...kinds].slice(0, most).map(([kind, times]) => (times === 1 ? kind : `${kind}, ${times} times`))
  return kinds.size > most ? [...lines, `and ${kinds.size - most} more kinds of tensors`] : lines
}
