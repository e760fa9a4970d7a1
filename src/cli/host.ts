import { readdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** What a command may touch. Everything that reaches outside the process goes through here, so tests can put something else in its place. */
export interface Host {
  /** Paths that a user gives are relative to it. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: Sink
  readonly stderr: Sink
  readonly files: Files
  readonly clock: Clock
  /** A `GPU` of this process. @throws Error saying what is missing */
  gpu(): Promise<GPU>
}

export interface Sink {
  readonly isTerminal: boolean
  /** Characters to a line; 100 where nobody knows. */
  readonly columns: number
  write(text: string): void
}

export interface Files {
  /** Text in UTF-8. @throws the file system's error */
  readText(path: string): string
  writeText(path: string, text: string): Promise<void>
  /** Names in a folder. @throws the file system's error */
  list(path: string): string[]
  /** 'file', 'folder', or undefined if there is nothing that can be read. */
  kind(path: string): 'file' | 'folder' | undefined
  size(path: string): number
  /** Resolves when something happened to one of the files and `isChanged` says that it matters; at once if it does already. */
  changed(paths: readonly string[], isChanged: () => boolean): Promise<void>
  /** Random access for large files. */
  open(path: string): Promise<{ read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>>; close(): Promise<void> }>
}

export interface Clock {
  /** Milliseconds from some beginning. */
  now(): number
}

/** The process that runs, in a folder, writing to its own streams if not to others. */
export function nodeHost(cwd = process.cwd(), sinks?: Pick<Host, 'stdout' | 'stderr'>): Host {
  const at = (path: string): string => resolve(cwd, path)
  return {
    cwd,
    env: process.env,
    stdout: sinks?.stdout ?? sink(process.stdout),
    stderr: sinks?.stderr ?? sink(process.stderr),
    files: {
      readText: (path) => readFileSync(at(path), 'utf8'),
      writeText: async (path, text) => {
        await mkdir(dirname(at(path)), { recursive: true })
        writeFileSync(at(path), text)
      },
      list: (path) => readdirSync(at(path)).sort(),
      kind: (path) => {
        const stats = statSync(at(path), { throwIfNoEntry: false })
        if (stats?.isFile() === true) return 'file'
        return stats?.isDirectory() === true ? 'folder' : undefined
      },
      size: (path) => statSync(at(path)).size,
      changed: (paths, isChanged) => whenChanged(paths.map(at), isChanged),
      open: async (path) => {
        const file = await open(at(path))
        return {
          read: async (start, length) => {
            const bytes = new Uint8Array(length)
            const { bytesRead } = await file.read(bytes, 0, length, start)
            return bytes.subarray(0, bytesRead)
          },
          close: () => file.close(),
        }
      },
    },
    clock: {
      now: () => performance.now(),
    },
    gpu: openGpu,
  }
}

/** Watches folders, not files: editors save by putting a new file in the place of the old one. */
async function whenChanged(paths: readonly string[], isChanged: () => boolean): Promise<void> {
  await new Promise<void>((done) => {
    const look = (): void => {
      if (!isChanged()) return
      for (const watcher of watchers) watcher.close()
      done()
    }
    const watchers = [...new Set(paths.map((path) => dirname(path)))].map((folder) => watch(folder, look))
    look()
  })
}

function sink(stream: NodeJS.WriteStream): Sink {
  // A reader that went away (`| head`) is no failure of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  return {
    isTerminal: stream.isTTY === true,
    columns: stream.isTTY === true ? stream.columns : 100,
    write: (text) => void stream.write(text),
  }
}

// Dawn aborts at exit when its instance was collected before its devices.
let instance: GPU | undefined

/** Dawn from the npm package `webgpu`, an optional peer; `GDNC_DAWN` has flags for it. */
async function openGpu(): Promise<GPU> {
  if (instance !== undefined) return instance
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  instance = create((process.env['GDNC_DAWN'] ?? '').split(/\s+/).filter((flag) => flag !== ''))
  return instance
}
