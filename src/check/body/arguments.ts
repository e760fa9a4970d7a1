import * as messages from '../../diagnostics/catalogue/check.ts'
import { constant } from '../../dims/index.ts'
import type { Span } from '../../source/source.ts'
import type { BodyParam, KindType, TensorTypeExpr } from '../../syntax/ast.ts'
import { convert } from '../arithmetic.ts'
import type { Written } from '../bind.ts'
import { coerce } from '../coerce.ts'
import type { Elaboration } from '../elaboration.ts'
import type { Frame } from '../frame.ts'
import type { BodyDefinition } from '../program.ts'
import { callOnly, kindOf, tensorType } from '../signature.ts'
import { underName } from '../size.ts'
import { replacement, suggest } from '../suggest.ts'
import { describe, number, type TensorValue } from '../value.ts'

/** A tensor argument of a body with what is declared of it. */
export interface TensorArgument {
  readonly param: BodyParam
  readonly type: TensorTypeExpr
  readonly value: TensorValue
  readonly span: Span
}

/** Gives arguments to parameters: tensors to tensor parameters in order, all else to the compile-time ones, or where there are none left, in order. */
export function assign(
  e: Elaboration,
  decl: BodyDefinition,
  args: readonly Written[],
  span: Span,
): ReadonlyMap<string, Written> | undefined {
  const given = new Map<string, Written>()
  const params = decl.params.map((param) => param.name.text)
  const extra = callOnly[decl.kind]
  let fits = true
  const put = (name: string, arg: Written): void => {
    const first = given.get(name)
    if (first === undefined) given.set(name, arg)
    else {
      fits = false
      e.reporter.report(
        messages.givenTwice.at(
          arg.span,
          { definition: decl.name.text, argument: name },
          { related: [{ span: first.span, message: 'given here first' }] },
        ),
      )
    }
  }
  for (const arg of args) {
    if (arg.name === undefined) continue
    const name = arg.name.text
    if (params.includes(name) || extra.includes(name)) put(name, arg)
    else if (name !== '') {
      fits = false
      const near = suggest(name, [...params, ...extra])
      e.reporter.report(
        messages.unknownArgument.at(
          arg.name.span,
          { definition: decl.name.text, argument: name, known: [...params, ...extra], near: near ?? null },
          { fixes: replacement(arg.name.span, near) },
        ),
      )
    }
  }
  if (args.some(({ value }) => value.kind === 'poison')) return undefined
  for (const arg of args) {
    if (arg.name !== undefined) continue
    const tensor = arg.value.kind === 'tensor'
    const open = decl.params.filter((param) => !given.has(param.name.text))
    const param = open.find((one) => one.isTensor === tensor) ?? (tensor ? undefined : open[0])
    if (param !== undefined) put(param.name.text, arg)
    else {
      fits = false
      e.reporter.report(
        messages.tooManyArguments.at(arg.span, {
          definition: decl.name.text,
          found: describe(arg.value),
          expected: `${params.length} (${params.join(', ')})`,
        }),
      )
    }
  }
  const missing = decl.params.find((param) => !given.has(param.name.text) && param.default === undefined)
  if (missing !== undefined && fits) {
    fits = false
    e.reporter.report(
      messages.missingArgument.at(span, {
        definition: decl.name.text,
        argument: missing.name.text,
        kind: missing.isTensor ? 'a tensor' : 'a value',
      }),
    )
  }
  return fits ? given : undefined
}

export function tensorArguments(
  e: Elaboration,
  decl: BodyDefinition,
  given: ReadonlyMap<string, Written>,
  inner: Frame,
  frame: Frame,
  span: Span,
): readonly TensorArgument[] | undefined {
  const found: TensorArgument[] = []
  for (const param of decl.params) {
    const type = tensorType(param)
    if (type === undefined) continue
    const name = param.name.text
    const arg = given.get(name)
    const value = arg?.value ?? (param.default && e.evaluate(param.default, inner))
    if (value === undefined || value.kind === 'poison') return undefined
    if (value.kind === 'none' && param.default !== undefined) {
      inner.env.set(name, value)
      continue
    }
    const at = arg?.span ?? span
    const tensor = convert(e, { value, span: at }, type.dtype.text === 'u32' ? 'u32' : 'f32', frame)
    if (tensor === undefined) return undefined
    found.push({ param, type, value: tensor, span: at })
  }
  return found
}

export function bindCompileTime(
  e: Elaboration,
  decl: BodyDefinition,
  given: ReadonlyMap<string, Written>,
  inner: Frame,
  span: Span,
): boolean {
  for (const param of decl.params) {
    if (param.isTensor) continue
    const kind = kindOf(param.type as KindType, inner.env.scope)
    const name = param.name.text
    const arg = given.get(name)
    if (arg === undefined) {
      const { default: otherwise } = param
      if (otherwise !== undefined) inner.env.set(name, () => coerce(e.evaluate(otherwise, inner), kind, otherwise.span, e.reporter))
      continue
    }
    const value = coerce(arg.value, kind, arg.span, e.reporter)
    if (value.kind === 'poison') return false
    if (value.kind === 'none' && param.default === undefined) {
      e.reporter.report(messages.missingArgument.at(span, { definition: decl.name.text, argument: name, kind: 'a value' }))
      return false
    }
    inner.env.set(
      name,
      kind.kind === 'size' && value.kind === 'number' ? underName(number(value.value, constant(value.value)), name) : value,
    )
  }
  return true
}
