import * as messages from '../../diagnostics/catalogue/check.ts'
import { poolFunctions } from '../../graph/ops/pool.ts'
import { pointwise } from '../arithmetic.ts'
import { joined, segmentOf, wholeTime } from '../segment.ts'
import { describe, describeTensor, number, type TensorValue, type Value } from '../value.ts'
import { type Builtin, type BuiltinCall, optional, range, real, required, signature, size, textKind } from './builtin.ts'

const refuse = (call: BuiltinCall, argument: string, found: string, expected: string): undefined => {
  call.e.reporter.report(messages.wrongKind.at(call.spanOf(argument), { found, expected }))
  return undefined
}

const shift: Builtin = {
  name: 'shift',
  doc: '`shift(x, n)`: what the token n before has, 0 before the first. A negative n looks ahead, which needs whole sequences.',
  weights: false,
  signature: signature(['x'], [required('count', real)]),
  apply(call) {
    const x = call.input('x')
    const count = call.param('count')
    if (count?.kind !== 'number') return undefined
    if (!Number.isSafeInteger(count.value)) return refuse(call, 'count', `${count.value}`, 'a whole number of tokens')
    return count.value === 0 ? x.value : call.emit('shift', [x], { count: count.value }, x.value.forms)
  },
}

const flip: Builtin = {
  name: 'flip',
  doc: '`flip(x, upto: p)`: the first p tokens in reverse order (all of them without `upto`). p is a number per sequence, u32[B], or known at compile time.',
  weights: false,
  signature: signature(['x'], [optional('upto', { kind: 'any' })]),
  apply(call) {
    const x = call.input('x')
    const upto = call.param('upto')
    if (upto === undefined) return undefined
    const inputs = [x]
    if (upto.kind === 'number' && Number.isSafeInteger(upto.value) && upto.value >= 0)
      inputs.push({ value: call.e.constant(upto.value, 'u32'), span: call.spanOf('upto') })
    else if (upto.kind === 'tensor' && !upto.type.time) inputs.push({ value: upto, span: call.spanOf('upto') })
    else if (upto.kind !== 'none')
      return refuse(call, 'upto', describe(upto), 'a number of tokens, at compile time or per sequence (u32[B])')
    return call.emit('flip', inputs, {}, x.value.forms)
  },
}

const pool: Builtin = {
  name: 'pool',
  doc: '`pool(x, "mean")`: one value for each sequence from all its tokens: "last", "mean", "sum" or "max".',
  weights: false,
  signature: signature(['x'], [required('fn', textKind)]),
  apply(call) {
    const x = call.input('x')
    const fn = call.param('fn')
    if (fn?.kind !== 'text') return undefined
    if (!poolFunctions.some((one) => one === fn.value))
      return refuse(call, 'fn', describe(fn), poolFunctions.map((one) => `"${one}"`).join(', '))
    return call.emit('pool', [x], { fn: fn.value }, x.value.forms)
  },
}

const dropout: Builtin = {
  name: 'dropout',
  doc: '`dropout(x, rate)`: in training each element is 0 with probability `rate`; otherwise x itself.',
  weights: false,
  signature: signature(['x'], [required('rate', real)]),
  apply(call) {
    const x = call.input('x')
    const rate = call.param('rate')
    return rate?.kind === 'number' ? call.emit('dropout', [x], { rate: rate.value }, x.value.forms) : undefined
  },
}

/** Slowest and fastest turn differ by this factor in the usual embedding of diffusion times and positions. */
const PERIOD = 10_000

const sinusoid: Builtin = {
  name: 'sinusoid',
  doc: '`sinusoid(t, n, period: 10_000)`: cosines and sines of a number at n / 2 frequencies, n numbers (arXiv 1706.03762, 2006.11239).',
  weights: false,
  signature: signature(['t'], [required('n', size), optional('period', real)]),
  apply(call) {
    const t = call.input('t')
    const [n, period] = [call.param('n'), call.number('period', PERIOD)]
    if (n?.kind !== 'number' || period === undefined) return undefined
    if (n.value % 2 !== 0) return refuse(call, 'n', `${n.value}`, 'an even number of channels')
    if (!(period > 0)) return refuse(call, 'period', `${period}`, 'a number above 0')
    const { e, frame, span } = call
    const half = n.value / 2
    const apply = (fn: string, ...values: readonly (Value | undefined)[]): TensorValue | undefined =>
      values.includes(undefined)
        ? undefined
        : pointwise(
            e,
            fn,
            values.map((value) => ({ value: value as Value, span })),
            span,
            frame,
          )
    const steps = call.emit('iota', [], { count: half })
    const frequency = apply('exp', apply('mul', steps, number(-Math.log(period) / half)))
    const column = call.emit('reshape', [t], { shape: [...t.value.type.shape, 1] }, [...t.value.forms])
    const angle = apply('mul', column, frequency)
    const [cosine, sine] = [apply('cos', angle), apply('sin', angle)]
    if (cosine === undefined || sine === undefined) return undefined
    return call.emit('concat', [{ value: cosine }, { value: sine }], { axis: t.value.type.shape.length })
  },
}

const span: Builtin = {
  name: 'span',
  doc: '`span(x, .. p)`, `span(x, p ..)`: the tokens before position p, those from it on.',
  weights: false,
  signature: signature(['x'], [required('range', range)]),
  apply(call) {
    const x = call.input('x')
    const given = call.param('range')
    if (given?.kind !== 'range') return undefined
    const { type } = x.value
    if (!type.batch || !type.time) return refuse(call, 'x', describeTensor(x.value), 'a value with a row for every token')
    const [from, until] = [given.from?.value ?? 0, given.to?.value ?? null]
    const inside = segmentOf(x.value) ?? wholeTime
    const fits =
      Number.isSafeInteger(from) &&
      from >= inside.from &&
      from <= (until ?? inside.until ?? from) &&
      (until === null || (Number.isSafeInteger(until) && until <= (inside.until ?? until)))
    if (!fits)
      return refuse(call, 'range', `tokens ${from} .. ${until ?? ''}`, `a part of the tokens ${inside.from} .. ${inside.until ?? ''}`)
    return { ...x.value, segment: { from, until: until ?? inside.until } }
  },
}

const join: Builtin = {
  name: 'join',
  doc: '`join(a, b)`: two spans that lie side by side, as one.',
  weights: false,
  signature: signature(['a', 'b']),
  apply: (call) => joined(call.e, call.input('a'), call.input('b'), call.frame, call.span),
}

export const time: readonly Builtin[] = [shift, flip, pool, dropout, sinusoid, span, join]
