import type { AttentionCase, ConvolutionCase, KernelCase, MatmulCase, RecurrenceCase } from './cases.ts'
import { attentionInputs, convolutionInputs, matmulInputs, matmulWeight, recurrenceInputs } from './inputs.ts'
import { type Expected, expected } from './reference.ts'

/** What the model of a case (`specs.ts`) is fed with, and what it must answer. */
export interface Feed {
  /** Of all tokens, by input: `[tokens][words]`. */
  readonly inputs: Readonly<Record<string, Float32Array>>
  readonly tokens: number
  /** `step`: what is timed is the last token alone, after a prefill of those before; `forward`: all tokens in one pass. */
  readonly program: 'step' | 'forward'
  readonly weights: readonly { readonly path: string; readonly data: Float32Array }[]
  /** Elements of the output of the timed tokens. */
  readonly expected: Expected
  /** Kernels of the case in one run of the program. */
  readonly links: number
}

/** Tokens before the timed one, where the case itself has none: a state of zeros would hide an erase. */
const warmUp = 8

export function feedOf(kernel: KernelCase): Feed {
  switch (kernel.kind) {
    case 'matmul':
      return matmul(kernel)
    case 'recurrence':
      return recurrence(kernel)
    case 'convolution':
      return convolution(kernel)
    case 'attention':
      return attention(kernel)
  }
}

function matmul(kernel: MatmulCase): Feed {
  const { rows, weights: links } = kernel
  const weights = Array.from({ length: links }, (_, link) => {
    const { from, to, data } = matmulWeight(kernel, link)
    return { path: `link_${link}.weight`, data: transposed(data, from, to) }
  })
  const { x } = matmulInputs(kernel)
  return {
    inputs: { x },
    tokens: rows,
    program: rows === 1 ? 'step' : 'forward',
    weights,
    expected: expected(kernel, 'nothing', links),
    links,
  }
}

function recurrence(kernel: RecurrenceCase): Feed {
  const whole = { ...kernel, tokens: kernel.tokens === 1 ? warmUp + 1 : kernel.tokens }
  const { query, key, value, decay, beta } = recurrenceInputs(whole)
  return {
    inputs: { query, key, value, decay, ...(kernel.rule === 'gated_delta' ? { beta } : {}) },
    ...passOf(kernel, whole, kernel.heads * kernel.value),
    weights: [],
  }
}

function convolution(kernel: ConvolutionCase): Feed {
  const whole = { ...kernel, tokens: kernel.tokens === 1 ? warmUp + 1 : kernel.tokens }
  const { x, weight, bias } = convolutionInputs(whole)
  return {
    inputs: { x },
    ...passOf(kernel, whole, kernel.channels),
    weights: [
      { path: 'conv.weight', data: weight },
      { path: 'conv.bias', data: bias },
    ],
  }
}

function attention(kernel: AttentionCase): Feed {
  const { query, key, value, pastKey, pastValue } = attentionInputs(kernel)
  // What is asked at earlier positions does not matter.
  const earlier = new Float32Array((kernel.past * query.length) / kernel.tokens)
  return {
    inputs: { query: joined(earlier, query), key: joined(pastKey, key), value: joined(pastValue, value) },
    tokens: kernel.past + kernel.tokens,
    program: kernel.tokens === 1 ? 'step' : 'forward',
    weights: [],
    expected: expected(kernel, 'given'),
    links: 1,
  }
}

/** A case whose single token comes after others is one of several tokens of which the last counts. */
function passOf<Case extends KernelCase & { readonly tokens: number }>(kernel: Case, whole: Case, words: number) {
  const { at, values } = expected(whole, 'nothing')
  const start = (whole.tokens - kernel.tokens) * words
  const kept = [...at.keys()].filter((i) => at[i]! >= start)
  return {
    tokens: whole.tokens,
    program: kernel.tokens === 1 ? ('step' as const) : ('forward' as const),
    expected: { at: Uint32Array.from(kept, (i) => at[i]! - start), values: Float64Array.from(kept, (i) => values[i]!) },
    links: 1,
  }
}

function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!
  return out
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const out = new Float32Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
