import { readFileSync } from 'node:fs'
import { explainBodies } from '../../src/analyse/heads.ts'
import { check } from '../../src/check/index.ts'
import type { Model } from '../../src/model/model.ts'
import { countFlops, countParams, decodeState } from '../../src/model/statistics.ts'
import { libraryFiles, readLibrary } from '../../src/std/index.ts'
import type { BodyParam, CheckpointDecl, Declaration, LayerDecl, ModelApplication, ModelDecl, Param } from '../../src/syntax/ast.ts'
import { parseFile } from '../../src/syntax/parse.ts'
import { product } from '../../src/util/numbers.ts'
import { type Example, examples, exampleText } from './examples.ts'

const library = readLibrary((name) => readFileSync(new URL(`../../src/std/${name}`, import.meta.url), 'utf8'))

/** Context length of the costs on a page. */
const TOKENS = 1024

/** Every page of `docs/library` by its file name: one for each layer and block, and the index. */
export function libraryPages(): ReadonlyMap<string, string> {
  const pages = new Map<string, string>()
  const index: string[] = []
  for (const name of libraryFiles) {
    const { source, file } = library.find((one) => one.source.path === `std/${name}`) as (typeof library)[number]
    const rows = file.declarations.flatMap((decl) => {
      if (decl.kind === 'checkpoint' || decl.kind === 'model' || decl.kind === 'modelApplication') return []
      const label = `\`${signature(decl, source.text)}\``
      if (decl.kind !== 'layer') return [`| ${label} | ${decl.kind} | ${firstSentence(decl.doc ?? '')} |`]
      const page = `${decl.name.text}.md`
      pages.set(page, layerPage(decl, source.path, source.text))
      return [`| [${label}](${page}) | ${decl.keyword} | ${firstSentence(decl.doc ?? '')} |`]
    })
    index.push('', `## ${name}`, '', '| definition | | |', '| --- | --- | --- |', ...rows)
  }
  const head = [
    '# The library',
    '',
    'What `src/std` defines, written in the language. Layers and blocks have a page each; the pages are made from the definitions by `npm run docs`.',
  ]
  pages.set('README.md', `${[...head, ...index].join('\n')}\n`)
  return pages
}

function layerPage(layer: LayerDecl, path: string, text: string): string {
  const name = layer.name.text
  const example = examples[name]
  if (!example) throw new Error(`${path} has a layer ${name} without an example in scripts/library/examples.ts`)
  const model = modelOf(name, example)
  const lines = [`# ${name}`, '', oneLine(layer.doc ?? ''), '', '```gdn library', definition(layer, text), '```', '']
  const documented = layer.params.flatMap((param) =>
    param.doc === undefined ? [] : `| \`${parameter(param, text)}\` | ${oneLine(param.doc).replaceAll('|', '\\|')} |`,
  )
  if (documented.length > 0) lines.push('| parameter | |', '| --- | --- |', ...documented, '')
  lines.push('## An instance', '', '```gdn', exampleText(example).trimEnd(), '```', '')
  const weights = model.weights.map(({ path: at, shape }) => `| \`${at}\` | ${list(shape)} | ${product(shape)} |`)
  if (weights.length > 0) lines.push('| weight | shape | parameters |', '| --- | --- | ---: |', ...weights, '')
  const states = decodeState(model, { tokens: TOKENS }).map(({ path: at, kind, bytes }) => `| \`${at}\` | ${kind} | ${bytes} |`)
  if (states.length > 0) lines.push(`| state | kind | bytes at ${TOKENS} tokens |`, '| --- | --- | ---: |', ...states, '')
  const { horizon } = model
  const session = horizon.kind === 'whole' ? `It runs on whole sequences only: ${horizon.because}.` : 'It can be prefilled and stepped.'
  lines.push(
    `${countParams(model)} parameters, ${countFlops(model, TOKENS)} floating-point operations per token at ${TOKENS} tokens. ${session}`,
    '',
  )
  const families = explainBodies(model.graph)
  if (families.length > 0) lines.push('## Kernels', '', ...families.flatMap((explained) => ['```text', ...explained, '```', '']))
  const used = library.flatMap(({ file }) => file.declarations).filter((decl) => uses(layer, text, decl))
  const bodies = used.flatMap((decl) => {
    const { source } = library.find(({ file }) => file.declarations.includes(decl)) as (typeof library)[number]
    return ['```gdn library', definition(decl, source.text), '```', '']
  })
  if (bodies.length > 0) lines.push('## Definitions', '', ...bodies)
  lines.push(`From [\`${path}\`](../../src/${path}).`, '')
  return lines.join('\n')
}

function modelOf(name: string, example: Example): Model {
  const source = { path: `${name}.gdn`, text: exampleText(example) }
  const parsed = parseFile(source)
  const { models, diagnostics } = check({ entry: { source, file: parsed.file }, std: library })
  const [model] = models
  const [error] = [...parsed.diagnostics, ...diagnostics].filter(({ severity }) => severity === 'error')
  if (!model || error) throw new Error(`the example of ${name}: ${error?.message ?? 'no model'}`)
  return model
}

/** The text of a declaration, its doc comment left out. */
const definition = (decl: Declaration, text: string): string => text.slice(decl.span.start, decl.span.end).replace(/^(\/\/\/.*\n)+/, '')

/** `rope(theta: real, dims: size = n)` */
function signature(decl: Exclude<Declaration, CheckpointDecl | ModelDecl | ModelApplication>, text: string): string {
  if (decl.kind === 'init') return decl.name.text
  return `${decl.name.text}(${decl.params.map((param) => parameter(param, text)).join(', ')})`
}

const parameter = ({ span }: Param | BodyParam, text: string): string =>
  text.slice(span.start, span.end).replace(/\s+/g, ' ').replaceAll('|', '\\|')

/** Whether a layer calls this recurrence or attention. */
function uses(layer: LayerDecl, text: string, decl: Declaration): boolean {
  if (decl.kind !== 'recurrence' && decl.kind !== 'attention') return false
  return new RegExp(`\\b${decl.name.text}\\(`).test(text.slice(layer.span.start, layer.span.end).replace(/^(\/\/\/.*\n)*.*\n/, ''))
}

const list = (shape: readonly number[]): string => `[${shape.join(', ')}]`
const oneLine = (doc: string): string => doc.replace(/\s+/g, ' ').trim()
const firstSentence = (doc: string): string => /^.*?[.:](?=\s|$)/.exec(oneLine(doc))?.[0].replace(/:$/, '.') ?? oneLine(doc)
