import { afterAll, describe, expect, it } from 'vitest'
import { emitted } from '../emit/support/emitted.ts'
import { hybrid } from '../plan/hybrid.ts'
import { node, project, tool } from './support/project.ts'

const generated = emitted({
  ...hybrid('ra'),
  doc: 'A hybrid.',
  sizes: [
    { name: 'd', value: 20 },
    { name: '__proto__', value: 3 },
  ],
})
const app = project(generated)
afterAll(() => app[Symbol.dispose]())

const strictest = {
  target: 'es2023',
  module: 'nodenext',
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  allowUnreachableCode: false,
  allowUnusedLabels: false,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  erasableSyntaxOnly: true,
  declaration: true,
  isolatedDeclarations: true,
  types: [],
}

const use = `import { GdncError, Hybrid, Session, type CreateOptions, type VerifyReport } from 'hybrid'

export async function main(options: CreateOptions): Promise<VerifyReport> {
  const model: Hybrid = await Hybrid.create(options)
  const d: 20 = Hybrid.sizes.d
  const { logits } = await model.forward([1, 2, d])
  const shape: readonly number[] = logits.shape
  const session: Session<'tokens', 'logits'> = model.session({ rollback: 8 })
  await session.prefill({ tokens: [[1, 2, 3]] })
  for await (const id of session.generate({ maxTokens: 4, temperature: 0.8 })) id.toFixed(shape.length)
  const fork = await session.fork()
  fork.dispose()
  return model.verify()
}

export const isOurs = (error: unknown): boolean => error instanceof GdncError
`

const wrong = `import { Hybrid } from 'hybrid'
const model = await Hybrid.create({ weights: { seed: 1 } })
const { logit } = await model.forward([1])
const d: 21 = Hybrid.sizes.d
await model.session().prefill({ token: [1] })
console.log(logit, d)
`

function check(options: object, files: readonly string[]): string {
  app.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...strictest, ...options }, files }))
  const { stdout } = node([tool('typescript/bin/tsc'), '-p', 'tsconfig.json', '--pretty', 'false'], app.folder)
  return stdout
}

describe('the types of a package', () => {
  app.write('use.ts', use)
  app.write('wrong.ts', wrong)
  app.link('@webgpu/types')
  app.link('@types/node')
  app.link('undici-types')

  it.each([
    [
      'in a browser project, declarations checked too',
      { lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'], skipLibCheck: false },
    ],
    [
      'in a browser project of a bundler',
      {
        lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
        module: 'esnext',
        moduleResolution: 'bundler',
        skipLibCheck: true,
      },
    ],
    // Its own declarations need `dom`, and contradict the WebGPU that `dom` has had since TypeScript 6: only skipping them works.
    ['with @webgpu/types', { lib: ['es2023', 'esnext.disposable'], types: ['node', '@webgpu/types'], skipLibCheck: true }],
    ['in a Node project without any types of WebGPU', { lib: ['es2023', 'esnext.disposable'], types: ['node'], skipLibCheck: false }],
    ['in a Node project, skipping declarations', { lib: ['es2023', 'esnext.disposable'], types: ['node'], skipLibCheck: true }],
  ])('are right under the strictest options %s', (_, options) => {
    expect(check(options, ['use.ts'])).toBe('')
  })

  it("know the model's own outputs, sizes and inputs", () => {
    const said = check({ lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable'], declaration: false, isolatedDeclarations: false }, [
      'wrong.ts',
    ])
    expect(said.match(/wrong\.ts\(\d+,\d+\): error TS\d+/g)).toEqual([
      'wrong.ts(3,9): error TS2339',
      'wrong.ts(4,7): error TS2322',
      'wrong.ts(5,33): error TS2353',
    ])
  })

  it('are those of the TypeScript in the package', () => {
    const source = {
      rootDir: 'node_modules/hybrid',
      lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
      allowImportingTsExtensions: true,
    }
    app.write(
      'source.json',
      JSON.stringify({
        compilerOptions: { ...strictest, ...source, skipLibCheck: false, isolatedDeclarations: false },
        files: ['node_modules/hybrid/src/index.ts'],
      }),
    )
    expect(node([tool('typescript/bin/tsc'), '-p', 'source.json', '--pretty', 'false'], app.folder).stdout).toBe('')
  })
})
