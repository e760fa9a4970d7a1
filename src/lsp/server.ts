import { type Connection, type TextDocumentPositionParams, TextDocumentSyncKind } from 'vscode-languageserver'
import { codeActions } from './code-actions.ts'
import { completion } from './completion.ts'
import { diagnosticsByFile, shown } from './diagnostics.ts'
import { documentSymbols } from './document-symbols.ts'
import { foldingRanges } from './folding.ts'
import { formatting } from './formatting.ts'
import type { LanguageHost } from './host.ts'
import { hover } from './hover.ts'
import { pathOfUri } from './paths.ts'
import { definition, references } from './references.ts'
import { prepareRename, rename } from './rename.ts'
import { signatureHelp } from './signature-help.ts'
import { type TextFile, Workspace } from './workspace.ts'

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
      hoverProvider: true,
      definitionProvider: true,
      referencesProvider: true,
      renameProvider: { prepareProvider: true },
      completionProvider: { triggerCharacters: ['(', '|', ':'] },
      signatureHelpProvider: { triggerCharacters: ['(', ','] },
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
  const at = <T>({ textDocument, position }: TextDocumentPositionParams, ask: (path: string, offset: number) => T): T | undefined => {
    const path = pathOfUri(textDocument.uri)
    const file = workspace.file(path)
    return file && ask(path, file.document.offsetAt(position))
  }
  connection.onHover((params) => at(params, (path, offset) => hover(workspace, path, offset)))
  connection.onDefinition((params) => at(params, (path, offset) => definition(workspace, path, offset)))
  connection.onReferences((params) =>
    at(params, (path, offset) => [...references(workspace, path, offset, params.context.includeDeclaration)]),
  )
  connection.onPrepareRename((params) => at(params, (path, offset) => prepareRename(workspace, path, offset)))
  connection.onRenameRequest((params) => at(params, (path, offset) => rename(workspace, path, offset, params.newName)))
  connection.onCompletion((params) => at(params, (path, offset) => [...completion(workspace.file(path) as TextFile, offset, workspace)]))
  connection.onSignatureHelp((params) => at(params, (path, offset) => signatureHelp(workspace.file(path) as TextFile, offset, workspace)))
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
    try {
      this.#publish()
    } catch (error) {
      // A mistake of ours must not take the editor's other answers away.
      this.#connection.console.error(`internal error of gdnc: ${error instanceof Error ? error.stack : String(error)}`)
    }
  }

  #publish(): void {
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
