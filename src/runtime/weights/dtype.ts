import { fromHalves } from './halves.ts'

/** The number formats that a checkpoint may hold. */
export type CheckpointDtype = 'F32' | 'F16' | 'BF16'

/** Bytes of one element of every safetensors format; only some can be loaded. */
export const dtypeBytes: ReadonlyMap<string, number> = new Map(
  Object.entries({
    BOOL: 1,
    U8: 1,
    I8: 1,
    F8_E4M3: 1,
    F8_E5M2: 1,
    F8_E8M0: 1,
    U16: 2,
    I16: 2,
    F16: 2,
    BF16: 2,
    U32: 4,
    I32: 4,
    F32: 4,
    U64: 8,
    I64: 8,
    F64: 8,
    C64: 8,
  }),
)

export function isLoadable(dtype: string): dtype is CheckpointDtype {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16'
}

/** The numbers of little-endian `bytes` as f32; f16 and bf16 are exact in it. */
export function decode(dtype: CheckpointDtype, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const size = dtype === 'F32' ? 4 : 2
  const count = bytes.byteLength / size
  if (dtype === 'F32') {
    const copy = new Uint8Array(count * 4)
    copy.set(bytes)
    return new Float32Array(copy.buffer)
  }
  return fromHalves(dtype === 'F16' ? 'f16' : 'bf16', aligned(bytes))
}

function aligned(bytes: Uint8Array): Uint16Array {
  if (bytes.byteOffset % 2 === 0) return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
  return new Uint16Array(bytes.slice().buffer)
}
