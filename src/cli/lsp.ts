import type { Commands } from './program.ts'

export function defineLsp(commands: Commands): void {
  const command = commands
    .command('lsp')
    .description('the language server, for editors: speaks the Language Server Protocol on stdin and stdout')
    .option('--stdio', 'what it does anyway; editors say so')
  commands.runs<object>(command, async () => {
    const { serve } = await import('./lsp-work.ts')
    return serve
  })
}
