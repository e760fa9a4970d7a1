import type { Commands } from './program.ts'

export interface ImportOptions {
  readonly out?: string
  readonly json?: boolean
}

export function defineImport(commands: Commands): void {
  const command = commands
    .command('import')
    .description('write the spec of a published checkpoint, from its config.json and the names and shapes of its tensors')
    .argument('<folder>', 'with config.json and safetensors files')
    .option('-o, --out <file>', 'where to; default: stdout')
    .option('--json', 'one JSON document on stdout')
  commands.runs<ImportOptions>(command, async () => {
    const { importFolder } = await import('./import-work.ts')
    return importFolder
  })
}
