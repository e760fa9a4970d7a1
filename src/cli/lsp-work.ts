import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node'
import { ownFile, readOwnText } from '../emit/host-files.ts'
import type { LanguageHost, SpecList } from '../lsp/host.ts'
import { pathOfUri } from '../lsp/paths.ts'
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

/** Far more than a workspace of specs has; a home folder has more. */
const most = { specs: 1000, entries: 50_000, bytes: 4_000_000 }

/** Files of this machine. */
export function nodeLanguageHost(): LanguageHost {
  return {
    readText(uri) {
      try {
        const path = fileURLToPath(uri)
        return statSync(path).size > most.bytes ? undefined : readFileSync(path, 'utf8')
      } catch {
        return undefined
      }
    },
    specsBelow,
    library: (name) => readOwnText(`src/std/${name}`),
    libraryUri: (name) => ownFile(`src/std/${name}`).href,
    version: ownVersion(),
  }
}

/** Level by level, without installed packages, hidden folders, and links, which may lead in circles. */
export function specsBelow(folder: string, { specs, entries }: { readonly specs: number; readonly entries: number } = most): SpecList {
  const uris: string[] = []
  const folders = [folder]
  let seen = 0
  for (const one of folders) {
    for (const entry of entriesOf(one)) {
      if (seen++ >= entries || uris.length >= specs) return { uris, complete: false }
      const uri = `${one}/${encodeURIComponent(entry.name)}`
      if (entry.isFile() && entry.name.endsWith('.gdn')) uris.push(pathOfUri(uri))
      else if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') folders.push(uri)
    }
  }
  return { uris, complete: true }
}

/** A folder that cannot be read has no specs that gdnc could import. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(fileURLToPath(folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    return []
  }
}
