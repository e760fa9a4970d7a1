import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node'
import { ownFile, readOwnText } from '../emit/host-files.ts'
import type { LanguageHost } from '../lsp/host.ts'
import { startServer } from '../lsp/server.ts'
import { exit } from './exit.ts'
import type { Host } from './host.ts'
import { ownVersion } from './version.ts'

/** Serves the editor at the other end of stdin and stdout until it goes. */
export async function serve(_host: Host): Promise<number> {
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout)
  const ended = new Promise<number>((done) => {
    connection.onExit(() => done(exit.ok))
    process.stdin.once('end', () => done(exit.ok))
  })
  startServer(connection, nodeLanguageHost())
  return await ended
}

/** Files of this machine. */
export function nodeLanguageHost(): LanguageHost {
  return {
    readText(uri) {
      try {
        return readFileSync(fileURLToPath(uri), 'utf8')
      } catch {
        return undefined
      }
    },
    library: (name) => readOwnText(`src/std/${name}`),
    libraryUri: (name) => ownFile(`src/std/${name}`).href,
    version: ownVersion(),
  }
}
