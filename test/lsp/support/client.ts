import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import {
  createConnection,
  createMessageConnection,
  type Diagnostic,
  type InitializeResult,
  type MessageConnection,
  type Position,
  type PublishDiagnosticsParams,
  type RegistrationParams,
  type ServerCapabilities,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node'
import { startServer } from '../../../src/lsp/server.ts'

const root = new URL('../../../', import.meta.url)

/** An editor's end of the protocol. Diagnostics are kept as they come. */
export class Client {
  readonly rpc: MessageConnection
  /** What the server said that it can do. */
  capabilities: ServerCapabilities = {}
  /** What the server asks to be told of. */
  readonly registered: Promise<RegistrationParams>
  readonly #published = new Map<string, PublishDiagnosticsParams>()
  readonly #waiting: { readonly fits: () => boolean; readonly done: () => void }[] = []
  readonly #texts = new Map<string, { version: number; text: string }>()

  constructor(rpc: MessageConnection) {
    this.rpc = rpc
    rpc.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.#published.set(params.uri, params)
      for (const one of this.#waiting.filter(({ fits }) => fits())) {
        this.#waiting.splice(this.#waiting.indexOf(one), 1)
        one.done()
      }
    })
    this.registered = new Promise((done) => rpc.onRequest('client/registerCapability', (params: RegistrationParams) => done(params)))
    rpc.listen()
  }

  async start({ folders = [], capabilities = {} }: Editor = {}) {
    const workspaceFolders = folders.map((uri) => ({ uri, name: uri.slice(uri.lastIndexOf('/') + 1) }))
    const params = { processId: null, rootUri: null, capabilities, workspaceFolders }
    this.capabilities = (await this.rpc.sendRequest<InitializeResult>('initialize', params)).capabilities
    await this.rpc.sendNotification('initialized', {})
  }

  open(uri: string, text: string): void {
    this.#texts.set(uri, { version: 1, text })
    void this.rpc.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'gdn', version: 1, text } })
  }

  /** Replaces the first `from` of a document by `to`, as an incremental edit. */
  edit(uri: string, from: string, to: string): void {
    const known = this.#texts.get(uri)
    const at = known?.text.indexOf(from) ?? -1
    if (known === undefined || at < 0) throw new Error(`there is no ${from} in ${uri}`)
    const range = { start: positionAt(known.text, at), end: positionAt(known.text, at + from.length) }
    known.text = known.text.slice(0, at) + to + known.text.slice(at + from.length)
    known.version++
    void this.rpc.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: known.version },
      contentChanges: [{ range, text: to }],
    })
  }

  /** Replaces everything in one change without a range. */
  replace(uri: string, text: string): void {
    const version = (this.#texts.get(uri)?.version ?? 0) + 1
    this.#texts.set(uri, { version, text })
    void this.rpc.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] })
  }

  text(uri: string): string {
    return this.#texts.get(uri)?.text ?? ''
  }

  /** The diagnostics of the document's last version, when they have come. */
  async diagnostics(uri: string): Promise<readonly Diagnostic[]> {
    const { version } = this.#texts.get(uri) ?? { version: undefined }
    await this.until(() => this.#published.has(uri) && this.#published.get(uri)?.version === version)
    return this.#published.get(uri)?.diagnostics ?? []
  }

  /** Waits for a publication after which `fits` holds. */
  until(fits: () => boolean): Promise<void> {
    return fits() ? Promise.resolve() : new Promise((done) => this.#waiting.push({ fits, done }))
  }

  published(uri: string): PublishDiagnosticsParams | undefined {
    return this.#published.get(uri)
  }

  /** A request about the place of the first `marked`, `offset` characters into it. */
  at<T>(method: string, uri: string, marked: string, offset = 0, more: object = {}): Promise<T> {
    const at = this.text(uri).indexOf(marked)
    if (at < 0) throw new Error(`there is no ${marked} in ${uri}`)
    return this.atOffset(method, uri, at + offset, more)
  }

  atOffset<T>(method: string, uri: string, offset: number, more: object = {}): Promise<T> {
    const position = positionAt(this.text(uri), offset)
    return this.rpc.sendRequest(`textDocument/${method}`, { textDocument: { uri }, position, ...more })
  }

  of<T>(method: string, uri: string, more: object = {}): Promise<T> {
    return this.rpc.sendRequest(`textDocument/${method}`, { textDocument: { uri }, ...more })
  }
}

/** What an editor says of itself when it starts a server. */
export interface Editor {
  readonly folders?: readonly string[]
  readonly capabilities?: object
}

/** A server over streams in memory, with these files on its disk; those without a text are there and cannot be read. */
export function serve(files: Record<string, string | undefined> = {}, { complete = true } = {}) {
  const [up, down] = [new PassThrough(), new PassThrough()]
  startServer(
    createConnection(new StreamMessageReader(up), new StreamMessageWriter(down)),
    {
      readText: (uri) => files[uri],
      specsBelow: (folder) => ({ uris: Object.keys(files).filter((uri) => uri.startsWith(`${folder}/`)), complete }),
      library: (name) => readFileSync(new URL(`src/std/${name}`, root), 'utf8'),
      libraryUri: (name) => new URL(`src/std/${name}`, root).href,
      version: '0',
    },
    { quiet: 0 },
  )
  return { up, down }
}

/** An editor that has started such a server. */
export async function connect(files?: Record<string, string | undefined>, editor: Editor = {}, host: Parameters<typeof serve>[1] = {}) {
  const { up, down } = serve(files, host)
  const client = new Client(createMessageConnection(new StreamMessageReader(down), new StreamMessageWriter(up)))
  await client.start(editor)
  return client
}

/** The text of Markdown in an answer; empty where there is none. */
export const markdownOf = (contents: unknown): string => (contents as { value: string } | undefined)?.value ?? ''

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/)
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 }
}

/** The text of a range. */
export function textIn(text: string, { start, end }: { start: Position; end: Position }): string {
  const lines = text.split(/(?<=\r\n|\n|\r(?!\n))/)
  const offset = ({ line, character }: Position): number => lines.slice(0, line).join('').length + character
  return text.slice(offset(start), offset(end))
}

/** The text after edits. */
export function edited(text: string, edits: readonly { range: { start: Position; end: Position }; newText: string }[]): string {
  const lines = text.split(/(?<=\r\n|\n|\r(?!\n))/)
  const offset = ({ line, character }: Position): number => lines.slice(0, line).join('').length + character
  return [...edits]
    .sort((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce((all, { range, newText }) => all.slice(0, offset(range.start)) + newText + all.slice(offset(range.end)), text)
}
