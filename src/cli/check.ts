import type { Commands } from './program.ts'

export interface CheckOptions {
  readonly json?: boolean
  readonly sarif?: boolean
}

export function defineCheck(commands: Commands): void {
  const command = commands
    .command('check')
    .description('say what is wrong with specs, and write nothing')
    .argument('<specs...>', '.gdn files')
    .option('--json', 'one JSON document on stdout')
    .option('--sarif', 'a SARIF 2.1.0 log on stdout, for code hosts')
  commands.runs<CheckOptions>(command, async () => {
    const { checkSpecs } = await import('./check-work.ts')
    return checkSpecs
  })
}
