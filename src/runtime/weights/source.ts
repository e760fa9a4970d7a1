import { CheckpointError } from '../errors.ts'

/** Bytes that can be read in pieces: a file in Node, say. Reads come one at a time and never go back by more than they must. */
export interface ByteReader {
  /** Bytes altogether, if known. */
  readonly size?: number | undefined
  /** Exactly `length` bytes from `offset`, or all that are left. */
  read(offset: number, length: number): Promise<Uint8Array>
  close?(): void | Promise<void>
}

/** A reader with a name for messages, whose reads are complete. */
export interface ByteSource {
  readonly name: string
  readonly size: number | undefined
  /** Exactly `length` bytes. @throws CheckpointError if there are fewer */
  read(offset: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** `signal`: stops waiting for reads, whether or not the reader knows of it. */
export function sourceOf(name: string, reader: ByteReader, signal?: AbortSignal | undefined): ByteSource {
  return {
    name,
    size: reader.size,
    async read(offset, length) {
      if (length === 0) return new Uint8Array(0)
      let bytes: Uint8Array
      try {
        bytes = await abortable(reader.read(offset, length), signal)
      } catch (cause) {
        if (signal?.aborted === true) throw signal.reason
        if (cause instanceof CheckpointError) throw cause
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new CheckpointError('checkpoint-unreadable', name, `bytes ${offset} .. ${offset + length} cannot be read: ${reason}`, {
          cause,
        })
      }
      if (bytes.byteLength < length)
        throw new CheckpointError('checkpoint-truncated', name, `it ends at byte ${offset + bytes.byteLength}, expected ${offset + length}`)
      return bytes.byteLength === length ? bytes : bytes.subarray(0, length)
    },
    async close() {
      await reader.close?.()
    },
  }
}

export function bytesReader(bytes: ArrayBuffer | Uint8Array): ByteReader {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)
  return { size: view.byteLength, read: async (offset, length) => view.subarray(offset, offset + length) }
}

export function blobReader(blob: Blob): ByteReader {
  return {
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  }
}

/** `work`, or a rejection with the signal's reason as soon as it is aborted. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
