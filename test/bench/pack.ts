/**
 * `node test/bench/pack.ts [FOLDER]`: packs what `scripts/bench.ts` needs beside the repository's own files, for a Linux x86-64 machine
 * that has a GPU and Node but no network: gdnc's dependencies, the peer, and `dist`, if it was built. The npm package `webgpu` is left
 * out unless `--webgpu` asks for it. There: `tar -xJf FOLDER/bench.tar.xz` in the repository's root, then `node scripts/bench.ts --large`.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { commitFile } from './environment.ts'

interface PackageManifest {
  readonly dependencies?: Readonly<Record<string, string>>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const platform = 'linux/x64'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { webgpu: { type: 'boolean', default: false } } })
const target = resolve(positionals[0] ?? join(root, 'node_modules/.cache/gdnc-bench'))
const stage = mkdtempSync(join(tmpdir(), 'gdnc-pack-'))

for (const name of Object.keys(manifestOf(root).dependencies ?? {})) addPackage(name, root, () => true)
if (values.webgpu) addPackage('webgpu', root, (path) => !/[\\/]dist[\\/](?!linux-x64)/.test(path))
const peer = join(root, 'test/bench')
const otherPlatform = (path: string): boolean => /[\\/]bin[\\/]napi-v\d+[\\/]/.test(path) && !path.includes(platform)
for (const name of ['onnxruntime-common', 'onnxruntime-node']) addPackage(name, peer, (path) => !otherPlatform(path), false)
if (existsSync(join(root, 'dist'))) cpSync(join(root, 'dist'), join(stage, 'dist'), { recursive: true })

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' })
mkdirSync(join(stage, dirname(commitFile)), { recursive: true })
writeFileSync(join(stage, commitFile), commit)

mkdirSync(target, { recursive: true })
const archive = join(target, 'bench.tar.xz')
execFileSync('tar', ['-cJf', archive, '-C', stage, '.'], { env: { ...process.env, XZ_OPT: '-6 -T0' } })
rmSync(stage, { recursive: true })
process.stdout.write(`${relative(process.cwd(), archive)}: ${(statSync(archive).size / 2 ** 20).toFixed(1)} MiB\n`)

/** Copies an installed package, and what it depends on, to the same place below `stage`. */
function addPackage(name: string, from: string, wanted: (path: string) => boolean, withDependencies = true): void {
  const folder = folderOf(name, from)
  const to = join(stage, relative(root, folder))
  if (existsSync(to)) return
  const nested = join(folder, 'node_modules')
  const filter = (path: string): boolean =>
    !path.startsWith(nested) && !/\.(map|d\.ts|d\.mts|d\.cts|md)$/.test(path) && (statSync(path).isDirectory() || wanted(path))
  cpSync(folder, to, { recursive: true, filter, dereference: true })
  if (!withDependencies) return
  for (const dependency of Object.keys(manifestOf(folder).dependencies ?? {})) addPackage(dependency, folder, wanted)
}

/** Where Node finds a package that a module in `from` imports. */
function folderOf(name: string, from: string): string {
  for (const modules of createRequire(join(from, 'package.json')).resolve.paths(name) ?? []) {
    if (existsSync(join(modules, name, 'package.json'))) return join(modules, name)
  }
  throw new Error(`${name} is not installed in ${relative(dirname(root), from)}`)
}

function manifestOf(folder: string): PackageManifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageManifest
}
