import { CheckpointError } from '../errors.ts'
import type { ByteReader } from './source.ts'

/** Bytes that a request asks for beyond a small read: headers and small tensors then share it. */
const BLOCK = 1 << 20

/**
 * Reads a URL by Range requests; from a server without them, as one stream, which can only go forward.
 *
 * @throws CheckpointError if the server answers with an error
 */
export function urlReader(url: URL, name: string, signal: AbortSignal | undefined): ByteReader & { readonly ready: Promise<void> } {
  let size: number | undefined
  let block: { readonly offset: number; readonly bytes: Uint8Array } | undefined
  let stream: ForwardStream | undefined
  const init = signal === undefined ? {} : { signal }

  const ask = async (offset: number, length: number): Promise<Uint8Array> => {
    const response = await fetch(url, { ...init, headers: { range: `bytes=${offset}-${offset + length - 1}` } })
    if (response.status === 206) {
      const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
      const bytes = new Uint8Array(await response.arrayBuffer())
      // Other origins may hide the header; then the end shows where an answer is shorter than what was asked for.
      if (total !== undefined) size = Number(total)
      else if (bytes.byteLength < length) size = offset + bytes.byteLength
      return bytes
    }
    if (response.status === 416) return new Uint8Array(0)
    if (!response.ok || response.body === null)
      throw new CheckpointError('checkpoint-unreadable', name, `the server answered ${response.status} ${response.statusText}`.trim())
    const total = response.headers.get('content-length')
    // A compressed body is longer than its content-length.
    if (total !== null && response.headers.get('content-encoding') === null) size = Number(total)
    stream = new ForwardStream(response.body)
    return stream.read(offset, length, name)
  }

  const first = ask(0, BLOCK).then((bytes) => {
    block = { offset: 0, bytes }
  })
  first.catch(() => {})
  return {
    get size() {
      return size
    },
    ready: first,
    async read(offset, length) {
      await first
      if (block !== undefined && offset >= block.offset && offset + length <= block.offset + block.bytes.byteLength)
        return block.bytes.subarray(offset - block.offset, offset - block.offset + length)
      if (stream !== undefined) {
        const start = block?.offset ?? 0
        const known = block === undefined || offset >= start + block.bytes.byteLength ? undefined : block.bytes.subarray(offset - start)
        if (known === undefined) return stream.read(offset, length, name)
        const rest = await stream.read(offset + known.byteLength, length - known.byteLength, name)
        const joined = new Uint8Array(known.byteLength + rest.byteLength)
        joined.set(known)
        joined.set(rest, known.byteLength)
        return joined
      }
      if (length >= BLOCK) return ask(offset, length)
      const bytes = await ask(offset, BLOCK)
      block = { offset, bytes }
      return bytes.subarray(0, length)
    },
    async close() {
      await stream?.cancel()
    },
  }
}

/** A body that is read from front to back, skipping what is not wanted. */
class ForwardStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #position = 0
  #rest: Uint8Array = new Uint8Array(0)

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader()
  }

  async read(offset: number, length: number, name: string): Promise<Uint8Array> {
    if (offset < this.#position)
      throw new CheckpointError('checkpoint-unreadable', name, 'the server has no Range requests, and the file must be read out of order')
    const bytes = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      if (this.#rest.byteLength === 0) {
        const { done, value } = await this.#reader.read()
        if (done) break
        this.#rest = value
        continue
      }
      const skip = Math.min(offset + filled - this.#position, this.#rest.byteLength)
      const taken = this.#rest.subarray(skip, skip + length - filled)
      bytes.set(taken, filled)
      filled += taken.byteLength
      this.#position += skip + taken.byteLength
      this.#rest = this.#rest.subarray(skip + taken.byteLength)
    }
    return bytes.subarray(0, filled)
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {})
  }
}
