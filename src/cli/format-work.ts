import { notFormatted, unreadableFile } from '../diagnostics/catalogue/cli.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../source/source.ts'
import { format } from '../syntax/format/format.ts'
import { parseFile } from '../syntax/parse.ts'
import { exit } from './exit.ts'
import type { FormatOptions } from './format.ts'
import type { Host } from './host.ts'
import { hasErrors, printDiagnostics, printJson } from './output.ts'

/** Formats files in place; one with syntax errors stays as it is, and they are reported. */
export async function formatSpecs(host: Host, paths: readonly string[], { check, json }: FormatOptions): Promise<number> {
  const sources = new Map<string, SourceFile>()
  const diagnostics: Diagnostic[] = []
  const changed: string[] = []
  for (const given of paths) {
    const path = given.replaceAll('\\', '/')
    const text = read(host, path)
    if (typeof text !== 'string') {
      diagnostics.push(text)
      continue
    }
    sources.set(path, { path, text })
    const errors = parseFile({ path, text }).diagnostics.filter(({ severity }) => severity === 'error')
    diagnostics.push(...errors)
    const formatted = errors.length > 0 ? text : format(text)
    if (formatted === text) continue
    changed.push(path)
    if (check === true) diagnostics.push(notFormatted.at(undefined, { path }))
    else await host.files.writeText(path, formatted)
  }
  if (json === true) printJson(host, diagnostics, sources, { changed })
  else {
    printDiagnostics(host, host.stderr, diagnostics, sources)
    if (check !== true) for (const path of changed) host.stdout.write(`${path}\n`)
  }
  return hasErrors(diagnostics) ? exit.diagnostics : exit.ok
}

function read(host: Host, path: string): string | Diagnostic {
  try {
    return host.files.readText(path)
  } catch (error) {
    return unreadableFile.at(undefined, { path, reason: error instanceof Error ? error.message : String(error) })
  }
}
