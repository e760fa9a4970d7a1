import type { Commands } from './program.ts'

interface ExplainOptions {
  readonly json?: boolean
}

export function defineExplain(commands: Commands): void {
  const command = commands
    .command('explain')
    .description('say what a diagnostic means, with an example and how to mend it; without a code, list all')
    .argument('[code]', 'GDN2004, gdn2004 or 2004')
    .option('--json', 'one JSON document')
  commands.runs<ExplainOptions>(command, async () => {
    const { catalogue, explain } = await import('../diagnostics/catalogue/index.ts')
    const { UsageError } = await import('./exit.ts')
    return async (host, [code], { json }) => {
      if (code === undefined) {
        const entries = [...catalogue.values()].map(({ code: found, severity, title }) => ({ code: found, severity, title }))
        host.stdout.write(
          json
            ? `${JSON.stringify({ messages: entries }, null, 2)}\n`
            : `${entries.map((one) => `${one.code}  ${one.title}`).join('\n')}\n`,
        )
        return 0
      }
      const page = explain(code)
      if (page === undefined) throw new UsageError(`there is no diagnostic ${code}; \`gdnc explain\` lists them`)
      const found = /GDN\d+/.exec(page)?.[0] ?? code
      const message = catalogue.get(found)
      host.stdout.write(
        json ? `${JSON.stringify({ code: found, severity: message?.severity, title: message?.title, page }, null, 2)}\n` : page,
      )
      return 0
    }
  })
}
