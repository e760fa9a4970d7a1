import type { Commands } from './program.ts'

export interface InitOptions {
  readonly json?: boolean
}

export function defineInit(commands: Commands): void {
  const command = commands
    .command('init')
    .description('write a first spec, and an app that uses what it compiles to')
    .argument('[folder]', 'where to', '.')
    .option('--json', 'one JSON document on stdout')
  commands.runs<InitOptions>(command, async () => {
    const { init } = await import('./init-work.ts')
    return init
  })
}
