import { DiagnosticSeverity, type Diagnostic as Shown } from 'vscode-languageserver'
import { isLibrary } from '../check/report.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { inOrder } from '../diagnostics/order.ts'
import type { Workspace } from './workspace.ts'

/**
 * The diagnostics of all open documents by the file that they are about: also a file that is not open, if an open one imports it. What
 * has no place is said at the start of the document that was read.
 */
export function diagnosticsByFile(workspace: Workspace): ReadonlyMap<string, readonly Diagnostic[]> {
  const found = new Map<string, Diagnostic[]>(workspace.openPaths.map((path) => [path, []]))
  for (const { entry, diagnostics } of workspace.analyses()) {
    for (const diagnostic of diagnostics) {
      const path = diagnostic.span === undefined || isLibrary(diagnostic.span.path) ? entry.source.path : diagnostic.span.path
      const span = diagnostic.span?.path === path ? diagnostic.span : { path, start: 0, end: 0 }
      const list = found.get(path) ?? []
      list.push({ ...diagnostic, span })
      found.set(path, list)
    }
  }
  return new Map([...found].map(([path, list]) => [path, inOrder(list)]))
}

/** A diagnostic as editors show it. The code is that of `gdnc explain`. */
export function shown(diagnostic: Diagnostic, workspace: Workspace): Shown {
  const { code, severity, message, label, notes, related, span } = diagnostic
  const lines = [label === undefined ? message : `${message}: ${label}`, ...notes, `gdnc explain ${code}`]
  return {
    range: workspace.range(span ?? { path: '', start: 0, end: 0 }),
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    source: 'gdnc',
    message: lines.join('\n'),
    relatedInformation: related.map((other) => ({ location: workspace.location(other.span), message: other.message })),
  }
}
