import * as messages from '../../diagnostics/catalogue/check.ts'
import { add, constant, type Dim, multiply, subtract } from '../../dims/index.ts'
import { product } from '../../util/numbers.ts'
import { describe, describeTensor, type NumberValue, number, type TensorValue } from '../value.ts'
import { type Builtin, type BuiltinCall, type Input, optional, range, required, signature, size, sizeList, sizes } from './builtin.ts'

const formOf = ({ form, value }: NumberValue): Dim => form ?? constant(value)

/** The feature axis that `axis:` names, counted from 0; the last one where it is not given. */
function axisOf(call: BuiltinCall, x: Input, otherwise = x.value.type.shape.length - 1): number | undefined {
  const axis = call.number('axis', otherwise)
  if (axis === undefined) return undefined
  const rank = x.value.type.shape.length
  if (axis >= 0 && axis < rank) return axis
  const expected = rank === 0 ? 'a tensor with feature axes' : `a feature axis 0 .. ${rank - 1}`
  call.e.reporter.report(
    messages.wrongKind.at(call.spanOf('axis'), { found: rank === 0 ? describeTensor(x.value) : `axis ${axis}`, expected }),
  )
  return undefined
}

const refuse = (call: BuiltinCall, found: string, expected: string, argument: string): undefined => {
  call.e.reporter.report(messages.wrongKind.at(call.spanOf(argument), { found, expected }))
  return undefined
}

const split: Builtin = {
  name: 'split',
  doc: '`split(x, a, b, ..)`: the parts of the last axis, which add up to it.',
  weights: false,
  signature: signature(['x'], [required('sizes', sizes), optional('axis', size)], { rest: 'sizes' }),
  apply(call) {
    const x = call.input('x')
    const [given, axis] = [call.param('sizes'), axisOf(call, x)]
    if (given === undefined || axis === undefined) return undefined
    const parts = sizeList(given)
    const [whole, total] = [x.value.type.shape[axis] as number, parts.reduce((sum, part) => sum + part.value, 0)]
    if (total !== whole) {
      const form = parts.map(formOf).reduce(add, constant(0))
      call.e.reporter.report(
        messages.sizesDiffer.at(call.spanOf('sizes'), {
          what: 'the parts',
          found: sizeText(total, form),
          expected: sizeText(whole, x.value.forms[axis]),
        }),
      )
      return undefined
    }
    const items: TensorValue[] = []
    let [start, startForm] = [0, constant(0)]
    for (const part of parts) {
      const forms = x.value.forms.with(axis, formOf(part))
      const item = call.emit('slice', [x], { axis, start, end: start + part.value }, forms)
      if (item === undefined) return undefined
      items.push(item)
      ;[start, startForm] = [start + part.value, add(startForm, formOf(part))]
    }
    return { kind: 'parts', items }
  },
}

const slice: Builtin = {
  name: 'slice',
  doc: '`slice(x, a .. b)`: a range of the last axis.',
  weights: false,
  signature: signature(['x'], [required('range', range), optional('axis', size)]),
  apply(call) {
    const x = call.input('x')
    const [given, axis] = [call.param('range'), axisOf(call, x)]
    if (given?.kind !== 'range' || axis === undefined) return undefined
    const whole = number(x.value.type.shape[axis] as number, x.value.forms[axis])
    const [from, to] = [given.from ?? number(0), given.to ?? whole]
    const fits =
      Number.isInteger(from.value) && Number.isInteger(to.value) && from.value >= 0 && from.value <= to.value && to.value <= whole.value
    if (!fits) return refuse(call, `${from.value} .. ${to.value}`, `a part of 0 .. ${sizeText(whole.value, whole.form)}`, 'range')
    if (from.value === 0 && to.value === whole.value)
      return { ...x.value, forms: x.value.forms.with(axis, subtract(formOf(to), formOf(from))) }
    return call.emit('slice', [x], { axis, start: from.value, end: to.value }, x.value.forms.with(axis, subtract(formOf(to), formOf(from))))
  },
}

const concat: Builtin = {
  name: 'concat',
  doc: '`concat(a, b, ..)`: joined along the last axis.',
  weights: false,
  signature: signature(['x'], [optional('axis', size)], { moreInputs: true }),
  apply(call) {
    const all = [call.input('x'), ...call.moreInputs()]
    const [first] = all as [Input]
    const axis = axisOf(call, first)
    if (axis === undefined) return undefined
    const kept = all.filter(({ value }) => value.type.shape[axis] !== 0)
    if (kept.length === 1) return kept[0]?.value
    const form = all.map(({ value }) => value.forms[axis] ?? constant(1)).reduce(add, constant(0))
    return call.emit('concat', kept, { axis }, first.value.forms.with(axis, form))
  },
}

const unflatten: Builtin = {
  name: 'unflatten',
  doc: '`unflatten(x, a, b, ..)`: the last axis as several.',
  weights: false,
  signature: signature(['x'], [required('sizes', sizes), optional('axis', size)], { rest: 'sizes' }),
  apply(call) {
    const x = call.input('x')
    const [given, axis] = [call.param('sizes'), axisOf(call, x)]
    if (given === undefined || axis === undefined) return undefined
    const parts = sizeList(given)
    const [whole, total] = [x.value.type.shape[axis] as number, product(parts.map(({ value }) => value))]
    if (total !== whole || parts.length === 0) {
      const form = parts.map(formOf).reduce(multiply, constant(1))
      call.e.reporter.report(
        messages.sizesDiffer.at(call.spanOf('sizes'), {
          what: 'the axes',
          found: sizeText(total, form),
          expected: sizeText(whole, x.value.forms[axis]),
        }),
      )
      return undefined
    }
    const shape = x.value.type.shape.toSpliced(axis, 1, ...parts.map(({ value }) => value))
    return call.emit('reshape', [x], { shape }, x.value.forms.toSpliced(axis, 1, ...parts.map(formOf)))
  },
}

const flatten: Builtin = {
  name: 'flatten',
  doc: '`flatten(x)`: all feature axes as one.',
  weights: false,
  signature: signature(['x']),
  apply(call) {
    const x = call.input('x')
    if (x.value.type.shape.length === 1) return x.value
    return call.emit('reshape', [x], { shape: [product(x.value.type.shape)] }, [x.value.forms.reduce(multiply, constant(1))])
  },
}

const permute: Builtin = {
  name: 'permute',
  doc: '`permute(x, 1, 0)`: feature axes in another order.',
  weights: false,
  signature: signature(['x'], [required('order', sizes)], { rest: 'order' }),
  apply(call) {
    const x = call.input('x')
    const given = call.param('order')
    if (given === undefined) return undefined
    const order = sizeList(given).map(({ value }) => value)
    const { length } = x.value.type.shape
    const complete = order.length === length && x.value.type.shape.every((_, axis) => order.includes(axis))
    if (!complete)
      return refuse(call, `the axes ${order.join(', ')}`, `each of the ${length} feature axes of ${describeTensor(x.value)} once`, 'order')
    return call.emit(
      'permute',
      [x],
      { order },
      order.map((axis) => x.value.forms[axis] as Dim),
    )
  },
}

const unsqueeze: Builtin = {
  name: 'unsqueeze',
  doc: '`unsqueeze(x, axis)`: a feature axis of size 1, at the end or before an axis.',
  weights: false,
  signature: signature(['x'], [optional('axis', size)]),
  apply(call) {
    const x = call.input('x')
    const { length } = x.value.type.shape
    const axis = call.number('axis', length)
    if (axis === undefined) return undefined
    if (axis > length) return refuse(call, `axis ${axis}`, `0 .. ${length}`, 'axis')
    return call.emit('reshape', [x], { shape: x.value.type.shape.toSpliced(axis, 0, 1) }, x.value.forms.toSpliced(axis, 0, constant(1)))
  },
}

const sizeText = (value: number, form: Dim | undefined): string => describe(number(value, form)).replace('the number ', '')

export const views: readonly Builtin[] = [split, slice, concat, unflatten, flatten, permute, unsqueeze]
