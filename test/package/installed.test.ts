import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { node, npm, root, tool } from './support/project.ts'

const app = `import { create } from 'webgpu'
import { TinyHybrid } from './model/index.js'
const session = (await TinyHybrid.create({ gpu: create([]), weights: { seed: 1 } })).session()
await session.prefill([1, 2, 3])
for await (const id of session.generate({ maxTokens: 4 })) console.log(id)
`

/** gdnc as a user has it: packed, and installed into a project that has nothing else. */
describe('gdnc, packed and installed', () => {
  let folder = ''
  const gdnc = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'gdnc', ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', npm_config_loglevel: 'error' },
    })
    return { status, stdout, stderr }
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gdnc-installed-'))
    const packed = npm(['pack', '--json', '--pack-destination', folder], root)
    const [json = ''] = /\[\s*\{[\s\S]*\]\s*$/.exec(packed.stdout) ?? []
    const [{ filename }] = JSON.parse(json || '[{"filename":""}]') as [{ filename: string }]
    if (filename === '') throw new Error(`npm pack: ${packed.stdout}${packed.stderr}`)
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const installed = npm(['install', join(folder, filename), '--prefer-offline', '--omit=optional', '--omit=peer'], folder)
    if (installed.status !== 0) throw new Error(`npm install: ${installed.stderr}`)
    symlinkSync(tool('webgpu'), join(folder, 'node_modules/webgpu'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('brings what it needs, and no sources but those that packages contain', () => {
    const held = readdirSync(join(folder, 'node_modules/gdnc')).sort()
    expect(held).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', 'src'])
    expect(readdirSync(join(folder, 'node_modules/gdnc/src')).sort()).toEqual(['graph', 'reference', 'runtime', 'util'])
  })

  it('makes a spec, compiles it, and an app of five lines runs', () => {
    expect(gdnc('init')).toMatchObject({ status: 0, stderr: '' })
    const compiled = gdnc('compile', 'model.gdn', '--out', 'model')
    expect(compiled.stderr).toBe('')
    expect(compiled.stdout).toMatch(/^model written: class TinyHybrid, /)
    writeFileSync(join(folder, 'five.mjs'), app)
    const { stdout, stderr, status } = node(['five.mjs'], folder)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(4)
  })

  it('writes what a checkout writes', () => {
    const checkout = node([join(root, 'src/cli/main.ts'), 'compile', 'model.gdn', '--out', 'model', '--check'], folder)
    expect(checkout.stderr).toBe('')
    expect(checkout.status).toBe(0)
  })

  it('generates a package that a Vite build takes', async () => {
    writeFileSync(join(folder, 'main.js'), app.replace("import { create } from 'webgpu'\n", '').replace('gpu: create([]), ', ''))
    writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="./main.js"></script>\n')
    await build({ root: folder, configFile: false, logLevel: 'error', build: { target: 'es2023' } })
    const scripts = readdirSync(join(folder, 'dist/assets')).filter((file) => file.endsWith('.js'))
    expect(scripts.length).toBeGreaterThan(1)
    const entry = scripts.map((file) => readFileSync(join(folder, 'dist/assets', file), 'utf8')).find((text) => text.includes('@compute'))
    expect(entry).toBeDefined()
  })

  it('is a library too', () => {
    writeFileSync(
      join(folder, 'library.mjs'),
      `import { compile, nodeCompileHost, renderText } from 'gdnc'
const { diagnostics, package: made } = compile(nodeCompileHost(), 'model.gdn')
console.log(renderText(diagnostics, new Map(), { color: false }), made.className, made.files.size > 100)
`,
    )
    expect(node(['library.mjs'], folder)).toMatchObject({ stdout: ' TinyHybrid true\n', stderr: '' })
    expect(existsSync(join(folder, 'node_modules/.package-lock.json'))).toBe(true)
  })
})
