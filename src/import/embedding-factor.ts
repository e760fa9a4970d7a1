/** Bits of the fraction, by the types that config.json names. */
const fractions: Readonly<Record<string, number>> = { bfloat16: 7, float16: 10 }

/** What Gemma's embeddings are multiplied with: the root of their width, rounded as a number of the type that the published model computes in. */
export function embeddingFactor(width: number, dtype = 'float32'): number {
  const root = Math.sqrt(width)
  const step = 2 ** (Math.floor(Math.log2(root)) - (fractions[dtype] ?? 23))
  // Nine digits are enough to tell one f32 from the next.
  return Number((Math.round(root / step) * step).toPrecision(9))
}
