import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildRuntimeFiles } from './host-build.ts'
import type { RuntimeFiles } from './modules.ts'
import type { Templates } from './template.ts'

/** Where this module's tree begins: the package, or its `dist`, which mirrors it. So templates and the library are found from both. */
const root = new URL('../../', import.meta.url)
const fromSources = import.meta.url.endsWith('.ts')
const packageRoot = fromSources ? root : new URL('../', root)

/** `templates/wgsl` or `templates/ts`, by name without the endings. */
export function readTemplates(language: 'wgsl' | 'ts'): Templates {
  return Object.fromEntries(
    readFilesBelow(`templates/${language}/`)
      .filter(([path]) => path.endsWith('.hbs'))
      .map(([path, text]) => [path.replace(/(\.wgsl)?\.hbs$/, ''), text]),
  )
}

/** A file of gdnc by its path from where the tree of modules begins. */
export const ownFile = (path: string): URL => new URL(path, root)

export const readOwnText = (path: string): string => readFileSync(ownFile(path), 'utf8')

/** Every file below a folder of gdnc, by path from that folder with forward slashes, sorted. */
export function readFilesBelow(folder: string): [path: string, text: string][] {
  const base = new URL(folder, root)
  return listBelow(base).map((path) => [path, readFileSync(new URL(path, base), 'utf8')])
}

function listBelow(folder: URL): string[] {
  const base = fileURLToPath(folder)
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(base, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

const copied = ['runtime', 'reference', 'graph', 'util']

/**
 * The modules that generated packages contain: JavaScript and declarations as built, and their TypeScript.
 *
 * @throws NotBuiltError in a checkout in which nothing is installed
 */
export function readRuntimeFiles(): RuntimeFiles {
  if (fromSources) return buildRuntimeFiles(root, copied)
  return new Map([
    ...copied.flatMap((folder) => readBelow(new URL('src/', packageRoot), folder, /(?<!\.d)\.ts$/)),
    ...copied.flatMap((folder) => readBelow(new URL('src/', root), folder, /\.(js|d\.ts)$/)),
  ])
}

/** Name, version and licence of this gdnc. */
export function readOwnPackage(): { readonly version: string; readonly license: string } {
  const { version } = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')) as { version: string }
  return { version, license: readFileSync(new URL('LICENSE', packageRoot), 'utf8') }
}

function readBelow(base: URL, folder: string, wanted: RegExp): [path: string, text: string][] {
  return listBelow(new URL(`${folder}/`, base))
    .filter((path) => wanted.test(path))
    .map((path) => [`${folder}/${path}`, readFileSync(new URL(`${folder}/${path}`, base), 'utf8')])
}
