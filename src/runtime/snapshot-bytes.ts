import { SnapshotError } from './errors.ts'

/** What a snapshot says of itself. */
export interface SnapshotHeader {
  readonly model: string
  /** Kind, path, words, window. */
  readonly states: readonly (readonly [string, string, number, number | null])[]
  readonly outputs: readonly (readonly [string, string, readonly number[]])[]
  readonly positions: readonly number[]
  /** All ids that each sequence was given; empty for models without tokens. */
  readonly ids: readonly (readonly number[])[]
  /** Words after the header. */
  readonly words: number
}

/** `GDNCSNP1`, length of the JSON header (u32), the header padded with spaces to 4 bytes, little-endian words. */
const MAGIC = new TextEncoder().encode('GDNCSNP1')

export function encodeSnapshot(header: SnapshotHeader, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const headerBytes = Math.ceil(text.byteLength / 4) * 4
  const bytes = new Uint8Array(12 + headerBytes + payload.byteLength).fill(0x20, 12, 12 + headerBytes)
  bytes.set(MAGIC)
  new DataView(bytes.buffer).setUint32(8, headerBytes, true)
  bytes.set(text, 12)
  bytes.set(payload, 12 + headerBytes)
  return bytes
}

/** @throws SnapshotError if the bytes are no snapshot, or not a whole one */
export function decodeSnapshot(bytes: Uint8Array): { readonly header: SnapshotHeader; readonly payload: Uint8Array<ArrayBuffer> } {
  if (bytes.byteLength < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) throw new SnapshotError('these bytes are no snapshot')
  const headerBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true)
  if (12 + headerBytes > bytes.byteLength)
    throw new SnapshotError(`the snapshot is truncated: ${bytes.byteLength} bytes, its header alone has ${headerBytes}`)
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(12, 12 + headerBytes)))
  } catch {
    throw new SnapshotError("the snapshot's header is not JSON")
  }
  if (!isHeader(header)) throw new SnapshotError("the snapshot's header is not complete")
  const payload = bytes.slice(12 + headerBytes)
  if (payload.byteLength !== header.words * 4)
    throw new SnapshotError(`the snapshot holds ${payload.byteLength} bytes of states, expected ${header.words * 4}: it is truncated`)
  return { header, payload }
}

function isHeader(value: unknown): value is SnapshotHeader {
  if (typeof value !== 'object' || value === null) return false
  const { model, states, outputs, positions, ids, words } = value as Record<string, unknown>
  const counts = (list: unknown): boolean => Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && (n as number) >= 0)
  return (
    typeof model === 'string' &&
    Array.isArray(states) &&
    Array.isArray(outputs) &&
    counts(positions) &&
    Array.isArray(ids) &&
    ids.length === (positions as readonly number[]).length &&
    ids.every(counts) &&
    counts([words])
  )
}
