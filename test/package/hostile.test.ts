import { afterAll, describe, expect, it } from 'vitest'
import { compile } from '../../src/driver/compile.ts'
import { nodeCompileHost } from '../../src/driver/node-host.ts'
import { emitted } from '../emit/support/emitted.ts'
import { hybrid } from '../plan/hybrid.ts'
import { nullDevice } from '../support/gpu.ts'
import { node, project, root, tool } from './support/project.ts'

/** Everything that has ended a comment, a string, a template or a tag somewhere. */
const attack = [
  '*/ globalThis.pwned = 1 /*',
  '*/}}}; globalThis.pwned = 1; {{{/*',
  '`; globalThis.pwned = 1; `',
  '$' + '{globalThis.pwned = 1}',
  "'; globalThis.pwned = 1; '",
  '"; globalThis.pwned = 1; "',
  '</script><script>globalThis.pwned = 1</script>',
  '<!-- --> <img src=x onerror=pwned()>',
  '\u2028globalThis.pwned = 1\u2029globalThis.pwned = 1\u0085globalThis.pwned = 1\r\nglobalThis.pwned = 1\vglobalThis.pwned = 1',
  '```\nglobalThis.pwned = 1\n```',
  '[x](javascript:pwned()) ![x](javascript:pwned())',
  '{{globalThis}} {{{this}}} {{> lib/x}} {{#each}}',
  '//# sourceMappingURL=data:application/json,{}',
  '@ts-nocheck @ts-ignore @deprecated',
  '\u202Egnp.exe\0\u001b[2J',
  '@workgroup_size(1) fn main() {} // */',
].join('\n')

const names = ['class', '__proto__', 'constructor', 'Session', 'Promise', 'toString', 'a'.repeat(5000)]

function hostileModel(name: string) {
  const model = hybrid('ra')
  return {
    ...model,
    name,
    doc: attack,
    source: `${attack}.gdn`,
    sizes: [
      { name: '__proto__', value: 3 },
      { name: 'constructor', value: 4 },
      { name: 'class', value: 5 },
    ],
    inputs: model.inputs.map((input) => ({ ...input, doc: attack })),
    outputs: model.outputs.map((output) => ({ ...output, doc: attack })),
    checkpoint: {
      format: 'safetensors' as const,
      weights: model.weights.map(({ path, shape }) => ({
        path,
        from: { kind: 'tensor' as const, name: `${attack} ${path}`, shape },
        optional: false,
      })),
      ignore: [attack, '__proto__'],
      expect: [
        { keys: ['__proto__'], value: attack },
        { keys: [attack], value: null },
      ],
    },
  }
}

describe.each(names.map((name) => [name.slice(0, 20), name]))('a hostile spec with the name %s', (_, name) => {
  const generated = emitted(hostileModel(name))
  const app = project(generated)
  afterAll(() => app[Symbol.dispose]())

  it('gives modules that load, and nothing of it runs', () => {
    app.write(
      'load.js',
      `import * as all from '${generated.name}'
import { proofs } from '${app.installed}/proofs.js'
const made = all['${generated.className}']
console.log(JSON.stringify({ pwned: globalThis.pwned ?? null, is: typeof made, proofs: proofs.kernels.length > 0, sizes: Object.entries(made.sizes), clean: {}.polluted === undefined }))
`,
    )
    const { stdout, stderr } = node(['load.js'], app.folder)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      pwned: null,
      is: 'function',
      proofs: true,
      sizes: [
        ['__proto__', 3],
        ['constructor', 4],
        ['class', 5],
      ],
      clean: true,
    })
  })

  it('gives TypeScript that type-checks', () => {
    app.write(
      'use.ts',
      `import { ${generated.className} as M } from '${generated.name}'\nexport const make = (): Promise<M> => M.create({ weights: { seed: 1 } })\n`,
    )
    app.write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          target: 'es2023',
          lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
          module: 'nodenext',
          strict: true,
          noEmit: true,
          types: [],
          allowImportingTsExtensions: true,
        },
        files: ['use.ts', `node_modules/${generated.name}/src/index.ts`],
      }),
    )
    expect(node([tool('typescript/bin/tsc'), '-p', '.', '--pretty', 'false'], app.folder).stdout).toBe('')
  })

  it('keeps its text', () => {
    const manifest = JSON.parse(generated.files.get('manifest.json') ?? '') as { doc: string; checkpoint: { ignore: string[] } }
    expect(manifest.doc).toBe(attack)
    expect(manifest.checkpoint.ignore[0]).toBe(attack)
    JSON.parse(generated.files.get('package.json') ?? '')
  })
})

describe('a hostile file', () => {
  const lines = attack
    .split(/[\r\n]+/)
    .map((line) => `/// ${line}`)
    .join('\n')
  const spec = `gdn 1

${lines}
model constructor(__proto__: size = 8, toString: size = 16) {
  dim B: batch
  dim T: time
  ${lines.replaceAll('\n', '\n  ')}
  input __defineGetter__: u32[B, T]
  ${lines.replaceAll('\n', '\n  ')}
  output prototype: f32[B, T, toString]
  stack {
    embedding(toString, __proto__) as arguments
    rms_norm() as hasOwnProperty
    linear(toString) as __proto__
  }
}

checkpoint constructor from safetensors {
  "hasOwnProperty.weight" <- "*/ \\" \`; globalThis.pwned = 1; </script>"
  "arguments.table" <- "__proto__"
  "__proto__.weight" <- "constructor.prototype"
  ignore "*\`'//"
  expect "__proto__" == "*/ </script> \`"
}
`
  const host = { ...nodeCompileHost(root), readText: () => spec }
  const { package: made, diagnostics } = compile(host, `${'a'.repeat(50)} */ <b>.gdn`)

  it('compiles to a class that loads, and nothing of it runs', () => {
    expect(diagnostics.map(({ code, severity, message }) => `${severity} ${code}${severity === 'error' ? message : ''}`)).toEqual([
      'warning GDN4003',
    ])
    if (made === undefined) return
    using app = project(made)
    app.write(
      'load.js',
      `import { ${made.className} as M } from '${made.name}'\nconsole.log(JSON.stringify([typeof M, Object.keys(M.sizes), globalThis.pwned ?? null]))\n`,
    )
    const { stdout, stderr } = node(['load.js'], app.folder)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual(['function', ['__proto__', 'toString'], null])
    for (const [path, text] of made.files) if (path.endsWith('.js')) expect(text, path).not.toMatch(/<\/script|<!--/i)
  })
})

describe('a hostile spec', () => {
  const { files } = emitted(hostileModel('Hostile'))

  it('gives kernels that compile', async () => {
    const device = await nullDevice()
    for (const [path, code] of files) {
      if (!path.endsWith('.wgsl')) continue
      const { messages } = await device.createShaderModule({ code }).getCompilationInfo()
      expect(
        messages.filter(({ type }) => type === 'error'),
        path,
      ).toEqual([])
      expect(code.match(/@compute/g), path).toHaveLength(1)
    }
    device.destroy()
  })

  it('puts no character into a file that hides text or ends a line', () => {
    for (const [path, text] of files) expect(text, path).not.toMatch(/(?!\n)\p{Cc}|[\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b]/u)
  })

  it('cannot end a script element, should a bundle be put into one', () => {
    for (const [path, text] of files) if (path.endsWith('.js')) expect(text, path).not.toMatch(/<\/script|<script|<!--/i)
  })

  it('shows its text in the README, and renders none of it', () => {
    const readme = files.get('README.md') ?? ''
    expect(readme).toContain('globalThis.pwned = 1')
    expect(readme).not.toMatch(/(?<!\\)<(?!\/?$)|(?<!\\)\]\(|^```(?!js$|$)/m)
    expect(readme.match(/^```/gm)).toHaveLength(2)
  })
})
