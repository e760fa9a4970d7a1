import { type Lines, linesOf } from '../../source/lines.ts'
import type { Sources, Span } from '../../source/source.ts'
import type { Diagnostic } from '../diagnostic.ts'
import { inOrder } from '../order.ts'

/** Where something stands, for programs: offsets from 0 in UTF-16 code units, lines and columns from 1; `end` is exclusive. */
export interface JsonRange {
  readonly path: string
  readonly start: JsonPosition
  readonly end: JsonPosition
}
export interface JsonPosition {
  readonly offset: number
  /** Absent where the text of the file is not at hand. */
  readonly line?: number
  readonly column?: number
}

/** Raised when a program that reads the output would have to change. */
const jsonVersion = 1

/** Diagnostics as one JSON document with a stable form, for programs. Ends with a line break. */
export function renderJson(diagnostics: readonly Diagnostic[], sources: Sources): string {
  const range = ranges(sources)
  const document = {
    version: jsonVersion,
    errors: diagnostics.filter(({ severity }) => severity === 'error').length,
    warnings: diagnostics.filter(({ severity }) => severity === 'warning').length,
    diagnostics: inOrder(diagnostics).map(({ code, severity, message, span, label, args, related, notes, fixes }) => ({
      code,
      severity,
      message,
      label: label ?? null,
      range: span === undefined ? null : range(span),
      args,
      related: related.map((other) => ({ message: other.message, range: range(other.span) })),
      notes,
      fixes: fixes.map(({ title, edits }) => ({ title, edits: edits.map((edit) => ({ range: range(edit.span), text: edit.text })) })),
    })),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** Turns spans into ranges; the lines of each file are found once. */
export function ranges(sources: Sources): (span: Span) => JsonRange {
  const known = new Map<string, Lines | undefined>()
  return ({ path, start, end }) => {
    if (!known.has(path)) {
      const source = sources.get(path)
      known.set(path, source && linesOf(source.text))
    }
    const lines = known.get(path)
    return { path, start: { offset: start, ...lines?.position(start) }, end: { offset: end, ...lines?.position(end) } }
  }
}
