import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../src/graph/graph.ts'
import { tensor } from '../../src/graph/tensor.ts'
import { verifyGraph } from '../../src/graph/verify.ts'
import { evaluate } from '../../src/reference/evaluate.ts'
import { product } from '../../src/util/numbers.ts'
import { type GoldenOp, goldenOps, readGoldenOp } from '../support/golden.ts'
import { relativeRms } from '../support/numbers.ts'
import { f64 } from '../support/safetensors.ts'
import { modelOf } from '../support/spec.ts'

/** Relative RMS; both sides were computed in f64, and the files hold f32. */
const TOLERANCE = 5e-7

/** How a published operator is said with the library's definitions, over inputs with the file's names. */
interface Saying {
  readonly call: (op: GoldenOp) => string
  /** What the published layer does with the result `r`. */
  readonly finish?: string
  /** States of `r`, with the file's names for them after the last token and before the first. */
  readonly states?: Readonly<Record<string, readonly [final: string, start: string]>>
  /** Whether the file's states have their last two axes the other way round. */
  readonly transposed?: boolean
}

// The gates were drawn in these ranges; a spec has to say so.
const [beta, g] = ['clamp(beta, 0, 2)', 'clamp(g, none, 0)']
const S = { S: ['ht', 'h0'] } as const
const delta: Saying = { call: () => `delta_rule(q, k, v, ${beta})`, states: S }
const products: Saying = {
  call: () => `delta_product(q, permute(k, 1, 0, 2), permute(v, 1, 0, 2), clamp(permute(beta, 1, 0), 0, 2), ${g})`,
  states: S,
}
const mamba2: Saying = { call: () => 'ssd(C, B, x, softplus(dt + dt_bias), -exp(A_log), D)', states: { h: ['ht', 'h0'] }, transposed: true }
const dense = (more: string): Saying => ({
  call: ({ args }) => `dense(q | rope(10_000), k | rope(10_000), v, window: ${args['window']}${more})`,
})

const sayings: Readonly<Record<string, Saying>> = {
  gated_delta_rule: { call: () => `gated_delta(q, k, v, ${beta}, ${g})`, states: S },
  delta_rule: delta,
  delta_rule_neg: delta,
  gdn_raw: { call: () => 'gated_delta(unit(q), unit(k), v, sigmoid(b), -exp(A_log) * softplus(a + dt_bias))', states: S },
  gated_delta_product_n2: products,
  gated_delta_product_n3: products,
  gla: { call: () => `gated_linear(q, k, v, ${g})`, states: S },
  gsa: {
    call: ({ shapes }) => `slot_memory(q, k, v, s, ${g}, scale: rsqrt(${shapes['in.q']?.at(-1)}))`,
    states: { keys: ['hk', 'hk0'], values: ['hv', 'hv0'] },
  },
  kda: { call: () => `kimi_delta(q, k, v, ${beta}, ${g})`, states: S },
  kda_raw: { call: () => 'kimi_delta(unit(q), unit(k), v, sigmoid(b), -exp(unsqueeze(A_log)) * softplus(a + dt_bias))', states: S },
  mamba2,
  mamba2_z: { ...mamba2, finish: 'r * silu(z)' },
  swa: dense(''),
  swa_sink: dense(', sink: sinks'),
  swa_softcap: dense(', cap: 2'),
  swat: { call: ({ args }) => `sigmoid_local(q | rope(10_000), k | rope(10_000), v, slopes, window: ${args['window']})` },
}

/** One case as a spec with its inputs, and what its outputs must be. */
class Golden {
  readonly spec: string
  readonly inputs: Record<string, Tensor> = {}
  readonly expected: Record<string, Tensor> = {}
  readonly #op: GoldenOp
  readonly #saying: Saying
  readonly #tensors: ReturnType<typeof readGoldenOp>
  readonly #lines: string[] = []

  constructor(op: GoldenOp) {
    this.#op = op
    this.#saying = sayings[op.variant] as Saying
    this.#tensors = readGoldenOp(op)
    const states = Object.entries(this.#saying.states ?? {})
    const starts = states.filter(([, [, start]]) => this.#tensors.has(`in.${start}`))
    for (const name of this.#names()) if (!starts.some(([, [, start]]) => start === name)) this.#input(name)
    for (const [, [, start]] of starts) this.#state(`in.${start}`, start, 'input')
    this.#border('o', this.#tensor('out.o'), true, 'output')
    for (const [state, [final]] of states) this.#state(`out.${final}`, state, 'output')
    const call = this.#saying.call(op)
    const initial = starts.length === 0 ? '' : `, initial: [${starts.map(([, [, start]]) => start).join(', ')}]`
    this.#lines.push(`r = ${call.slice(0, -1)}${starts.length === 1 ? initial.replace(/[[\]]/g, '') : initial})`)
    this.#lines.push(`o = ${this.#saying.finish ?? 'r'}`, ...states.map(([state]) => `${state} = r.${state}`))
    this.spec = [
      'gdn 1',
      'model Golden {',
      '  dim sequences: batch',
      '  dim tokens: time',
      ...this.#lines.map((line) => `  ${line}`),
      '}',
      '',
    ].join('\n')
  }

  #names(): readonly string[] {
    return [...this.#tensors.keys()].flatMap((name) => (name.startsWith('in.') ? [name.slice(3)] : []))
  }

  #tensor(name: string): Tensor {
    return tensor(this.#op.shapes[name] ?? [], f64(this.#tensors, name))
  }

  /** Several rows of a token lie one after the other in the file: an axis of their own here. */
  #input(name: string): void {
    const { shape, data } = this.#tensor(`in.${name}`)
    const rows = (shape[1] ?? 0) / this.#op.T
    const perToken = !['A_log', 'D', 'dt_bias', 'sinks', 'slopes'].includes(name)
    const own = perToken && rows > 1 ? [shape[0] ?? 0, this.#op.T, rows, ...shape.slice(2)] : shape
    this.#border(name, tensor(own, data), perToken, 'input')
  }

  /** Ours are one for each head of the result; the file has one for all heads that share it. */
  #state(file: string, name: string, side: 'input' | 'output'): void {
    const { shape, data } = this.#saying.transposed === true ? transposed(this.#tensor(file)) : this.#tensor(file)
    const [batch = 0, memories = 0, ...own] = shape
    const heads = this.#op.shapes['out.o']?.[2] ?? 0
    const size = product(own)
    const repeated = Float64Array.from({ length: batch * heads * size }, (_, i) => {
      const [sequence, head] = [Math.floor(i / size / heads), Math.floor(i / size) % heads]
      return data[(sequence * memories + Math.floor((head * memories) / heads)) * size + (i % size)] as number
    })
    this.#border(name, tensor([batch, heads, ...own], repeated), false, side)
  }

  #border(name: string, value: Tensor, perToken: boolean, side: 'input' | 'output'): void {
    const isState = !perToken && value.shape.length > 2
    const axes = perToken
      ? ['sequences', 'tokens', ...value.shape.slice(2)]
      : isState
        ? ['sequences', ...value.shape.slice(1)]
        : value.shape
    this.#lines.push(`${side} ${name}: f32[${axes.join(', ')}]`)
    if (side === 'input') this.inputs[name] = value
    else this.expected[name] = value
  }
}

/** `[.., rows, columns]` with its last axes exchanged. */
function transposed({ shape, data }: Tensor): Tensor {
  const [rows, columns] = shape.slice(-2) as [number, number]
  const size = rows * columns
  const turned = data.map((_, i) => {
    const [column, row] = [Math.floor((i % size) / rows), i % rows]
    return data[i - (i % size) + row * columns + column] as number
  })
  return tensor([...shape.slice(0, -2), columns, rows], turned)
}

describe('the library, by the reference, agrees with published operators in outputs and final states', () => {
  it.each(goldenOps().map((op) => [op.file, op] as const))('%s', (_, op) => {
    const { spec, inputs, expected } = new Golden(op)
    const { graph } = modelOf(spec)
    expect(verifyGraph(graph)).toEqual([])
    const [batch, time] = op.shapes['out.o'] as [number, number]
    const extent = { batch, time, lengths: Array<number>(batch).fill(time) }
    const { outputs } = evaluate(graph, { inputs, weights: () => tensor([], [0]), extent })
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(expected).sort())
    for (const [name, { shape, data }] of Object.entries(expected)) {
      expect(outputs[name]?.shape, name).toEqual(shape)
      expect(relativeRms(outputs[name]?.data ?? [], data), name).toBeLessThan(TOLERANCE)
    }
  })

  it('knows every operator of the golden data', () => {
    expect([...new Set(goldenOps().map(({ variant }) => variant))].sort()).toEqual(Object.keys(sayings).sort())
  })
})
