import { CheckpointError, InputError } from '../errors.ts'
import { parsePythonJson } from './python-json.ts'
import { type ByteReader, type ByteSource, blobReader, bytesReader, sourceOf } from './source.ts'
import { urlReader } from './url.ts'

/** One file: where it is (a URL; a path only where `fetch` takes it), or its bytes. */
export type FileSource = string | URL | Blob | ArrayBuffer | Uint8Array | ByteReader

/**
 * Published weights: one safetensors file; the URL of a folder (ending in `/`) or of a `model.safetensors.index.json`; or files by
 * name, as a folder has them, of which `model.safetensors.index.json` and `config.json` are used too.
 */
export type CheckpointSource = FileSource | ReadonlyMap<string, FileSource> | { readonly files: Readonly<Record<string, FileSource>> }

export interface CheckpointFiles {
  readonly tensors: readonly ByteSource[]
  /** config.json, if it is there. */
  readonly config: Readonly<Record<string, unknown>> | undefined
}

const INDEX = 'model.safetensors.index.json'
const SINGLE = 'model.safetensors'
const CONFIG = 'config.json'

/** Opens what the user gave. The caller closes the sources. @throws CheckpointError */
export async function openCheckpoint(given: CheckpointSource, signal: AbortSignal | undefined): Promise<CheckpointFiles> {
  const open = opener(signal)
  if (given instanceof Map) return openFolder(named(given, open))
  if (isFileRecord(given)) return openFolder(named(new Map(Object.entries(given.files)), open))
  const url = urlOf(given as FileSource)
  if (url?.pathname.endsWith('/')) return openFolder((name) => optionalUrl(new URL(name, url), signal))
  if (url?.pathname.endsWith('.index.json')) {
    const name = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
    return openFolder((file) => optionalUrl(file === INDEX ? url : new URL(file, url), signal), name)
  }
  return { tensors: [await open(nameOf(given as FileSource), given as FileSource)], config: undefined }
}

type Find = (name: string) => Promise<ByteSource | undefined>

function named(files: ReadonlyMap<string, FileSource>, open: ReturnType<typeof opener>): Find {
  return async (name) => {
    const file = files.get(name)
    if (file !== undefined) return open(name, file)
    // A lone file may have any name.
    const tensors = [...files.keys()].filter((key) => key.endsWith('.safetensors'))
    const [only] = tensors
    if (name === SINGLE && tensors.length === 1 && only !== undefined) return open(only, files.get(only) as FileSource)
    return undefined
  }
}

async function openFolder(find: Find, indexName = INDEX): Promise<CheckpointFiles> {
  const opened: ByteSource[] = []
  try {
    const config = await readJson(await find(CONFIG))
    const index = await readJson(await find(INDEX))
    const names = index === undefined ? [SINGLE] : shardNames(index, indexName)
    for (const name of names) {
      const source = await find(name)
      if (source === undefined) throw new CheckpointError('checkpoint-unreadable', name, 'the file is missing')
      opened.push(source)
    }
    return { tensors: opened, config }
  } catch (error) {
    for (const source of opened) await source.close()
    throw error
  }
}

function shardNames(index: Readonly<Record<string, unknown>>, file: string): readonly string[] {
  const map = index['weight_map']
  const names = typeof map === 'object' && map !== null ? Object.values(map) : []
  const unique = [...new Set(names)]
  // A name with a path could leave the folder.
  if (unique.length === 0 || !unique.every((name) => typeof name === 'string' && /^[^/\\:?#]+\.safetensors$/.test(name)))
    throw new CheckpointError('checkpoint-index', file, 'its `weight_map` does not give the names of .safetensors files beside it')
  return (unique as string[]).sort()
}

async function readJson(source: ByteSource | undefined): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (source === undefined) return undefined
  try {
    const { size } = source
    if (size === undefined || size > 100_000_000)
      throw new CheckpointError(
        'checkpoint-index',
        source.name,
        `it has ${size ?? 'an unknown number of'} bytes, expected a small JSON file`,
      )
    const value = parsePythonJson(new TextDecoder().decode(await source.read(0, size)))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('it is not a JSON object')
    return value as Readonly<Record<string, unknown>>
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new CheckpointError('checkpoint-index', source.name, `not JSON: ${cause.message}`, { cause })
  } finally {
    await source.close()
  }
}

function opener(signal: AbortSignal | undefined): (name: string, file: FileSource) => Promise<ByteSource> {
  return async (name, file) => {
    if (file instanceof ArrayBuffer || file instanceof Uint8Array) return sourceOf(name, bytesReader(file))
    if (file instanceof Blob) return sourceOf(name, blobReader(file), signal)
    const url = urlOf(file)
    if (url !== undefined) return openUrl(url, signal)
    if (typeof file === 'object' && 'read' in file && typeof file.read === 'function') return sourceOf(name, file, signal)
    throw new InputError(`${name}: expected a URL, a Blob, bytes, or an object with read(offset, length)`)
  }
}

async function openUrl(url: URL, signal: AbortSignal | undefined): Promise<ByteSource> {
  const reader = urlReader(url, url.href, signal)
  try {
    await reader.ready
  } catch (cause) {
    if (cause instanceof CheckpointError || signal?.aborted === true) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CheckpointError('checkpoint-unreadable', url.href, `it cannot be fetched: ${reason}`, { cause })
  }
  return sourceOf(url.href, reader, signal)
}

/** Undefined if the server says that there is no such file. */
async function optionalUrl(url: URL, signal: AbortSignal | undefined): Promise<ByteSource | undefined> {
  try {
    return await openUrl(url, signal)
  } catch (error) {
    if (error instanceof CheckpointError && /answered (403|404|410)/.test(error.message)) return undefined
    throw error
  }
}

function urlOf(file: FileSource): URL | undefined {
  if (file instanceof URL) return file
  if (typeof file !== 'string') return undefined
  const base = (globalThis.document as Document | undefined)?.baseURI
  try {
    return new URL(file, base)
  } catch {
    throw new InputError(`'${file}' is no absolute URL; in Node give the file's bytes, or an object with read(offset, length)`)
  }
}

function nameOf(file: FileSource): string {
  if (typeof File !== 'undefined' && file instanceof File) return file.name
  return typeof file === 'string' || file instanceof URL ? String(file) : SINGLE
}

function isFileRecord(given: CheckpointSource): given is { readonly files: Readonly<Record<string, FileSource>> } {
  return typeof given === 'object' && 'files' in given
}
