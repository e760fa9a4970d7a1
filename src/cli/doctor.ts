import type { Commands } from './program.ts'

interface DoctorOptions {
  readonly json?: boolean
}

export function defineDoctor(commands: Commands): void {
  const command = commands
    .command('doctor')
    .description('say what this machine offers: versions, adapter, features, limits')
    .option('--json', 'one JSON document')
  commands.runs<DoctorOptions>(command, async () => {
    const { examine, findingsText } = await import('./machine.ts')
    return async (host, _, { json }) => {
      const findings = await examine(host)
      host.stdout.write(json ? `${JSON.stringify(findings, null, 2)}\n` : findingsText(findings))
      return findings.webgpu.available ? 0 : 1
    }
  })
}
