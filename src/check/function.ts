import * as messages from '../diagnostics/catalogue/check.ts'
import { constant, type Dim } from '../dims/index.ts'
import { mapArguments } from '../graph/mapping.ts'
import type { Span } from '../source/source.ts'
import type { FunctionDecl, KindType } from '../syntax/ast.ts'
import { convert } from './arithmetic.ts'
import type { Written } from './bind.ts'
import { coerce } from './coerce.ts'
import type { Elaboration } from './elaboration.ts'
import { Env, type Frame } from './frame.ts'
import type { FileScope } from './program.ts'
import { kindOf, tensorType } from './signature.ts'
import { describeTensor, number, poison, type TensorValue, type Value } from './value.ts'

interface Tensor {
  readonly name: string
  readonly rank: number
  readonly value: TensorValue
  readonly span: Span
}

/**
 * A function of the spec in a layer: its equation over the arguments. The declared rank is what the function sees, the axes before it are
 * mapped: they align with each other, so that a scalar per head meets a vector per head.
 */
export function applyUserFunction(
  e: Elaboration,
  decl: FunctionDecl,
  scope: FileScope,
  args: readonly Written[],
  span: Span,
  frame: Frame,
): Value {
  const env = new Env(scope)
  const inner: Frame = { ...frame, env }
  const definition = decl.name.text
  const tensors: Tensor[] = []
  if (e.reporter.depth() > 64) {
    e.reporter.report(messages.appliesItself.at(span, { definition }))
    return poison
  }
  const positional = args.filter(({ name }) => name === undefined)
  const unknown = args.find(({ name }) => name !== undefined && !decl.params.some((param) => param.name.text === name.text))
  if (unknown?.name !== undefined || positional.length > decl.params.length) {
    const known = decl.params.map((param) => param.name.text)
    if (unknown?.name !== undefined)
      e.reporter.report(messages.unknownArgument.at(unknown.name.span, { definition, argument: unknown.name.text, known, near: null }))
    else
      e.reporter.report(
        messages.wrongCount.at(span, { name: definition, found: args.length, expected: `${known.length} (${known.join(', ')})` }),
      )
    return poison
  }
  for (const [i, param] of decl.params.entries()) {
    const name = param.name.text
    const arg = args.find((one) => one.name?.text === name) ?? positional[i]
    const type = tensorType(param)
    if (arg === undefined) {
      if (param.default === undefined) {
        e.reporter.report(messages.missingArgument.at(span, { definition, argument: name, kind: 'a value' }))
        return poison
      }
      env.set(name, e.evaluate(param.default, inner))
      continue
    }
    if (arg.value.kind === 'poison') return poison
    if (type === undefined) {
      env.set(name, coerce(arg.value, kindOf(param.type as KindType, scope), arg.span, e.reporter))
      continue
    }
    const value = convert(e, arg, type.dtype.text === 'bool' ? 'bool' : type.dtype.text === 'u32' ? 'u32' : 'f32', frame)
    if (value === undefined) return poison
    const map = value.type.shape.length - type.axes.length
    if (map < 0) {
      e.reporter.report(
        messages.typeDiffers.at(arg.span, { name, found: describeTensor(value), expected: `at least ${type.axes.length} feature axes` }),
      )
      return poison
    }
    for (const [axis, declared] of type.axes.entries()) {
      if (declared.kind === 'axis' && declared.size.kind === 'name' && !env.has(declared.size.name)) {
        env.set(declared.size.name, number(value.type.shape[map + axis] as number, value.forms[map + axis]))
      }
    }
    tensors.push({ name, rank: type.axes.length, value, span: arg.span })
  }
  const most = Math.max(0, ...tensors.map(({ rank }) => rank))
  const mapping = mapArguments(
    tensors.map(({ value }) => value.type),
    tensors.map(({ rank }) => rank),
  )
  if (mapping.problem !== undefined) {
    const blamed = tensors[mapping.problem.argument]
    e.reporter.report(
      messages.headsDiffer.at(blamed?.span ?? span, {
        definition,
        name: blamed?.name ?? '',
        found: mapping.problem.found,
        expected: mapping.problem.expected,
      }),
    )
    return poison
  }
  for (const tensor of tensors) {
    const aligned = align(e, tensor, most, frame)
    if (aligned === undefined) return poison
    env.set(tensor.name, aligned)
  }
  const result = e.reporter.within({ span, definition }, () => e.evaluate(decl.value, inner))
  return result.kind === 'tensor' ? { ...result, forms: result.type.shape.map((size) => constant(size)) } : result
}

/** Axes of size 1 between map axes and own axes, so that map axes align with those of arguments of a higher rank. */
function align(e: Elaboration, { rank, value, span }: Tensor, most: number, frame: Frame): TensorValue | undefined {
  const map = value.type.shape.length - rank
  if (rank === most || map === 0) return value
  const ones = Array.from({ length: most - rank }, () => 1)
  const shape = value.type.shape.toSpliced(map, 0, ...ones)
  return e.emit('reshape', [{ value, span }], { shape }, value.forms.toSpliced(map, 0, ...ones.map((): Dim => constant(1))), frame, span)
}
