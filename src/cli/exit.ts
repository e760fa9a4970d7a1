import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Sources } from '../source/source.ts'

/** What the process ends with. */
export const exit = {
  ok: 0,
  /** There were errors in what was given: a spec, a checkpoint, a machine without WebGPU. */
  diagnostics: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** A mistake of gdnc. */
  internal: 3,
} as const

/** Ends a command with diagnostics. */
export class Failed extends Error {
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: Sources
  constructor(diagnostics: readonly Diagnostic[], sources: Sources = new Map()) {
    super(diagnostics.map(({ message }) => message).join('\n'))
    this.name = 'Failed'
    this.diagnostics = diagnostics
    this.sources = sources
  }
}

/** Ends a command because of an argument: what was found, what was expected. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
