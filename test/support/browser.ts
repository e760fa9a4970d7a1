import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { slowOnSwiftshader } from './adapter.ts'
import { unpacked } from './archive.ts'
import { type Mounts, serve, type TestServer } from './server.ts'

export interface OpenPage extends AsyncDisposable {
  readonly page: Page
  readonly server: TestServer
  /** Console errors, uncaught exceptions and failed requests so far; a test ends by expecting none. */
  readonly errors: readonly string[]
  close(): Promise<void>
}

/**
 * Opens `html` in a headless Chromium with WebGPU on its software driver. The page is at `/` of a local server whose other paths are
 * the files of `mounts`, so `import('/model.js')` and ranged `fetch` work as on any static host.
 */
export async function openPage(mounts: Mounts, html: string): Promise<OpenPage> {
  const server = await serve(mounts, { pages: { '/': html, '/favicon.ico': '' } })
  const browser = await acquireBrowser()
  const context = await browser.newContext()
  const page = await context.newPage()
  const errors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(error.stack ?? error.message))
  page.on('requestfailed', (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`))
  const close = async (): Promise<void> => {
    await context.close()
    await server.close()
    await releaseBrowser()
  }
  await page.goto(`${server.origin}/`)
  return { page, server, errors, close, [Symbol.asyncDispose]: close }
}

// One browser serves all open pages and goes with the last, so no test leaves a process behind.
let running: Promise<Browser> | undefined
let users = 0

function acquireBrowser(): Promise<Browser> {
  users++
  running ??= launchBrowser()
  return running
}

async function releaseBrowser(): Promise<void> {
  if (--users > 0) return
  const browser = running
  running = undefined
  await (await browser)?.close()
}

/** Starts the Chromium of `@sparticuz/chromium`. The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const folder = unpacked('chromium')
  const executablePath = join(folder, 'chromium')
  return chromium.launch({
    executablePath,
    headless: true,
    env: { ...definedEnvironment(), ...browserEnvironment(executablePath) },
    args: [
      // Tests run as root in containers, where Chromium's own sandbox cannot start; the pages are ours.
      '--no-sandbox',
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      `--${slowOnSwiftshader}`,
      // No look-ups of the maker's hosts: the machine may have no network at all.
      '--disable-quic',
      '--disable-sync',
      '--disable-domain-reliability',
      '--no-pings',
      '--dns-prefetch-disable',
    ],
  })
}

/** What a bare machine lacks comes from the same npm package: NSS and expat for Amazon Linux, and one family of fonts. */
export function browserEnvironment(executablePath: string): Record<string, string> {
  const environment: Record<string, string> = {}
  if (missingLibraries(executablePath).length > 0) {
    environment['LD_LIBRARY_PATH'] = [join(unpacked('al2023'), 'lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':')
  }
  if (!existsSync('/etc/fonts/fonts.conf')) environment['FONTCONFIG_PATH'] = unpacked('fonts')
  return environment
}

/** The shared libraries that the executable needs and the system does not have. */
export function missingLibraries(executablePath: string): string[] {
  const listing = execFileSync('ldd', [executablePath], { encoding: 'utf8' })
  return [...listing.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1]!)
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
