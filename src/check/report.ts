import type { Diagnostic, Related } from '../diagnostics/diagnostic.ts'
import type { Span } from '../source/source.ts'

/** Files of the standard library; what goes wrong in them is said where the user's own text uses them. */
export const isLibrary = (path: string): boolean => path.startsWith('std/')

/** An application that is being elaborated: errors inside a definition name it, since the definition may be right elsewhere. */
export interface Use {
  readonly span: Span
  /** Where the layer that is applied was given its parameters. */
  readonly made?: Span
  readonly definition: string
}

/** Collects diagnostics; one error per place, so that a definition used thirty times is wrong once. */
export class Reporter {
  readonly #seen = new Set<string>()
  readonly #uses: Use[] = []
  readonly #diagnostics: Diagnostic[] = []
  readonly #notes: readonly string[]

  /** @param notes added to every error */
  constructor(notes: readonly string[] = []) {
    this.#notes = notes
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics
  }

  get failed(): boolean {
    return this.#diagnostics.some(({ severity }) => severity === 'error')
  }

  report(diagnostic: Diagnostic): void {
    const { span, severity } = diagnostic
    const use = this.#uses.at(-1)
    const outside =
      span !== undefined && isLibrary(span.path) ? this.#uses.findLast((one) => !isLibrary((one.made ?? one.span).path)) : undefined
    const related: Related[] = [...diagnostic.related]
    if (outside !== undefined && span !== undefined) related.push({ span, message: 'where the library says so' })
    const at = outside?.made ?? outside?.span ?? span
    const applied = outside ?? (severity === 'error' ? use : undefined)
    if (applied !== undefined && at !== undefined && !isLibrary(applied.span.path) && !contains(applied.span, at)) {
      related.push({ span: applied.span, message: `in this application of \`${applied.definition}\`` })
    }
    const key = at === undefined ? diagnostic.message : `${severity === 'error' ? '' : diagnostic.code} ${at.path}:${at.start}:${at.end}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    const notes = severity === 'error' ? [...diagnostic.notes, ...this.#notes] : diagnostic.notes
    this.#diagnostics.push({ ...diagnostic, span: at, related, notes, fixes: outside === undefined ? diagnostic.fixes : [] })
  }

  /** Runs `work` as part of an application. */
  within<T>(use: Use, work: () => T): T {
    this.#uses.push(use)
    try {
      return work()
    } finally {
      this.#uses.pop()
    }
  }

  /** How often `definition` is being applied inside itself. */
  depth(): number {
    return this.#uses.length
  }
}

const contains = (outer: Span, inner: Span): boolean => outer.path === inner.path && outer.start <= inner.start && inner.end <= outer.end
