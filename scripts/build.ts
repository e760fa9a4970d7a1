/**
 * `npm run build`: TypeScript to `dist`, which mirrors the repository (`dist/src`, `dist/grammar`, `dist/templates`). Files that the
 * program reads at run time are copied to the same places, so a URL relative to a module is right in the sources and in `dist`.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, rmSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

/** What is copied beside the JavaScript: the library, the templates, and the modules that generated packages contain as TypeScript. */
const copies: readonly { readonly folder: string; readonly extensions?: readonly string[] }[] = [
  { folder: 'src/std', extensions: ['.gdn'] },
  { folder: 'templates' },
  { folder: 'grammar', extensions: ['.ebnf', '.json'] },
]

rmSync(dist, { recursive: true, force: true })
const compiler = [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')]
const { status } = spawnSync(process.execPath, compiler, { stdio: 'inherit' })
if (status !== 0) process.exit(1)
for (const { folder, extensions } of copies) {
  const from = join(root, folder)
  if (!existsSync(from)) continue
  const wanted = (path: string): boolean => extensions === undefined || statSync(path).isDirectory() || extensions.includes(extname(path))
  cpSync(from, join(dist, folder), { recursive: true, filter: wanted })
}
