/** One kernel at one shape, batch 1. Both sides make the same numbers from it (`inputs.ts`). */
export type KernelCase = MatmulCase | RecurrenceCase | ConvolutionCase | AttentionCase

/** `[rows, inner] x [inner, columns]`; links of a chain go back and forth between the two widths. */
export interface MatmulCase {
  readonly kind: 'matmul'
  readonly rows: number
  readonly inner: number
  readonly columns: number
  /**
   * How many weights a chain goes through before it repeats; even. A model's layers have weights of their own, so on a GPU a product must
   * not find its matrix in a cache because the link before has just read it.
   */
  readonly weights: number
  /** How the weights are stored. The peer has no operator for halves with f32 arithmetic. */
  readonly storage: 'f32' | 'f16'
}

/** A matrix state per head, `key x value`, read and written by every token. */
export interface RecurrenceCase {
  readonly kind: 'recurrence'
  /** `gated_delta`: scale, erase and write. `gated`: scale and write. */
  readonly rule: 'gated_delta' | 'gated'
  readonly tokens: number
  readonly heads: number
  /** Heads of the queries and keys; each serves `heads / keyHeads` heads. */
  readonly keyHeads: number
  readonly key: number
  readonly value: number
}

/** Causal depthwise convolution over time, then SiLU. */
export interface ConvolutionCase {
  readonly kind: 'convolution'
  readonly tokens: number
  readonly channels: number
  readonly width: number
}

/** Causal softmax attention of `tokens` tokens that follow `past` earlier ones. */
export interface AttentionCase {
  readonly kind: 'attention'
  readonly tokens: number
  readonly past: number
  readonly heads: number
  readonly keyHeads: number
  readonly size: number
  /** A token sees itself and the `window - 1` before it; null: all before it. */
  readonly window: number | null
}

export interface NamedCase {
  readonly name: string
  readonly shape: string
  readonly case: KernelCase
}

/**
 * Cases for a software device, where the numbers say how algorithms compare, and for a GPU (`large`: heads and widths of published
 * models between 0.5 and 3 billion parameters).
 */
export function kernelCases(large: boolean, longest = large ? 4096 : 1024): NamedCase[] {
  const lengths = [1, 64, 256, 1024, 4096].filter((tokens) => tokens <= longest)
  const heads = large ? { heads: 16, keyHeads: 16, key: 128, value: 128 } : { heads: 4, keyHeads: 4, key: 64, value: 64 }
  const grouped = large ? { heads: 64, keyHeads: 1, key: 128, value: 64 } : { heads: 8, keyHeads: 1, key: 64, value: 32 }
  const attention = large ? { heads: 16, keyHeads: 4, size: 128, window: 2048 } : { heads: 2, keyHeads: 1, size: 64, window: 128 }
  const width = large ? 2048 : 256
  /** Contexts of a decoded token. */
  const pasts = large ? [1024, 4096, 8192, 32_768] : [512]
  return lengths.flatMap((tokens): NamedCase[] => {
    const recurrence = (name: string, rule: RecurrenceCase['rule'], sizes: typeof heads) => ({
      name,
      shape: `T ${tokens}, ${sizes.heads} heads, ${sizes.key} x ${sizes.value}`,
      case: { kind: 'recurrence' as const, rule, tokens, ...sizes },
    })
    const attend = (name: string, window: number | null, before: number) => ({
      name,
      shape: `T ${tokens}${before > 0 ? ` after ${before}` : ''}, ${attention.heads}/${attention.keyHeads} heads of ${attention.size}${window === null ? '' : `, window ${window}`}`,
      case: { ...attention, kind: 'attention' as const, tokens, past: before, window },
    })
    const matmul = (columns: number, storage: MatmulCase['storage']) => ({
      name: storage === 'f32' ? 'matmul' : `matmul, ${storage} weights`,
      shape: `${tokens} x ${width} x ${columns}${columns === width ? '' : ' and back'}`,
      case: {
        kind: 'matmul' as const,
        rows: tokens,
        inner: width,
        columns,
        weights: large ? uncached(width * columns, storage) : 2,
        storage,
      },
    })
    const channels = 3 * heads.heads * heads.key
    return [
      recurrence('GDN', 'gated_delta', heads),
      recurrence('Mamba2', 'gated', grouped),
      attend('SWA', attention.window, tokens === 1 ? (large ? 4096 : 512) : 0),
      ...(tokens === 1 ? pasts.map((before) => attend('attention', null, before)) : []),
      // A software device would spend a minute on the longest.
      ...(tokens > 1 && (large || tokens < 1024) ? [attend('attention', null, 0)] : []),
      { name: 'conv', shape: `T ${tokens}, ${channels} channels, width 4`, case: { kind: 'convolution', tokens, channels, width: 4 } },
      matmul(width, 'f32'),
      matmul(4 * width, 'f32'),
      ...(tokens === 1 || tokens === 256 ? [matmul(width, 'f16'), matmul(4 * width, 'f16')] : []),
    ]
  })
}

/** So many matrices of that size exceed any GPU's cache: 256 MiB. */
function uncached(numbers: number, storage: MatmulCase['storage']): number {
  const bytes = numbers * (storage === 'f32' ? 4 : 2)
  return Math.min(32, 2 * Math.ceil((256 * 2 ** 20) / bytes / 2))
}

/** Whether onnxruntime has an operator for it. */
export const hasPeer = (kernel: KernelCase): boolean => kernel.kind !== 'matmul' || kernel.storage === 'f32'

/** Multiplications and additions of one link, counted as two; recurrences are counted in their token-by-token form. */
export function flops(kernel: KernelCase): number {
  switch (kernel.kind) {
    case 'matmul':
      return 2 * kernel.rows * kernel.inner * kernel.columns
    case 'recurrence': {
      const perElement = kernel.rule === 'gated_delta' ? 7 : 5
      return perElement * kernel.tokens * kernel.heads * kernel.key * kernel.value
    }
    case 'convolution':
      return 2 * kernel.tokens * kernel.channels * kernel.width
    case 'attention': {
      let pairs = 0
      for (let t = 0; t < kernel.tokens; t++) pairs += Math.min(kernel.past + t + 1, kernel.window ?? Number.POSITIVE_INFINITY)
      return 4 * pairs * kernel.heads * kernel.size
    }
  }
}
