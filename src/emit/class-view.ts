import type { Model } from '../model/model.ts'
import type { Manifest } from '../runtime/manifest.ts'
import { docComment, oneLine, stringLiteral } from './escape.ts'
import type { View } from './views.ts'

/** What the three forms of the class (JavaScript, declaration, TypeScript) say. `withProofs`: whether the package can `verify()`. */
export function classView(model: Model, manifest: Manifest, className: string, withProofs: boolean) {
  const docs = { className, classDoc: docComment(classDoc(model, manifest)), createDoc: docComment(createDoc, '  ') }
  const types = { inputs: union(manifest.inputs), outputs: union(manifest.outputs), sizesType: sizesType(model) }
  const values = (proofs: string) => ({
    sizes: sizesValue(model),
    proofs: withProofs ? `, async () => (await import(${stringLiteral(proofs)})).proofs` : '',
  })
  return {
    javascript: { ...docs, ...values('./proofs.js') } satisfies View<'index.js'>,
    declaration: { ...docs, ...types } satisfies View<'index.d.ts'>,
    typescript: { ...docs, ...types, ...values('../proofs.js') } satisfies View<'index.ts'>,
  }
}

/** `f32[B, T, 32000]` */
export function typeText({ dtype, batch, time, shape }: Manifest['inputs'][number]): string {
  const axes = [...(batch ? ['B'] : []), ...(time ? ['T'] : []), ...shape]
  return axes.length === 0 ? dtype : `${dtype}[${axes.join(', ')}]`
}

function classDoc(model: Model, manifest: Manifest): string {
  const list = (kind: string, entries: Manifest['inputs']): string[] =>
    entries.map((entry) => `- ${kind} \`${entry.name}\`: ${typeText(entry)}${entry.doc === '' ? '' : `, ${oneLine(entry.doc)}`}`)
  const text = model.doc.trim() === '' ? `The model \`${model.name}\`.` : model.doc
  return [text, '', ...list('input', manifest.inputs), ...list('output', manifest.outputs)].join('\n')
}

const createDoc = `Opens a device, compiles the kernels, and loads the weights (or makes them from a seed). If anything fails, nothing of it
stays. Rejects with an error derived from GdncError, or with the reason of \`signal\`.`

const union = (entries: readonly { readonly name: string }[]): string =>
  entries.map(({ name }) => stringLiteral(name)).join(' | ') || 'never'

/** A plain `__proto__:` would set the prototype. */
const key = (name: string): string => (name === '__proto__' ? `['${name}']` : name)

const sizesValue = ({ sizes }: Model): string =>
  braces(
    sizes.map(({ name, value }) => `${key(name)}: ${value}`),
    ',',
  )
const sizesType = ({ sizes }: Model): string =>
  braces(
    sizes.map(({ name, value }) => `readonly ${key(name)}: ${value}`),
    ';',
  )

/** Short lists on one line. */
function braces(entries: readonly string[], separator: string): string {
  if (entries.length === 0) return '{}'
  const line = `{ ${entries.join(`${separator} `)} }`
  if (line.length <= 90) return line
  const end = separator === ',' ? ',' : ''
  return `{\n${entries.map((entry) => `    ${entry}${end}`).join('\n')}\n  }`
}
