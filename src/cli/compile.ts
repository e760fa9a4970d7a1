import type { SpecOptions } from './compile-options.ts'
import { withSpecOptions } from './compile-options.ts'
import type { Commands } from './program.ts'

export interface CompileCommandOptions extends SpecOptions {
  readonly out?: string
  readonly watch?: boolean
  readonly check?: boolean
  readonly packageName?: string
  readonly packageVersion?: string
}

export function defineCompile(commands: Commands): void {
  const command = withSpecOptions(commands.command('compile'))
    .description('compile a spec to a package')
    .argument('<spec>', 'a .gdn file')
    .option('-o, --out <folder>', 'where the package goes; default: a folder with its name')
    .option('-w, --watch', 'compile again whenever a file of the spec changes')
    .option('--check', 'write nothing; fail if the folder does not hold exactly this package')
    .option('--package-name <name>', "default: the model's name, with dashes")
    .option('--package-version <version>', 'default: 1.0.0')
  commands.runs<CompileCommandOptions>(command, async () => {
    const { compileOnce, watch } = await import('./compile-work.ts')
    return (host, [spec = ''], options) => (options.watch === true ? watch(host, spec, options) : compileOnce(host, spec, options))
  })
}
