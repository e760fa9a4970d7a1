import * as messages from '../../diagnostics/catalogue/check.ts'
import { constant, type Dim, multiply } from '../../dims/index.ts'
import type { Init } from '../../model/model.ts'
import { product } from '../../util/numbers.ts'
import { pointwise } from '../arithmetic.ts'
import { describeTensor, type NumberValue, number, type TensorValue } from '../value.ts'
import {
  type Builtin,
  type BuiltinCall,
  either,
  flagKind,
  init,
  optional,
  real,
  required,
  signature,
  size,
  sizeList,
  sizes,
  tensor,
} from './builtin.ts'

/** Starting values of projections and tables where the spec says none: as most published language models. */
const usual: Init = { fn: 'normal', args: [0.02] }
const ones: Init = { fn: 'ones', args: [] }
const zeros: Init = { fn: 'zeros', args: [] }

const formOf = ({ form, value }: NumberValue): Dim => form ?? constant(value)
const productOf = (forms: readonly Dim[]): Dim => forms.reduce((all, form) => multiply(all, form), constant(1))

/** `linear(x, n)`: `weight` is `[out, in]`, flat, as published; a list of sizes gives the result these axes. */
const linear: Builtin = {
  name: 'linear',
  doc: '`linear(x, n, bias: init, init: init, weight: given)`: a projection of the last axis to `n` (or to the axes of a list).',
  weights: true,
  signature: signature(
    ['x'],
    [optional('n', either(size, sizes)), optional('bias', either(init, tensor)), optional('init', init), optional('weight', tensor)],
  ),
  apply(call) {
    const x = call.input('x')
    const [n, given, start, bias] = [call.param('n'), call.param('weight'), call.init('init', usual), call.param('bias')]
    if (n === undefined || given === undefined || start === undefined || bias === undefined) return undefined
    const [inner, innerForm] = [x.value.type.shape.at(-1), x.value.forms.at(-1)]
    if (inner === undefined || innerForm === undefined) return refuse(call, 'a tensor with at least one feature axis', x.value)
    if (given.kind === 'tensor' && given.type.shape.length !== 2) return refuse(call, 'a weight [out, in]', given, 'weight')
    const wanted = sizeList(n)
    const out = wanted.length > 0 || given.kind !== 'tensor' ? wanted : [number(given.type.shape[0] as number, given.forms[0])]
    if (out.length === 0 || out.some(({ value }) => value === 0)) {
      call.e.reporter.report(
        messages.missingArgument.at(call.spanOf('n'), { definition: call.name, argument: 'n', kind: 'a size, at least 1' }),
      )
      return undefined
    }
    const [count, form] = [product(out.map(({ value }) => value)), productOf(out.map(formOf))]
    const weight = given.kind === 'tensor' ? given : call.weight('weight', [count, inner], [form, innerForm], start)
    if (weight === undefined) return undefined
    const operands = [x, given.kind === 'tensor' ? { value: weight, span: call.spanOf('weight') } : { value: weight }]
    if (bias.kind === 'tensor') operands.push({ value: bias, span: call.spanOf('bias') })
    else if (bias.kind === 'init') {
      const made = call.weight('bias', [count], [form], bias.init)
      if (made === undefined) return undefined
      operands.push({ value: made })
    }
    return call.emit('linear', operands, { out: out.map(({ value }) => value) }, [...x.value.forms.slice(0, -1), ...out.map(formOf)])
  },
}

const embedding: Builtin = {
  name: 'embedding',
  doc: '`embedding(ids, entries, d)`: the rows of `table` `[entries, d]` at whole numbers.',
  weights: true,
  signature: signature(['ids'], [required('entries', size), required('d', size), optional('init', init), optional('weight', tensor)]),
  apply(call) {
    const ids = call.input('ids')
    const [entries, d, start, given] = [call.param('entries'), call.param('d'), call.init('init', usual), call.param('weight')]
    if (entries?.kind !== 'number' || d?.kind !== 'number' || start === undefined || given === undefined) return undefined
    const forms = [formOf(entries), formOf(d)]
    const table = given.kind === 'tensor' ? given : call.weight('table', [entries.value, d.value], forms, start)
    return (
      table &&
      call.emit('embedding', [{ value: table, span: call.spanOf('weight') }, ids], {}, [...ids.value.forms, table.forms[1] ?? formOf(d)])
    )
  },
}

/**
 * Norms of the last `over` axes with a weight over the last `affine`. The default of `eps` is 1e-5, inside the mean: the value of the
 * Gated DeltaNet and Mamba2 papers' code; published models that differ say so in their config.json, which `expect` can compare.
 */
const norm = (name: string, kind: 'rms' | 'layer', doc: string): Builtin => ({
  name,
  doc,
  weights: true,
  signature: signature(
    ['x'],
    [
      optional('eps', real),
      optional('over', size),
      optional('affine', size),
      optional('init', init),
      ...(kind === 'layer' ? [optional('bias', flagKind)] : []),
    ],
  ),
  apply(call) {
    const x = call.input('x')
    const [eps, over] = [call.number('eps', 1e-5), call.number('over', 1)]
    if (eps === undefined || over === undefined) return undefined
    const affine = call.number('affine', over)
    const start = call.init('init', ones)
    const bias = kind === 'layer' ? call.flag('bias', true) : false
    if (affine === undefined || start === undefined || bias === undefined) return undefined
    const rank = x.value.type.shape.length
    if (over < 1 || over > rank) return refuse(call, `at least ${Math.max(1, over)} feature axes for \`over: ${over}\``, x.value)
    if (affine > rank) return refuse(call, `at least ${affine} feature axes for \`affine: ${affine}\``, x.value)
    const normed = call.emit('norm', [x], { kind, eps, over }, x.value.forms)
    if (normed === undefined || affine === 0) return normed
    const [shape, forms] = [x.value.type.shape.slice(rank - affine), x.value.forms.slice(rank - affine)]
    const weight = call.weight('weight', shape, forms, start)
    const scaled = weight && pointwise(call.e, 'mul', both(normed, weight, call), call.span, call.frame)
    if (scaled === undefined || !bias) return scaled
    const shift = call.weight('bias', shape, forms, zeros)
    return shift && pointwise(call.e, 'add', both(scaled, shift, call), call.span, call.frame)
  },
})

const both = (a: TensorValue, b: TensorValue, { span }: BuiltinCall) => [
  { value: a, span },
  { value: b, span },
]

/** A causal filter per channel over the last `width` tokens; `weight` is `[channels, width]`, its last column for the current token. */
const conv1d: Builtin = {
  name: 'conv1d',
  doc: '`conv1d(x, width, bias: init, init: init)`: a causal depthwise convolution over time.',
  weights: true,
  signature: signature(['x'], [required('width', size), optional('bias', init), optional('init', init)]),
  apply(call) {
    const x = call.input('x')
    const width = call.param('width')
    if (width?.kind !== 'number') return undefined
    const bound = 1 / Math.sqrt(Math.max(1, width.value))
    const start = call.init('init', { fn: 'uniform', args: [-bound, bound] })
    const bias = call.param('bias')
    if (start === undefined || bias === undefined) return undefined
    if (width.value === 0) {
      call.e.reporter.report(messages.notASize.at(call.spanOf('width'), { value: 0, form: null }))
      return undefined
    }
    const [channels, form] = [product(x.value.type.shape), productOf(x.value.forms)]
    const weight = call.weight('weight', [channels, width.value], [form, formOf(width)], start)
    if (weight === undefined) return undefined
    const operands: { value: TensorValue; span?: BuiltinCall['span'] }[] = [x, { value: weight }]
    if (bias.kind === 'init') {
      const made = call.weight('bias', [channels], [form], bias.init)
      if (made === undefined) return undefined
      operands.push({ value: made })
    }
    return call.emit('conv1d', operands, { width: width.value }, x.value.forms)
  },
}

function refuse(call: BuiltinCall, expected: string, value: TensorValue, argument = 'x'): undefined {
  call.e.reporter.report(messages.wrongKind.at(call.spanOf(argument), { found: describeTensor(value), expected }))
  return undefined
}

export const weighted: readonly Builtin[] = [
  linear,
  embedding,
  norm('rms_norm', 'rms', '`rms_norm(x, eps: 1e-5, over: 1, affine: over)`: `x * rsqrt(mean(x^2) + eps) * weight`.'),
  norm(
    'layer_norm',
    'layer',
    '`layer_norm(x, eps: 1e-5, over: 1, affine: over, bias: true)`: mean 0 and variance 1, then weight and bias.',
  ),
  conv1d,
]
