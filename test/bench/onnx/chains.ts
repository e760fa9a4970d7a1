import type { AttentionCase, ConvolutionCase, KernelCase, MatmulCase, RecurrenceCase } from '../cases.ts'
import { attentionInputs, convolutionInputs, matmulInputs, matmulWeight, recurrenceInputs } from '../inputs.ts'
import type { Attribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './model.ts'

/** A graph of `links` copies of one operator, each reading what the one before wrote, with its inputs. */
export interface Chain {
  readonly model: OnnxModel
  readonly feeds: readonly OnnxTensor[]
  readonly output: string
  /** From the output tensor to rows of tokens, as `reference.ts` gives them. */
  readonly rows: (data: Float32Array) => Float32Array
}

/**
 * The chain for a case. A dependent chain, because a graph optimiser merges equal operators with equal inputs; the time per operator is
 * the slope over `links`, in which upload, download and the session's own cost cancel.
 */
export function chain(kernel: KernelCase, links: number): Chain {
  switch (kernel.kind) {
    case 'matmul':
      return matmul(kernel, links)
    case 'recurrence':
      return recurrence(kernel, links)
    case 'convolution':
      return convolution(kernel, links)
    case 'attention':
      return attention(kernel, links)
  }
}

function matmul(kernel: MatmulCase, links: number): Chain {
  const { rows, inner, columns } = kernel
  const distinct = Math.min(links, kernel.weights)
  const weights = Array.from({ length: distinct }, (_, index): OnnxTensor => {
    const { from, to, data } = matmulWeight(kernel, index)
    return { name: `w${index}`, shape: [from, to], data }
  })
  return build({
    links,
    feeds: [{ name: 'x', shape: [1, rows, inner], data: matmulInputs(kernel).x }],
    weights,
    chained: 'x',
    shape: [1, rows, links % 2 === 0 ? inner : columns],
    link: (x, index) => ({ op: 'MatMul', domain: '', inputs: [x, `w${index % distinct}`], outputs: [] }),
  })
}

/** `com.microsoft.LinearAttention`: inputs are packed `[batch, tokens, heads * size]`, the state is `[batch, heads, key, value]`. */
function recurrence(kernel: RecurrenceCase, links: number): Chain {
  const { rule, tokens, heads, keyHeads, key, value } = kernel
  const inputs = recurrenceInputs(kernel)
  return build({
    links,
    feeds: [
      { name: 'query', shape: [1, tokens, keyHeads * key], data: inputs.query },
      { name: 'key', shape: [1, tokens, keyHeads * key], data: inputs.key },
      { name: 'value', shape: [1, tokens, heads * value], data: inputs.value },
      { name: 'state', shape: [1, heads, key, value], data: inputs.state },
      { name: 'decay', shape: [1, tokens, heads], data: inputs.decay },
      ...(rule === 'gated_delta' ? [{ name: 'beta', shape: [1, tokens, heads], data: inputs.beta }] : []),
    ],
    weights: [],
    chained: 'value',
    shape: [1, tokens, heads * value],
    link: (values, index) => ({
      op: 'LinearAttention',
      domain: 'com.microsoft',
      inputs: ['query', 'key', values, 'state', 'decay', ...(rule === 'gated_delta' ? ['beta'] : [])],
      outputs: [`state_${index}`],
      attributes: {
        update_rule: { text: rule },
        q_num_heads: { int: keyHeads },
        kv_num_heads: { int: heads },
        scale: { float: 1 / Math.sqrt(key) },
      },
    }),
  })
}

/** `com.microsoft.CausalConvWithState`: channels before time, the past as `[batch, channels, width - 1]`. */
function convolution(kernel: ConvolutionCase, links: number): Chain {
  const { tokens, channels, width } = kernel
  const { x, weight, bias, past } = convolutionInputs(kernel)
  const { rows: _, ...rest } = build({
    links,
    feeds: [
      { name: 'x', shape: [1, channels, tokens], data: transposed(x, tokens, channels) },
      { name: 'past', shape: [1, channels, width - 1], data: transposed(past, width - 1, channels) },
    ],
    weights: [
      { name: 'weight', shape: [channels, 1, width], data: weight },
      { name: 'bias', shape: [channels], data: bias },
    ],
    chained: 'x',
    shape: [1, channels, tokens],
    link: (values, index) => ({
      op: 'CausalConvWithState',
      domain: 'com.microsoft',
      inputs: [values, 'weight', 'bias', 'past'],
      outputs: [`past_${index}`],
      attributes: { ndim: { int: 1 }, activation: { text: 'silu' } },
    }),
  })
  return { ...rest, rows: (data) => transposed(data, channels, tokens) }
}

/** `com.microsoft.GroupQueryAttention`: the past as `[batch, heads, tokens, size]`, lengths as tensors. */
function attention(kernel: AttentionCase, links: number): Chain {
  const { tokens, past, heads, keyHeads, size, window } = kernel
  const inputs = attentionInputs(kernel)
  const cached = (name: string, data: Float32Array): OnnxTensor => ({
    name,
    shape: [1, keyHeads, past, size],
    data: headsFirst(data, past, keyHeads, size),
  })
  const pasts = past > 0 ? [cached('past_key', inputs.pastKey), cached('past_value', inputs.pastValue)] : []
  const attributes: Record<string, Attribute> = {
    num_heads: { int: heads },
    kv_num_heads: { int: keyHeads },
    scale: { float: 1 / Math.sqrt(size) },
    ...(window === null ? {} : { local_window_size: { int: window } }),
  }
  return build({
    links,
    feeds: [
      { name: 'query', shape: [1, tokens, heads * size], data: inputs.query },
      { name: 'key', shape: [1, tokens, keyHeads * size], data: inputs.key },
      { name: 'value', shape: [1, tokens, keyHeads * size], data: inputs.value },
      ...pasts,
    ],
    weights: [
      { name: 'last', shape: [1], data: Int32Array.of(past + tokens - 1) },
      { name: 'total', shape: [1], data: Int32Array.of(past + tokens) },
    ],
    chained: 'query',
    shape: [1, tokens, heads * size],
    link: (query, index) => ({
      op: 'GroupQueryAttention',
      domain: 'com.microsoft',
      inputs: [query, 'key', 'value', past > 0 ? 'past_key' : '', past > 0 ? 'past_value' : '', 'last', 'total'],
      outputs: [`key_${index}`, `value_${index}`],
      attributes,
    }),
  })
}

interface Description {
  readonly links: number
  readonly feeds: readonly OnnxTensor[]
  readonly weights: readonly OnnxTensor[]
  /** The input that a link's output replaces in the next. */
  readonly chained: string
  readonly shape: readonly number[]
  /** Without its first output, which is the chain's. */
  readonly link: (input: string, index: number) => OnnxNode
}

function build({ links, feeds, weights, chained, shape, link }: Description): Chain {
  const nodes = Array.from({ length: links }, (_, index): OnnxNode => {
    const node = link(index === 0 ? chained : `link_${index - 1}`, index)
    return { ...node, outputs: [`link_${index}`, ...node.outputs] }
  })
  const output = `link_${links - 1}`
  const value = ({ name, shape, data }: OnnxTensor): OnnxValue => ({
    name,
    shape,
    dtype: data instanceof Int32Array ? 'int32' : 'float32',
  })
  return { model: { inputs: feeds.map(value), outputs: [{ name: output, shape }], weights, nodes }, feeds, output, rows: (data) => data }
}

function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!
  return out
}

function headsFirst(data: Float32Array, tokens: number, heads: number, size: number): Float32Array {
  const out = new Float32Array(data.length)
  for (let t = 0; t < tokens; t++) {
    for (let head = 0; head < heads; head++) {
      out.set(data.subarray((t * heads + head) * size, (t * heads + head + 1) * size), (head * tokens + t) * size)
    }
  }
  return out
}
