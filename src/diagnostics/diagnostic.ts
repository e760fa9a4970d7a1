import type { Span } from '../source/source.ts'

export type Severity = 'error' | 'warning'

/** A text edit that mends the mistake; applying all edits of a fix is one step. */
export interface Fix {
  readonly title: string
  readonly edits: readonly { readonly span: Span; readonly text: string }[]
}

export interface Related {
  readonly span: Span
  readonly message: string
}

/** A diagnostic is data; text, JSON, SARIF and editors are renderers of it. */
export interface Diagnostic {
  /** `GDN1xxx` syntax, `2xxx` names, kinds, shapes, `3xxx` plan and device limits, `4xxx` emit, `5xxx` checkpoints, `6xxx` import, `9xxx` command line. */
  readonly code: string
  readonly severity: Severity
  /** One line: what was found, in the user's own words. */
  readonly message: string
  readonly span: Span | undefined
  /** Printed under the marked text: what was expected, with numbers. */
  readonly label: string | undefined
  /** The typed parameters of the message, as JSON. */
  readonly args: Readonly<Record<string, unknown>>
  readonly related: readonly Related[]
  readonly notes: readonly string[]
  readonly fixes: readonly Fix[]
}

export interface MessageDefinition<A> {
  readonly code: string
  readonly severity: Severity
  readonly title: string
  /** Markdown for `gdnc explain`: what it means, an example that causes it, how to mend it. */
  readonly page: string
  at(
    span: Span | undefined,
    args: A,
    extra?: { related?: readonly Related[]; notes?: readonly string[]; fixes?: readonly Fix[] },
  ): Diagnostic
}

/**
 * Defines one message of the catalogue. Messages live in `diagnostics/catalogue/<stage>.ts`, one exported constant each,
 * so that an unknown code or a missing parameter is a compile error where it is reported.
 */
export function define<A extends Record<string, unknown>>(entry: {
  readonly code: string
  readonly severity?: Severity
  readonly title: string
  readonly message: (args: A) => string
  readonly label?: (args: A) => string
  readonly page: string
}): MessageDefinition<A> {
  const severity = entry.severity ?? 'error'
  return {
    code: entry.code,
    severity,
    title: entry.title,
    page: entry.page,
    at: (span, args, extra = {}) => ({
      code: entry.code,
      severity,
      message: entry.message(args),
      span,
      label: entry.label?.(args),
      args,
      related: extra.related ?? [],
      notes: extra.notes ?? [],
      fixes: extra.fixes ?? [],
    }),
  }
}
