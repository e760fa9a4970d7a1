import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { renderJson } from '../diagnostics/render/json.ts'
import { renderText, summary } from '../diagnostics/render/text.ts'
import type { Sources } from '../source/source.ts'
import type { Host, Sink } from './host.ts'

/** Whether to colour what goes to `sink`: on a terminal, unless the user said no (no-color.org). */
export function colored({ env }: Host, sink: Sink): boolean {
  return sink.isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}

/** Diagnostics for people, with how many there are. */
export function printDiagnostics(host: Host, sink: Sink, diagnostics: readonly Diagnostic[], sources: Sources): void {
  if (diagnostics.length === 0) return
  sink.write(renderText(diagnostics, sources, { color: colored(host, sink), width: sink.columns }))
  sink.write(`\n${summary(diagnostics)}\n`)
}

/** One JSON document: the diagnostics' fields, and what the command has besides. */
export function printJson(host: Host, diagnostics: readonly Diagnostic[], sources: Sources, result: object = {}): void {
  const document = { ...(JSON.parse(renderJson(diagnostics, sources)) as object), ...result }
  host.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
}

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean => diagnostics.some(({ severity }) => severity === 'error')
