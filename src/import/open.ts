import { badConfig, badTensors, noConfig } from '../diagnostics/catalogue/import.ts'
import { CheckpointError } from '../runtime/errors.ts'
import { type CheckpointSource, openCheckpoint } from '../runtime/weights/files.ts'
import { readTensorTable } from '../runtime/weights/safetensors.ts'
import { quoted, visible } from './literal.ts'
import { Refusal } from './refusal.ts'
import type { TensorShape } from './source.ts'

/**
 * Reads config.json and the headers of a checkpoint's files; no weights.
 *
 * @throws Refusal if one cannot be read
 */
export async function openFolder(
  files: CheckpointSource,
  folder: string,
): Promise<{ readonly config: Readonly<Record<string, unknown>>; readonly tensors: readonly TensorShape[] }> {
  const opened = await refusing(() => openCheckpoint(files, undefined))
  try {
    if (opened.config === undefined) throw new Refusal(noConfig.at(undefined, { folder }))
    const tensors = new Map<string, TensorShape>()
    for (const file of opened.tensors) {
      for (const { name, shape } of await refusing(() => readTensorTable(file))) {
        if (tensors.has(name)) throw new Refusal(badTensors.at(undefined, { reason: `two files hold ${quoted(name)}` }))
        tensors.set(name, { name, shape })
      }
    }
    return { config: opened.config, tensors: [...tensors.values()] }
  } finally {
    for (const file of opened.tensors) await file.close()
  }
}

async function refusing<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error
    const message = error.file === 'config.json' ? badConfig : badTensors
    throw new Refusal(message.at(undefined, { reason: visible(error.message) }))
  }
}
