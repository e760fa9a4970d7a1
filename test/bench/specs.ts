import type { AttentionCase, ConvolutionCase, KernelCase, MatmulCase, RecurrenceCase } from './cases.ts'

/** The spec of a model that is one kernel: the operands are its inputs, so that nothing but the kernel is in its programs. */
export function kernelSpec(kernel: KernelCase): string {
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

function matmul({ inner, columns, weights, storage }: MatmulCase): string {
  const links = Array.from({ length: weights }, (_, i) => ` | linear(${i % 2 === 0 ? columns : inner}) as link_${i}`)
  return model([`x: f32[B, T, ${inner}]`], `f32[B, T, ${inner}]`, `x${links.join('')}`, '', `weights = ${storage}`)
}

function recurrence({ rule, heads, keyHeads, key, value }: RecurrenceCase): string {
  const erase = rule === 'gated_delta'
  const body = `recurrence rule(q: f32[K], k: f32[K], v: f32[V], ${erase ? 'beta: f32 in 0 .. 1, ' : ''}g: f32 in .. 0) -> f32[V] {
  state S: f32[K, V]
  S = exp(g) * S
  S = S + outer(k, ${erase ? 'beta * (v - read(S, k))' : 'v'})
  out read(S, q) * rsqrt(K)
}
`
  const inputs = [
    `query: f32[B, T, ${keyHeads}, ${key}]`,
    `key: f32[B, T, ${keyHeads}, ${key}]`,
    `value: f32[B, T, ${heads}, ${value}]`,
    `decay: f32[B, T, ${heads}]`,
    ...(erase ? [`beta: f32[B, T, ${heads}]`] : []),
  ]
  // The bounds that the rule wants are proven, not believed: hence the clamps.
  const call = `rule(query, key, value, ${erase ? 'clamp(beta, 0, 1), ' : ''}clamp(decay, -20, 0))`
  return model(inputs, `f32[B, T, ${heads}, ${value}]`, call, body)
}

function convolution({ channels, width }: ConvolutionCase): string {
  return model([`x: f32[B, T, ${channels}]`], `f32[B, T, ${channels}]`, `x | conv1d(${width}, bias: zeros) as conv | silu`)
}

function attention({ heads, keyHeads, size, window }: AttentionCase): string {
  const body = `attention local(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {
  where j <= i${window === null ? '' : ` and i - j < ${window}`}
  out softmax(dot(q, k) * rsqrt(D)) of v
}
`
  const inputs = [`query: f32[B, T, ${heads}, ${size}]`, `key: f32[B, T, ${keyHeads}, ${size}]`, `value: f32[B, T, ${keyHeads}, ${size}]`]
  return model(inputs, `f32[B, T, ${heads}, ${size}]`, 'local(query, key, value)', body)
}

function model(inputs: readonly string[], output: string, equation: string, definitions = '', precision = ''): string {
  return `gdn 1

${definitions}
model Kernel {
  dim B: batch
  dim T: time
${inputs.map((input) => `  input ${input}`).join('\n')}
  output result: ${output}
  result = ${equation}
  precision { ${precision} }
}
`
}
