import { fileExists } from '../diagnostics/catalogue/cli.ts'
import { nodeCompileHost } from '../driver/index.ts'
import { importCheckpoint, openFolder, Refusal } from '../import/index.ts'
import { locateCheckpoint } from './checkpoint.ts'
import { exit, Failed } from './exit.ts'
import type { Host } from './host.ts'
import type { ImportOptions } from './import.ts'
import { hasErrors, printDiagnostics, printJson } from './output.ts'

/** Writes the spec of a checkpoint, to a file that is not there yet or to stdout. One that does not fit the files is written too, and said to. */
export async function importFolder(host: Host, [folder = '.']: readonly string[], { out, json }: ImportOptions): Promise<number> {
  if (out !== undefined && host.files.kind(out) !== undefined) throw new Failed([fileExists.at(undefined, { path: out })])
  const { spec, model, diagnostics, sources } = await read(host, folder, out)
  if (out !== undefined && spec !== undefined) await host.files.writeText(out, spec)
  if (json === true)
    printJson(host, diagnostics, sources, { model, ...(out === undefined ? { spec } : { written: spec === undefined ? [] : [out] }) })
  else {
    printDiagnostics(host, host.stderr, diagnostics, sources)
    if (spec !== undefined) host.stdout.write(out === undefined ? spec : `wrote ${out}, model ${model}\n`)
  }
  return hasErrors(diagnostics) ? exit.diagnostics : exit.ok
}

async function read(host: Host, folder: string, out: string | undefined): Promise<ReturnType<typeof importCheckpoint>> {
  try {
    const { config, tensors } = await openFolder(locateCheckpoint(host, folder).weights, folder)
    return importCheckpoint(nodeCompileHost(host.cwd), config, tensors, out)
  } catch (error) {
    throw error instanceof Refusal ? new Failed(error.diagnostics) : error
  }
}
