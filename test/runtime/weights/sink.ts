import type { CheckpointEntry, Manifest, WeightEntry } from '../../../src/runtime/manifest.ts'
import { loadWeights, type WeightsSource } from '../../../src/runtime/weights/load.ts'
import { assertFinite, type WeightSink } from '../../../src/runtime/weights/upload.ts'
import { writeSafetensors } from '../../support/safetensors.ts'
import { toyManifest } from '../toy/manifest.ts'

/** A manifest of these weights and nothing else. */
export function weightsManifest(
  weights: readonly Pick<WeightEntry, 'path' | 'shape'>[],
  checkpoint: CheckpointEntry | null = null,
): Manifest {
  return { ...toyManifest(), weights: weights.map((weight) => ({ ...weight, init: 0, parts: [] })), checkpoint }
}

export interface Loaded {
  readonly values: ReadonlyMap<string, readonly number[]>
  readonly progress: readonly (readonly [number, number])[]
}

/** Loads on the host alone; elements that nobody writes are NaN. */
export async function load(
  manifest: Manifest,
  source: WeightsSource,
  config?: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<Loaded> {
  const values = new Map<string, number[]>()
  const progress: [number, number][] = []
  const sink: WeightSink = {
    async write(weight, from, data) {
      assertFinite(weight, from, data)
      const words = weight.shape.reduce((a, b) => a * b, 1)
      const all = values.get(weight.path) ?? new Array<number>(words).fill(Number.NaN)
      for (const [i, value] of data.entries()) all[from + i] = value
      values.set(weight.path, all)
    },
    async flush() {},
  }
  await loadWeights(manifest, source, sink, { config, signal, onProgress: (loaded, total) => progress.push([loaded, total]) })
  return { values, progress }
}

export function f32(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer)
}

/** A file of f32 tensors. */
export function f32File(tensors: Readonly<Record<string, readonly [readonly number[], readonly number[]]>>): Uint8Array {
  return writeSafetensors(Object.entries(tensors).map(([name, [shape, values]]) => [name, { dtype: 'F32', shape, bytes: f32(values) }]))
}

/** A file with any header text and body. */
export function rawFile(header: string, body: Uint8Array = new Uint8Array(0), claimed?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header)
  const file = new Uint8Array(8 + text.byteLength + body.byteLength)
  new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(text.byteLength), true)
  file.set(text, 8)
  file.set(body, 8 + text.byteLength)
  return file
}
