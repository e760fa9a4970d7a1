import { format } from '../syntax/format/format.ts'
import { literal } from './literal.ts'
import type { Source } from './source.ts'

/** What a family says of one checkpoint; `writeSpec` makes the text of it. */
export interface Sheet {
  /** Of the model. */
  readonly name: string
  /** What the family is, and where it is described. */
  readonly doc: string
  readonly params: readonly Param[]
  /** Items of the stack. */
  readonly stack: string
  /** Blocks and layers that the library does not have. */
  readonly definitions?: string
  /** Entries of the mapping. */
  readonly rules: string
  /** What config.json must say besides: a value that the spec has built in. */
  readonly expect?: readonly Expectation[]
}

type Scalar = number | boolean | string | null

export interface Expectation {
  readonly key: string
  readonly value: Scalar
}

/** A parameter of the model, with the value that this checkpoint has. */
export interface Param {
  readonly name: string
  readonly kind: 'size' | 'real' | 'flag' | 'text' | 'layer' | `real[${number}]` | `size[${string}]`
  /** Of a layer: the text of its recipe. */
  readonly value: Scalar | readonly number[]
  /** Where config.json has it; expected only where the file does have it. */
  readonly key: string | undefined
  /** What config.json has there, if that is not the parameter itself. */
  readonly is: string | undefined
  readonly comment: string | undefined
}

interface More {
  readonly comment?: string
  readonly is?: string
}

const scalar =
  <V extends Param['value']>(kind: Param['kind']) =>
  (name: string, value: V | undefined, key?: string, { comment, is }: More = {}): Param => ({
    name,
    kind,
    value: value ?? null,
    key,
    is,
    comment,
  })

/** `param.size('d', 48, 'hidden_size')`; a value that is undefined is written `none`. */
export const param = {
  size: scalar<number | null>('size'),
  real: scalar<number | null>('real'),
  flag: scalar<boolean>('flag'),
  text: scalar<string>('text'),
  layer: (name: string, recipe: string, more: More = {}): Param => scalar<string>('layer')(name, recipe, undefined, more),
  /** A list, as long as the parameter `count` says. */
  sizes: (name: string, count: string, value: readonly number[], key?: string, more: More = {}): Param =>
    scalar<readonly number[]>(`size[${count}]`)(name, value, key, more),
  reals: (name: string, value: readonly number[], key?: string, more: More = {}): Param =>
    scalar<readonly number[]>(`real[${value.length}]`)(name, value, key, more),
} as const

/** The spec of a checkpoint, formatted. `type` is the family's name, where it stands in config.json. */
export function writeSpec(sheet: Sheet, source: Source, type: Expectation): string {
  const { name, doc, params, stack, definitions = '', rules } = sheet
  return format(`gdn 1

${doc.replace(/^/gm, '/// ')}
model ${name}(
${params.map(parameter).join('\n')}
) {
  dim B: batch
  dim T: time

  input tokens: u32[B, T]
  output logits: f32[B, T, vocab]

  stack {
${stack}
  }
}

${definitions}

checkpoint ${name} from safetensors {
${rules}
${expectations(sheet, source, type).join('\n')}
}
`)
}

function parameter({ name, kind, value, comment }: Param): string {
  const written =
    typeof value === 'object' && value !== null ? `[${value.map(literal).join(', ')}]` : kind === 'layer' ? value : literal(value)
  return `${comment === undefined ? '' : `  /// ${comment}\n`}  ${name}: ${kind} = ${written},`
}

function expectations({ params, expect = [] }: Sheet, source: Source, type: Expectation): string[] {
  const line = (key: string, value: string): string => `expect ${JSON.stringify(key)} == ${value}`
  return [
    line(type.key, literal(type.value)),
    ...params.flatMap(({ name, key, is, value }) => {
      if (key === undefined || !source.given(key)) return []
      if (typeof value !== 'object' || value === null) return [line(source.key(key), is ?? name)]
      return value.map((_, i) => line(source.key(`${key}.${i}`), `${name}[${i}]`))
    }),
    ...expect.filter(({ key }) => source.given(key)).map(({ key, value }) => line(source.key(key), literal(value))),
  ]
}
