import type { WeightEntry } from '../manifest.ts'
import { product } from '../tensor.ts'

/** Number formats of two bytes: `f16` has 5 bits of exponent and 10 of fraction, `bf16` is the upper half of an f32. */
export type HalfFormat = 'f16' | 'bf16'

/** The largest finite number of each. */
export const largestHalf: Readonly<Record<HalfFormat, number>> = { f16: 65504, bf16: (2 - 2 ** -7) * 2 ** 127 }

/**
 * The nearest numbers of the format, ties to even.
 *
 * @param data finite numbers
 * @param overflow called with the first element that is too large for the format
 */
export function toHalves(
  format: HalfFormat,
  data: Float32Array<ArrayBuffer>,
  overflow: (index: number) => never,
): Uint16Array<ArrayBuffer> {
  // Signed, so that no word needs a double: a model has billions of them.
  const words = new Int32Array(data.buffer, data.byteOffset, data.length)
  const halves = new Uint16Array(data.length)
  if (format === 'f16') fillF16(words, halves)
  else fillBf16(words, halves)
  const infinity = format === 'f16' ? 0x7c00 : 0x7f80
  for (let i = 0; i < halves.length; i++) if (((halves[i] as number) & infinity) === infinity) overflow(i)
  return halves
}

/** The same numbers as f32, exactly. */
export function fromHalves(format: HalfFormat, halves: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(halves.length)
  if (format === 'bf16') for (let i = 0; i < words.length; i++) words[i] = (halves[i] as number) << 16
  else for (let i = 0; i < words.length; i++) words[i] = bitsOfF16(halves[i] as number)
  return new Float32Array(words.buffer)
}

/** Words that `rows` entries along the first axis of a weight take. Rows of packed ones fill whole words. */
export function wordsOfRows({ shape, packed }: Pick<WeightEntry, 'shape' | 'packed'>, rows: number): number {
  return (rows * product(shape.slice(1))) / (packed === true ? 2 : 1)
}

function fillBf16(words: Int32Array, halves: Uint16Array): void {
  for (let i = 0; i < words.length; i++) {
    const bits = words[i] as number
    halves[i] = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
  }
}

function fillF16(words: Int32Array, halves: Uint16Array): void {
  for (let i = 0; i < words.length; i++) {
    const bits = words[i] as number
    const size = bits & 0x7fffffff
    // From 2^-14 on only the exponent's bias differs; a carry out of the fraction raises the exponent, as it should.
    const half = size >= 0x38800000 ? (size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13 : subnormalF16(size)
    halves[i] = ((bits >>> 16) & 0x8000) | half
  }
}

/** Below 2^-14 an f16 counts multiples of 2^-24. */
function subnormalF16(size: number): number {
  const shift = 126 - (size >>> 23)
  if (shift > 24) return 0
  const fraction = (size & 0x7fffff) | 0x800000
  const count = fraction >>> shift
  const rest = fraction & ((1 << shift) - 1)
  const tie = 1 << (shift - 1)
  return count + (rest > tie || (rest === tie && (count & 1) === 1) ? 1 : 0)
}

/** The f32 bits of an f16. */
function bitsOfF16(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13)
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13)
  if (fraction === 0) return sign
  // A subnormal half is a normal float: shift its leading one into place.
  const shift = Math.clz32(fraction) - 21
  return sign | ((113 - shift) << 23) | ((fraction << (13 + shift)) & 0x7fffff)
}
