import * as messages from '../diagnostics/catalogue/check.ts'
import type { Init } from '../model/model.ts'
import type { Span } from '../source/source.ts'
import type { Reporter } from './report.ts'
import { describeKind, type ParamKind, type Signature, signatureOf } from './signature.ts'
import { asSize } from './size.ts'
import { calleeName, describe, type RecipeValue, type SharedValue, type Value } from './value.ts'

/**
 * The value as what a parameter takes; poison where it is something else, which is reported. `none` passes: it is what an optional
 * parameter is where it is not given.
 *
 * @param length the wanted length of a list, where the parameter says one
 */
export function coerce(value: Value, kind: ParamKind, span: Span, reporter: Reporter, length?: number): Value {
  if (value.kind === 'poison' || value.kind === 'none') return value
  const refuse = (expected = describeKind(kind)): Value => {
    reporter.report(messages.wrongKind.at(span, { found: describe(value), expected }))
    return { kind: 'poison' }
  }
  switch (kind.kind) {
    case 'any':
      return value
    case 'size':
      return asSize(value, span, reporter) ?? { kind: 'poison' }
    case 'real':
      return value.kind === 'number' ? value : refuse()
    case 'init':
    case 'flag':
    case 'range':
    case 'tensor':
      return value.kind === kind.kind ? value : refuse()
    case 'text':
      return value.kind === 'text' ? value : refuse()
    case 'layer':
    case 'definition':
      return coerceLayer(value, kind as LayerKind, span, reporter)
    case 'list': {
      if (value.kind === 'text' && kind.of.kind === 'text')
        return { kind: 'list', items: [...value.value].map((letter) => ({ kind: 'text', value: letter })) }
      if (value.kind !== 'list') return refuse()
      if (length !== undefined && value.items.length !== length) return refuse(`a list of ${length}`)
      if (value.items.some((item) => item.kind === 'none')) return refuse()
      const items = value.items.map((item) => coerce(item, kind.of, span, reporter))
      return items.some((item) => item.kind === 'poison') ? { kind: 'poison' } : { kind: 'list', items }
    }
    case 'either': {
      const fitting = kind.of.find((one) => accepts(value, one))
      return fitting === undefined ? refuse() : coerce(value, fitting, span, reporter)
    }
  }
}

/** Whether a value is of a kind at all; whether it fits in every way is `coerce`'s matter. */
function accepts(value: Value, kind: ParamKind): boolean {
  switch (kind.kind) {
    case 'any':
      return true
    case 'size':
    case 'real':
      return value.kind === 'number'
    case 'layer':
    case 'definition':
      return value.kind === 'recipe' || value.kind === 'shared'
    case 'either':
      return kind.of.some((one) => accepts(value, one))
    default:
      return value.kind === kind.kind
  }
}

export function asInit(value: Value): Init | undefined {
  if (value.kind === 'init') return value.init
  if (value.kind === 'number') return value.value
  if (value.kind !== 'list') return undefined
  const numbers = value.items.flatMap((item) => (item.kind === 'number' ? [item.value] : []))
  return numbers.length === value.items.length ? numbers : undefined
}

type LayerKind = { readonly kind: 'layer' } | Extract<ParamKind, { kind: 'definition' }>

function coerceLayer(value: Value, kind: LayerKind, span: Span, reporter: Reporter): Value {
  const recipe = value.kind === 'shared' ? value.recipe : value.kind === 'recipe' ? value : undefined
  if (recipe === undefined) {
    reporter.report(messages.wrongKind.at(span, { found: describe(value), expected: describeKind(kind) }))
    return { kind: 'poison' }
  }
  const name = calleeName(recipe.callee)
  if (kind.kind === 'definition') {
    if (recipe.callee.kind === 'layer' && recipe.callee.decl === kind.decl) return value
    reporter.report(messages.wrongKind.at(span, { found: `a layer made with \`${name}\``, expected: describeKind(kind) }))
    return { kind: 'poison' }
  }
  const open = openInputs(signatureOf(recipe.callee), recipe)
  if (open.length === 1) return value
  const found = open.length === 0 ? `\`${name}\` with no open input` : `\`${name}\` with ${open.length} open inputs (${open.join(', ')})`
  reporter.report(messages.wrongKind.at(span, { found, expected: describeKind(kind) }))
  return { kind: 'poison' }
}

export const openInputs = (signature: Signature, { given }: Pick<RecipeValue, 'given'>): readonly string[] =>
  signature.inputs.filter((input) => !input.optional && !given.has(input.name)).map(({ name }) => name)

/** The one input that a layer value leaves open. */
export function openInput(layer: RecipeValue | SharedValue): string {
  const recipe = layer.kind === 'shared' ? layer.recipe : layer
  return openInputs(signatureOf(recipe.callee), recipe)[0] ?? ''
}
