import type { Sources, Span } from '../../source/source.ts'
import { catalogue } from '../catalogue/index.ts'
import type { Diagnostic } from '../diagnostic.ts'
import { inOrder } from '../order.ts'
import { ranges } from './json.ts'

/**
 * Diagnostics as a SARIF 2.1.0 log, which code hosts show beside the lines of a change. `version` is the compiler's. Only the rules
 * that occur are described. Ends with a line break.
 */
export function renderSarif(diagnostics: readonly Diagnostic[], sources: Sources, { version }: { readonly version: string }): string {
  const ordered = inOrder(diagnostics)
  const codes = [...new Set(ordered.map(({ code }) => code))].sort()
  const place = locations(sources)
  const results = ordered.map(({ code, severity, message, label, span, related, notes, fixes }) => ({
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: [message, label, ...notes].filter((part) => part !== undefined).join('. ') },
    ...(span === undefined ? {} : { locations: [{ physicalLocation: place(span) }] }),
    ...(related.length === 0
      ? {}
      : { relatedLocations: related.map((other, id) => ({ id, message: { text: other.message }, physicalLocation: place(other.span) })) }),
    ...(fixes.length === 0
      ? {}
      : { fixes: fixes.map(({ title, edits }) => ({ description: { text: title }, artifactChanges: changes(edits, place) })) }),
  }))
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'gdnc', version, rules: codes.map(rule) } },
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

interface PhysicalLocation {
  readonly artifactLocation: { readonly uri: string }
  readonly region: object
}

function rule(code: string): object {
  const message = catalogue.get(code)
  if (message === undefined) return { id: code }
  return {
    id: code,
    shortDescription: { text: message.title },
    help: { text: message.page, markdown: message.page },
    defaultConfiguration: { level: message.severity },
  }
}

function locations(sources: Sources): (span: Span) => PhysicalLocation {
  const range = ranges(sources)
  return (span) => {
    const { start, end } = range(span)
    const lines = { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column }
    return {
      artifactLocation: { uri: span.path.split('/').map(encodeURIComponent).join('/') },
      region: { charOffset: span.start, charLength: span.end - span.start, ...(start.line === undefined ? {} : lines) },
    }
  }
}

/** Edits by file, as SARIF wants them. */
function changes(edits: Diagnostic['fixes'][number]['edits'], place: (span: Span) => PhysicalLocation): object[] {
  const paths = [...new Set(edits.map(({ span }) => span.path))]
  return paths.map((path) => {
    const inFile = edits.filter(({ span }) => span.path === path)
    return {
      artifactLocation: place(inFile[0]!.span).artifactLocation,
      replacements: inFile.map(({ span, text }) => ({ deletedRegion: place(span).region, insertedContent: { text } })),
    }
  })
}
