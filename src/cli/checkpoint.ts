import { basename, join } from 'node:path'
import { noCheckpoint, unreadableFile } from '../diagnostics/catalogue/cli.ts'
import type { ByteReader, CheckpointSource } from '../runtime/index.ts'
import { Failed } from './exit.ts'
import type { Host } from './host.ts'

/** Weights for `Model.create`, and the folder in which the files beside them are. */
export interface Located {
  readonly weights: CheckpointSource
  /** Undefined where the weights come by URL. */
  readonly folder: string | undefined
}

/** Finds what `--checkpoint` names. Nothing is fetched but from a URL that was given. @throws Failed */
export function locateCheckpoint(host: Host, given: string): Located {
  if (/^https?:\/\//.test(given))
    return { weights: given.endsWith('/') || /\.(safetensors|json)$/.test(given) ? given : `${given}/`, folder: undefined }
  const kind = host.files.kind(given)
  if (kind === undefined) throw new Failed([unreadableFile.at(undefined, { path: given, reason: 'there is no such file or folder' })])
  if (kind === 'file') return { weights: new Map([[basename(given), reader(host, given)]]), folder: join(given, '..') }
  const names = host.files
    .list(given)
    .filter((name) => name.endsWith('.safetensors') || name === 'model.safetensors.index.json' || name === 'config.json')
  if (!names.some((name) => name.endsWith('.safetensors'))) throw new Failed([noCheckpoint.at(undefined, { folder: given })])
  return { weights: new Map(names.map((name) => [name, reader(host, join(given, name))])), folder: given }
}

/** A file of this machine, opened when it is first read. */
function reader(host: Host, path: string): ByteReader {
  let opened: ReturnType<Host['files']['open']> | undefined
  return {
    size: host.files.size(path),
    async read(offset, length) {
      opened ??= host.files.open(path)
      return (await opened).read(offset, length)
    },
    async close() {
      const file = opened
      opened = undefined
      await (await file)?.close()
    },
  }
}
