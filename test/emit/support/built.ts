import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RuntimeFiles } from '../../../src/emit/modules.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folders = ['runtime', 'reference', 'graph', 'util']

/** The modules of generated packages as `npm run build` makes them, but of these folders only and apart from `dist`; kept until they change. */
export function builtRuntime(): RuntimeFiles {
  const sources = folders.flatMap((folder) => below(join(root, 'src', folder)).map((path) => `${folder}/${path}`))
  const texts = new Map(sources.map((path) => [path, readFileSync(join(root, 'src', path), 'utf8')]))
  const hash = createHash('sha256')
  for (const [path, text] of texts) hash.update(`${path}\0${text}\0`)
  const cache = join(root, 'node_modules/.cache/gdnc-test')
  const built = join(cache, hash.digest('hex').slice(0, 16))
  if (!existsSync(built)) build(cache, built)
  return new Map([...texts, ...below(built).map((path): [string, string] => [path, readFileSync(join(built, path), 'utf8')])])
}

function build(cache: string, to: string): void {
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'build-'))
  const config = {
    extends: join(root, 'tsconfig.build.json'),
    compilerOptions: { rootDir: join(root, 'src'), outDir: join(folder, 'out') },
    include: folders.map((name) => join(root, 'src', name)),
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(folder, 'tsconfig.json')], { stdio: 'pipe' })
  try {
    renameSync(join(folder, 'out'), to)
  } catch {
    // Another process has made it meanwhile.
  }
  rmSync(folder, { recursive: true, force: true })
}

function below(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}
