import * as messages from '../diagnostics/catalogue/check.ts'
import type { Span } from '../source/source.ts'
import type { Name } from '../syntax/ast.ts'
import type { Reporter } from './report.ts'
import { describeKind, type Signature } from './signature.ts'
import { replacement, suggest } from './suggest.ts'
import { type Argument, describe, type Given, type TensorValue, type Value } from './value.ts'

/** An argument as written, evaluated. */
export interface Written {
  readonly name: Name | undefined
  readonly value: Value
  readonly span: Span
}

/** Key of the mask that any layer takes as `reset:`. */
export const resetKey = '@reset'

/** Key of an input beyond the declared ones. */
export const moreInput = (index: number): string => `#${index}`

/**
 * Gives arguments to inputs and parameters: tensors fill the open inputs in order, all else the open parameters in order, names either.
 * Undefined if something does not fit, which is then reported.
 */
export function bindArguments(
  name: string,
  signature: Signature,
  before: Given,
  args: readonly Written[],
  reporter: Reporter,
): Given | undefined {
  const given = new Map<string, Argument>(before)
  const rest: Value[] = []
  let restSpan: Span | undefined
  let fits = true
  let position = 0
  const inputs = signature.inputs.map((input) => input.name)
  const params = signature.params.map((param) => param.name)
  const put = (key: string, { value, span, name: named }: Written): void => {
    const first = given.get(key)
    if (first !== undefined) {
      fits = false
      const related = [{ span: first.span, message: 'given here first' }]
      reporter.report(messages.givenTwice.at(span, { definition: name, argument: key }, { related }))
    } else given.set(key, { value, span, named: named !== undefined })
  }
  for (const arg of args.filter(({ name: named }) => named !== undefined)) {
    const key = (arg.name as Name).text
    if (inputs.includes(key) || params.includes(key)) put(key, arg)
    else if (key === 'reset') put(resetKey, arg)
    else {
      fits = false
      if (key === '') continue
      const known = [...inputs, ...params]
      const near = suggest(key, known)
      const fixes = replacement((arg.name as Name).span, near)
      reporter.report(
        messages.unknownArgument.at((arg.name as Name).span, { definition: name, argument: key, known, near: near ?? null }, { fixes }),
      )
    }
  }
  // What is wrong might be a tensor or not, so positions say nothing.
  if (args.some(({ value }) => value.kind === 'poison')) return undefined
  for (const arg of args) {
    if (arg.name !== undefined) continue
    if (isTensor(arg.value)) {
      const open = inputs.find((input) => !given.has(input)) ?? (signature.moreInputs ? nextMore(given) : undefined)
      if (open !== undefined) put(open, arg)
      else {
        fits = false
        const expected = inputs.length === 0 ? 'no tensor' : `${inputs.length} (${inputs.map((input) => `\`${input}\``).join(', ')})`
        reporter.report(messages.tooManyInputs.at(arg.span, { definition: name, found: describe(arg.value), expected }))
      }
      continue
    }
    const open = signature.rest === undefined ? params.filter((param) => !before.has(param))[position++] : undefined
    if (open !== undefined) put(open, arg)
    else if (signature.rest !== undefined) {
      rest.push(arg.value)
      restSpan ??= arg.span
      restSpan = { ...restSpan, end: arg.span.end }
    } else {
      fits = false
      const open = inputs.find((input) => !given.has(input))
      const expected =
        open !== undefined
          ? `a tensor for \`${open}\``
          : signature.params.length === 0
            ? 'no parameters'
            : `${signature.params.length} (${signature.params.map((param) => `\`${param.name}\`: ${describeKind(param.kind)}`).join(', ')})`
      reporter.report(messages.tooManyArguments.at(arg.span, { definition: name, found: describe(arg.value), expected }))
    }
  }
  if (signature.rest !== undefined && restSpan !== undefined) {
    given.set(signature.rest, { value: { kind: 'list', items: rest }, span: restSpan, named: false })
  }
  return fits ? given : undefined
}

/** The mask of `reset:`; undefined, and reported, if it is none. */
export function maskOf(e: { readonly reporter: Reporter }, value: Value, span: Span): TensorValue | undefined {
  if (value.kind === 'tensor' && value.type.dtype === 'bool' && value.type.batch && value.type.time && value.type.shape.length === 0)
    return value
  if (value.kind !== 'poison')
    e.reporter.report(messages.wrongKind.at(span, { found: describe(value), expected: 'a condition per token, bool[B, T]' }))
  return undefined
}

/** Tensors, and what may have been one. */
const isTensor = (value: Value): boolean => value.kind === 'tensor' || value.kind === 'parts'

function nextMore(given: ReadonlyMap<string, unknown>): string {
  for (let i = 0; ; i++) if (!given.has(moreInput(i))) return moreInput(i)
}
