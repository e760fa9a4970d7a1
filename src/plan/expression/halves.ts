import type { Storage } from '../../model/precision.ts'

/** Adds a helper function to a kernel; the same name once. */
type Define = (name: string, text: () => string) => void

/** The two numbers of a word that holds halves, as a `vec2<f32>`. */
export function pair(define: Define, format: Storage, word: string): string {
  if (format === 'f16') return `unpack2x16float(${word})`
  // The upper half of an f32 is a bf16.
  define(
    'unpack2xbf16',
    () => 'fn unpack2xbf16(word: u32) -> vec2<f32> {\n  return bitcast<vec2<f32>>(vec2<u32>(word << 16u, word & 0xffff0000u));\n}',
  )
  return `unpack2xbf16(${word})`
}

/** The four numbers of a `vec2<u32>`, as a `vec4<f32>`. */
export function quad(define: Define, format: Storage, words: string): string {
  define('unpack4', () => {
    const [low, high] = [pair(define, format, 'words.x'), pair(define, format, 'words.y')]
    return `fn unpack4(words: vec2<u32>) -> vec4<f32> {\n  return vec4<f32>(${low}, ${high});\n}`
  })
  return `unpack4(${words})`
}

/** Number `flat` of what `buffer`'s words hold. */
export function numberAt(define: Define, format: Storage, buffer: string, flat: string): string {
  if (format === 'f32') return `${buffer}[${flat}]`
  const index = /^\w+$/.test(flat) ? flat : `(${flat})`
  return `${pair(define, format, `${buffer}[${index} / 2u]`)}[${index} % 2u]`
}
