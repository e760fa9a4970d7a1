import type { Manifest } from '../runtime/manifest.ts'
import { sum } from '../util/numbers.ts'
import { bytes } from '../util/units.ts'
import { typeText } from './class-view.ts'
import { markdown, oneLine } from './escape.ts'
import type { PackageInput } from './package.ts'
import type { View } from './views.ts'

/** What the README of a package says. */
export function readmeView(input: PackageInput, packageName: string, className: string): View<'README.md'> {
  const { model, manifest, compiler, source } = input
  const io = (kind: string, entries: Manifest['inputs']): View<'README.md'>['io'] =>
    entries.map((entry) => ({ kind, name: entry.name, type: typeText(entry), about: markdown(oneLine(entry.doc)) }))
  return {
    title: packageName,
    about: model.doc.trim() === '' ? `The model ${markdown(model.name)}.` : markdown(model.doc),
    version: compiler.version,
    model: model.name,
    className,
    source: source.replace(/[^\w.-]/g, '_'),
    summary: `${grouped(manifest.parameters)} parameters (${weightsText(manifest)}), ${manifest.kernels.length} kernels.`,
    snippet: snippet(manifest, packageName, className),
    checkpoint: manifest.checkpoint
      ? ' For published weights give `weights` the URL of the safetensors file, or of its folder, ending in `/`; the spec maps its tensors.'
      : '',
    sessions: manifest.horizon.kind !== 'whole',
    verifies: input.proofs !== undefined,
    io: [...io('input', manifest.inputs), ...io('output', manifest.outputs)],
    kernelCount: String(manifest.kernels.length),
  }
}

/** What weights take on the GPU, and in which format packed ones are: `2.59 GiB, matrices as f16`. */
export function weightsText({ weights, weightBuffers }: Pick<Manifest, 'weights' | 'weightBuffers'>): string {
  const formats = [...new Set(weights.flatMap(({ format, packed }) => (packed === true && format !== undefined ? [format] : [])))]
  return `${bytes(4 * sum(weightBuffers))}${formats.length === 0 ? '' : `, matrices as ${formats.join(' and ')}`}`
}

/** An app of few lines that runs as it stands, in Node. */
function snippet(manifest: Manifest, packageName: string, className: string): string {
  const lines = [
    "import { create } from 'webgpu'",
    `import { ${className} } from '${packageName}'`,
    '',
    `const model = await ${className}.create({ gpu: create([]), weights: { seed: 0 } })`,
  ]
  const tokens = manifest.sampling ? `[${[1, 2, 3].map((id) => Math.min(id, (manifest.sampling?.vocab ?? 1) - 1)).join(', ')}]` : ''
  if (manifest.sampling) {
    lines.push(
      'const session = model.session()',
      `await session.prefill(${tokens})`,
      'for await (const id of session.generate({ maxTokens: 8, temperature: 0.8, topP: 0.95, seed: 7 })) console.log(id)',
    )
  } else {
    const outputs = manifest.outputs.map(({ name }) => name)
    lines.push(
      `const outputs = await model.forward(${exampleInput(manifest)})`,
      `console.log(${outputs.map((name) => `outputs.${name}.shape`).join(', ')})`,
    )
  }
  lines.push('model.dispose()')
  return lines.join('\n')
}

/** Two tokens of every input. */
function exampleInput({ inputs }: Manifest): string {
  const value = ({ dtype, shape, time }: Manifest['inputs'][number]): string => {
    const words = shape.reduce((all, size) => all * size, time ? 2 : 1)
    return dtype === 'u32' ? `new Uint32Array(${words})` : `new Float32Array(${words})`
  }
  const [only, ...others] = inputs
  if (only && others.length === 0) return value(only)
  return `{ ${inputs.map((input) => `${input.name === '__proto__' ? `['${input.name}']` : input.name}: ${value(input)}`).join(', ')} }`
}

/** `1,426,687,356`, without loading a locale's data for it. */
const grouped = (count: number): string => String(count).replace(/(?<=\d)(?=(?:\d{3})+$)/g, ',')
