import { readFileSync, writeFileSync } from 'node:fs'
import { artefacts } from '../grammar/generate/artefacts.ts'

/** Writes what is derived from the grammar; with `--check` it only says what is out of date, and fails if anything is. */
const check = process.argv.includes('--check')
const stale: string[] = []
for (const [name, text] of artefacts()) {
  const file = new URL(`../grammar/${name}`, import.meta.url)
  if (current(file) === text) continue
  stale.push(name)
  if (!check) writeFileSync(file, text)
}
if (stale.length > 0) console.log(`${check ? 'out of date, run `npm run grammar`' : 'written'}: ${stale.join(', ')}`)
process.exitCode = check && stale.length > 0 ? 1 : 0

function current(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
