import type { BodyParam, KindType, LayerDecl, Statement, TensorTypeExpr } from '../syntax/ast.ts'
import type { FileScope } from './program.ts'
import type { LayerCallee } from './value.ts'

/** What a layer can be given, in the order in which it takes it. */
export interface Signature {
  readonly inputs: readonly SignatureInput[]
  /** Any number of further inputs (`concat`). */
  readonly moreInputs: boolean
  readonly params: readonly SignatureParam[]
  /** The parameter that takes all further positional arguments, as a list (`split`). */
  readonly rest: string | undefined
}

export interface SignatureInput {
  readonly name: string
  readonly optional: boolean
}

export interface SignatureParam {
  readonly name: string
  readonly kind: ParamKind
  readonly optional: boolean
}

/** A kind of compile-time value; `tensor` for what is given by name only (`weight:`). */
export type ParamKind =
  | { readonly kind: 'size' | 'real' | 'flag' | 'text' | 'init' | 'layer' | 'range' | 'tensor' | 'any' }
  /** A layer of one known definition. */
  | { readonly kind: 'definition'; readonly name: string; readonly decl: LayerDecl }
  | { readonly kind: 'list'; readonly of: ParamKind; readonly type: KindType | undefined }
  /** Either of several. */
  | { readonly kind: 'either'; readonly of: readonly ParamKind[] }

const simple = new Set(['size', 'real', 'flag', 'text', 'init', 'layer'])

/** @param scope the file that the kind is written in; a kind that is no layer there takes anything, since that is reported where it stands */
export function kindOf(type: KindType, scope: FileScope): ParamKind {
  const name = type.name.text
  const decl = simple.has(name) ? undefined : scope.find(name)?.decl
  const single: ParamKind = simple.has(name)
    ? { kind: name as 'size' }
    : decl?.kind === 'layer'
      ? { kind: 'definition', name, decl }
      : { kind: 'any' }
  return type.length === undefined ? single : { kind: 'list', of: single, type }
}

export function describeKind(kind: ParamKind): string {
  switch (kind.kind) {
    case 'size':
      return 'a size'
    case 'real':
      return 'a number'
    case 'flag':
      return '`true` or `false`'
    case 'text':
      return 'a text'
    case 'init':
      return 'a starting value'
    case 'layer':
      return 'a layer with one open input'
    case 'range':
      return 'a range'
    case 'tensor':
      return 'a tensor'
    case 'any':
      return 'a value'
    case 'definition':
      return `a layer made with \`${kind.name}\``
    case 'list':
      return `a list, each ${describeKind(kind.of)}`
    case 'either':
      return kind.of.map(describeKind).join(' or ')
  }
}

export type InStatement = Extract<Statement, { kind: 'in' }>

export const inputsOf = (decl: LayerDecl): readonly InStatement[] => decl.body.filter((statement) => statement.kind === 'in')

const cache = new WeakMap<LayerDecl, Signature>()

export function signatureOf(callee: LayerCallee): Signature {
  return callee.kind === 'builtin' ? callee.builtin.signature : layerSignature(callee.decl, callee.scope)
}

export function layerSignature(decl: LayerDecl, scope: FileScope): Signature {
  const known = cache.get(decl)
  if (known !== undefined) return known
  const signature: Signature = {
    inputs: inputsOf(decl).map((statement) => ({ name: statement.name.text, optional: statement.default !== undefined })),
    moreInputs: false,
    params: decl.params.map((param) => ({ name: param.name.text, kind: kindOf(param.type, scope), optional: param.default !== undefined })),
    rest: undefined,
  }
  cache.set(decl, signature)
  return signature
}

/** The tensor type of a body's parameter; undefined for a compile-time one. */
export const tensorType = (param: BodyParam): TensorTypeExpr | undefined => (param.isTensor ? (param.type as TensorTypeExpr) : undefined)

/** Arguments that a call of a body takes beside the parameters of its definition. */
export const callOnly: Readonly<Record<'recurrence' | 'attention', readonly string[]>> = {
  recurrence: ['chunk', 'initial', 'reset'],
  attention: ['reset'],
}
