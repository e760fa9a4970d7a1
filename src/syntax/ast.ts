import type { Span } from '../source/source.ts'
import type { CheckpointDecl } from './ast-checkpoints.ts'

export type * from './ast-checkpoints.ts'

/**
 * The abstract syntax of edition 1: plain readonly data, discriminated by `kind`, every node with its span.
 * What recovery could not read is a `missing` expression or statement; later stages treat it as already reported.
 */

/** `text` is empty where recovery had to invent the name: poison, already reported. */
export interface Name {
  readonly text: string
  readonly span: Span
}

/** The lines of `///` above a declaration, without the slashes, joined by newlines. */
export type Doc = string | undefined

export interface File {
  readonly kind: 'file'
  readonly span: Span
  /** The number after `gdn`; undefined where the header is missing (which the parser reports). */
  readonly edition: number | undefined
  readonly imports: readonly Import[]
  readonly declarations: readonly Declaration[]
}

/** `import PreNorm, Single as One from "./blocks.gdn"` */
export interface Import {
  readonly kind: 'import'
  readonly span: Span
  readonly names: readonly { readonly name: Name; readonly as: Name | undefined }[]
  readonly from: TextLiteral
}

export type Declaration =
  | ModelDecl
  | ModelApplication
  | LayerDecl
  | RecurrenceDecl
  | AttentionDecl
  | FunctionDecl
  | InitDecl
  | CheckpointDecl

/** `model H1(d: size = 2304) { ... }` */
export interface ModelDecl {
  readonly kind: 'model'
  readonly span: Span
  readonly doc: Doc
  readonly name: Name
  readonly params: readonly Param[]
  readonly body: readonly Statement[]
}

/** `model Tiny = H1(d: 256)` */
export interface ModelApplication {
  readonly kind: 'modelApplication'
  readonly span: Span
  readonly doc: Doc
  readonly name: Name
  readonly value: Expr
}

/** `layer` and `block` have one grammar and one meaning; `keyword` is kept for the formatter. */
export interface LayerDecl {
  readonly kind: 'layer'
  readonly keyword: 'layer' | 'block'
  readonly span: Span
  readonly doc: Doc
  readonly name: Name
  readonly params: readonly Param[]
  readonly body: readonly Statement[]
}

/** A compile-time parameter: `heads: size = 4`, `mult: real[5] = [..]`, `mix: layer`, `core: SharedCore`. */
export interface Param {
  readonly kind: 'param'
  readonly span: Span
  readonly doc: Doc
  readonly name: Name
  readonly type: KindType
  readonly default: Expr | undefined
}

/** `size`, `real`, `flag`, `text`, `init`, `layer`, or the name of a layer definition; `length` for `size[n]`. */
export interface KindType {
  readonly span: Span
  readonly name: Name
  /** `size[n]`; undefined where there are no brackets, `null` for `size[]` (any length). */
  readonly length: Expr | null | undefined
}

/** `f32[B, T, .., d]`, `f32` (a scalar), with an optional range `in 0 .. 2`. */
export interface TensorTypeExpr {
  readonly span: Span
  readonly dtype: Name
  readonly axes: readonly AxisExpr[]
  readonly range: RangeExpr | undefined
}
export type AxisExpr = { readonly kind: 'axis'; readonly size: Expr; readonly span: Span } | { readonly kind: 'rest'; readonly span: Span }

export interface RecurrenceDecl {
  readonly kind: 'recurrence'
  readonly span: Span
  readonly doc: Doc
  readonly name: Name
  readonly params: readonly BodyParam[]
  readonly result: TensorTypeExpr
  readonly body: readonly RecurrenceStatement[]
}

export interface AttentionDecl {
  readonly kind: 'attention'
  readonly span: Span
  readonly doc: Doc
  readonly name: Name
  readonly params: readonly BodyParam[]
  readonly result: TensorTypeExpr
  readonly body: readonly AttentionStatement[]
}

/** `q: f32[K]`, `q[i]: f32[D]`, `window: size = none`, `sink: f32 = none`. Tensor and compile-time kinds mix here. */
export interface BodyParam {
  readonly kind: 'bodyParam'
  readonly span: Span
  readonly doc: Doc
  readonly name: Name
  /** `i` or `j` of an attention parameter. */
  readonly side: Name | undefined
  readonly type: TensorTypeExpr | KindType
  readonly isTensor: boolean
  readonly default: Expr | undefined
}

export type RecurrenceStatement =
  | { readonly kind: 'state'; readonly span: Span; readonly name: Name; readonly type: TensorTypeExpr; readonly init: Expr | undefined }
  | { readonly kind: 'assign'; readonly span: Span; readonly name: Name; readonly value: Expr }
  | {
      readonly kind: 'for'
      readonly span: Span
      readonly variable: Name
      readonly over: Expr
      readonly body: readonly RecurrenceStatement[]
    }
  | { readonly kind: 'out'; readonly span: Span; readonly value: Expr }
  | MissingStatement

export type AttentionStatement =
  | { readonly kind: 'where'; readonly span: Span; readonly condition: Expr }
  | { readonly kind: 'assign'; readonly span: Span; readonly name: Name; readonly value: Expr }
  /** `out softmax(s, sink: c) of v`: `weighting` is the call, `of` the value. */
  | { readonly kind: 'outOf'; readonly span: Span; readonly weighting: Expr; readonly of: Expr }
  | MissingStatement

/** `function clamp_swiglu(a: f32, x: f32[V]) = e` */
export interface FunctionDecl {
  readonly kind: 'function'
  readonly span: Span
  readonly doc: Doc
  readonly name: Name
  readonly params: readonly BodyParam[]
  readonly value: Expr
}

/** `init A_start = log(uniform(1, 16))` */
export interface InitDecl {
  readonly kind: 'init'
  readonly span: Span
  readonly doc: Doc
  readonly name: Name
  readonly value: Expr
}

/** Statements of a model, layer or block body. Which may stand where is the checker's matter. */
export type Statement =
  | { readonly kind: 'size'; readonly span: Span; readonly doc: Doc; readonly name: Name; readonly value: Expr | undefined }
  | { readonly kind: 'dim'; readonly span: Span; readonly doc: Doc; readonly name: Name; readonly role: Name }
  | { readonly kind: 'input'; readonly span: Span; readonly doc: Doc; readonly name: Name; readonly type: TensorTypeExpr }
  | { readonly kind: 'output'; readonly span: Span; readonly doc: Doc; readonly name: Name; readonly type: TensorTypeExpr }
  /** `in x: f32[B, T, d]`, `in at: u32[B, T] = position` */
  | {
      readonly kind: 'in'
      readonly span: Span
      readonly doc: Doc
      readonly name: Name
      readonly type: TensorTypeExpr
      readonly default: Expr | undefined
    }
  | {
      readonly kind: 'weight'
      readonly span: Span
      readonly doc: Doc
      readonly name: Name
      readonly type: TensorTypeExpr
      readonly init: Expr | undefined
    }
  | { readonly kind: 'shared'; readonly span: Span; readonly doc: Doc; readonly name: Name; readonly value: Expr }
  /** `a = e`, `a, b = e`, `q: f32[B, T, h, k] = e` (the type asserts, for one target only). */
  | {
      readonly kind: 'bind'
      readonly span: Span
      readonly targets: readonly Name[]
      readonly type: TensorTypeExpr | undefined
      readonly value: Expr
    }
  /** `out e`, `out v_first = v` */
  | { readonly kind: 'out'; readonly span: Span; readonly name: Name | undefined; readonly value: Expr }
  /** A bare `stack { .. }` in a model. */
  | { readonly kind: 'stack'; readonly span: Span; readonly stack: StackExpr }
  | { readonly kind: 'require'; readonly span: Span; readonly conditions: readonly Expr[] }
  | { readonly kind: 'precision'; readonly span: Span; readonly entries: readonly PrecisionEntry[] }
  | MissingStatement

export interface MissingStatement {
  readonly kind: 'missing'
  readonly span: Span
}

/** `weights = f16`, `"*.A_log" = f32` */
export interface PrecisionEntry {
  readonly span: Span
  readonly key: Name | TextLiteral
  readonly dtype: Name
}

// Expressions

export type Expr =
  | NumberLiteral
  | TextLiteral
  | NameExpr
  | ListExpr
  | RangeExpr
  | CallExpr
  | AsExpr
  | PipeExpr
  | BinaryExpr
  | UnaryExpr
  | IndexExpr
  | MemberExpr
  | CaseExpr
  | StackExpr
  | ParenExpr
  | MissingExpr

/** `32_000`, `2M`, `256KiB`, `1e-4`: `value` has the suffix applied; `isInteger` says whether the spelling was one. */
export interface NumberLiteral {
  readonly kind: 'number'
  readonly span: Span
  readonly value: number
  readonly isInteger: boolean
  readonly text: string
}
export interface TextLiteral {
  readonly kind: 'text'
  readonly span: Span
  readonly value: string
}
/** A name, also `true`, `false`, `none`, `position`: the checker gives them their meaning. */
export interface NameExpr {
  readonly kind: 'name'
  readonly span: Span
  readonly name: string
}
export interface ListExpr {
  readonly kind: 'list'
  readonly span: Span
  readonly items: readonly Expr[]
}
/** `0 .. n`, `.. point`, `point ..` */
export interface RangeExpr {
  readonly kind: 'range'
  readonly span: Span
  readonly from: Expr | undefined
  readonly to: Expr | undefined
}
export interface CallExpr {
  readonly kind: 'call'
  readonly span: Span
  readonly callee: Expr
  readonly args: readonly Argument[]
}
export interface Argument {
  readonly span: Span
  readonly name: Name | undefined
  readonly value: Expr
}
/** `linear(x, 8) as q_proj`: a postfix on a primary, tighter than any operator. */
export interface AsExpr {
  readonly kind: 'as'
  readonly span: Span
  readonly value: Expr
  readonly name: Name
}
/** `x | f(a) as n` means `f(x, a) as n`; `right` is a name, a call, or an `as` around one. Lowest precedence. */
export interface PipeExpr {
  readonly kind: 'pipe'
  readonly span: Span
  readonly left: Expr
  readonly right: Expr
}
export type BinaryOp = '+' | '-' | '*' | '/' | '%' | '^' | '<' | '<=' | '>' | '>=' | '==' | '!=' | 'and' | 'or'
export interface BinaryExpr {
  readonly kind: 'binary'
  readonly span: Span
  readonly op: BinaryOp
  readonly left: Expr
  readonly right: Expr
}
export interface UnaryExpr {
  readonly kind: 'unary'
  readonly span: Span
  readonly op: '-' | 'not'
  readonly value: Expr
}
export interface IndexExpr {
  readonly kind: 'index'
  readonly span: Span
  readonly value: Expr
  readonly index: Expr
}
export interface MemberExpr {
  readonly kind: 'member'
  readonly span: Span
  readonly value: Expr
  readonly name: Name
}
/** `case v { "a": e, 3: e, none: e, else: e }`; keys are literals or names (`true`, `none`). */
export interface CaseExpr {
  readonly kind: 'case'
  readonly span: Span
  readonly subject: Expr
  readonly arms: readonly { readonly key: Expr; readonly value: Expr; readonly span: Span }[]
  readonly otherwise: Expr | undefined
}
/** `stack { .. }` or `stack(x) { .. }` */
export interface StackExpr {
  readonly kind: 'stackExpr'
  readonly span: Span
  readonly input: Expr | undefined
  readonly items: readonly StackItem[]
}
export interface ParenExpr {
  readonly kind: 'paren'
  readonly span: Span
  readonly value: Expr
}
export type MissingExpr = MissingStatement

export type StackItem =
  /** A recipe: `PreNorm(..)`, `rms_norm() as norm`, `embed as start`. */
  | { readonly kind: 'item'; readonly span: Span; readonly value: Expr }
  | { readonly kind: 'repeat'; readonly span: Span; readonly count: Expr; readonly items: readonly StackItem[] }
  | { readonly kind: 'for'; readonly span: Span; readonly variable: Name; readonly over: Expr; readonly items: readonly StackItem[] }
  | {
      readonly kind: 'caseItem'
      readonly span: Span
      readonly subject: Expr
      readonly arms: readonly { readonly key: Expr; readonly items: readonly StackItem[]; readonly span: Span }[]
      readonly otherwise: readonly StackItem[] | undefined
    }
  | { readonly kind: 'shared'; readonly span: Span; readonly doc: Doc; readonly name: Name; readonly value: Expr }
  | MissingStatement
