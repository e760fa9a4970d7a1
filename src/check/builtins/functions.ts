import * as messages from '../../diagnostics/catalogue/check.ts'
import { constant } from '../../dims/index.ts'
import { convert, pointwise } from '../arithmetic.ts'
import { describe, describeTensor } from '../value.ts'
import { type Builtin, optional, real, required, signature, size, textKind } from './builtin.ts'

/** eps of `unit`, in the sum: that of the delta rule's published kernels. */
const unitEps = 1e-6

const unit: Builtin = {
  name: 'unit',
  doc: '`unit(x, eps: 1e-6)`: length 1 along the last axis, `x * rsqrt(sum(x^2) + eps)`.',
  weights: false,
  signature: signature(['x'], [optional('eps', real)]),
  apply(call) {
    const eps = call.number('eps', unitEps)
    const x = call.input('x')
    return eps === undefined ? undefined : call.emit('norm', [x], { kind: 'l2', eps, over: 1 }, x.value.forms)
  },
}

const reduce = (fn: 'sum' | 'mean' | 'max'): Builtin => ({
  name: fn,
  doc: `\`${fn}(x)\`: over the last axis, which stays with size 1.`,
  weights: false,
  signature: signature(['x']),
  apply: (call) => call.emit('reduce', [call.input('x')], { fn }, [...call.input('x').value.forms.slice(0, -1), constant(1)]),
})

const softmax: Builtin = {
  name: 'softmax',
  doc: '`softmax(x)`: over the last axis.',
  weights: false,
  signature: signature(['x']),
  apply: (call) => call.emit('softmax', [call.input('x')], {}, call.input('x').value.forms),
}

const clamp: Builtin = {
  name: 'clamp',
  doc: '`clamp(x, least, most)`: bounds that are proven; either may be `none`.',
  weights: false,
  signature: signature(['x'], [required('least', real), optional('most', real)]),
  apply(call) {
    const x = call.input('x')
    const [least, most] = [call.param('least'), call.param('most')]
    if (least === undefined || most === undefined) return undefined
    const bounded =
      least.kind === 'number' ? pointwise(call.e, 'max', [x, { value: least, span: call.spanOf('least') }], call.span, call.frame) : x.value
    if (bounded === undefined || most.kind !== 'number') return bounded
    return pointwise(
      call.e,
      'min',
      [
        { value: bounded, span: x.span },
        { value: most, span: call.spanOf('most') },
      ],
      call.span,
      call.frame,
    )
  },
}

const rotate: Builtin = {
  name: 'rotate',
  doc: '`rotate(x, angle, pairing: "half")`: pairs of the last axis turned by an angle each; "half" pairs j with j + n / 2, "adjacent" 2j with 2j + 1.',
  weights: false,
  signature: signature(['x', 'angle'], [optional('pairing', textKind)]),
  apply(call) {
    const [x, angle, pairing] = [call.input('x'), call.input('angle'), call.param('pairing')]
    if (pairing === undefined) return undefined
    const chosen = pairing.kind === 'text' ? pairing.value : 'half'
    if (chosen !== 'half' && chosen !== 'adjacent') {
      call.e.reporter.report(messages.wrongKind.at(call.spanOf('pairing'), { found: describe(pairing), expected: '"half" or "adjacent"' }))
      return undefined
    }
    const width = x.value.type.shape.at(-1)
    if (width === undefined || width % 2 !== 0) {
      call.e.reporter.report(
        messages.wrongKind.at(x.span, { found: describeTensor(x.value), expected: 'an even number of elements on the last axis' }),
      )
      return undefined
    }
    const turn = convert(call.e, angle, 'f32', call.frame)
    return turn && call.emit('rotate', [x, { value: turn, span: angle.span }], { pairing: chosen }, x.value.forms)
  },
}

const iota: Builtin = {
  name: 'iota',
  doc: '`iota(n)`: 0, 1, .. n - 1.',
  weights: false,
  signature: signature([], [required('n', size)]),
  apply(call) {
    const n = call.param('n')
    if (n?.kind !== 'number') return undefined
    return call.emit('iota', [], { count: n.value }, [n.form ?? constant(n.value)])
  },
}

export const functions: readonly Builtin[] = [unit, reduce('sum'), reduce('mean'), reduce('max'), softmax, clamp, rotate, iota]
