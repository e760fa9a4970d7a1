import type { Location, Range } from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { SpecFile } from '../check/index.ts'
import { isLibrary } from '../check/report.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Span } from '../source/source.ts'
import { readLibrary } from '../std/index.ts'
import { parseFile } from '../syntax/parse.ts'
import { type Analysis, analyse } from './analysis.ts'
import type { LanguageHost } from './host.ts'
import { pathOfUri } from './paths.ts'

/** A file that was read and parsed, open or not. */
export interface TextFile extends SpecFile {
  readonly document: TextDocument
  readonly diagnostics: readonly Diagnostic[]
}

/** The open documents, the files that they import or that lie in the editor's folders, and what is known of them. */
export class Workspace {
  readonly host: LanguageHost
  readonly std: readonly SpecFile[]
  /** The folders that the editor has open, as paths. */
  folders: readonly string[] = []
  /** Whether the editor takes edits with the versions of the documents that they were made for. */
  versionedEdits = false
  readonly #open = new Map<string, TextDocument>()
  readonly #files = new Map<string, { readonly file: TextFile | undefined; seen: number }>()
  readonly #analyses = new Map<string, { readonly analysis: Analysis; seen: number }>()
  /** Counts what happened to files: what was read at the same count is up to date without a look. */
  #changes = 0

  constructor(host: LanguageHost, std = readLibrary((name) => host.library(name))) {
    this.host = host
    this.std = std
  }

  /** The same files, some with another text: to see what an edit would do. */
  with(texts: ReadonlyMap<string, string>): Workspace {
    const other = new Workspace(this.host, this.std)
    for (const [path, document] of this.#open) other.#open.set(path, document)
    for (const [path, text] of texts) other.#open.set(path, TextDocument.create(this.uri(path), 'gdn', 0, text))
    return other
  }

  open(uri: string, version: number, text: string): void {
    this.#open.set(pathOfUri(uri), TextDocument.create(uri, 'gdn', version, text))
    this.#changes++
  }

  change(uri: string, version: number, changes: Parameters<typeof TextDocument.update>[1]): void {
    const path = pathOfUri(uri)
    const document = this.#open.get(path)
    if (document === undefined) return
    // A new object, so that an analysis of the old text keeps the positions of the old text.
    const copy = TextDocument.create(document.uri, 'gdn', version, document.getText())
    this.#open.set(path, TextDocument.update(copy, changes, version))
    this.#changes++
  }

  close(uri: string): void {
    this.#open.delete(pathOfUri(uri))
    this.#analyses.delete(pathOfUri(uri))
    this.#changes++
  }

  /** Files that are not open may have changed. */
  filesChanged(): void {
    this.#changes++
  }

  get openPaths(): readonly string[] {
    return [...this.#open.keys()]
  }

  /** The version of an open document. */
  version(path: string): number | undefined {
    return this.#open.get(path)?.version
  }

  /** A file as it is now: the editor's text if it is open, else that of the disk. Parsed once per text. */
  file(path: string): TextFile | undefined {
    const known = this.#files.get(path)
    if (known?.seen === this.#changes || (known !== undefined && isLibrary(path))) return known.file
    const file = this.#read(path, known?.file)
    this.#files.set(path, { file, seen: this.#changes })
    return file
  }

  /** The text of a file, without reading it as a spec. */
  text(path: string): string | undefined {
    return this.#open.get(path)?.getText() ?? this.host.readText(path)
  }

  #read(path: string, known: TextFile | undefined): TextFile | undefined {
    const document = this.#open.get(path)
    if (document !== undefined) return known?.document === document ? known : parsed(path, document)
    if (isLibrary(path)) {
      const spec = this.std.find(({ source }) => source.path === path)
      const uri = this.host.libraryUri(path.slice('std/'.length))
      return spec && parsed(path, TextDocument.create(uri, 'gdn', 0, spec.source.text))
    }
    const text = this.host.readText(path)
    if (text === undefined || known?.source.text === text) return text === undefined ? undefined : known
    return parsed(path, TextDocument.create(path, 'gdn', 0, text))
  }

  /** What is known of a document, as of now. */
  analysis(path: string): Analysis | undefined {
    const known = this.#analyses.get(path)
    if (known?.seen === this.#changes) return known.analysis
    if (known !== undefined && this.#isCurrent(known.analysis)) {
      known.seen = this.#changes
      return known.analysis
    }
    const entry = this.file(path)
    if (entry === undefined) return undefined
    const analysis = analyse(entry, this, known?.analysis)
    this.#analyses.set(path, { analysis, seen: this.#changes })
    return analysis
  }

  #isCurrent({ read }: Analysis): boolean {
    return [...read].every(([path, file]) => this.file(path) === file)
  }

  /** Every open document with what is known of it. */
  analyses(): readonly Analysis[] {
    return this.openPaths.flatMap((path) => this.analysis(path) ?? [])
  }

  range(span: Span): Range {
    const document = this.file(span.path)?.document
    if (document === undefined) return { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }
    return { start: document.positionAt(span.start), end: document.positionAt(span.end) }
  }

  uri(path: string): string {
    return this.file(path)?.document.uri ?? path
  }

  location(span: Span): Location {
    return { uri: this.uri(span.path), range: this.range(span) }
  }
}

function parsed(path: string, document: TextDocument): TextFile {
  const source = { path, text: document.getText() }
  const { file, diagnostics } = parseFile(source)
  return { source, file, diagnostics, document }
}
