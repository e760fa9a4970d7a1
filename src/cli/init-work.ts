import { join } from 'node:path'
import { fileExists } from '../diagnostics/catalogue/cli.ts'
import { readFilesBelow } from '../emit/host-files.ts'
import { exit, Failed } from './exit.ts'
import type { Host } from './host.ts'
import type { InitOptions } from './init.ts'
import { printJson } from './output.ts'

/** Writes the files of `templates/init`, all of them or none. */
export async function init(host: Host, [folder = '.']: readonly string[], { json }: InitOptions): Promise<number> {
  const files = readFilesBelow('templates/init/').map(([path, text]) => ({ path: folder === '.' ? path : join(folder, path), text }))
  const there = files.filter(({ path }) => host.files.kind(path) !== undefined)
  if (there.length > 0) throw new Failed(there.map(({ path }) => fileExists.at(undefined, { path })))
  for (const { path, text } of files) await host.files.writeText(path, text)
  const written = files.map(({ path }) => path)
  const enter = folder === '.' ? [] : [`cd ${folder}`]
  const next = [...enter, 'npm install webgpu', 'npx gdnc compile model.gdn --out model', 'node app.mjs']
  if (json === true) printJson(host, [], new Map(), { files: written, next })
  else host.stdout.write(`wrote ${written.join(', ')}\n\nnext:\n${next.map((line) => `  ${line}\n`).join('')}`)
  return exit.ok
}
