/**
 * Relative root-mean-square error: |actual - expected| / |expected|, both in the 2-norm.
 *
 * NaN anywhere gives NaN, so `expect(relativeRms(..)).toBeLessThan(1e-5)` fails on a poisoned element; against an all-zero
 * expectation the error is absolute.
 *
 * @throws if the lengths differ
 */
export function relativeRms(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} elements, expected ${expected.length}`)
  let error = 0
  let scale = 0
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i]! - expected[i]!) ** 2
    scale += expected[i]! ** 2
  }
  return scale === 0 ? Math.sqrt(error / Math.max(1, expected.length)) : Math.sqrt(error / scale)
}

/** The largest absolute difference, and where it is; for messages. */
export function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): { readonly index: number; readonly difference: number } {
  let index = -1
  let difference = 0
  for (let i = 0; i < expected.length; i++) {
    const d = Math.abs(actual[i]! - expected[i]!)
    if (Number.isNaN(d)) return { index: i, difference: d }
    if (d > difference || index < 0) {
      difference = d
      index = i
    }
  }
  return { index, difference }
}

/** A generator of uniform numbers in [0, 1), the same for the same seed everywhere (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `length` normal numbers times `scale`, each exactly representable in f32. */
export function randomNormal(length: number, seed: number, scale = 1): Float32Array {
  const uniform = seeded(seed)
  return Float32Array.from({ length }, () => scale * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()))
}

/** `length` uniform numbers in [low, high), each exactly representable in f32. */
export function randomUniform(length: number, seed: number, low = 0, high = 1): Float32Array {
  const uniform = seeded(seed)
  return Float32Array.from({ length }, () => low + (high - low) * uniform())
}

/** `length` integers in [0, below); token ids. */
export function randomIntegers(length: number, seed: number, below: number): Uint32Array {
  const uniform = seeded(seed)
  return Uint32Array.from({ length }, () => Math.floor(uniform() * below))
}
