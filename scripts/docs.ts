import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { libraryPages } from './library/pages.ts'

/** Writes the pages of `docs/library` from the library's definitions; with `--check` it only says what is out of date, and fails if anything is. */
const check = process.argv.includes('--check')
const folder = new URL('../docs/library/', import.meta.url)
mkdirSync(folder, { recursive: true })
const present = new Map(readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]))
const wanted = libraryPages()
const stale = [...wanted].filter(([name, text]) => present.get(name) !== text).map(([name]) => name)
const gone = [...present.keys()].filter((name) => !wanted.has(name))
if (!check) {
  for (const name of stale) writeFileSync(new URL(name, folder), wanted.get(name) as string)
  for (const name of gone) rmSync(new URL(name, folder))
}
const changed = [...stale, ...gone]
if (changed.length > 0) console.log(`${check ? 'out of date, run `npm run docs`' : 'written'}: ${changed.join(', ')}`)
process.exitCode = check && changed.length > 0 ? 1 : 0
