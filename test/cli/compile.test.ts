import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/driver/compile.ts'
import { nodeCompileHost } from '../../src/driver/node-host.ts'
import { manifestSchema } from '../../src/emit/manifest-schema.ts'
import { refusedExamples } from '../support/spec.ts'
import { refusedByDawn } from '../support/validate.ts'
import { place, tiny } from './support/gdnc.ts'

/** Every file below a folder with its text. */
function held(folder: string): Record<string, string> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    found.map((entry) => join(entry.parentPath, entry.name)).map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  )
}

describe('compiling', () => {
  it('gives the same bytes from any folder, however the path is written', () => {
    const one = place({ 'tiny.gdn': tiny })
    const two = place({ 'deep/er/tiny.gdn': tiny })
    const packages = [
      compile(nodeCompileHost(one.folder), 'tiny.gdn'),
      compile(nodeCompileHost(two.folder), './deep/er/tiny.gdn'),
      compile(nodeCompileHost(join(two.folder, 'deep')), join(two.folder, 'deep/er/tiny.gdn')),
    ]
    const [first, ...others] = packages.map((state) => [...(state.package?.files ?? [])])
    expect(first?.length).toBeGreaterThan(50)
    for (const other of others) expect(other).toEqual(first)
  })

  it('writes a manifest of the form that is published', () => {
    const here = place({ 'tiny.gdn': tiny })
    const { package: made } = compile(nodeCompileHost(here.folder), 'tiny.gdn')
    expect(manifestSchema.parse(JSON.parse(made?.files.get('manifest.json') ?? ''))).toBeDefined()
  })

  it('runs the passes in their order and stops at the first with errors', () => {
    const here = place({ 'tiny.gdn': tiny, 'wrong.gdn': tiny.replace('swiglu(24)', 'swiglo(24)') })
    const names: string[] = []
    compile(nodeCompileHost(here.folder), 'tiny.gdn', { onPass: (name) => names.push(name) })
    expect(names).toEqual(['parse', 'check', 'choose', 'plan', 'print', 'emit'])
    names.length = 0
    const { diagnostics, plan } = compile(nodeCompileHost(here.folder), 'wrong.gdn', { onPass: (name) => names.push(name) })
    expect(names).toEqual(['parse', 'check'])
    expect(diagnostics).not.toEqual([])
    expect(plan).toBeUndefined()
  })

  it('stops where it is told to', () => {
    const here = place({ 'tiny.gdn': tiny })
    const { model, plan } = compile(nodeCompileHost(here.folder), 'tiny.gdn', { until: 'choose', sizes: { d: 32 } })
    expect(model?.sizes).toContainEqual({ name: 'd', value: 32 })
    expect(plan).toBeUndefined()
  })

  it('works without a file system', () => {
    const files: Record<string, string> = {
      'a/main.gdn': tiny.replace('gdn 1\n', 'gdn 1\nimport twice from "./b.gdn"\n').replace('swiglu(24)', 'twice()'),
      'a/b.gdn': 'gdn 1\n\nlayer twice() {\n  in x: f32[B, T, d]\n  out 2 * x\n}\n',
    }
    const { diagnostics, sources } = compile({ ...nodeCompileHost('.'), readText: (path) => files[path] }, 'a/main.gdn', { until: 'check' })
    expect(diagnostics).toEqual([])
    expect([...sources.keys()].filter((path) => !path.startsWith('std/'))).toEqual(['a/main.gdn', 'a/b.gdn'])
  })
})

const root = fileURLToPath(new URL('../..', import.meta.url))
const examples = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.gdn'))

describe.each(examples)('examples/%s', (file) => {
  const path = `examples/${file}`
  const models = compile(nodeCompileHost(root), path, { until: 'check' }).checked?.models ?? []

  it('has models', () => {
    expect(models).not.toEqual([])
  })

  it.each(models.filter(({ name }) => !refusedExamples.has(name)))(
    '$name compiles, what each pass makes is legal, and Dawn accepts its kernels',
    async ({ name }) => {
      const { diagnostics, plan, package: made } = compile(nodeCompileHost(root), path, { model: name, verify: true })
      expect(diagnostics).toEqual([])
      expect(made!.className).toBe(name)
      expect(await refusedByDawn(plan!.manifest, (kernel) => made!.files.get(`kernels/${kernel}.wgsl`) ?? '')).toEqual([])
    },
  )

  it.each(models.filter(({ name }) => refusedExamples.has(name)))('$name is refused', ({ name }) => {
    const { diagnostics, package: made } = compile(nodeCompileHost(root), path, { model: name })
    expect(diagnostics.map(({ code }) => code)).toEqual([refusedExamples.get(name)])
    expect(made).toBeUndefined()
  })
})

describe('a model whose class needs another name', () => {
  it('compiles, with a warning', () => {
    const here = place({ 'session.gdn': tiny.replace('model Tiny', 'model Session') })
    const { diagnostics, package: made } = compile(nodeCompileHost(here.folder), 'session.gdn')
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['GDN4003', 'warning']])
    expect(made?.className).toBe('SessionModel')
  })
})

describe('gdnc compile', () => {
  const here = place({ 'tiny.gdn': tiny, 'wrong.gdn': tiny.replace('swiglu(24)', 'swiglo(24)') })
  const { gdnc } = here

  it('writes a package, says so, and finds it up to date', () => {
    const first = gdnc('compile', 'tiny.gdn', '--out', 'out/tiny')
    expect(first.stderr).toBe('')
    expect(first.stdout).toMatch(/^out\/tiny written: class Tiny, \d+ files, .+; \d.* parameters, \d+ kernels, \d+ ms\n$/)
    expect(gdnc('compile', 'tiny.gdn', '--out', 'out/tiny').stdout).toContain('out/tiny unchanged')
    expect(gdnc('compile', 'tiny.gdn', '--out', 'out/tiny', '--check').code).toBe(0)
  })

  it('says what differs with --check, and writes nothing', () => {
    const before = held(join(here.folder, 'out/tiny'))
    const { code, stderr } = gdnc('compile', 'tiny.gdn', '--size', 'd=32', '--out', 'out/tiny', '--check')
    expect(code).toBe(1)
    expect(stderr).toContain('GDN4004')
    expect(stderr).toContain('index.js')
    expect(held(join(here.folder, 'out/tiny'))).toEqual(before)
  })

  it('leaves the old package as it was when the spec is wrong', () => {
    const before = held(join(here.folder, 'out/tiny'))
    expect(gdnc('compile', 'wrong.gdn', '--out', 'out/tiny').code).toBe(1)
    expect(held(join(here.folder, 'out/tiny'))).toEqual(before)
  })

  it('refuses a folder that is not its own', () => {
    const { code, stderr } = gdnc('compile', 'tiny.gdn', '--out', '.')
    expect(code).toBe(1)
    expect(stderr).toContain('GDN4001')
    here.write('out/tiny/mine.txt', 'mine')
    expect(gdnc('compile', 'tiny.gdn', '--out', 'out/tiny', '--size', 'd=32').stderr).toContain('out/tiny also holds mine.txt')
  })

  it('stores weights as it is told to', () => {
    expect(gdnc('compile', 'tiny.gdn', '--weights', 'bf16', '--out', 'half').code).toBe(0)
    const { weights } = manifestSchema.parse(JSON.parse(readFileSync(join(here.folder, 'half/manifest.json'), 'utf8')))
    expect(weights.every(({ format, constant }) => constant || format === 'bf16')).toBe(true)
    expect(weights.some(({ packed }) => packed)).toBe(true)
    expect(readFileSync(join(here.folder, 'half/README.md'), 'utf8')).toMatch(/parameters \(.* KiB, matrices as bf16\)/)
    const { code, stderr } = gdnc('compile', 'tiny.gdn', '--weights', 'f8', '--out', 'half')
    expect([code, stderr]).toEqual([2, expect.stringContaining("--weights takes f32, f16, bf16, found 'f8'")])
  })

  it('gives JSON', () => {
    const { stdout } = gdnc('compile', 'tiny.gdn', '--json', '--package-name', '@me/tiny', '--package-version', '2.0.0', '--out', 'named')
    expect(JSON.parse(stdout)).toMatchObject({ errors: 0, package: { folder: 'named', name: '@me/tiny', class: 'Tiny', changed: true } })
    expect(JSON.parse(readFileSync(join(here.folder, 'named/package.json'), 'utf8'))).toMatchObject({ name: '@me/tiny', version: '2.0.0' })
  })

  it('compiles again when the spec changes', async () => {
    here.write('watched.gdn', tiny)
    const watching = here.start('compile', 'watched.gdn', '--out', 'watched', '--watch')
    const lines = async function* () {
      for await (const chunk of watching.stdout) yield String(chunk)
    }
    const output = lines()
    try {
      expect((await output.next()).value).toContain('watched written')
      writeFileSync(join(here.folder, 'watched.gdn'), tiny.replace('swiglu(24)', 'swiglu(32)'))
      expect((await output.next()).value).toContain('watched written')
    } finally {
      watching.kill()
    }
  })
})
