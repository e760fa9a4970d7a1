import * as messages from '../diagnostics/catalogue/check.ts'
import { constant, type Dim } from '../dims/index.ts'
import type { Span } from '../source/source.ts'
import type { BodyParam, FunctionDecl, KindType } from '../syntax/ast.ts'
import { convert } from './arithmetic.ts'
import type { Written } from './bind.ts'
import type { TensorArgument } from './body/arguments.ts'
import { bindSizes, mappedHeads } from './body/shapes.ts'
import { coerce } from './coerce.ts'
import type { Elaboration } from './elaboration.ts'
import { Env, type Frame } from './frame.ts'
import type { FileScope } from './program.ts'
import { kindOf, tensorType } from './signature.ts'
import { poison, type TensorValue, type Value } from './value.ts'

/**
 * A function of the spec in a layer: its equation over the arguments. The declared rank is what the function sees, the axes before it are
 * mapped as those of recurrences: a scalar per head meets a vector per head, and fewer heads serve several each.
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
  const tensors: TensorArgument[] = []
  const defaults: BodyParam[] = []
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
      defaults.push(param)
      continue
    }
    if (arg.value.kind === 'poison') return poison
    if (type === undefined) {
      env.set(name, coerce(arg.value, kindOf(param.type as KindType, scope), arg.span, e.reporter))
      continue
    }
    const value = convert(e, arg, type.dtype.text === 'bool' ? 'bool' : type.dtype.text === 'u32' ? 'u32' : 'f32', frame)
    if (value === undefined) return poison
    tensors.push({ param, type, value, span: arg.span })
  }
  const outer = new Map<string, Dim>()
  if (!bindSizes(e, tensors, inner, outer)) return poison
  for (const param of defaults) if (param.default !== undefined) env.set(param.name.text, e.evaluate(param.default, inner))
  const heads = mappedHeads(e, decl, tensors, span)
  if (heads === undefined) return poison
  const counts = heads.map((_, axis) => Math.max(1, ...tensors.map((tensor) => mapOf(tensor)[axis] ?? 1)))
  const most = Math.max(0, ...tensors.map(({ type }) => type.axes.length))
  for (const tensor of tensors) {
    const aligned = align(e, tensor, counts, most, frame)
    if (aligned === undefined) return poison
    env.set(tensor.param.name.text, aligned)
  }
  const result = e.reporter.within({ span, definition }, () => e.evaluate(decl.value, inner))
  return result.kind === 'tensor' ? { ...result, forms: result.type.shape.map((size) => constant(size)) } : result
}

/** The counts of an argument's map axes. */
const mapOf = ({ value, type }: TensorArgument): readonly number[] => value.type.shape.slice(0, value.type.shape.length - type.axes.length)

/**
 * The argument with as many own axes as the function's largest parameter has (those that are missing have size 1), and with a row for every
 * head: one that serves several heads stands there several times.
 */
function align(e: Elaboration, tensor: TensorArgument, counts: readonly number[], most: number, frame: Frame): TensorValue | undefined {
  const { span, type } = tensor
  const map = mapOf(tensor)
  if (map.length === 0) return tensor.value
  const ones = Array.from({ length: most - type.axes.length }, () => 1)
  let value: TensorValue | undefined = tensor.value
  const reshaped = (of: TensorValue, shape: readonly number[]): TensorValue | undefined =>
    e.emit(
      'reshape',
      [{ value: of, span }],
      { shape },
      shape.map((size) => constant(size)),
      frame,
      span,
    )
  if (ones.length > 0) value = reshaped(value, value.type.shape.toSpliced(map.length, 0, ...ones))
  for (const [axis, count] of counts.entries()) {
    const own = map[axis] ?? 1
    if (own === count || own === 1 || value === undefined) continue
    const { shape } = value.type
    const apart = reshaped(value, shape.toSpliced(axis + 1, 0, 1))
    if (apart === undefined) return undefined
    const copies = Array.from({ length: count / own }, () => ({ value: apart, span }))
    const forms: readonly Dim[] = apart.type.shape.with(axis + 1, count / own).map((size) => constant(size))
    const repeated = e.emit('concat', copies, { axis: axis + 1 }, forms, frame, span)
    value = repeated && reshaped(repeated, shape.with(axis, count))
  }
  return value
}
