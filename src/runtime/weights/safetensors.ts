import { CheckpointError } from '../errors.ts'
import { product } from '../tensor.ts'
import { dtypeBytes } from './dtype.ts'
import type { ByteSource } from './source.ts'

/** Where a tensor lies in its file. */
export interface FileTensor {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  /** Bytes from the beginning of the file. */
  readonly offset: number
  readonly bytes: number
  readonly source: ByteSource
}

/** The format's own bound on the header. */
const HEADER_LIMIT = 100_000_000

/**
 * The tensors of a safetensors file, in file order. Nothing in the file is trusted: what this returns lies inside the file, does not
 * overlap, and has the length that shape and type ask for.
 *
 * @throws CheckpointError
 */
export async function readTensorTable(source: ByteSource): Promise<readonly FileTensor[]> {
  const { name: file, size } = source
  const fail = (code: ConstructorParameters<typeof CheckpointError>[0], message: string): never => {
    throw new CheckpointError(code, file, message)
  }
  if (size !== undefined && size < 8) fail('checkpoint-truncated', `${size} bytes, expected at least 8`)
  const first = await source.read(0, 8)
  const headerBytes = Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true))
  if (headerBytes > HEADER_LIMIT)
    fail(
      'checkpoint-header-size',
      `its header claims ${headerBytes} bytes, at most ${HEADER_LIMIT} are allowed; this is no safetensors file`,
    )
  if (size !== undefined && 8 + headerBytes > size)
    fail(
      'checkpoint-header-size',
      `its header claims ${headerBytes} bytes, but the file has ${size}: it is truncated, or no safetensors file`,
    )
  const header = parseHeader(file, await source.read(8, headerBytes))
  const begin = 8 + headerBytes
  const tensors = [...header].map(([name, entry]): FileTensor => {
    const { dtype, shape, from, to } = readEntry(file, name, entry)
    if (size !== undefined && begin + to > size)
      fail('checkpoint-offsets', `${name} ends at byte ${begin + to}, but the file has ${size}: it is truncated, or its offsets are wrong`)
    return { name, dtype, shape, offset: begin + from, bytes: to - from, source }
  })
  tensors.sort((a, b) => a.offset - b.offset || a.bytes - b.bytes)
  for (const [i, tensor] of tensors.entries()) {
    const before = tensors[i - 1]
    if (before !== undefined && before.offset + before.bytes > tensor.offset)
      fail('checkpoint-overlap', `${before.name} and ${tensor.name} overlap at byte ${tensor.offset}`)
  }
  return tensors
}

function parseHeader(file: string, bytes: Uint8Array): ReadonlyMap<string, unknown> {
  let text: string
  let header: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    header = JSON.parse(text)
  } catch (cause) {
    throw new CheckpointError('checkpoint-header', file, 'its header is not JSON: the file is damaged, or no safetensors file', { cause })
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new CheckpointError('checkpoint-header', file, 'its header is not a JSON object')
  const twice = duplicateKey(text)
  if (twice !== undefined) throw new CheckpointError('checkpoint-duplicate', file, `its header names ${twice} twice`)
  return new Map(Object.entries(header).filter(([name]) => name !== '__metadata__'))
}

function readEntry(
  file: string,
  name: string,
  entry: unknown,
): { readonly dtype: string; readonly shape: readonly number[]; readonly from: number; readonly to: number } {
  const { dtype, shape, data_offsets: offsets } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>
  if (typeof dtype !== 'string' || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw new CheckpointError('checkpoint-header', file, `the header's entry of ${name} is not { dtype, shape, data_offsets: [from, to] }`)
  const size = dtypeBytes.get(dtype)
  if (size === undefined) throw new CheckpointError('checkpoint-header', file, `${name} has the unknown type ${dtype}`)
  const [from = 0, to = 0] = offsets
  if (to < from) throw new CheckpointError('checkpoint-offsets', file, `${name} lies in [${from}, ${to}), which ends before it begins`)
  const expected = product(shape) * size
  if (to - from !== expected)
    throw new CheckpointError(
      'checkpoint-length',
      file,
      `${name} has ${to - from} bytes, expected ${expected} for ${dtype} [${shape.join(', ')}]`,
    )
  return { dtype, shape, from, to }
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0)
}

/** `JSON.parse` keeps the last of equal keys; the first level's keys are looked at one by one to see a second. */
function duplicateKey(text: string): string | undefined {
  const seen = new Set<string>()
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '{' || c === '[') depth++
    else if (c === '}' || c === ']') depth--
    else if (c === '"') {
      const from = i
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++
      let next = i + 1
      while (' \t\n\r'.includes(text[next] ?? ':')) next++
      if (depth !== 1 || text[next] !== ':') continue
      const key = JSON.parse(text.slice(from, i + 1)) as string
      if (seen.has(key)) return key
      seen.add(key)
    }
  }
  return undefined
}
