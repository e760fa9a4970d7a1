import { resolve } from 'node:path'
import { notBuilt } from '../diagnostics/catalogue/cli.ts'
import { cannotWrite, foreignFolder, outOfDate } from '../diagnostics/catalogue/emit.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { compile, type PassName } from '../driver/compile.ts'
import { nodeCompileHost } from '../driver/node-host.ts'
import type { Compilation } from '../driver/state.ts'
import { NotBuiltError } from '../emit/host-build.ts'
import { comparePackage, ForeignFolderError, writePackage } from '../emit/host-write.ts'
import { isPackageName, isVersion } from '../emit/names.ts'
import type { Package, PackageOptions } from '../emit/package.ts'
import { amount, bytes } from '../util/units.ts'
import type { CompileCommandOptions } from './compile.ts'
import { readSpecOptions, type SpecOptions } from './compile-options.ts'
import { exit, UsageError } from './exit.ts'
import type { Host } from './host.ts'
import { hasErrors, printDiagnostics, printJson } from './output.ts'

/** Runs the passes on a spec, as far as `until`. What a checkout lacks is a diagnostic too. */
export function compileSpec(
  host: Host,
  spec: string,
  options: SpecOptions,
  until: PassName,
  packageOptions: PackageOptions = {},
): Compilation {
  const compileHost = nodeCompileHost(host.cwd)
  const path = spec.replaceAll('\\', '/')
  const given = { ...readSpecOptions(options), package: packageOptions }
  const onPass = (name: PassName, milliseconds: number): void =>
    host.stderr.write(`${name.padEnd(8)} ${milliseconds.toFixed(1).padStart(8)} ms\n`)
  try {
    return compile(compileHost, path, {
      ...given,
      until,
      onPass: options.trace === true ? onPass : undefined,
      verify: (host.env['GDNC_VERIFY'] ?? '') !== '',
    })
  } catch (error) {
    if (!(error instanceof NotBuiltError)) throw error
    const diagnostics = [notBuilt.at(undefined, { reason: error.message })]
    return { host: compileHost, path, options: given, sources: new Map(), diagnostics }
  }
}

/** Compiles and writes (or compares) once. */
export async function compileOnce(host: Host, spec: string, options: CompileCommandOptions): Promise<number> {
  const { code } = compileAndWrite(host, spec, options)
  return code
}

function compileAndWrite(host: Host, spec: string, options: CompileCommandOptions): { code: number; state: Compilation } {
  const started = host.clock.now()
  const state = compileSpec(host, spec, options, 'emit', packageOptions(options))
  const made = state.package
  const folder = made && (options.out ?? made.name)
  const outcome = made && folder !== undefined ? place(host, folder, made, options) : { diagnostics: [] as Diagnostic[], changed: false }
  const diagnostics = [...state.diagnostics, ...outcome.diagnostics]
  const code = hasErrors(diagnostics) ? exit.diagnostics : exit.ok
  if (options.json === true) {
    const result = made && {
      folder,
      name: made.name,
      class: made.className,
      files: made.files.size,
      bytes: sizeOf(made),
      changed: outcome.changed,
      parameters: state.plan?.manifest.parameters,
      kernels: state.plan?.manifest.kernels.length,
    }
    printJson(host, diagnostics, state.sources, result === undefined ? {} : { package: result })
    return { code, state }
  }
  printDiagnostics(host, host.stderr, diagnostics, state.sources)
  if (code === exit.ok && made && state.plan) {
    const { parameters, kernels } = state.plan.manifest
    const did = options.check === true ? 'is as compiled' : outcome.changed ? 'written' : 'unchanged'
    const size = `${made.files.size} files, ${bytes(sizeOf(made))}; ${amount(parameters)} parameters, ${kernels.length} kernels`
    host.stdout.write(`${folder} ${did}: class ${made.className}, ${size}, ${Math.round(host.clock.now() - started)} ms\n`)
  }
  return { code, state }
}

/** Writes the package, or says what differs. */
function place(host: Host, folder: string, made: Package, options: CompileCommandOptions): { diagnostics: Diagnostic[]; changed: boolean } {
  try {
    const target = resolve(host.cwd, folder)
    if (options.check !== true) return { diagnostics: [], changed: writePackage(target, made.files) }
    const different = comparePackage(target, made.files)
    return { diagnostics: different.length === 0 ? [] : [outOfDate.at(undefined, { folder, files: different })], changed: false }
  } catch (error) {
    if (error instanceof ForeignFolderError)
      return { diagnostics: [foreignFolder.at(undefined, { folder, entries: [...error.entries] })], changed: false }
    if (isFileSystemError(error)) return { diagnostics: [cannotWrite.at(undefined, { folder, reason: error.message })], changed: false }
    throw error
  }
}

/** Compiles now, and again whenever a file of the spec changes, until the process is interrupted. */
export async function watch(host: Host, spec: string, options: CompileCommandOptions): Promise<number> {
  for (;;) {
    const { state } = compileAndWrite(host, spec, options)
    const read = new Map([...state.sources.values()].filter(({ path }) => !path.startsWith('std/')).map(({ path, text }) => [path, text]))
    const paths = [...new Set([spec, ...read.keys()])]
    host.stderr.write('watching for changes\n')
    await host.files.changed(paths, () => paths.some((path) => state.host.readText(path) !== read.get(path)))
  }
}

/** @throws UsageError */
function packageOptions({ packageName: name, packageVersion: version }: CompileCommandOptions): PackageOptions {
  if (name !== undefined && !isPackageName(name))
    throw new UsageError(`'${name}' is no name for a package: npm takes lower case, digits and dashes, up to 214 characters`)
  if (version !== undefined && !isVersion(version)) throw new UsageError(`'${version}' is no version, expected one such as 1.0.0`)
  return { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }) }
}

const sizeOf = ({ files }: Package): number => [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0)

const isFileSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error &&
  typeof (error as NodeJS.ErrnoException).code === 'string' &&
  (error as NodeJS.ErrnoException).syscall !== undefined
