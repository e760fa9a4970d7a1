import type { Dim } from '../../dims/index.ts'
import type { Attributes } from '../../graph/graph.ts'
import type { Init } from '../../model/model.ts'
import type { Span } from '../../source/source.ts'
import { moreInput } from '../bind.ts'
import { coerce } from '../coerce.ts'
import type { Elaboration } from '../elaboration.ts'
import type { Frame, Place } from '../frame.ts'
import type { ParamKind, Signature, SignatureParam } from '../signature.ts'
import { type Argument, type Given, type NumberValue, none, type TensorValue, type Value } from '../value.ts'

/** A layer that is not written in the language: one op with its weights, or a view. */
export interface Builtin {
  readonly name: string
  /** One line for hover texts. */
  readonly doc: string
  readonly signature: Signature
  /** Whether it has weights of its own, and so an instance and a path. */
  readonly weights: boolean
  readonly apply: (call: BuiltinCall) => Value | undefined
}

/** One complete application of a built-in layer. */
export class BuiltinCall {
  readonly e: Elaboration
  readonly frame: Frame
  readonly place: Place
  readonly span: Span
  readonly name: string
  readonly #given: Given
  readonly #made: Span
  readonly #params: readonly SignatureParam[]

  constructor(e: Elaboration, builtin: Builtin, given: Given, frame: Frame, place: Place, span: Span, made: Span) {
    this.e = e
    this.frame = frame
    this.place = place
    this.span = span
    this.name = builtin.name
    this.#given = given
    this.#made = made
    this.#params = builtin.signature.params
  }

  /** An input that the signature requires. */
  input(name: string): Input {
    const arg = this.#given.get(name) as Argument
    return { value: arg.value as TensorValue, span: arg.span }
  }

  moreInputs(): readonly Input[] {
    const found: Input[] = []
    for (let i = 0; this.#given.has(moreInput(i)); i++) found.push(this.input(moreInput(i)))
    return found
  }

  /** A parameter in the kind that the signature says; `none` where it is not given, undefined where it is wrong, which is reported. */
  param(name: string): Value | undefined {
    const arg = this.#given.get(name)
    if (arg === undefined) return none
    const kind = this.#params.find((param) => param.name === name)?.kind ?? { kind: 'any' }
    const value = coerce(arg.value, kind, arg.span, this.e.reporter)
    return value.kind === 'poison' ? undefined : value
  }

  /** The text of an argument, or where it should have been. */
  spanOf(name: string): Span {
    return this.#given.get(name)?.span ?? this.#made
  }

  number(name: string, otherwise: number): number | undefined {
    const value = this.param(name)
    if (value === undefined) return undefined
    return value.kind === 'number' ? value.value : otherwise
  }

  flag(name: string, otherwise: boolean): boolean | undefined {
    const value = this.param(name)
    if (value === undefined) return undefined
    return value.kind === 'flag' ? value.value : otherwise
  }

  init(name: string, otherwise: Init): Init | undefined {
    const value = this.param(name)
    if (value === undefined) return undefined
    return value.kind === 'init' ? value.init : otherwise
  }

  weight(name: string, shape: readonly number[], forms: readonly Dim[], init: Init): TensorValue | undefined {
    return this.e.weights.make(this.place, name, shape, forms, init, this.frame, this.span)
  }

  emit(
    op: string,
    inputs: readonly { readonly value: TensorValue; readonly span?: Span }[],
    attrs: Attributes,
    forms?: readonly Dim[],
  ): TensorValue | undefined {
    return this.e.emit(op, inputs, attrs, forms, this.frame, this.span)
  }
}

export interface Input {
  readonly value: TensorValue
  readonly span: Span
}

export const size: ParamKind = { kind: 'size' }
export const real: ParamKind = { kind: 'real' }
export const flagKind: ParamKind = { kind: 'flag' }
export const textKind: ParamKind = { kind: 'text' }
export const init: ParamKind = { kind: 'init' }
export const tensor: ParamKind = { kind: 'tensor' }
export const range: ParamKind = { kind: 'range' }
export const sizes: ParamKind = { kind: 'list', of: size, type: undefined }
export const either = (...of: readonly ParamKind[]): ParamKind => ({ kind: 'either', of })

export const required = (name: string, kind: ParamKind): SignatureParam => ({ name, kind, optional: false })
export const optional = (name: string, kind: ParamKind): SignatureParam => ({ name, kind, optional: true })

export function signature(inputs: readonly string[], params: readonly SignatureParam[] = [], more: Partial<Signature> = {}): Signature {
  return { inputs: inputs.map((name) => ({ name, optional: false })), moreInputs: false, params, rest: undefined, ...more }
}

/** The items of a list of sizes, or one size as a list of it. */
export const sizeList = (value: Value): readonly NumberValue[] =>
  value.kind === 'list' ? (value.items as readonly NumberValue[]) : value.kind === 'number' ? [value] : []
