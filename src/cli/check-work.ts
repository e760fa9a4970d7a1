import { modelNames } from '../check/index.ts'
import { renderSarif } from '../diagnostics/render/sarif.ts'
import type { SourceFile } from '../source/source.ts'
import type { CheckOptions } from './check.ts'
import { compileSpec } from './compile-work.ts'
import { exit } from './exit.ts'
import type { Host } from './host.ts'
import { hasErrors, printDiagnostics, printJson } from './output.ts'
import { ownVersion } from './version.ts'

/** Checks each file with what it imports. Diagnostics are the result, so they go to stdout. */
export async function checkSpecs(host: Host, specs: readonly string[], { json, sarif }: CheckOptions): Promise<number> {
  const states = specs.map((spec) => compileSpec(host, spec, {}, 'check'))
  const diagnostics = states.flatMap((state) => state.diagnostics)
  const sources = new Map<string, SourceFile>(states.flatMap((state) => [...state.sources]))
  const files = states.map((state) => ({
    path: state.path,
    models: state.checked === undefined ? [] : modelNames(state.checked.program),
    ok: !hasErrors(state.diagnostics),
  }))
  if (sarif === true) host.stdout.write(renderSarif(diagnostics, sources, { version: ownVersion() }))
  else if (json === true) printJson(host, diagnostics, sources, { files })
  else {
    printDiagnostics(host, host.stdout, diagnostics, sources)
    for (const { path, models, ok } of files) if (ok) host.stdout.write(`${path}: ${described(models)}\n`)
  }
  return hasErrors(diagnostics) ? exit.diagnostics : exit.ok
}

const described = (models: readonly string[]): string =>
  models.length === 0 ? 'no errors' : `no errors, ${models.length === 1 ? 'model' : 'models'} ${models.join(', ')}`
