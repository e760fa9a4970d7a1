import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RuntimeFiles } from './modules.ts'

/** A checkout lacks what it takes to build the modules of packages. */
export class NotBuiltError extends Error {}

/**
 * The modules of generated packages, built from a checkout: what an installed gdnc has in its `dist`. The result is kept in
 * `node_modules/.cache` until a source changes.
 *
 * @param root the checkout
 * @param folders below `src`
 * @throws NotBuiltError
 */
export function buildRuntimeFiles(root: URL, folders: readonly string[]): RuntimeFiles {
  const sources = new Map(
    folders.flatMap((folder) => {
      const base = fileURLToPath(new URL(`src/${folder}/`, root))
      return filesBelow(base).map((path): [string, string] => [`${folder}/${path}`, readFileSync(join(base, path), 'utf8')])
    }),
  )
  const hash = createHash('sha256')
  for (const [path, text] of sources) hash.update(`${path}\0${text}\0`)
  const cache = fileURLToPath(new URL('node_modules/.cache/gdnc/', root))
  const built = join(cache, hash.digest('hex').slice(0, 16))
  if (!existsSync(built)) build(root, folders, cache, built)
  return new Map([...sources, ...filesBelow(built).map((path): [string, string] => [path, readFileSync(join(built, path), 'utf8')])])
}

function build(root: URL, folders: readonly string[], cache: string, to: string): void {
  const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root))
  if (!existsSync(compiler)) throw new NotBuiltError('TypeScript is not installed there')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'build-'))
  const out = join(folder, 'out')
  const config = {
    extends: fileURLToPath(new URL('tsconfig.build.json', root)),
    compilerOptions: { rootDir: fileURLToPath(new URL('src/', root)), outDir: out },
    include: folders.map((name) => fileURLToPath(new URL(`src/${name}`, root))),
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  // Types that do not fit are no reason to write nothing: who works on the runtime sees them elsewhere.
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', join(folder, 'tsconfig.json'), '--pretty', 'false'], { encoding: 'utf8' })
  try {
    if (!existsSync(out)) throw new NotBuiltError(`TypeScript wrote nothing: ${stdout.split('\n')[0] ?? ''}`)
    renameSync(out, to)
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(to)) throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}
