import { readFileSync } from 'node:fs'
import { check, elaborate, type Overrides, type SpecFile } from '../../../src/check/index.ts'
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts'
import type { Model } from '../../../src/model/model.ts'
import { verifyModel } from '../../../src/model/verify.ts'
import { readLibrary } from '../../../src/std/index.ts'
import { parseFile } from '../../../src/syntax/parse.ts'

const root = new URL('../../../', import.meta.url)

export const library = readLibrary((name) => readFileSync(new URL(`src/std/${name}`, root), 'utf8'))

export const exampleText = (name: string): string => readFileSync(new URL(`examples/${name}.gdn`, root), 'utf8')

/** A text without its `gdn 1`, checked. `files`: what it can import, by path. Syntax errors are mistakes of the test. */
export function checkSpec(body: string, files: Readonly<Record<string, string>> = {}) {
  const read = (path: string, text: string): SpecFile => {
    const source = { path, text: /^\s*gdn 1/.test(text) ? text : `gdn 1\n${text}` }
    const { file, diagnostics } = parseFile(source)
    if (diagnostics.length > 0) throw new Error(`${path}: ${diagnostics.map(({ message }) => message).join('; ')}`)
    return { source, file }
  }
  const entry = read('spec.gdn', body)
  const resolve = (path: string): SpecFile | undefined => {
    const text = files[path]
    return text === undefined ? undefined : read(path, text)
  }
  return { ...check({ entry, std: library, resolve }), text: entry.source.text }
}

/** Code and marked text of every diagnostic, in the order of the text. */
export function findings(body: string, files?: Readonly<Record<string, string>>): readonly (readonly [code: string, marked: string])[] {
  const { diagnostics, text } = checkSpec(body, files)
  return [...diagnostics]
    .sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0))
    .map((one) => [one.code, markedText(one, text)] as const)
}

export const markedText = ({ span }: Diagnostic, text: string): string => (span === undefined ? '' : text.slice(span.start, span.end))

/** The only diagnostic of a spec. */
export function only(body: string, files?: Readonly<Record<string, string>>): Diagnostic & { readonly marked: string } {
  const { diagnostics, text } = checkSpec(body, files)
  const [first] = diagnostics
  if (first === undefined || diagnostics.length > 1)
    throw new Error(`${diagnostics.length} diagnostics: ${diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ')}`)
  return { ...first, marked: markedText(first, text) }
}

/** The text after the first fix of a diagnostic. */
export function fixed(text: string, { fixes }: Diagnostic): string {
  const edits = [...(fixes[0]?.edits ?? [])].sort((a, b) => b.span.start - a.span.start)
  return edits.reduce((all, { span, text: replacement }) => all.slice(0, span.start) + replacement + all.slice(span.end), text)
}

/** The models of a spec that is right: verified, and without any diagnostic. */
export function models(body: string, files?: Readonly<Record<string, string>>): readonly Model[] {
  const { models: found, diagnostics } = checkSpec(body, files)
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ code, message, label }) => `${code} ${message} (${label})`).join('; '))
  for (const model of found) {
    const problems = verifyModel(model)
    if (problems.length > 0) throw new Error(`${model.name}: ${problems.join('; ')}`)
  }
  return found
}

export function model(body: string, files?: Readonly<Record<string, string>>): Model {
  const [first] = models(body, files)
  if (first === undefined) throw new Error('the spec has no model with all its sizes')
  return first
}

/** A model of a spec with other sizes. */
export function resized(body: string, name: string, overrides: Overrides) {
  return elaborate(checkSpec(body).program, name, overrides)
}

/** A model `M` over `x: f32[B, T, d]` whose output `y` is what `equations` bind; `rest` are definitions beside it. */
export const over = (equations: string, rest = '', params = 'd: size = 8', y = 'f32[B, T, d]'): string => `
model M(${params}) {
  dim B: batch
  dim T: time
  input  x: f32[B, T, d]
  output y: ${y}
  ${equations}
}
${rest}`

export const paths = ({ weights }: Model): readonly string[] => weights.map(({ path }) => path)
export const shapesOf = ({ weights }: Model): Readonly<Record<string, readonly number[]>> =>
  Object.fromEntries(weights.map(({ path, shape }) => [path, shape]))
