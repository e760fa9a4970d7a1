import type { Span } from '../source/source.ts'
import type { Expr } from '../syntax/ast.ts'

/**
 * Sees what the expressions of a spec stand for while its models are elaborated: for editors. One expression is seen once for every
 * application of the definition around it. `describe` gives the value in the user's words, in Markdown-free text.
 */
export interface Observer {
  /** A value that is not poison. */
  value(expression: Expr, describe: () => string): void
  /** What the map axes of a body's call share, a line for each parameter. */
  mapped(call: Span, describe: () => readonly string[]): void
}
