import type { Manifest } from '../../src/runtime/manifest.ts'
import type { ByteReader } from '../../src/runtime/weights/source.ts'
import { randomNormal } from '../support/numbers.ts'

/** Numbers that are drawn; a larger file repeats them. */
const block = 1 << 22

/**
 * A safetensors file in which every weight of a model lies under its own path, without being one: a seeded block of normal numbers
 * answers every read. To draw billions of numbers would take minutes and to keep them, gigabytes; what is timed is the way from a
 * file's bytes to the GPU.
 */
export function repeatedWeights(manifest: Manifest, scale = 0.02): ByteReader {
  const entries: Record<string, object> = {}
  let end = 0
  for (const { path, shape, constant } of manifest.weights) {
    if (constant === true) continue
    const start = end
    end += 4 * shape.reduce((a, b) => a * b, 1)
    entries[path] = { dtype: 'F32', shape, data_offsets: [start, end] }
  }
  const json = JSON.stringify(entries)
  const header = new TextEncoder().encode(json.padEnd(8 * Math.ceil(json.length / 8)))
  const start = new Uint8Array(8 + header.length)
  new DataView(start.buffer).setBigUint64(0, BigInt(header.length), true)
  start.set(header, 8)
  const numbers = new Uint8Array(randomNormal(block, 1, scale).buffer)
  return {
    size: start.length + end,
    async read(offset, length) {
      const bytes = new Uint8Array(Math.min(length, start.length + end - offset))
      let at = 0
      if (offset < start.length) {
        const head = start.subarray(offset, offset + bytes.length)
        bytes.set(head)
        at = head.length
      }
      while (at < bytes.length) {
        const from = (offset + at - start.length) % numbers.length
        const piece = numbers.subarray(from, from + bytes.length - at)
        bytes.set(piece, at)
        at += piece.length
      }
      return bytes
    },
  }
}
