import { type Connection, TextDocumentSyncKind } from 'vscode-languageserver'
import { codeActions } from './code-actions.ts'
import { diagnosticsByFile, shown } from './diagnostics.ts'
import { documentSymbols } from './document-symbols.ts'
import { foldingRanges } from './folding.ts'
import { formatting } from './formatting.ts'
import type { LanguageHost } from './host.ts'
import { pathOfUri } from './paths.ts'
import { Workspace } from './workspace.ts'

export interface ServerOptions {
  /** Milliseconds without an edit after which diagnostics are sent. */
  readonly quiet?: number
}

/** Answers an editor over `connection`, until it closes. */
export function startServer(connection: Connection, host: LanguageHost, { quiet = 100 }: ServerOptions = {}): void {
  const workspace = new Workspace(host)
  const publisher = new Publisher(connection, workspace, quiet)

  connection.onInitialize(() => ({
    serverInfo: { name: 'gdnc', version: host.version },
    capabilities: {
      positionEncoding: 'utf-16',
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
      codeActionProvider: { codeActionKinds: ['quickfix'] },
      documentFormattingProvider: true,
      documentSymbolProvider: true,
      foldingRangeProvider: true,
    },
  }))

  connection.onDidOpenTextDocument(({ textDocument: { uri, version, text } }) => {
    workspace.open(uri, version, text)
    publisher.soon()
  })
  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
    workspace.change(uri, version, contentChanges)
    publisher.soon()
  })
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    workspace.close(uri)
    publisher.soon()
  })
  connection.onDidChangeWatchedFiles(() => {
    workspace.filesChanged()
    publisher.soon()
  })

  connection.onCodeAction(({ textDocument, range }) => [...codeActions(workspace, pathOfUri(textDocument.uri), range)])
  connection.onDocumentFormatting(({ textDocument }) => {
    const file = workspace.file(pathOfUri(textDocument.uri))
    return file && [...formatting(file)]
  })
  connection.onDocumentSymbol(({ textDocument }) => {
    const file = workspace.file(pathOfUri(textDocument.uri))
    return file && [...documentSymbols(file, workspace)]
  })
  connection.onFoldingRanges(({ textDocument }) => {
    const file = workspace.file(pathOfUri(textDocument.uri))
    return file && [...foldingRanges(file)]
  })
  connection.onShutdown(() => publisher.stop())
  connection.listen()
}

/** Sends diagnostics when edits pause, and takes them back from files that have none any more. */
class Publisher {
  readonly #connection: Connection
  readonly #workspace: Workspace
  readonly #quiet: number
  readonly #sent = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(connection: Connection, workspace: Workspace, quiet: number) {
    this.#connection = connection
    this.#workspace = workspace
    this.#quiet = quiet
  }

  soon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#send(), this.#quiet)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #send(): void {
    const found = diagnosticsByFile(this.#workspace)
    for (const path of new Set([...this.#sent, ...found.keys()])) {
      const diagnostics = (found.get(path) ?? []).map((diagnostic) => shown(diagnostic, this.#workspace))
      const version = this.#workspace.version(path)
      void this.#connection.sendDiagnostics({
        uri: this.#workspace.uri(path),
        diagnostics,
        ...(version === undefined ? {} : { version }),
      })
      if (found.has(path)) this.#sent.add(path)
      else this.#sent.delete(path)
    }
  }
}
