import { readFileSync } from 'node:fs'

/** The version of this gdnc: `package.json` is two folders above the sources, and three above what is built of them. */
export function ownVersion(): string {
  const up = import.meta.url.endsWith('.ts') ? '../..' : '../../..'
  const { version } = JSON.parse(readFileSync(new URL(`${up}/package.json`, import.meta.url), 'utf8')) as { version: string }
  return version
}
