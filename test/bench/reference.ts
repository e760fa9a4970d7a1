import { relativeRms } from '../support/numbers.ts'
import type { AttentionCase, ConvolutionCase, KernelCase, MatmulCase, RecurrenceCase } from './cases.ts'
import { attentionInputs, convolutionInputs, matmulInputs, matmulWeight, recurrenceInputs } from './inputs.ts'

/** What came before the first token, for recurrences and convolutions: the state in the inputs, or nothing. */
export type Past = 'given' | 'nothing'

/** Elements of the output, `[tokens][words]` flat, that were computed: all of them, or of a large case as many as take a second or two. */
export interface Expected {
  readonly at: Uint32Array
  readonly values: Float64Array
}

/**
 * What a case must give, by plain loops in f64, token by token. It shares no code with the compiler's reference, so that both sides are
 * judged by a third.
 *
 * @param links matrices that a product goes through, one after the other
 */
export function expected(kernel: KernelCase, past: Past, links = 1): Expected {
  switch (kernel.kind) {
    case 'matmul':
      return matmul(kernel, links)
    case 'recurrence':
      return recurrence(kernel, past)
    case 'convolution':
      return convolution(kernel, past)
    case 'attention':
      return attention(kernel)
  }
}

/** Relative root-mean-square error of an output, at the elements that are known. */
export function errorOf(output: Float32Array, { at, values }: Expected): number {
  return relativeRms(
    Float64Array.from(at, (index) => output[index] ?? Number.NaN),
    values,
  )
}

/** Inner loop iterations that a reference may take. */
const affordable = 5e8

/** Of `count` slices that cost `each`, as many as are affordable: evenly spread, the last one among them. */
function slices(count: number, each: number): number[] {
  const taken = Math.max(1, Math.min(count, Math.floor(affordable / each)))
  return Array.from({ length: taken }, (_, i) => Math.floor(((i + 1) * count) / taken) - 1)
}

class Elements {
  readonly #at: number[] = []
  readonly #values: number[] = []

  add(start: number, values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) {
      this.#at.push(start + i)
      this.#values.push(values[i]!)
    }
  }

  get expected(): Expected {
    return { at: Uint32Array.from(this.#at), values: Float64Array.from(this.#values) }
  }
}

function matmul(kernel: MatmulCase, links: number): Expected {
  const { rows, inner, columns } = kernel
  const { x } = matmulInputs(kernel)
  const weights = Array.from({ length: links }, (_, link) => matmulWeight(kernel, link))
  const elements = new Elements()
  for (const row of slices(rows, inner * columns * links)) {
    let values = Float64Array.from(x.subarray(row * inner, (row + 1) * inner))
    for (const { from, to, data } of weights) {
      const out = new Float64Array(to)
      for (let i = 0; i < from; i++) for (let j = 0; j < to; j++) out[j]! += values[i]! * data[i * to + j]!
      values = out
    }
    elements.add(row * values.length, values)
  }
  return elements.expected
}

function recurrence(kernel: RecurrenceCase, past: Past): Expected {
  const { rule, tokens, heads, keyHeads, key: K, value: V } = kernel
  const inputs = recurrenceInputs(kernel)
  const erase = rule === 'gated_delta'
  const elements = new Elements()
  for (const head of slices(heads, tokens * K * V)) {
    const shared = Math.floor(head / (heads / keyHeads))
    const state = new Float64Array(K * V)
    if (past === 'given') state.set(inputs.state.subarray(head * K * V, (head + 1) * K * V))
    for (let t = 0; t < tokens; t++) {
      const q = inputs.query.subarray((t * keyHeads + shared) * K, (t * keyHeads + shared + 1) * K)
      const k = inputs.key.subarray((t * keyHeads + shared) * K, (t * keyHeads + shared + 1) * K)
      const v = inputs.value.subarray((t * heads + head) * V, (t * heads + head + 1) * V)
      const decay = Math.exp(inputs.decay[t * heads + head]!)
      const beta = erase ? inputs.beta[t * heads + head]! : 1
      const known = new Float64Array(V)
      for (let i = 0; i < K; i++) {
        for (let j = 0; j < V; j++) {
          const kept = state[i * V + j]! * decay
          state[i * V + j] = kept
          if (erase) known[j]! += kept * k[i]!
        }
      }
      const out = new Float64Array(V)
      for (let i = 0; i < K; i++) {
        for (let j = 0; j < V; j++) {
          const next = state[i * V + j]! + k[i]! * beta * (v[j]! - known[j]!)
          state[i * V + j] = next
          out[j]! += (next * q[i]!) / Math.sqrt(K)
        }
      }
      elements.add((t * heads + head) * V, out)
    }
  }
  return elements.expected
}

function convolution(kernel: ConvolutionCase, start: Past): Expected {
  const { tokens, channels, width } = kernel
  const { x, weight, bias, past } = convolutionInputs(kernel)
  const before = start === 'given' ? past : new Float32Array(past.length)
  const at = (t: number, channel: number) => (t < 0 ? before[(t + width - 1) * channels + channel]! : x[t * channels + channel]!)
  const elements = new Elements()
  for (const t of slices(tokens, channels * width)) {
    const out = Float64Array.from({ length: channels }, (_, channel) => {
      let sum = bias[channel]!
      for (let tap = 0; tap < width; tap++) sum += weight[channel * width + tap]! * at(t - (width - 1) + tap, channel)
      return sum / (1 + Math.exp(-sum))
    })
    elements.add(t * channels, out)
  }
  return elements.expected
}

function attention(kernel: AttentionCase): Expected {
  const { tokens, past, heads, keyHeads, size, window } = kernel
  const inputs = attentionInputs(kernel)
  const row = (old: Float32Array, fresh: Float32Array, position: number, head: number) => {
    const [from, t] = position < past ? [old, position] : [fresh, position - past]
    return from.subarray((t * keyHeads + head) * size, (t * keyHeads + head + 1) * size)
  }
  const elements = new Elements()
  for (const t of slices(tokens, 2 * heads * size * Math.min(past + tokens, window ?? Number.POSITIVE_INFINITY))) {
    const last = past + t
    const first = window === null ? 0 : Math.max(0, last - window + 1)
    for (let head = 0; head < heads; head++) {
      const shared = Math.floor(head / (heads / keyHeads))
      const q = inputs.query.subarray((t * heads + head) * size, (t * heads + head + 1) * size)
      const scores = Float64Array.from({ length: last - first + 1 }, (_, j) => {
        const k = row(inputs.pastKey, inputs.key, first + j, shared)
        let dot = 0
        for (let i = 0; i < size; i++) dot += q[i]! * k[i]!
        return dot / Math.sqrt(size)
      })
      const largest = scores.reduce((a, b) => Math.max(a, b))
      const weights = scores.map((score) => Math.exp(score - largest))
      const total = weights.reduce((a, b) => a + b)
      const out = new Float64Array(size)
      for (let j = 0; j < weights.length; j++) {
        const v = row(inputs.pastValue, inputs.value, first + j, shared)
        for (let i = 0; i < size; i++) out[i]! += (weights[j]! / total) * v[i]!
      }
      elements.add((t * heads + head) * size, out)
    }
  }
  return elements.expected
}
