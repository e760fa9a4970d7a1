import type { Diagnostic } from '../diagnostics/diagnostic.ts'

/** Ends an import because of what the files say. */
export class Refusal extends Error {
  readonly diagnostics: readonly Diagnostic[]
  constructor(...diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(({ message }) => message).join('\n'))
    this.name = 'Refusal'
    this.diagnostics = diagnostics
  }
}
