import type { Expr } from '../../syntax/ast.ts'

/** A value that is known when the spec is compiled. */
export type Scalar = number | string | boolean | null

/** What the `for`s around an entry of a mapping give. */
export type Locals = ReadonlyMap<string, Scalar>

/**
 * The value of an expression over a model's parameters and sizes, and over `locals`; undefined if it has none. It should not report that
 * itself. A list or a range, which a `for` runs through, gives its items.
 */
export type Evaluate = (expression: Expr, locals: Locals) => Scalar | readonly Scalar[] | undefined
