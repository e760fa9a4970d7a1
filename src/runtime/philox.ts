/**
 * Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four random words as a pure function of a
 * counter and a key, so that no draw depends on another. The sampling kernel has the same function in WGSL.
 */
export function philox(out: Uint32Array, c0: number, c1: number, c2: number, c3: number, k0: number, k1: number): void {
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0)
    const high2 = multiplyHigh(0xcd9e8d57, c2)
    const low0 = Math.imul(0xd2511f53, c0)
    const low2 = Math.imul(0xcd9e8d57, c2)
    c0 = high2 ^ c1 ^ k0
    c1 = low2
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + 0x9e3779b9) | 0
    k1 = (k1 + 0xbb67ae85) | 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}

/** The upper word of a product of two words. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  // `middle` stays below 2^32, the next sum below 2^33: both are exact in a double.
  const upper = aLow * bHigh + (middle % 0x10000)
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(upper / 0x10000)) | 0
}

/** Two uniform numbers in [0, 1) with 53 bits each from the four words. */
export function uniformPair(words: Uint32Array): readonly [number, number] {
  return [fraction(words[0] ?? 0, words[1] ?? 0), fraction(words[2] ?? 0, words[3] ?? 0)]
}

function fraction(high: number, low: number): number {
  return ((high >>> 5) * 0x4000000 + (low >>> 6)) / 0x20000000000000
}

/** A key for a name and a seed: 64-bit FNV-1a of the name's UTF-8 bytes, with the seed's 53 bits mixed in. */
export function keyOf(name: string, seed: number): readonly [number, number] {
  let hash = 0xcbf29ce484222325n
  const take = (byte: number): void => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  }
  for (const byte of new TextEncoder().encode(name)) take(byte)
  let rest = BigInt.asUintN(64, BigInt(seed))
  for (let i = 0; i < 8; i++, rest >>= 8n) take(Number(rest & 0xffn))
  return [Number(hash & 0xffffffffn), Number(hash >> 32n)]
}
