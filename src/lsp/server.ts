import {
  type CancellationToken,
  type Connection,
  DidChangeWatchedFilesNotification,
  LSPErrorCodes,
  type Position,
  ResponseError,
  type SemanticTokens,
  type SemanticTokensRangeParams,
  type TextDocumentIdentifier,
  TextDocumentSyncKind,
} from 'vscode-languageserver'
import { codeActions } from './code-actions.ts'
import { completion } from './completion.ts'
import { definition } from './definition.ts'
import { documentHighlight } from './document-highlight.ts'
import { documentSymbols } from './document-symbols.ts'
import { foldingRanges } from './folding.ts'
import { formatting } from './formatting.ts'
import type { LanguageHost } from './host.ts'
import { hover } from './hover.ts'
import { pathOfUri } from './paths.ts'
import { Publisher } from './publisher.ts'
import { references } from './references.ts'
import { prepareRename, rename } from './rename.ts'
import { selectionRange } from './selection-range.ts'
import { semanticTokens, semanticTokensLegend } from './semantic-tokens.ts'
import { signatureHelp } from './signature-help.ts'
import { type TextFile, Workspace } from './workspace.ts'
import { workspaceSymbols } from './workspace-symbols.ts'

export interface ServerOptions {
  /** Milliseconds without an edit after which diagnostics are sent. */
  readonly quiet?: number
}

/** Answers an editor over `connection`, until it closes. */
export function startServer(connection: Connection, host: LanguageHost, { quiet = 100 }: ServerOptions = {}): void {
  const workspace = new Workspace(host)
  const publisher = new Publisher(connection, workspace, quiet)
  starts(connection, workspace, host.version, () => publisher.soon())
  followsFiles(connection, workspace, () => publisher.soon())
  answers(connection, workspace)
  connection.onShutdown(() => publisher.stop())
  connection.listen()
}

function starts(connection: Connection, workspace: Workspace, version: string, changed: () => void): void {
  let [watches, hasFolders] = [false, false]
  connection.onInitialize(({ capabilities, workspaceFolders, rootUri }) => {
    const roots = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : [])
    workspace.folders = roots.map(folderPath)
    workspace.versionedEdits = capabilities.workspace?.workspaceEdit?.documentChanges === true
    watches = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true
    hasFolders = capabilities.workspace?.workspaceFolders === true
    return {
      serverInfo: { name: 'gdnc', version },
      capabilities: {
        positionEncoding: 'utf-16',
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        codeActionProvider: { codeActionKinds: ['quickfix'] },
        completionProvider: { triggerCharacters: ['(', '|', ':', '.', '"', '/'] },
        definitionProvider: true,
        documentFormattingProvider: true,
        documentHighlightProvider: true,
        documentSymbolProvider: true,
        foldingRangeProvider: true,
        hoverProvider: true,
        referencesProvider: true,
        renameProvider: { prepareProvider: true },
        selectionRangeProvider: true,
        semanticTokensProvider: { legend: semanticTokensLegend, full: true, range: true },
        signatureHelpProvider: { triggerCharacters: ['(', ','] },
        workspaceSymbolProvider: true,
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    }
  })
  connection.onInitialized(() => {
    const watchers = [{ globPattern: '**/*.gdn' }]
    if (watches) void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers })
    if (!hasFolders) return
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      const gone = removed.map(({ uri }) => folderPath(uri))
      workspace.folders = [...workspace.folders.filter((folder) => !gone.includes(folder)), ...added.map(({ uri }) => folderPath(uri))]
      changed()
    })
  })
}

const folderPath = (uri: string): string => pathOfUri(uri).replace(/\/$/, '')

function followsFiles(connection: Connection, workspace: Workspace, changed: () => void): void {
  connection.onDidOpenTextDocument(({ textDocument: { uri, version, text } }) => {
    workspace.open(uri, version, text)
    changed()
  })
  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
    workspace.change(uri, version, contentChanges)
    changed()
  })
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    workspace.close(uri)
    changed()
  })
  // An editor that watches no files at least says what it saves.
  const filesChanged = (): void => {
    workspace.filesChanged()
    changed()
  }
  connection.onDidSaveTextDocument(filesChanged)
  connection.onDidChangeWatchedFiles(filesChanged)
}

/** Requests about files that cannot be read get the answer for nothing. */
function answers(connection: Connection, workspace: Workspace): void {
  type About = { readonly textDocument: TextDocumentIdentifier }
  const about =
    <P extends About, T>(ask: (file: TextFile, params: P) => T) =>
    (params: P): T | null => {
      const file = workspace.file(pathOfUri(params.textDocument.uri))
      return file === undefined ? null : ask(file, params)
    }
  const at = <P extends About & { readonly position: Position }, T>(ask: (path: string, offset: number, params: P) => T) =>
    about<P, T>(({ source, document }, params) => ask(source.path, document.offsetAt(params.position), params))

  connection.onCodeAction(unlessCancelled(({ textDocument, range }) => [...codeActions(workspace, pathOfUri(textDocument.uri), range)]))
  connection.onCompletion(
    unlessCancelled(about((file, { position }) => [...completion(file, file.document.offsetAt(position), workspace)])),
  )
  connection.onDefinition(unlessCancelled(at((path, offset) => definition(workspace, path, offset) ?? null)))
  connection.onDocumentFormatting(unlessCancelled(about((file) => [...formatting(file)])))
  connection.onDocumentHighlight(unlessCancelled(at((path, offset) => [...documentHighlight(workspace, path, offset)])))
  connection.onDocumentSymbol(unlessCancelled(about((file) => [...documentSymbols(file, workspace)])))
  connection.onFoldingRanges(unlessCancelled(about((file) => [...foldingRanges(file)])))
  connection.onHover(unlessCancelled(at((path, offset) => hover(workspace, path, offset) ?? null)))
  connection.onPrepareRename(unlessCancelled(at((path, offset) => prepareRename(workspace, path, offset))))
  connection.onReferences(
    unlessCancelled(at((path, offset, { context }) => [...references(workspace, path, offset, context.includeDeclaration)])),
  )
  connection.onRenameRequest(unlessCancelled(at((path, offset, { newName }) => rename(workspace, path, offset, newName))))
  connection.onSelectionRanges(
    unlessCancelled(
      about((file, { positions }) => positions.map((position) => selectionRange(file, file.document.offsetAt(position), workspace))),
    ),
  )
  connection.onSignatureHelp(
    unlessCancelled(about((file, { position }) => signatureHelp(file, file.document.offsetAt(position), workspace) ?? null)),
  )
  connection.onWorkspaceSymbol(unlessCancelled(({ query }) => [...workspaceSymbols(workspace, query)]))
  const { semanticTokens: tokens } = connection.languages
  const none = { data: [] }
  tokens.on(unlessCancelled((params) => about<About, SemanticTokens>((file) => semanticTokens(file, workspace))(params) ?? none))
  tokens.onRange(
    unlessCancelled(
      (params) =>
        about<SemanticTokensRangeParams, SemanticTokens>((file, { range }) => semanticTokens(file, workspace, range))(params) ?? none,
    ),
  )
}

/** An answer takes one turn, so a request can only be cancelled while it waits for those before it. */
function unlessCancelled<P, T>(answer: (params: P) => T): (params: P, token: CancellationToken) => T | ResponseError<void> {
  return (params, token) =>
    token.isCancellationRequested ? new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled before it was begun') : answer(params)
}
