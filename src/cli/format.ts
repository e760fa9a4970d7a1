import type { Commands } from './program.ts'

export interface FormatOptions {
  readonly check?: boolean
  readonly json?: boolean
}

export function defineFormat(commands: Commands): void {
  const command = commands
    .command('format')
    .description('lay specs out in the one way that all specs have; comments stay')
    .argument('<specs...>', '.gdn files')
    .option('--check', 'change nothing; fail if a file is not formatted')
    .option('--json', 'one JSON document on stdout')
  commands.runs<FormatOptions>(command, async () => {
    const { formatSpecs } = await import('./format-work.ts')
    return formatSpecs
  })
}
