import { describe, expect, it } from 'vitest'
import type { Recurrence } from '../../src/graph/graph.ts'
import { delta, gatedDelta, sigmoidAttention, softmaxAttention, ssd } from '../graph/bodies.ts'
import { type GoldenOp, goldenOps, readGoldenOp } from '../support/golden.ts'
import { f64, type Tensor } from '../support/safetensors.ts'
import { modelOf } from '../support/spec.ts'
import { type Argument, actual, attends, type Case, type Outcome, type Pass, passes, worstError } from './support/cases.ts'
import { plans as recurrent } from './support/recurrences.ts'

/** Published operators, their outputs and final states computed in f64 elsewhere. */
const TOLERANCE = 1e-5

const plans = {
  ...recurrent,
  serial: recurrent.step,
  attend: attends('prefill', { appends: false, divides: false }),
  attend_step: attends('step', { appends: true, divides: true }),
}

type Tensors = ReadonlyMap<string, Tensor>

interface Golden {
  readonly test: Case
  readonly wanted: Outcome
  /** What follows the operator in the published layer. */
  readonly finish?: (outputs: Float64Array[]) => Float64Array[]
}

const dims = (op: GoldenOp, name: string) => op.shapes[`in.${name}`] as readonly number[]
const input = (tensors: Tensors, name: string) => f64(tensors, `in.${name}`)

const perToken = (op: GoldenOp, tensors: Tensors, name: string, map = (x: Float64Array) => x): Argument => ({
  heads: dims(op, name)[2] as number,
  data: map(input(tensors, name)),
})

const softplus = (x: number) => (x > 20 ? x : Math.log1p(Math.exp(x)))
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** Rows of `words` words to length 1, as published. */
const unit = (words: number) => (data: Float64Array) =>
  data.map((x, i) => {
    const from = i - (i % words)
    return x / Math.sqrt(data.subarray(from, from + words).reduce((sum, y) => sum + y * y, 0) + 1e-6)
  })

function sequences(op: GoldenOp, data: Float64Array): Float64Array[] {
  const batch = op.shapes['out.o']?.[0] as number
  return Array.from({ length: batch }, (_, b) => data.slice((b * data.length) / batch, ((b + 1) * data.length) / batch))
}

function recurrence(op: GoldenOp, tensors: Tensors, body: Recurrence, args: Argument[], turned = false): Golden {
  const [batch, tokens] = op.shapes['out.o'] as [number, number]
  const [{ name, shape }] = body.states as [Recurrence['states'][number]]
  const [rows, columns] = shape as [number, number]
  const state = (tensor: string) => (turned ? transposed(f64(tensors, tensor), columns, rows) : f64(tensors, tensor))
  return {
    test: {
      body,
      args,
      batch,
      tokens,
      lengths: Array(batch).fill(tokens),
      ...(tensors.has('in.h0') ? { initial: { [name]: state('in.h0') } } : {}),
    },
    wanted: { outputs: sequences(op, f64(tensors, 'out.o')), states: { [name]: state('out.ht') } },
  }
}

/** `[.., rows, columns]` with its last axes exchanged. */
function transposed(data: Float64Array, rows: number, columns: number): Float64Array {
  const size = rows * columns
  return data.map((_, i) => {
    const [column, row] = [Math.floor((i % size) / rows), i % rows]
    return data[i - (i % size) + row * columns + column] as number
  })
}

function gdn(op: GoldenOp, tensors: Tensors): Golden {
  const [K, V] = [dims(op, 'q').at(-1) as number, dims(op, 'v').at(-1) as number]
  const own = (name: string, map?: (x: Float64Array) => Float64Array) => perToken(op, tensors, name, map)
  if (op.op === 'gated_delta_rule')
    return recurrence(
      op,
      tensors,
      gatedDelta(K, V),
      ['q', 'k', 'v', 'beta', 'g'].map((name) => own(name)),
    )
  if (op.op === 'delta_rule')
    return recurrence(
      op,
      tensors,
      delta(K, V),
      ['q', 'k', 'v', 'beta'].map((name) => own(name)),
    )
  const [A, bias] = [input(tensors, 'A_log'), input(tensors, 'dt_bias')]
  const decay = (a: Float64Array) => a.map((x, i) => -Math.exp(A[i % A.length] as number) * softplus(x + (bias[i % A.length] as number)))
  return recurrence(op, tensors, gatedDelta(K, V), [
    own('q', unit(K)),
    own('k', unit(K)),
    own('v'),
    own('b', (b) => b.map(sigmoid)),
    own('a', decay),
  ])
}

function mamba2(op: GoldenOp, tensors: Tensors): Golden {
  const [N, P, heads] = [dims(op, 'B').at(-1) as number, dims(op, 'x').at(-1) as number, dims(op, 'x')[2] as number]
  const bias = input(tensors, 'dt_bias')
  const dt = (x: Float64Array) => x.map((y, i) => softplus(y + (bias[i % heads] as number)))
  const perHead = (data: Float64Array): Argument => ({ heads, roles: false, data })
  const golden = recurrence(
    op,
    tensors,
    ssd(N, P),
    [
      perToken(op, tensors, 'C'),
      perToken(op, tensors, 'B'),
      perToken(op, tensors, 'x'),
      perToken(op, tensors, 'dt', dt),
      perHead(input(tensors, 'A_log').map((x) => -Math.exp(x))),
      perHead(input(tensors, 'D')),
    ],
    true,
  )
  if (!tensors.has('in.z')) return golden
  const gates = sequences(op, input(tensors, 'z'))
  return {
    ...golden,
    finish: (outputs) => outputs.map((out, b) => out.map((y, i) => y * (gates[b]?.[i] as number) * sigmoid(gates[b]?.[i] as number))),
  }
}

function window(op: GoldenOp, tensors: Tensors): Golden {
  const [batch, tokens] = op.shapes['out.o'] as [number, number]
  const [D, V] = [dims(op, 'q').at(-1) as number, dims(op, 'v').at(-1) as number]
  const cap = op.args['softcap'] as number | undefined
  const sink = tensors.has('in.sinks')
  const size = Number(op.args['window'])
  const body = softmaxAttention(D, V, { window: size, sink, ...(cap === undefined ? {} : { cap }) })
  const args = [rotated(op, tensors, 'q'), rotated(op, tensors, 'k'), perToken(op, tensors, 'v')]
  if (sink) args.push({ heads: dims(op, 'q')[2] as number, roles: false, data: input(tensors, 'sinks') })
  return {
    test: { body, args, batch, tokens, lengths: Array(batch).fill(tokens), slots: size + tokens },
    wanted: { outputs: sequences(op, f64(tensors, 'out.o')), states: {} },
  }
}

function sigmoidWindow(op: GoldenOp, tensors: Tensors): Golden {
  const golden = window(op, tensors)
  const [D, V] = [dims(op, 'q').at(-1) as number, dims(op, 'v').at(-1) as number]
  const slopes: Argument = { heads: dims(op, 'q')[2] as number, roles: false, data: input(tensors, 'slopes') }
  const body = sigmoidAttention(D, V, Number(op.args['window']))
  return { ...golden, test: { ...golden.test, body, args: [...golden.test.args, slopes] } }
}

/** Pairs (p, p + D / 2) turned by `t * 10000^(-2p / D)`. */
function rotated(op: GoldenOp, tensors: Tensors, name: string): Argument {
  const [, tokens, heads, D] = dims(op, name) as [number, number, number, number]
  return perToken(op, tensors, name, (data) =>
    data.map((x, i) => {
      const [d, t] = [i % D, Math.floor(i / (heads * D)) % tokens]
      const angle = t * 10_000 ** ((-2 * (d % (D / 2))) / D)
      const other = data[d < D / 2 ? i + D / 2 : i - D / 2] as number
      return x * Math.cos(angle) + (d < D / 2 ? -other : other) * Math.sin(angle)
    }),
  )
}

/** A definition of the library for the sizes of a case. */
function libraryBody(op: GoldenOp, call: string, params: Readonly<Record<string, readonly number[]>>): Recurrence {
  const inputs = Object.entries(params).map(([name, shape]) => `  input ${name}: f32[${['B', 'T', ...shape].join(', ')}]`)
  const width = op.shapes['out.o']?.at(-1)
  const text = [
    'gdn 1',
    'model M {',
    '  dim B: batch',
    '  dim T: time',
    ...inputs,
    `  output o: f32[B, T, ${width}]`,
    `  o = ${call}`,
    '}',
    '',
  ]
  const [body] = modelOf(text.join('\n')).graph.recurrences
  if (!body) throw new Error(`${call} has no recurrence`)
  return body
}

const last = (op: GoldenOp, name: string) => dims(op, name).at(-1) as number

function kda(op: GoldenOp, tensors: Tensors): Golden {
  const [K, V] = [last(op, 'q'), last(op, 'v')]
  const call = 'kimi_delta(q, k, v, clamp(beta, 0, 2), clamp(g, none, 0))'
  const body = libraryBody(op, call, { q: [K], k: [K], v: [V], beta: [], g: [K] })
  const own = (name: string, map?: (x: Float64Array) => Float64Array) => perToken(op, tensors, name, map)
  if (op.op === 'kda' && op.variant === 'kda')
    return recurrence(
      op,
      tensors,
      body,
      ['q', 'k', 'v', 'beta', 'g'].map((name) => own(name)),
    )
  const [A, bias] = [input(tensors, 'A_log'), input(tensors, 'dt_bias')]
  const decay = (a: Float64Array) =>
    a.map((x, i) => -Math.exp(A[Math.floor(i / K) % A.length] as number) * softplus(x + (bias[i % bias.length] as number)))
  return recurrence(op, tensors, body, [own('q', unit(K)), own('k', unit(K)), own('v'), own('b', (b) => b.map(sigmoid)), own('a', decay)])
}

function gla(op: GoldenOp, tensors: Tensors): Golden {
  const [K, V] = [last(op, 'q'), last(op, 'v')]
  const body = libraryBody(op, 'gated_linear(q, k, v, clamp(g, none, 0))', { q: [K], k: [K], v: [V], g: [K] })
  return recurrence(
    op,
    tensors,
    body,
    ['q', 'k', 'v', 'g'].map((name) => perToken(op, tensors, name)),
  )
}

function deltaProduct(op: GoldenOp, tensors: Tensors): Golden {
  const [K, V, n] = [last(op, 'q'), last(op, 'v'), Number(op.args['n'])]
  const call = 'delta_product(q, k, v, clamp(beta, 0, 2), clamp(g, none, 0))'
  const body = libraryBody(op, call, { q: [K], k: [n, K], v: [n, V], beta: [n], g: [] })
  // Steps lie before heads in the file, a head sees its steps together.
  const steps = (name: string): Argument => {
    const heads = dims(op, name)[2] as number
    const words = dims(op, name).length === 3 ? 1 : last(op, name)
    const data = input(tensors, name)
    return {
      heads,
      data: data.map((_, i) => {
        const [w, j, h, t] = [i % words, Math.floor(i / words) % n, Math.floor(i / words / n) % heads, Math.floor(i / words / n / heads)]
        return data[((t * n + j) * heads + h) * words + w] as number
      }),
    }
  }
  return recurrence(op, tensors, body, [perToken(op, tensors, 'q'), steps('k'), steps('v'), steps('beta'), perToken(op, tensors, 'g')])
}

function gsa(op: GoldenOp, tensors: Tensors): Golden {
  const [K, V, M] = [last(op, 'q'), last(op, 'v'), last(op, 's')]
  const call = `slot_memory(q, k, v, s, clamp(f, none, 0), scale: rsqrt(${K}))`
  const body = libraryBody(op, call, { q: [K], k: [K], v: [V], s: [M], f: [M] })
  const [batch, tokens, heads] = dims(op, 'q') as [number, number, number]
  const memories = dims(op, 'k')[2] as number
  // Our states are per query head, the file's per memory.
  const shared = (name: string) => {
    const data = f64(tensors, name)
    const size = data.length / (batch * memories)
    return Float64Array.from({ length: batch * heads * size }, (_, i) => {
      const [b, h] = [Math.floor(i / size / heads), Math.floor(i / size) % heads]
      return data[(b * memories + Math.floor(h / (heads / memories))) * size + (i % size)] as number
    })
  }
  return {
    test: {
      body,
      args: ['q', 'k', 'v', 's', 'g'].map((name) => perToken(op, tensors, name)),
      batch,
      tokens,
      lengths: Array(batch).fill(tokens),
      ...(tensors.has('in.hk0') ? { initial: { keys: shared('in.hk0'), values: shared('in.hv0') } } : {}),
    },
    wanted: { outputs: sequences(op, f64(tensors, 'out.o')), states: { keys: shared('out.hk'), values: shared('out.hv') } },
  }
}

const families: Readonly<Record<string, (op: GoldenOp, tensors: Tensors) => Golden>> = {
  gated_delta_rule: gdn,
  delta_rule: gdn,
  delta_rule_neg: gdn,
  gdn_raw: gdn,
  gated_delta_product_n2: deltaProduct,
  gated_delta_product_n3: deltaProduct,
  gla,
  gsa,
  kda,
  kda_raw: kda,
  mamba2,
  mamba2_z: mamba2,
  swa: window,
  swa_sink: window,
  swa_softcap: window,
  swat: sigmoidWindow,
}

const cases = Object.keys(families).flatMap((variant) => goldenOps(variant))

async function error(op: GoldenOp, sequence: readonly Pass[]): Promise<number> {
  const golden = (families[op.variant] as (typeof families)[string])(op, readGoldenOp(op))
  const found = await actual(golden.test, plans, sequence)
  return worstError({ ...found, outputs: golden.finish?.([...found.outputs]) ?? found.outputs }, golden.wanted)
}

describe('recurrences', () => {
  describe.each(cases.filter(({ op }) => !op.startsWith('swa')).map((op) => [op.file, op] as const))('%s', (_, op) => {
    it('in chunks', async () => expect(await error(op, passes('chunk', op.T))).toBeLessThan(TOLERANCE))
    it('in chunks of two passes', async () => expect(await error(op, passes('chunk', op.T, Math.ceil(op.T / 2)))).toBeLessThan(TOLERANCE))
    it('token by token in one launch', async () => expect(await error(op, passes('serial', op.T))).toBeLessThan(TOLERANCE))
    it('one launch per token', async () => expect(await error(op, passes('step', op.T, 1))).toBeLessThan(TOLERANCE))
  })
})

describe('attention', () => {
  describe.each(cases.filter(({ op }) => op.startsWith('swa')).map((op) => [op.file, op] as const))('%s', (_, op) => {
    it('in one pass', async () => expect(await error(op, passes('attend', op.T))).toBeLessThan(TOLERANCE))
    it('in two passes', async () => expect(await error(op, passes('attend', op.T, Math.ceil(op.T / 2)))).toBeLessThan(TOLERANCE))
    it('step by step', async () => expect(await error(op, passes('attend_step', op.T, 1))).toBeLessThan(TOLERANCE))
  })
})
