import type { Span } from '../source/source.ts'
import type { Argument, Doc, Expr, MissingStatement, Name, TextLiteral } from './ast.ts'

/** `checkpoint Qwen3Next from safetensors { .. }`: for the model of that name. */
export interface CheckpointDecl {
  readonly kind: 'checkpoint'
  readonly span: Span
  readonly doc: Doc
  readonly name: Name
  readonly format: Name
  readonly entries: readonly CheckpointEntry[]
}

/**
 * Names of tensors or weights, or a prefix of them: `{i}` is a number and `{p=q|k}` one of a list. What else stands in braces is
 * `computed` when the spec is compiled: an expression, or a name that a `for` around it gives.
 */
export interface PatternText extends TextLiteral {
  readonly computed?: readonly Expr[]
}

export type CheckpointEntry =
  /** `"ours" <- "theirs" | transform ..`, `optional "ours" <- "theirs"`, `"ours" <- zeros` (theirs is a name) */
  | {
      readonly kind: 'rule'
      readonly span: Span
      readonly optional: boolean
      readonly ours: PatternText
      readonly theirs: PatternText | Name
      readonly transforms: readonly Transform[]
    }
  | {
      readonly kind: 'group'
      readonly span: Span
      readonly ours: PatternText
      readonly theirs: PatternText
      readonly entries: readonly CheckpointEntry[]
    }
  /** `for u in 0 .. n { .. }`: the entries once for each value. */
  | {
      readonly kind: 'for'
      readonly span: Span
      readonly variable: Name
      readonly over: Expr
      readonly entries: readonly CheckpointEntry[]
    }
  | { readonly kind: 'ignore'; readonly span: Span; readonly pattern: PatternText }
  /** `expect "key" or "older_key" == value`: of the keys, the first that the file has. */
  | { readonly kind: 'expect'; readonly span: Span; readonly keys: readonly PatternText[]; readonly value: Expr }
  | MissingStatement

export interface Transform {
  readonly span: Span
  readonly name: Name
  readonly args: readonly Argument[]
}
