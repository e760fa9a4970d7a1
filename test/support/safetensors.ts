import { readFileSync } from 'node:fs'

export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array

export interface Tensor {
  /** As in the file's header: F32, BF16, I32 ... */
  readonly dtype: string
  readonly shape: readonly number[]
  /** Row-major. F16 and BF16 are widened to f32, which is exact. */
  readonly data: TensorData
}

/**
 * Reads a whole safetensors file that the tests trust. The reader of the runtime, which trusts nothing, is another one on purpose:
 * tests must not check it against itself.
 */
export function readSafetensors(path: string | URL): Map<string, Tensor> {
  return parseSafetensors(readFileSync(path))
}

export function parseSafetensors(bytes: Uint8Array): Map<string, Tensor> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerBytes = Number(file.readBigUInt64LE(0))
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerBytes)) as Record<string, HeaderEntry>
  const body = file.subarray(8 + headerBytes)
  const tensors = new Map<string, Tensor>()
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue
    // A copy, so that the typed array is aligned whatever the header's length.
    tensors.set(name, { dtype, shape, data: decode(dtype, Uint8Array.from(body.subarray(...data_offsets))) })
  }
  return tensors
}

/** The tensor of that name as f64 numbers. @throws if there is none */
export function f64(tensors: ReadonlyMap<string, Tensor>, name: string): Float64Array {
  const tensor = tensors.get(name)
  if (tensor === undefined) throw new Error(`no tensor '${name}', only ${[...tensors.keys()].join(', ')}`)
  return Float64Array.from(tensor.data, Number)
}

/** Serialises tensors in the order given; for tests that need a checkpoint, or a broken one. */
export function writeSafetensors(
  tensors: Iterable<readonly [string, { readonly dtype: string; readonly shape: readonly number[]; readonly bytes: Uint8Array }]>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata }
  const parts: Uint8Array[] = []
  let offset = 0
  for (const [name, { dtype, shape, bytes }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.byteLength] }
    parts.push(bytes)
    offset += bytes.byteLength
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const padded = Math.ceil(text.byteLength / 8) * 8
  const file = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded)
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true)
  file.set(text, 8)
  let at = 8 + padded
  for (const part of parts) {
    file.set(part, at)
    at += part.byteLength
  }
  return file
}

interface HeaderEntry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

function decode(dtype: string, bytes: Uint8Array<ArrayBuffer>): TensorData {
  const { buffer } = bytes
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer)
    case 'F32':
      return new Float32Array(buffer)
    case 'I32':
      return new Int32Array(buffer)
    case 'I64':
      return new BigInt64Array(buffer)
    case 'U8':
    case 'BOOL':
      return bytes
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer), halfToFloat)
    case 'BF16': {
      const words = Uint32Array.from(new Uint16Array(buffer), (half) => half << 16)
      return new Float32Array(words.buffer)
    }
    default:
      throw new Error(`dtype ${dtype} is not one that the tests read`)
  }
}

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
