import * as messages from '../../diagnostics/catalogue/check.ts'
import { constant } from '../../dims/index.ts'
import { applyAt } from '../apply.ts'
import { Lift, weightedSum } from '../bank.ts'
import { openInput } from '../coerce.ts'
import { type Bank, join } from '../frame.ts'
import { describe, describeTensor, type TensorValue } from '../value.ts'
import { type Builtin, type BuiltinCall, type Input, required, signature, size } from './builtin.ts'

const topK: Builtin = {
  name: 'top_k',
  doc: '`top_k(x, n)`: the indices of the `n` largest of the last axis, largest first.',
  weights: false,
  signature: signature(['x'], [required('n', size)]),
  apply(call) {
    const [x, n] = [call.input('x'), call.param('n')]
    if (n?.kind !== 'number') return undefined
    if (n.value === 0) {
      call.e.reporter.report(messages.notASize.at(call.spanOf('n'), { value: 0, form: null }))
      return undefined
    }
    return call.emit('top_k', [x], { count: n.value }, [...x.value.forms.slice(0, -1), n.form ?? constant(n.value)])
  },
}

const gather: Builtin = {
  name: 'gather',
  doc: '`gather(x, at)`: the elements of the last axis at the indices `at`.',
  weights: false,
  signature: signature(['x', 'at']),
  apply(call) {
    const [x, at] = [call.input('x'), call.input('at')]
    return call.emit('gather', [x, at], {}, at.value.forms)
  },
}

/** One recipe with weights for each of `count` experts, applied with those at `at`; the sum of the results, weighted by `by`. */
const bank: Builtin = {
  name: 'bank',
  doc: '`bank(x, each, count, at: indices, by: weights)`: `each` with the weights of the chosen ones of `count`, summed by weights.',
  weights: true,
  signature: signature(['x', 'at', 'by'], [required('each', { kind: 'layer' }), required('count', size)]),
  apply(call) {
    const [x, at, by] = [call.input('x'), call.input('at'), call.input('by')]
    const [each, count] = [call.param('each'), call.param('count')]
    if (each === undefined || count?.kind !== 'number') return undefined
    if (each.kind !== 'recipe')
      return refuse(call, 'each', describe(each), 'a layer that is not shared: every expert has weights of its own')
    if (count.value === 0) return refuse(call, 'count', 'the number 0', 'at least 1 expert')
    if (call.place.bank !== undefined) return notOfExperts(call, 'a bank')
    if (!fits(call, x, at, by, count.value)) return undefined
    const { builder } = call.e
    const origin = call.e.origin(call.frame, call.span)
    // A node of its own, so that what the spec says elsewhere of the same value is not taken for a part of the expert.
    const root = builder.add('reshape', [x.value.node], { shape: x.value.type.shape }, origin)
    const own: Bank = { count: count.value, form: count.form ?? constant(count.value), weights: new Map() }
    const given = new Map(each.given).set(openInput(each), { value: { ...x.value, node: root }, span: x.span, named: false })
    const path = each.as === undefined ? call.place.path : join(call.place.path, each.as.text)
    const one = applyAt(call.e, { ...each, given }, { ...call.place, path, bank: own }, call.span, call.frame)
    if (one?.kind !== 'tensor') return undefined
    const lift = new Lift(call.e, own, root, at.value)
    const values = lift.result(one.node)
    if (values === undefined) return notOfExperts(call, `\`${lift.refused?.op}\``)
    const node = weightedSum(call.e, values, by.value.node, origin)
    return { kind: 'tensor', node, type: builder.type(node), forms: one.forms }
  },
}

function fits(call: BuiltinCall, x: Input, at: Input, by: Input, count: number): boolean {
  const refuseInput = ({ value, span }: Input, expected: string): boolean => {
    call.e.reporter.report(messages.wrongKind.at(span, { found: `a tensor ${describeTensor(value)}`, expected }))
    return false
  }
  const type = ({ value }: { value: TensorValue }) => value.type
  if (type(x).dtype !== 'f32' || type(x).shape.length === 0) return refuseInput(x, 'numbers with at least one feature axis')
  if (type(at).dtype !== 'u32' || type(at).shape.length !== 1)
    return refuseInput(at, '`u32[.., k]`, the experts that a token has chosen, as `top_k` gives them')
  if (call.e.builder.range(at.value.node).max >= count)
    return refuseInput(at, `indices that are known to be below ${count}: \`top_k\` of as many scores as there are experts`)
  if (type(by).dtype !== 'f32' || type(by).shape.length !== 1 || type(by).shape[0] !== type(at).shape[0])
    return refuseInput(by, `\`f32[.., ${type(at).shape[0]}]\`, a weight for each chosen expert`)
  return true
}

function refuse(call: BuiltinCall, argument: string, found: string, expected: string): undefined {
  call.e.reporter.report(messages.wrongKind.at(call.spanOf(argument), { found, expected }))
  return undefined
}

function notOfExperts(call: BuiltinCall, found: string): undefined {
  call.e.reporter.report(messages.notTokenwise.at(call.spanOf('each'), { found }))
  return undefined
}

export const routing: readonly Builtin[] = [topK, gather, bank]
