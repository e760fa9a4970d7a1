import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writePackage } from '../../../src/emit/host-write.ts'
import type { Package } from '../../../src/emit/package.ts'

export const root = fileURLToPath(new URL('../../..', import.meta.url))
export const tool = (path: string): string => join(root, 'node_modules', path)

/** An app outside the repository, with a generated package in its `node_modules`. */
export interface Project extends Disposable {
  readonly folder: string
  /** Where the package is. */
  readonly installed: string
  write(path: string, text: string): void
  /** Makes a package of the repository's `node_modules` available. */
  link(name: string): void
}

export function project(generated: Package): Project {
  const folder = mkdtempSync(join(tmpdir(), 'gdnc-project-'))
  const installed = join(folder, 'node_modules', generated.name)
  writePackage(installed, generated.files)
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  write('package.json', '{ "private": true, "type": "module" }\n')
  return {
    folder,
    installed,
    write,
    link: (name) => {
      mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
      symlinkSync(tool(name), join(folder, 'node_modules', name))
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs this Node on a script. */
export function node(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Ran {
  return run(process.execPath, args, cwd, env)
}

/** Runs the npm that is installed, whatever Node it comes with. */
export function npm(args: readonly string[], cwd: string): Ran {
  return run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], cwd, {})
}

function run(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Ran {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    maxBuffer: 1 << 28,
  })
  if (error !== undefined) throw error
  return { status, stdout, stderr: ours(stderr) }
}

/** What a process said on stderr, without what Dawn says of some drivers. */
export const ours = (stderr: string): string => stderr.replace(/^Warning: max\w+ artificially reduced .*\n/gm, '')
