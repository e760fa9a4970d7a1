import { CheckpointError } from '../errors.ts'
import type { Manifest } from '../manifest.ts'
import { product } from '../tensor.ts'
import { type CheckpointDtype, decode, dtypeBytes } from './dtype.ts'
import { type CheckpointSource, openCheckpoint } from './files.ts'
import { initialiser } from './init.ts'
import { checkConfig, planLoad, type WeightJob } from './plan.ts'
import { type FileTensor, readTensorTable } from './safetensors.ts'
import { elementwise, evaluate, tensorsOf } from './transform.ts'
import type { WeightSink } from './upload.ts'

/** Where weights come from: a checkpoint, or the spec's initialisers with a seed. */
export type WeightsSource = CheckpointSource | { readonly seed: number }

export interface LoadOptions {
  /** config.json's content, checked against the spec's `expect`. */
  readonly config?: Readonly<Record<string, unknown>> | undefined
  readonly signal?: AbortSignal | undefined
  /** Bytes of weights so far, and in all. */
  readonly onProgress: (loaded: number, total: number) => void
}

/** Elements that are read and uploaded at a time where nothing needs the whole tensor. */
const PIECE = 4 << 20

/** Gives every weight its value. @throws the errors of CheckpointError's family, InputError, the signal's reason */
export async function loadWeights(manifest: Manifest, source: WeightsSource, uploader: WeightSink, options: LoadOptions): Promise<void> {
  if (isSeed(source)) await initialise(manifest, manifest.weights, source.seed, uploader, options)
  else await loadCheckpoint(manifest, source, uploader, options)
  await uploader.flush()
}

function isSeed(source: WeightsSource): source is { readonly seed: number } {
  return typeof source === 'object' && 'seed' in source && typeof source.seed === 'number'
}

async function initialise(
  manifest: Manifest,
  weights: Manifest['weights'],
  seed: number,
  uploader: WeightSink,
  options: LoadOptions,
): Promise<void> {
  const total = manifest.weights.reduce((sum, { shape }) => sum + product(shape) * 4, 0)
  let loaded = 0
  for (const weight of weights) {
    const words = product(weight.shape)
    const fill = initialiser(weight, seed)
    for (let from = 0; from < words; from += PIECE) {
      options.signal?.throwIfAborted()
      const piece = new Float32Array(Math.min(PIECE, words - from))
      fill(from, piece)
      await uploader.write(weight, from, piece)
      loaded += piece.byteLength
      options.onProgress(loaded, total)
    }
  }
}

async function loadCheckpoint(manifest: Manifest, given: CheckpointSource, uploader: WeightSink, options: LoadOptions): Promise<void> {
  const { tensors: sources, config } = await openCheckpoint(given, options.signal)
  try {
    const expected = options.config ?? config
    if (expected !== undefined) checkConfig(manifest.checkpoint, expected)
    const found: FileTensor[] = []
    for (const source of sources) found.push(...(await readTensorTable(source)))
    const names = new Map<string, string>()
    for (const { name, source } of found) {
      const other = names.get(name)
      if (other !== undefined) throw new CheckpointError('checkpoint-duplicate', source.name, `${name} is in ${other} too`)
      names.set(name, source.name)
    }
    const plan = planLoad(manifest, found)
    await initialise(manifest, plan.initialised, 0, uploader, { ...options, onProgress: () => {} })
    await readAll(plan.tensors, plan.jobs, uploader, options)
  } finally {
    for (const source of sources) await source.close()
  }
}

/**
 * Reads tensors in file order, once each; a weight is made as soon as its last tensor is there, and a tensor is dropped after its last
 * weight. So memory holds little more than the largest tensor, and a stream that cannot go back is enough.
 */
async function readAll(
  tensors: readonly FileTensor[],
  jobs: readonly WeightJob[],
  uploader: WeightSink,
  options: LoadOptions,
): Promise<void> {
  const total = tensors.reduce((sum, { bytes }) => sum + bytes, 0)
  let loaded = 0
  const progress = (bytes: number): void => {
    options.signal?.throwIfAborted()
    loaded += bytes
    options.onProgress(loaded, total)
  }
  const waiting = new Map<WeightJob, Set<string>>(jobs.map((job) => [job, new Set(tensorsOf(job.source).map(({ name }) => name))]))
  const users = new Map<string, Set<WeightJob>>()
  for (const [job, names] of waiting) for (const name of names) users.set(name, (users.get(name) ?? new Set()).add(job))
  const held = new Map<string, Float32Array<ArrayBuffer>>()

  const finish = async (job: WeightJob): Promise<void> => {
    const data = evaluate(job.source, (name) => held.get(name) ?? new Float32Array(0))
    await uploader.write(job.weight, 0, data)
    for (const { name } of tensorsOf(job.source)) {
      users.get(name)?.delete(job)
      if (users.get(name)?.size === 0) held.delete(name)
    }
  }
  for (const [job, names] of waiting) if (names.size === 0) await finish(job)
  for (const tensor of tensors) {
    const jobsHere = [...(users.get(tensor.name) ?? [])]
    const [only] = jobsHere
    const simple = jobsHere.length === 1 && only !== undefined ? elementwise(only.source) : null
    if (simple !== null && only !== undefined) {
      await readPieces(tensor, async (from, data) => {
        await uploader.write(only.weight, from, simple.map === null ? data : simple.map(data))
        progress((data.byteLength / 4) * (dtypeBytes.get(tensor.dtype) ?? 4))
      })
      continue
    }
    const whole = new Float32Array(product(tensor.shape))
    await readPieces(tensor, async (from, data) => {
      whole.set(data, from)
      progress((data.byteLength / 4) * (dtypeBytes.get(tensor.dtype) ?? 4))
    })
    held.set(tensor.name, whole)
    for (const job of jobsHere) {
      waiting.get(job)?.delete(tensor.name)
      if (waiting.get(job)?.size === 0) await finish(job)
    }
  }
}

async function readPieces(tensor: FileTensor, take: (from: number, data: Float32Array<ArrayBuffer>) => Promise<void>): Promise<void> {
  const size = dtypeBytes.get(tensor.dtype) ?? 4
  const words = tensor.bytes / size
  for (let from = 0; from < words; from += PIECE) {
    const count = Math.min(PIECE, words - from)
    const bytes = await tensor.source.read(tensor.offset + from * size, count * size)
    await take(from, decode(tensor.dtype as CheckpointDtype, bytes))
  }
}
