import { type SpecOptions, withSpecOptions } from './compile-options.ts'
import type { Commands } from './program.ts'

export interface ShowOptions extends SpecOptions {
  readonly stage?: string
  readonly tokens?: string
  readonly depth?: string
}

export function defineShow(commands: Commands): void {
  const command = withSpecOptions(commands.command('show'))
    .description('say what a model is made of: layers, sizes, costs, kernels')
    .argument('<spec>', 'a .gdn file')
    .option('--stage <stage>', 'print a stage of the compiler instead: model, graph or plan')
    .option('--tokens <n>', 'context length for operations and state', '4096')
    .option('--depth <n>', 'levels of layers inside layers', '2')
  commands.runs<ShowOptions>(command, async () => {
    const { show } = await import('./show-work.ts')
    return show
  })
}
