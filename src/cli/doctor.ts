import type { Commands } from './program.ts'

export interface DoctorOptions {
  readonly json?: boolean
}

export function defineDoctor(commands: Commands): void {
  const command = commands
    .command('doctor')
    .description('say what this machine offers: versions, adapter, features, limits')
    .option('--json', 'one JSON document on stdout')
  commands.runs<DoctorOptions>(command, async () => {
    const { doctor } = await import('./machine.ts')
    return doctor
  })
}
