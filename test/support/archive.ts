import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const chromiumPackage = join(root, 'node_modules/@sparticuz/chromium')

/** What the npm package `@sparticuz/chromium` carries, as brotli archives. `chromium` comes with the Vulkan driver beside it. */
export type Archive = 'chromium' | 'swiftshader' | 'al2023' | 'fonts'

const parts: Readonly<Record<Archive, readonly string[]>> = {
  chromium: ['chromium.br', 'swiftshader.tar.br'],
  swiftshader: ['swiftshader.tar.br'],
  al2023: ['al2023.tar.br'],
  fonts: ['fonts.tar.br'],
}

/**
 * The folder that holds one unpacked archive of `@sparticuz/chromium`. It is unpacked at most once per version, beside the
 * installed packages, so that `npm ci` also throws the cache away.
 */
export function unpacked(archive: Archive): string {
  const { version } = JSON.parse(readFileSync(join(chromiumPackage, 'package.json'), 'utf8')) as { version: string }
  const cache = join(root, 'node_modules/.cache/gdnc', `chromium-${version}`)
  const folder = join(cache, archive)
  if (existsSync(folder)) return folder

  mkdirSync(cache, { recursive: true })
  const staging = mkdtempSync(join(cache, `${archive}-`))
  for (const part of parts[archive]) {
    const bytes = brotliDecompressSync(readFileSync(join(chromiumPackage, 'bin', part)))
    if (part.endsWith('.tar.br')) execFileSync('tar', ['-xf', '-', '--no-same-owner', '-C', staging], { input: bytes })
    else writeFileSync(join(staging, part.replace(/\.br$/, '')), bytes, { mode: 0o755 })
  }
  try {
    renameSync(staging, folder)
  } catch (error) {
    // Another process was first; its copy is as good as ours.
    rmSync(staging, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}
