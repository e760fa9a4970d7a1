import * as messages from '../../diagnostics/catalogue/check.ts'
import { constant, constantValue, type Dim, named, printSize, substitute } from '../../dims/index.ts'
import { type MappingProblem, mapArguments } from '../../graph/mapping.ts'
import type { Span } from '../../source/source.ts'
import type { Name } from '../../syntax/ast.ts'
import type { Elaboration } from '../elaboration.ts'
import type { Frame } from '../frame.ts'
import { describeTensor, number } from '../value.ts'
import type { TensorArgument } from './arguments.ts'

/** Unifies the declared shapes with the last axes of the arguments. */
export function bindSizes(e: Elaboration, tensors: readonly TensorArgument[], inner: Frame, outer: Map<string, Dim>): boolean {
  const own = ({ type, value }: TensorArgument): number => value.type.shape.length - type.axes.length
  for (const tensor of tensors) {
    if (own(tensor) >= 0) continue
    const { param, type, value, span } = tensor
    const related = [{ span: type.span, message: `\`${param.name.text}\` is declared here` }]
    const expected = `at least ${type.axes.length} feature ${type.axes.length === 1 ? 'axis' : 'axes'}, which one head sees`
    e.reporter.report(messages.typeDiffers.at(span, { name: param.name.text, found: describeTensor(value), expected }, { related }))
    return false
  }
  for (const tensor of tensors) {
    for (const [i, axis] of tensor.type.axes.entries()) {
      if (axis.kind === 'rest' || axis.size.kind !== 'name' || axis.size.name === '' || inner.env.has(axis.size.name)) continue
      const at = own(tensor) + i
      inner.env.set(axis.size.name, number(tensor.value.type.shape[at] as number, named(axis.size.name)))
      outer.set(axis.size.name, tensor.value.forms[at] as Dim)
    }
  }
  for (const tensor of tensors) {
    for (const [i, axis] of tensor.type.axes.entries()) {
      if (axis.kind === 'rest') continue
      const at = own(tensor) + i
      const expected = e.evaluate(axis.size, inner)
      const actual = tensor.value.type.shape[at] as number
      if (expected.kind !== 'number') return false
      if (expected.value === actual) continue
      const { param, span, type } = tensor
      const form = expected.form === undefined ? undefined : outwardForm(expected.form, outer)
      const related = [{ span: axis.span, message: `\`${param.name.text}\` is declared here` }]
      e.reporter.report(
        messages.sizeDiffers.at(
          span,
          {
            name: param.name.text,
            axis: at + 1,
            of: tensor.value.type.shape.length,
            found: printSize(tensor.value.forms[at] as Dim, actual),
            expected: `${e.text(axis.span)} = ${form === undefined || constantValue(form) !== undefined ? expected.value : printSize(form, expected.value)}`,
            type: e.text(type.span),
          },
          { related },
        ),
      )
      return false
    }
  }
  return true
}

/** The forms of the map axes; reports counts that do not divide each other. */
export function mappedHeads(
  e: Elaboration,
  decl: { readonly name: Name },
  tensors: readonly TensorArgument[],
  span: Span,
): readonly Dim[] | undefined {
  const ranks = tensors.map(({ type }) => type.axes.length)
  const { heads, problem } = mapArguments(
    tensors.map(({ value }) => value.type),
    ranks,
  )
  if (problem !== undefined) {
    const blamed = tensors[problem.argument]
    reportHeads(e, decl, tensors, blamed, problem, heads, span)
    return undefined
  }
  return heads.map((count, axis) => {
    const candidates = tensors.flatMap(({ value }, i) => {
      const map = value.type.shape.length - (ranks[i] as number)
      return map > 0 && value.type.shape[axis] === count ? [value.forms[axis] as Dim] : []
    })
    return candidates.find((form) => constantValue(form) === undefined) ?? candidates[0] ?? constant(count)
  })
}

/** `heads = 5`, or `5 heads`. */
const counted = (size: string): string => (size.includes('=') ? size : `${size} heads`)

/** Says which counts of heads do not fit each other, in the names of the arguments and of the sizes. */
function reportHeads(
  e: Elaboration,
  decl: { readonly name: Name },
  tensors: readonly TensorArgument[],
  blamed: TensorArgument | undefined,
  { found, expected }: MappingProblem,
  heads: readonly number[],
  span: Span,
): void {
  const map = ({ value, type }: TensorArgument): readonly string[] =>
    value.forms.slice(0, value.forms.length - type.axes.length).map((form, axis) => printSize(form, value.type.shape[axis] as number))
  const mapped = tensors.filter((tensor) => map(tensor).length > 0)
  const sizes = blamed?.value.type.shape ?? []
  const axis =
    blamed === undefined || map(blamed).length !== heads.length ? -1 : heads.findIndex((most, i) => most % (sizes[i] as number) !== 0)
  const widest = mapped.find(({ value }) => value.type.shape[axis] === heads[axis])
  const args =
    axis >= 0 && blamed && widest
      ? {
          found: counted(map(blamed)[axis] as string),
          expected: `a divisor of ${map(widest)[axis]}, the heads of \`${widest.param.name.text}\``,
        }
      : { found, expected: expected.replace(/argument (\d+)/, (_, i: string) => `\`${tensors[Number(i)]?.param.name.text}\``) }
  const related = mapped
    .filter((tensor) => tensor !== blamed)
    .map((tensor) => ({ span: tensor.span, message: `\`${tensor.param.name.text}\` has ${map(tensor).join(', ')}` }))
  const message = { definition: decl.name.text, name: blamed?.param.name.text ?? '', ...args }
  e.reporter.report(messages.headsDiffer.at(blamed?.span ?? span, message, { related }))
}

/** In an attention what has a side has tokens, and what has none has no tokens. */
export function sidesFit(e: Elaboration, tensors: readonly TensorArgument[]): boolean {
  for (const { param, value, span } of tensors) {
    const side = param.side?.text
    if (side === undefined) continue
    if (value.type.time) continue
    e.reporter.report(
      messages.typeDiffers.at(span, {
        name: `${param.name.text}[${side}]`,
        found: describeTensor(value),
        expected: 'a value with time: it belongs to a token',
      }),
    )
    return false
  }
  return true
}

const outwardForm = (form: Dim, outer: ReadonlyMap<string, Dim>): Dim => substitute(form, (name) => outer.get(name))

/** A form over the body's sizes in those of the call; names without one there become the number. */
export function outward(form: Dim, outer: ReadonlyMap<string, Dim>, value: number): Dim {
  let known = true
  const result = substitute(form, (name) => {
    const found = outer.get(name)
    if (found === undefined) known = false
    return found
  })
  return known ? result : constant(value)
}
