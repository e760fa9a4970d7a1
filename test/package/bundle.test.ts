import { gzipSync } from 'node:zlib'
import { build, type InlineConfig } from 'vite'
import { afterAll, describe, expect, it } from 'vitest'
import { compile } from '../../src/driver/compile.ts'
import { nodeCompileHost } from '../../src/driver/node-host.ts'
import { emitted } from '../emit/support/emitted.ts'
import { hybrid } from '../plan/hybrid.ts'
import { project, root } from './support/project.ts'

const generated = emitted(hybrid('ra'))
const app = project(generated)
afterAll(() => app[Symbol.dispose]())

interface Chunk {
  readonly fileName: string
  readonly code: string
  readonly isEntry: boolean
  readonly modules: readonly string[]
}

/** A production build of one entry, in memory. */
async function bundle(source: string, into = app): Promise<readonly Chunk[]> {
  into.write('entry.js', source)
  const config: InlineConfig = {
    root: into.folder,
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'es2023', lib: { entry: 'entry.js', formats: ['es'] }, minify: true },
  }
  const result = await build(config)
  const [output] = Array.isArray(result) ? result : [result]
  if (output === undefined || !('output' in output)) throw new Error('the build gave nothing')
  return output.output.flatMap((chunk) =>
    chunk.type === 'chunk'
      ? [
          {
            fileName: chunk.fileName,
            code: chunk.code,
            isEntry: chunk.isEntry,
            modules: Object.keys(chunk.modules).map((path) => path.split('/node_modules/hybrid/')[1] ?? path),
          },
        ]
      : [],
  )
}

describe('a package in a bundle', () => {
  it('leaves the reference to chunks that verify() loads', async () => {
    const chunks = await bundle("export { Hybrid } from 'hybrid'")
    const [entry] = chunks.filter((chunk) => chunk.isEntry)
    const verifying = /^(reference|graph|util)\/|^proofs\.js|^runtime\/verify\.js/
    expect(entry?.modules.filter((path) => verifying.test(path))).toEqual([])
    expect(chunks.flatMap((chunk) => (chunk.isEntry ? [] : chunk.modules)).some((path) => path.startsWith('reference/'))).toBe(true)
    const bytes = gzipSync(entry?.code ?? '').length
    expect(bytes).toBeLessThan(60_000)
  })

  it('gives only what is used', async () => {
    const [entry, ...others] = await bundle(
      "import { GdncError } from 'hybrid'\nexport const isOurs = (error) => error instanceof GdncError",
    )
    expect(others).toEqual([])
    expect(entry?.modules.filter((path) => path !== 'entry.js' && !path.endsWith('/entry.js'))).toEqual(['runtime/errors.js'])
    expect(entry?.code).not.toContain('@compute')
  })

  it('vanishes where nothing is used', async () => {
    const [entry] = await bundle("import 'hybrid'\nexport const one = 1")
    expect(entry?.code.length).toBeLessThan(100)
  })

  it("stays under 100 KB gzipped for a hybrid of the paper's size, the reference included", async () => {
    const { package: made } = compile(nodeCompileHost(root), 'examples/h2.gdn')
    if (made === undefined) throw new Error('examples/h2.gdn does not compile')
    using h2 = project(made)
    const chunks = await bundle(`export { ${made.className} } from '${made.name}'`, h2)
    const size = (list: readonly Chunk[]): number => list.reduce((sum, { code }) => sum + gzipSync(code).length, 0)
    expect(size(chunks.filter(({ isEntry }) => isEntry))).toBeLessThan(60_000)
    expect(size(chunks)).toBeLessThan(100_000)
  })
})
