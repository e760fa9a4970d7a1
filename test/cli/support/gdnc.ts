import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { nodeHost } from '../../../src/cli/host.ts'
import { main as run } from '../../../src/cli/program.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = join(root, 'src/cli/main.ts')

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder of its own, in which `gdnc` runs as a process. */
export interface Place extends Disposable {
  readonly folder: string
  write(path: string, content: string | Uint8Array): void
  gdnc(...args: readonly string[]): Ran
  gdncWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Ran
  /** The same in this process, for many short runs. */
  here(...args: readonly string[]): Promise<Ran>
  /** Runs on; the caller ends it. */
  start(...args: readonly string[]): ChildProcessByStdio<null, Readable, Readable>
}

export function place(files: Readonly<Record<string, string>> = {}): Place {
  const folder = mkdtempSync(join(tmpdir(), 'gdnc-cli-'))
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  const gdncWith = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Ran => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '', ...env },
      maxBuffer: 1 << 28,
    })
    return { code: status, stdout, stderr }
  }
  return {
    folder,
    write,
    gdnc: (...args) => gdncWith({}, ...args),
    gdncWith,
    here: async (...args) => {
      const [stdout, stderr] = [captured(), captured()]
      const code = await run(args, { ...nodeHost(folder, { stdout, stderr }), env: {} })
      return { code, stdout: stdout.text, stderr: stderr.text }
    },
    start: (...args) => spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const captured = () => ({
  isTerminal: false,
  columns: 100,
  text: '',
  write(text: string) {
    this.text += text
  },
})

/** A small model that every stage takes. */
export const tiny = `gdn 1

/// A small model.
model Tiny(d: size = 16, vocab: size = 32) {
  dim B: batch
  dim T: time

  input  tokens: u32[B, T]
  output logits: f32[B, T, vocab]

  stack {
    embedding(vocab, d)
    repeat 1 {
      PreNorm(gated_deltanet(2, key: 4, value: 8), swiglu(24))
      PreNorm(attention(2, window: 8, theta: 10_000), swiglu(24))
    }
    rms_norm(eps: 1e-5) as norm
    unembedding(vocab) as head
  }
}
`
