import type { Graph } from '../graph/graph.ts'
import type { Model } from '../model/model.ts'
import type { Manifest } from '../runtime/manifest.ts'
import type { KernelProof } from '../runtime/proofs.ts'
import { classView } from './class-view.ts'
import { manifestJson, templateLiteralText } from './data-text.ts'
import { codeSafe, dataLiteral, oneLine } from './escape.ts'
import { gpuDeclarations } from './gpu-types.ts'
import { license } from './license.ts'
import { exportedNames, type RuntimeFiles, reachable } from './modules.ts'
import { className, isPackageName, isSafePath, isVersion, packageName } from './names.ts'
import { proofGraph } from './proof-graph.ts'
import { readmeView } from './readme.ts'
import type { Render } from './template.ts'
import type { View } from './views.ts'
import type { KernelSource } from './wgsl.ts'

/** Everything a package is made of. Equal input gives equal files, whatever the folder, the machine or the day. */
export interface PackageInput {
  readonly model: Model
  readonly manifest: Manifest
  readonly kernels: readonly KernelSource[]
  /** The planned graph and which commands to prove on it; without them the package cannot `verify()`. */
  readonly proofs: { readonly graph: Graph; readonly kernels: readonly KernelProof[] } | undefined
  /** Name of the spec's file, without its folder. */
  readonly source: string
  readonly profile: string
  readonly compiler: { readonly version: string; readonly license: string }
  readonly runtime: RuntimeFiles
  readonly render: Render
  readonly options?: PackageOptions
}

export interface PackageOptions {
  /** Default: from the model's name, `GatedDeltaNetH1` is `gated-delta-net-h1`. */
  readonly name?: string
  /** Default `1.0.0`. */
  readonly version?: string
}

/** The files of a package by path. `className` is what its class is called. */
export interface Package {
  readonly name: string
  readonly className: string
  readonly files: ReadonlyMap<string, string>
}

/** Writes no file: see `writePackage`. @throws RangeError for options that npm would not accept */
export function emitPackage(input: PackageInput): Package {
  const { model, manifest, runtime, render, options = {} } = input
  const name = options.name ?? packageName(model.name)
  const version = options.version ?? '1.0.0'
  if (!isPackageName(name))
    throw new RangeError(`${JSON.stringify(name)} is not a name for a package: expected lower case, at most 214 characters, as npm has it`)
  if (!isVersion(version)) throw new RangeError(`${JSON.stringify(version)} is not a version: expected one such as 1.0.0`)
  const ownName = className(model.name, exportedNames(runtime))
  const proofs = input.proofs && proofGraph(input.proofs.graph, input.proofs.kernels)
  const ops = proofs === undefined ? [] : opModules(proofs.graph)
  const view = classView(model, manifest, ownName, input.proofs !== undefined)
  const files = new Map<string, string>([
    ['index.js', render('index.js', view.javascript)],
    ['index.d.ts', render('index.d.ts', view.declaration)],
    ['src/index.ts', render('index.ts', view.typescript)],
    ['gpu.d.ts', gpuDeclarations],
    ...dataFiles(input),
    ...(proofs === undefined ? [] : proofFiles(proofs, ops, render)),
    ...input.kernels.map((kernel): [string, string] => [`kernels/${kernel.name}.wgsl`, kernel.wgsl]),
    ...reachable(runtime, proofs === undefined ? [] : ['reference/prove', ...ops.map(({ file }) => `graph/ops/${file}`)]),
    ['README.md', render('README.md', readmeView(input, name, ownName))],
    ['LICENSE', license(input.compiler.license)],
  ])
  files.set('package.json', packageJson(input, name, version, files))
  for (const path of files.keys()) if (!isSafePath(path)) throw new Error(`'${path}' cannot be a file of a package`)
  return { name, className: ownName, files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))) }
}

/** What the class is given: the manifest, the kernels' text, and the proofs; as modules, so that every bundler takes them. */
function dataFiles({ manifest, kernels, render }: PackageInput): [path: string, text: string][] {
  return [
    ['manifest.json', manifestJson(manifest)],
    ['manifest.js', `/** What \`manifest.json\` says. */\nexport const manifest = ${dataLiteral(manifest)}\n`],
    ['manifest.d.ts', declaration('manifest', 'Manifest', 'What `manifest.json` says.')],
    [
      'kernels.js',
      render('kernels.js', {
        kernels: kernels.map(({ name, wgsl }) => ({ name, text: templateLiteralText(wgsl) })),
      } satisfies View<'kernels.js'>),
    ],
    ['kernels.d.ts', '/** The kernels of `kernels/`, by name. */\nexport declare const kernels: { readonly [name: string]: string }\n'],
  ]
}

function proofFiles(
  { graph, kernels }: ReturnType<typeof proofGraph>,
  ops: View<'proofs.js'>['ops'],
  render: Render,
): [path: string, text: string][] {
  return [
    ['proofs.js', render('proofs.js', { ops, graph: dataLiteral(graph), kernels: dataLiteral(kernels) } satisfies View<'proofs.js'>)],
    ['proofs.d.ts', declaration('proofs', 'Proofs', 'For `verify()`: loaded on demand only.')],
  ]
}

/** The modules of a graph's ops: `top_k` is `topK` of `top-k.js`. Values that a proof gives take the place of inputs. */
function opModules({ nodes }: Graph): View<'proofs.js'>['ops'] {
  const names = [...new Set(['input', ...nodes.map(({ op }) => op)])].sort()
  return names.map((name) => ({
    name,
    identifier: name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    file: name.replaceAll('_', '-'),
  }))
}

const declaration = (name: string, type: string, doc: string): string =>
  `import type { ${type} } from './runtime/index.js'\n\n/** ${doc} */\nexport declare const ${name}: ${type}\n`

function packageJson(input: PackageInput, name: string, version: string, files: ReadonlyMap<string, string>): string {
  const { model, compiler, source, profile } = input
  const content = {
    name,
    version,
    description: oneLine(model.doc) || `The model ${model.name.slice(0, 100)} on WebGPU`,
    license: 'Apache-2.0',
    type: 'module',
    sideEffects: false,
    main: './index.js',
    types: './index.d.ts',
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './manifest.json': './manifest.json',
      './kernels/*.wgsl': './kernels/*.wgsl',
      './package.json': './package.json',
    },
    files: [...new Set([...files.keys(), 'package.json'].map((path) => path.split('/')[0] ?? path))]
      .filter((path) => path !== 'package.json')
      .sort(),
    gdnc: { version: compiler.version, source, model: model.name, profile },
  }
  return `${codeSafe(JSON.stringify(content, null, 2))}\n`
}
