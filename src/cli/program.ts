import { Command, CommanderError } from 'commander'
import { defineCheck } from './check.ts'
import { defineCompile } from './compile.ts'
import { defineDoctor } from './doctor.ts'
import { exit, Failed, UsageError } from './exit.ts'
import { defineExplain } from './explain.ts'
import { defineFormat } from './format.ts'
import type { Host } from './host.ts'
import { defineImport } from './import.ts'
import { defineInit } from './init.ts'
import { defineLsp } from './lsp.ts'
import { defineRun } from './run.ts'
import { defineShow } from './show.ts'
import { ownVersion } from './version.ts'

/** A command's work: it prints, and gives the exit code. */
export type Run<Options> = (host: Host, args: readonly string[], options: Options) => Promise<number>

/** Adds commands to the program; what they need besides arguments is imported when they run. */
export interface Commands {
  command(signature: string): Command
  /** What a command does when it is called; `load` imports it. */
  runs<Options>(command: Command, load: () => Promise<Run<Options>>): void
}

const footer = `
A first model:
  gdnc init                                  writes model.gdn, and app.mjs which uses it
  gdnc compile model.gdn --out model         the package
  gdnc import ./checkpoint --out model.gdn   the spec of a published checkpoint

Exit codes: 0 it went well, 1 there are errors in what was given, 2 the command line is wrong, 3 a mistake of gdnc.
`

/** Runs `gdnc` with these arguments. Never throws; gives the exit code. */
export async function main(args: readonly string[], host: Host): Promise<number> {
  let code: number = exit.ok
  let json = false
  const program = new Command('gdnc')
    .description('Compiles specs of hybrid sequence models to packages that run on WebGPU.')
    .version(ownVersion(), '-V, --version')
    .addHelpText('after', footer)
    .exitOverride()
    .configureOutput({ writeOut: (text) => host.stdout.write(text), writeErr: (text) => host.stderr.write(text) })
    .showSuggestionAfterError()
  const commands: Commands = {
    command: (signature) => program.command(signature).exitOverride(),
    runs: (command, load) => {
      command.action(async (...given: unknown[]) => {
        const [options, positional] = [given.at(-2), given.slice(0, -2)]
        json = (options as { json?: boolean }).json === true
        const run = (await load()) as Run<unknown>
        code = await run(
          host,
          positional.flat().filter((arg) => typeof arg === 'string'),
          options,
        )
      })
    },
  }
  for (const define of [
    defineInit,
    defineImport,
    defineCompile,
    defineCheck,
    defineFormat,
    defineShow,
    defineExplain,
    defineRun,
    defineDoctor,
    defineLsp,
  ])
    define(commands)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    return await failed(host, error, json)
  }
}

async function failed(host: Host, error: unknown, json: boolean): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exit.ok : exit.usage
  if (error instanceof Failed) {
    const { printDiagnostics, printJson } = await import('./output.ts')
    if (json) printJson(host, error.diagnostics, error.sources)
    else printDiagnostics(host, host.stderr, error.diagnostics, error.sources)
    return exit.diagnostics
  }
  if (error instanceof UsageError) {
    host.stderr.write(`error: ${error.message}\n`)
    return exit.usage
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  host.stderr.write(
    `internal error: ${text}\nThis is a mistake of gdnc ${ownVersion()}, not of your files. Please report it, with the spec if you can.\n`,
  )
  return exit.internal
}
