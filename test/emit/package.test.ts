import { describe, expect, it } from 'vitest'
import { checkTemplate } from '../../src/emit/check-template.ts'
import { readTemplates } from '../../src/emit/host-files.ts'
import { viewSchemas } from '../../src/emit/views.ts'
import { hybrid } from '../plan/hybrid.ts'
import { emitted } from './support/emitted.ts'

describe('the templates of a package', () => {
  it.each(Object.entries(viewSchemas))('%s agrees with its view', (name, schema) => {
    expect(checkTemplate(readTemplates('ts')[name] ?? '', schema)).toEqual([])
  })

  it('are all used', () => {
    expect(Object.keys(viewSchemas).sort()).toEqual(Object.keys(readTemplates('ts')).sort())
  })
})

describe('a package', () => {
  const model = hybrid('ra')
  const { files, name, className } = emitted(model)
  const text = (path: string): string => files.get(path) ?? ''

  it('is the same for the same model', () => {
    expect([...emitted(hybrid('ra')).files]).toEqual([...files])
  })

  it('lists its files in order', () => {
    expect([...files.keys()]).toEqual([...files.keys()].sort())
  })

  it('is named after the model', () => {
    expect({ name, className }).toEqual({ name: 'hybrid', className: 'Hybrid' })
    expect(JSON.parse(text('package.json'))).toMatchObject({ name: 'hybrid', version: '1.0.0', type: 'module', sideEffects: false })
    expect(JSON.parse(text('package.json'))).not.toHaveProperty('dependencies')
  })

  it('says the same in manifest.json and manifest.js', async () => {
    const manifest = JSON.parse(text('manifest.json')) as unknown
    const module = (await import(`data:text/javascript,${encodeURIComponent(text('manifest.js'))}`)) as { manifest: unknown }
    expect(module.manifest).toEqual(manifest)
  })

  it('has each kernel as a file and as a string', async () => {
    const { kernels } = (await import(`data:text/javascript,${encodeURIComponent(text('kernels.js'))}`)) as {
      kernels: Record<string, string>
    }
    const manifest = JSON.parse(text('manifest.json')) as { kernels: { name: string }[] }
    expect(Object.keys(kernels).sort()).toEqual(manifest.kernels.map((kernel) => kernel.name).sort())
    for (const [kernel, wgsl] of Object.entries(kernels)) expect(wgsl).toBe(text(`kernels/${kernel}.wgsl`))
  })

  it('contains every module that its modules import, and no package', () => {
    const missing: string[] = []
    for (const [path, content] of files) {
      if (!/\.(js|ts)$/.test(path)) continue
      for (const [, named, dynamic = ''] of content.matchAll(
        /^(?:import|export)\s[^'"]*?from ['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gm,
      )) {
        const specifier = named ?? dynamic
        if (!specifier.startsWith('.')) missing.push(`${path}: ${specifier}`)
        else if (!files.has(new URL(specifier, `file:///${path}`).pathname.slice(1)) && !declared(files, path, specifier))
          missing.push(`${path}: ${specifier}`)
      }
    }
    expect(missing).toEqual([])
  })

  it('mentions no folder of this machine', () => {
    for (const [path, content] of files) expect(content.includes(process.cwd()), path).toBe(false)
  })

  it('shows its kernels tidily', () => {
    for (const [path, content] of files) {
      if (!path.endsWith('.wgsl')) continue
      expect(content, path).toMatch(/^\/\/ \w+\n(\/\/ .*\n)+\nstruct Run \{/)
      expect(content, path).not.toMatch(/[ \t]\n|\n\n\n|[^\n]$|\p{Cc}(?<!\n)/u)
    }
  })

  it('can be made without its reference', () => {
    const { files: small } = emitted(model, { proofs: undefined })
    expect([...small.keys()].filter((path) => /^(src\/)?(graph|reference|util|proofs)/.test(path))).toEqual([])
    expect(small.get('index.js')).not.toContain('proofs')
  })
})

/** Declarations may import what exists as a declaration only. */
function declared(files: ReadonlyMap<string, string>, from: string, specifier: string): boolean {
  const path = new URL(specifier, `file:///${from}`).pathname.slice(1)
  return from.endsWith('.d.ts') && files.has(path.replace(/\.js$/, '.d.ts'))
}
