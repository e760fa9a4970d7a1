import * as messages from '../../diagnostics/catalogue/check.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../source/source.ts'
import type { Name } from '../../syntax/ast.ts'
import { builtinNames } from '../builtins/index.ts'
import type { FileScope } from '../program.ts'
import { replacement, suggest } from '../suggest.ts'

/** What is known of a name without evaluating anything. */
export type StaticKind = 'number' | 'flag' | 'text' | 'none' | 'list' | 'range' | 'init' | 'layer' | 'tensor' | 'role' | 'unknown'

interface Entry {
  readonly name: Name
  readonly kind: StaticKind
  /** How a warning calls it; undefined where nobody minds that it is not used. */
  readonly what: string | undefined
  used: boolean
}

/** The names of one body, with those around it. Reports what is declared twice, not known, or not used. */
export class Names {
  readonly file: FileScope
  readonly #outer: Names | undefined
  readonly #entries = new Map<string, Entry>()
  readonly #diagnostics: Diagnostic[]
  readonly #met = new Set<string>()

  constructor(file: FileScope, diagnostics: Diagnostic[], outer?: Names) {
    this.file = file
    this.#diagnostics = diagnostics
    this.#outer = outer
  }

  inner(): Names {
    return new Names(this.file, this.#diagnostics, this)
  }

  report(diagnostic: Diagnostic): void {
    this.#diagnostics.push(diagnostic)
  }

  declare(name: Name, kind: StaticKind, what?: string): void {
    if (name.text === '') return
    const first = this.#entries.get(name.text)
    if (first === undefined) {
      this.#entries.set(name.text, { name, kind, what, used: name.text.startsWith('_') })
      return
    }
    const related = [{ span: first.name.span, message: 'it is given here' }]
    this.report(messages.duplicateName.at(name.span, { name: name.text }, { related }))
  }

  /** A name that declares itself: what a border binds, the roles of run-time axes. */
  assume(text: string, kind: StaticKind, span: Span): void {
    if (!this.#entries.has(text)) this.#entries.set(text, { name: { text, span }, kind, what: undefined, used: true })
  }

  own(text: string): boolean {
    return this.#entries.has(text)
  }

  markUsed(text: string): void {
    const entry = this.#find(text)
    if (entry !== undefined) entry.used = true
  }

  kindOf(text: string): StaticKind | undefined {
    return this.#find(text)?.kind
  }

  /** Marks a name as used; reports it if nothing has it. `later`: names that are given further down. */
  use(text: string, span: Span): void {
    if (text === '') return
    const entry = this.#find(text)
    if (entry !== undefined) {
      entry.used = true
      return
    }
    if (this.file.missing.has(text) || this.file.find(text) !== undefined || builtinNames.has(text)) return
    const near = suggest(text, [...this.#known(), ...this.file.known(), ...builtinNames])
    // The name that was meant is not unused as well.
    if (near !== undefined) this.markUsed(near)
    this.report(messages.unknownName.at(span, { name: text, near: near ?? null }, { fixes: replacement(span, near) }))
  }

  /** Whether this is the first time that a word of the language is met in this definition. */
  first(word: string): boolean {
    if (this.#outer !== undefined) return this.#outer.first(word)
    if (this.#met.has(word)) return false
    this.#met.add(word)
    return true
  }

  /** Warnings for what was declared and never used. */
  finish(): void {
    for (const { name, what, used } of this.#entries.values()) {
      if (used || what === undefined) continue
      const fixes = [{ title: `name it \`_${name.text}\``, edits: [{ span: name.span, text: `_${name.text}` }] }]
      this.report(messages.unusedName.at(name.span, { name: name.text, what }, { fixes }))
    }
  }

  #find(text: string): Entry | undefined {
    return this.#entries.get(text) ?? this.#outer?.findOuter(text)
  }

  private findOuter(text: string): Entry | undefined {
    return this.#find(text)
  }

  #known(): readonly string[] {
    return [...this.#entries.keys(), ...(this.#outer?.knownOuter() ?? [])]
  }

  private knownOuter(): readonly string[] {
    return this.#known()
  }
}
