import { z } from 'zod'
import { badValue, unknownKeys, unsupportedValue } from '../diagnostics/catalogue/import.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { harmless } from './keys.ts'
import { quoted, visible } from './literal.ts'
import { Refusal } from './refusal.ts'
import type { Sheet } from './sheet.ts'
import type { Source } from './source.ts'

/** A family of published models: which keys of config.json matter, and what they mean. One file of `families/` each. */
export interface Family {
  /** What `model_type` may be. */
  readonly types: readonly string[]
  readonly keys: z.ZodRawShape
  /** Keys that change nothing in this family, besides those that change nothing in any. */
  readonly harmless: readonly string[]
  /** Keys that stand around a nested text model and change nothing of it. */
  readonly around: readonly string[]
  /** @throws Refusal */
  write(config: unknown, source: Source): Sheet
}

/** Defines a family; `write` gets the keys as their kinds made them. */
export function family<Shape extends z.ZodRawShape>(one: {
  readonly types: readonly string[]
  readonly keys: Shape
  readonly harmless?: readonly string[]
  readonly around?: readonly string[]
  readonly write: (config: z.output<z.ZodObject<Shape>>, source: Source) => Sheet
}): Family {
  return { harmless: [], around: [], ...one } as unknown as Family
}

/** Reads the keys of a family, and says which ones it does not know. @throws Refusal */
export function readKeys(
  { keys, harmless: own }: Family,
  config: Readonly<Record<string, unknown>>,
  source: Source,
): { readonly config: unknown; readonly warnings: readonly Diagnostic[] } {
  const read = z.object(keys).safeParse(config)
  if (!read.success) throw new Refusal(...firstOfEach(read.error.issues).flatMap((issue) => refusals(issue, config, source)))
  const known = new Set([...Object.keys(keys), ...harmless, ...own])
  const unknown = Object.keys(config).filter((key) => !known.has(key))
  return { config: read.data, warnings: unknownKeysOf(unknown.map((key) => source.key(key))) }
}

export const unknownKeysOf = (keys: readonly string[]): readonly Diagnostic[] =>
  keys.length === 0 ? [] : [unknownKeys.at(undefined, { keys: keys.map((key) => shortened(visible(key))) })]

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text)

type Issue = z.core.$ZodIssue

/** A value that several bounds refuse is wrong once. */
function firstOfEach(issues: readonly Issue[]): readonly Issue[] {
  const keys = issues.map(({ path }) => path.map(String).join('.'))
  return issues.filter((_, i) => keys.indexOf(keys[i] as string) === i)
}

/** What a kind of value refused, in terms of config.json. */
function refusals(issue: Issue, config: Readonly<Record<string, unknown>>, source: Source): readonly Diagnostic[] {
  if (issue.code === 'unrecognized_keys') {
    const path = issue.path.map(String)
    return [
      unsupportedValue.at(undefined, {
        key: source.key(visible([...path, issue.keys[0]].join('.'))),
        found: quoted(at(config, [...path, issue.keys[0] as string])),
        expected: 'no such key',
      }),
    ]
  }
  const key = source.key(visible(issue.path.map(String).join('.')))
  const message = issue.code === 'invalid_value' ? unsupportedValue : badValue
  const found = quoted(
    at(
      config,
      issue.path.map((part) => String(part)),
    ),
  )
  return [message.at(undefined, { key, found, expected: issue.message })]
}

function at(value: unknown, path: readonly string[]): unknown {
  const [first, ...rest] = path
  if (first === undefined) return value
  return typeof value === 'object' && value !== null && Object.hasOwn(value, first)
    ? at((value as Record<string, unknown>)[first], rest)
    : undefined
}
