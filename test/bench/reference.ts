import type { AttentionCase, ConvolutionCase, KernelCase, MatmulCase, RecurrenceCase } from './cases.ts'
import { attentionInputs, convolutionInputs, matmulInputs, matmulWeight, recurrenceInputs } from './inputs.ts'

/** What came before the first token, for recurrences and convolutions: the state in the inputs, or nothing. */
export type Past = 'given' | 'nothing'

/**
 * What one link of a case must give, by plain loops in f64, token by token: [tokens][words]. It shares no code with the compiler's
 * reference, so that both sides are judged by a third.
 */
export function expectedOutput(kernel: KernelCase, past: Past): Float64Array {
  switch (kernel.kind) {
    case 'matmul':
      return matmul(kernel)
    case 'recurrence':
      return recurrence(kernel, past)
    case 'convolution':
      return convolution(kernel, past)
    case 'attention':
      return attention(kernel)
  }
}

function matmul(kernel: MatmulCase): Float64Array {
  const { rows, inner, columns } = kernel
  const { x } = matmulInputs(kernel)
  const { data } = matmulWeight(kernel, 0)
  const out = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < inner; i++) {
      const factor = x[row * inner + i]!
      for (let column = 0; column < columns; column++) out[row * columns + column]! += factor * data[i * columns + column]!
    }
  }
  return out
}

function recurrence(kernel: RecurrenceCase, past: Past): Float64Array {
  const { rule, tokens, heads, keyHeads, key: K, value: V } = kernel
  const inputs = recurrenceInputs(kernel)
  const out = new Float64Array(tokens * heads * V)
  for (let head = 0; head < heads; head++) {
    const shared = Math.floor(head / (heads / keyHeads))
    const state = new Float64Array(K * V)
    if (past === 'given') state.set(inputs.state.subarray(head * K * V, (head + 1) * K * V))
    for (let t = 0; t < tokens; t++) {
      const q = inputs.query.subarray((t * keyHeads + shared) * K, (t * keyHeads + shared + 1) * K)
      const k = inputs.key.subarray((t * keyHeads + shared) * K, (t * keyHeads + shared + 1) * K)
      const decay = Math.exp(inputs.decay[t * heads + head]!)
      const beta = rule === 'gated_delta' ? inputs.beta[t * heads + head]! : 1
      for (let i = 0; i < state.length; i++) state[i]! *= decay
      for (let v = 0; v < V; v++) {
        let known = 0
        if (rule === 'gated_delta') for (let i = 0; i < K; i++) known += state[i * V + v]! * k[i]!
        const write = beta * (inputs.value[(t * heads + head) * V + v]! - known)
        let read = 0
        for (let i = 0; i < K; i++) {
          state[i * V + v]! += k[i]! * write
          read += state[i * V + v]! * q[i]!
        }
        out[(t * heads + head) * V + v] = read / Math.sqrt(K)
      }
    }
  }
  return out
}

function convolution(kernel: ConvolutionCase, start: Past): Float64Array {
  const { tokens, channels, width } = kernel
  const { x, weight, bias, past } = convolutionInputs(kernel)
  const before = start === 'given' ? past : new Float32Array(past.length)
  const at = (t: number, channel: number) => (t < 0 ? before[(t + width - 1) * channels + channel]! : x[t * channels + channel]!)
  const out = new Float64Array(tokens * channels)
  for (let t = 0; t < tokens; t++) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = bias[channel]!
      for (let tap = 0; tap < width; tap++) sum += weight[channel * width + tap]! * at(t - (width - 1) + tap, channel)
      out[t * channels + channel] = sum / (1 + Math.exp(-sum))
    }
  }
  return out
}

function attention(kernel: AttentionCase): Float64Array {
  const { tokens, past, heads, keyHeads, size, window } = kernel
  const inputs = attentionInputs(kernel)
  const row = (old: Float32Array, fresh: Float32Array, position: number, head: number) => {
    const [from, t] = position < past ? [old, position] : [fresh, position - past]
    return from.subarray((t * keyHeads + head) * size, (t * keyHeads + head + 1) * size)
  }
  const out = new Float64Array(tokens * heads * size)
  for (let head = 0; head < heads; head++) {
    const shared = Math.floor(head / (heads / keyHeads))
    for (let t = 0; t < tokens; t++) {
      const last = past + t
      const first = window === null ? 0 : Math.max(0, last - window + 1)
      const q = inputs.query.subarray((t * heads + head) * size, (t * heads + head + 1) * size)
      const scores = Float64Array.from({ length: last - first + 1 }, (_, j) => {
        const k = row(inputs.pastKey, inputs.key, first + j, shared)
        let dot = 0
        for (let i = 0; i < size; i++) dot += q[i]! * k[i]!
        return dot / Math.sqrt(size)
      })
      const largest = scores.reduce((a, b) => Math.max(a, b))
      let total = 0
      const o = out.subarray((t * heads + head) * size, (t * heads + head + 1) * size)
      for (let j = 0; j < scores.length; j++) {
        const weight = Math.exp(scores[j]! - largest)
        const v = row(inputs.pastValue, inputs.value, first + j, shared)
        for (let i = 0; i < size; i++) o[i]! += weight * v[i]!
        total += weight
      }
      for (let i = 0; i < size; i++) o[i]! /= total
    }
  }
  return out
}
