import { constant, type Dim, printDim, printSize } from '../dims/index.ts'
import type { NodeId, ValueType } from '../graph/graph.ts'
import type { Init } from '../model/model.ts'
import type { Span } from '../source/source.ts'
import type { FunctionDecl, LayerDecl, Name } from '../syntax/ast.ts'
import type { Builtin } from './builtins/builtin.ts'
import type { Bank, Frame, Place } from './frame.ts'
import type { BodyDefinition, FileScope } from './program.ts'
import type { Segment } from './segment.ts'

/** What an expression stands for while a model is elaborated. `poison` is what has been reported already: nothing more is said of it. */
export type Value =
  | { readonly kind: 'poison' }
  | NumberValue
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'range'; readonly from: NumberValue | undefined; readonly to: NumberValue | undefined }
  | { readonly kind: 'init'; readonly init: Init }
  | TensorValue
  /** The parts of a `split`. */
  | { readonly kind: 'parts'; readonly items: readonly TensorValue[] }
  | RecipeValue
  | SharedValue
  | { readonly kind: 'function'; readonly callee: FunctionCallee }

export interface NumberValue {
  readonly kind: 'number'
  readonly value: number
  /** Its normal form over the sizes in scope, where it is made of sizes. */
  readonly form: Dim | undefined
}

export interface TensorValue {
  readonly kind: 'tensor'
  readonly node: NodeId
  readonly type: ValueType
  /** Normal forms of the feature axes, over the sizes in scope; as many as `type.shape`. */
  readonly forms: readonly Dim[]
  /** The tokens that it has, where these are not all. */
  readonly segment?: Segment | undefined
  /** What `.name` gives: side results, weights, final states. */
  readonly members?: Members | undefined
}

export interface Members {
  readonly names: () => readonly string[]
  readonly get: (name: string, span: Span) => Value | undefined
}

/** A layer with some of its arguments: it has no weights until it is applied. */
export interface RecipeValue {
  readonly kind: 'recipe'
  readonly callee: LayerCallee
  readonly given: Given
  readonly as: Name | undefined
  readonly span: Span
  /** Where it was made, if that is not the call that applies it: what is wrong with its arguments is said there. */
  readonly made?: Span
  /** The owner of its weights, if that is not the place where it is applied: a parameter that a shared value leaves open. */
  readonly place?: Place
}

/** `shared m = recipe`: weights at one path, whoever applies it. */
export interface SharedValue {
  readonly kind: 'shared'
  readonly recipe: RecipeValue
  readonly path: string
  /** Of the experts that it is a part of. */
  readonly bank?: Bank | undefined
  readonly weight: (name: string, span: Span) => Value | undefined
  readonly weightNames: () => readonly string[]
}

/** Arguments by parameter or input name. */
export type Given = ReadonlyMap<string, Argument>

export interface Argument {
  readonly value: Value
  readonly span: Span
  /** Whether it was written `name: value`. */
  readonly named: boolean
}

export type LayerCallee =
  | { readonly kind: 'layer'; readonly decl: LayerDecl; readonly scope: FileScope }
  | { readonly kind: 'builtin'; readonly builtin: Builtin }

export type FunctionCallee =
  | { readonly kind: 'pointwise'; readonly fn: string }
  | { readonly kind: 'function'; readonly decl: FunctionDecl; readonly scope: FileScope }
  | { readonly kind: 'body'; readonly decl: BodyDefinition; readonly scope: FileScope }
  | { readonly kind: 'init'; readonly fn: string }
  /** Works on compile-time numbers (`round_up`) or in bodies only (`outer`). */
  | { readonly kind: 'special'; readonly name: string }

export type { Frame }

export const poison: Value = { kind: 'poison' }
export const none: Value = { kind: 'none' }
export const orPoison = (value: Value | undefined): Value => value ?? poison
export const flag = (value: boolean): Value => ({ kind: 'flag', value })
export const text = (value: string): Value => ({ kind: 'text', value })

export const number = (value: number, form?: Dim): NumberValue => ({
  kind: 'number',
  value,
  form: form ?? (Number.isSafeInteger(value) ? constant(value) : undefined),
})

export const calleeName = (callee: LayerCallee): string => (callee.kind === 'layer' ? callee.decl.name.text : callee.builtin.name)

/** `f32[B, T, heads = 9, key = 192]` */
export function describeTensor({ type, forms }: Pick<TensorValue, 'type' | 'forms'>): string {
  const roles = [...(type.batch ? ['B'] : []), ...(type.time ? ['T'] : [])]
  const sizes = type.shape.map((size, axis) => printSize(forms[axis] ?? constant(size), size))
  return roles.length + sizes.length === 0 ? type.dtype : `${type.dtype}[${[...roles, ...sizes].join(', ')}]`
}

/** What a value is, in the user's words. */
export function describe(value: Value): string {
  switch (value.kind) {
    case 'poison':
      return 'something wrong'
    case 'number':
      return value.form === undefined || printDim(value.form) === String(value.value)
        ? `the number ${value.value}`
        : `the number ${printSize(value.form, value.value)}`
    case 'flag':
      return `\`${value.value}\``
    case 'text':
      return `the text "${value.value}"`
    case 'none':
      return '`none`'
    case 'list':
      return `a list of ${value.items.length}`
    case 'range':
      return 'a range'
    case 'init':
      return 'a starting value'
    case 'tensor':
      return `a tensor ${describeTensor(value)}`
    case 'parts':
      return `${value.items.length} tensors`
    case 'recipe':
      return `a layer (\`${calleeName(value.callee)}\` with an open input)`
    case 'shared':
      return `a shared layer (\`${calleeName(value.recipe.callee)}\`)`
    case 'function':
      return 'a function'
  }
}

/** The same compile-time value. */
export function sameValue(a: Value, b: Value): boolean {
  if (a.kind === 'number' && b.kind === 'number') return a.value === b.value
  if (a.kind === 'flag' && b.kind === 'flag') return a.value === b.value
  if (a.kind === 'text' && b.kind === 'text') return a.value === b.value
  return a.kind === 'none' && b.kind === 'none'
}
