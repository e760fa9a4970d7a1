import * as messages from '../diagnostics/catalogue/check.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../source/source.ts'
import type { AttentionDecl, CheckpointDecl, Declaration, File, Import, RecurrenceDecl } from '../syntax/ast.ts'
import { replacement, suggest } from './suggest.ts'

/** A file that has been read. */
export interface SpecFile {
  readonly source: SourceFile
  readonly file: File
}

export type BodyDefinition = RecurrenceDecl | AttentionDecl

/** A declaration and the file whose names it sees. */
export interface Definition {
  readonly decl: Exclude<Declaration, CheckpointDecl>
  readonly scope: FileScope
}

/** What a file's text can name: its own declarations and imports, then the library. */
export class FileScope {
  readonly source: SourceFile
  readonly file: File
  readonly names = new Map<string, Definition>()
  /** Names of imports that could not be had: that is reported, and nothing more is said of them. */
  readonly missing = new Set<string>()
  readonly checkpoints: CheckpointDecl[] = []
  readonly #library: ReadonlyMap<string, Definition>

  constructor({ source, file }: SpecFile, library: ReadonlyMap<string, Definition>) {
    this.source = source
    this.file = file
    this.#library = library
  }

  find(name: string): Definition | undefined {
    return this.names.get(name) ?? this.#library.get(name)
  }

  known(): Iterable<string> {
    return new Set([...this.names.keys(), ...this.#library.keys()])
  }
}

/** All files of a spec with their names. */
export interface Program {
  readonly entry: FileScope
  /** The entry and what it imports, directly or not. */
  readonly files: readonly FileScope[]
  readonly library: readonly FileScope[]
}

/** Gives the file that `path` of an import names, seen from the file `from`; undefined if there is none. */
export type Resolve = (path: string, from: string) => SpecFile | undefined

/** Reads the names of a file, of all it imports, and of the library (whose names a file may shadow). */
export function loadProgram(
  entry: SpecFile,
  std: readonly SpecFile[],
  resolve: Resolve,
): { readonly program: Program; readonly diagnostics: readonly Diagnostic[] } {
  const loader = new Loader(resolve)
  const library = std.map((file) => new FileScope(file, loader.library))
  for (const scope of library) loader.declare(scope, loader.library)
  const main = loader.load(entry)
  return { program: { entry: main, files: [...loader.files.values()], library }, diagnostics: loader.diagnostics }
}

class Loader {
  readonly library = new Map<string, Definition>()
  readonly files = new Map<string, FileScope>()
  readonly diagnostics: Diagnostic[] = []
  readonly #resolve: Resolve

  constructor(resolve: Resolve) {
    this.#resolve = resolve
  }

  load(spec: SpecFile): FileScope {
    const known = this.files.get(spec.source.path)
    if (known !== undefined) return known
    const scope = new FileScope(spec, this.library)
    this.files.set(spec.source.path, scope)
    this.declare(scope, scope.names)
    // After the declarations, so that files may import from each other.
    for (const one of spec.file.imports) this.#import(scope, one)
    return scope
  }

  /** Enters a file's declarations into `names`; of two with one name the first stays. */
  declare(scope: FileScope, names: Map<string, Definition>): void {
    for (const decl of scope.file.declarations) {
      if (decl.kind === 'checkpoint') {
        scope.checkpoints.push(decl)
        continue
      }
      const { text, span } = decl.name
      if (text === '') continue
      const first = names.get(text)
      if (first === undefined) names.set(text, { decl, scope })
      else {
        const related = [{ span: first.decl.name.span, message: 'the other one is here' }]
        this.diagnostics.push(messages.duplicateName.at(span, { name: text }, { related }))
      }
    }
  }

  #import(scope: FileScope, { names, from }: Import): void {
    if (from.value === '') return
    const spec = this.#resolve(from.value, scope.source.path)
    if (spec === undefined) {
      this.diagnostics.push(messages.noSuchFile.at(from.span, { file: from.value }))
      for (const { name, as } of names) scope.missing.add((as ?? name).text)
      return
    }
    const target = this.load(spec)
    for (const { name, as } of names) {
      const own = target.names.get(name.text)
      const found = own?.scope === target ? own : undefined
      const local = as ?? name
      const first = scope.names.get(local.text)
      if (name.text === '') continue
      if (found === undefined) {
        scope.missing.add(local.text)
        const near = suggest(name.text, target.names.keys())
        const fixes = replacement(name.span, near)
        this.diagnostics.push(messages.noSuchImport.at(name.span, { name: name.text, file: from.value, near: near ?? null }, { fixes }))
      } else if (first !== undefined) {
        const related = [{ span: first.decl.name.span, message: 'the other one is here' }]
        this.diagnostics.push(messages.duplicateName.at(local.span, { name: local.text }, { related }))
      } else scope.names.set(local.text, found)
    }
  }
}
