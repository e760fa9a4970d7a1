import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { publint } from 'publint'
import { afterAll, describe, expect, it } from 'vitest'
import { emitted } from '../emit/support/emitted.ts'
import { hybrid } from '../plan/hybrid.ts'
import { node, npm, project, tool } from './support/project.ts'

const generated = emitted(hybrid('ra'))
const app = project(generated)
afterAll(() => app[Symbol.dispose]())

describe('what is published', () => {
  it('has no fault that publint knows', async () => {
    const { messages } = await publint({ pkgDir: app.installed, strict: true, pack: false })
    expect(messages).toEqual([])
  })

  it('has types that every resolution of ESM finds', () => {
    const packed = npm(['pack', '--json', '--pack-destination', app.folder], app.installed)
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }]
    const { stdout, status } = node(
      [tool('@arethetypeswrong/cli/dist/index.js'), join(app.folder, filename), '--profile', 'esm-only', '--format', 'json'],
      app.folder,
    )
    expect(status, stdout).toBe(0)
    const report = JSON.parse(stdout) as { problems?: Record<string, unknown> }
    // A package of ES modules only: CommonJS projects import it dynamically.
    expect(Object.keys(report.problems ?? {})).toEqual(['CJSResolvesToESM'])
  })

  it('is all that the folder holds', () => {
    const packed = npm(['pack', '--dry-run', '--json'], app.installed)
    const [{ files }] = JSON.parse(packed.stdout) as [{ files: { path: string }[] }]
    const held = readdirSync(app.installed, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(files.length).toBe(held.length)
    expect(files.length).toBe(generated.files.size)
  })

  it('stays small: all JavaScript of it, uncompressed comments and the reference included', () => {
    const scripts = [...generated.files].filter(([path]) => path.endsWith('.js')).map(([, text]) => text)
    expect(gzipSync(scripts.join('')).length).toBeLessThan(100_000)
  })
})
