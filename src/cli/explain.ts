import type { Commands } from './program.ts'

interface ExplainOptions {
  readonly json?: boolean
}

export function defineExplain(commands: Commands): void {
  const command = commands
    .command('explain')
    .description('say what a diagnostic means, with an example and how to mend it; without a code, list all')
    .argument('[code]', 'GDN2004, gdn2004 or 2004')
    .option('--json', 'one JSON document on stdout')
  commands.runs<ExplainOptions>(command, async () => {
    const { catalogue, explain } = await import('../diagnostics/catalogue/index.ts')
    const [{ exit, UsageError }, { printJson }] = await Promise.all([import('./exit.ts'), import('./output.ts')])
    return async (host, [code], { json }) => {
      if (code === undefined) {
        const entries = [...catalogue.values()].map(({ code: found, severity, title }) => ({ code: found, severity, title }))
        if (json === true) printJson(host, [], new Map(), { messages: entries })
        else host.stdout.write(`${entries.map((one) => `${one.code}  ${one.title}`).join('\n')}\n`)
        return exit.ok
      }
      const page = explain(code)
      if (page === undefined) throw new UsageError(`there is no diagnostic ${code}; \`gdnc explain\` lists them`)
      const found = /GDN\d+/.exec(page)?.[0] ?? code
      const message = catalogue.get(found)
      if (json === true) printJson(host, [], new Map(), { code: found, severity: message?.severity, title: message?.title, page })
      else host.stdout.write(page)
      return exit.ok
    }
  })
}
