import { check, elaborate, modelNames, type SpecFile } from '../check/index.ts'
import { noModel, unknownModel, unreadableFile, whichModel } from '../diagnostics/catalogue/cli.ts'
import { renamedClass } from '../diagnostics/catalogue/emit.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { emitPackage } from '../emit/package.ts'
import { createRenderer } from '../emit/template.ts'
import { printKernels } from '../emit/wgsl.ts'
import type { Model } from '../model/model.ts'
import { type Storage, withWeights } from '../model/precision.ts'
import { planModel } from '../plan/plan.ts'
import { portable } from '../plan/profile.ts'
import { remarksOf } from '../plan/remarks.ts'
import type { SourceFile } from '../source/source.ts'
import { readLibrary } from '../std/index.ts'
import { parseFile } from '../syntax/parse.ts'
import { fileOf, folderOf, normalise } from './paths.ts'
import type { Compilation } from './state.ts'

/** A step of the compiler: a function from how far it has come to how far it has come then. */
export interface Pass {
  readonly name: string
  run(state: Compilation): Compilation
}

const parse: Pass = {
  name: 'parse',
  run(state) {
    const text = state.host.readText(state.path)
    if (text === undefined) return report(state, [unreadableFile.at(undefined, { path: state.path, reason: 'there is no such file' })])
    const { spec, diagnostics } = read({ path: fileOf(state.path), text })
    const std = readLibrary(state.host.library)
    const sources = new Map([...std, spec].map(({ source }) => [source.path, source]))
    return report({ ...state, sources, entry: spec, std }, diagnostics)
  },
}

const checkFiles: Pass = {
  name: 'check',
  run(state) {
    const sources = new Map(state.sources)
    const parsing: Diagnostic[] = []
    const base = folderOf(state.path)
    const resolve = (path: string, from: string): SpecFile | undefined => {
      const name = normalise(folderOf(from) + path)
      const text = state.host.readText(normalise(base + name))
      if (text === undefined) return undefined
      const { spec, diagnostics } = read({ path: name, text })
      if (!sources.has(name)) parsing.push(...diagnostics)
      sources.set(name, spec.source)
      return spec
    }
    const checked = check({ entry: must(state.entry), std: must(state.std), resolve })
    const remarks = remarksOf(
      checked.models.map(({ graph }) => graph),
      sources,
    )
    return report({ ...state, sources, checked }, [...parsing, ...checked.diagnostics, ...remarks])
  },
}

const choose: Pass = {
  name: 'choose',
  run(state) {
    const { program, models } = must(state.checked)
    const { model: wanted, sizes = {} } = state.options
    const path = state.path
    const names = modelNames(program)
    // A file with sizes to choose from declares one model, and applications of it.
    const declared = program.entry.file.declarations.flatMap((decl) => (decl.kind === 'model' ? [decl.name.text] : []))
    const only = [names, declared.filter((one) => models.some((model) => model.name === one))].find((list) => list.length === 1)
    const name = wanted ?? only?.[0]
    if (names.length === 0) return report(state, [noModel.at(undefined, { path })])
    if (name === undefined) return report(state, [whichModel.at(undefined, { path, models: [...names] })])
    if (!names.includes(name)) return report(state, [unknownModel.at(undefined, { path, model: name, models: [...names] })])
    const ready = Object.keys(sizes).length === 0 ? models.find((model) => model.name === name) : undefined
    const { model, diagnostics } = ready === undefined ? elaborate(program, name, sizes) : { model: ready, diagnostics: [] }
    return report(model === undefined ? state : { ...state, model: stored(model, state.options.weights) }, diagnostics)
  },
}

const plan: Pass = {
  name: 'plan',
  run(state) {
    const model = must(state.model)
    const planned = planModel(model, state.options.profile ?? portable)
    if (planned.plan === undefined) return report(state, planned.diagnostics)
    return { ...state, plan: planned.plan }
  },
}

const print: Pass = {
  name: 'print',
  run: (state) => ({ ...state, kernels: printKernels(must(state.plan).kernels, createRenderer(state.host.templates('wgsl'))) }),
}

const emit: Pass = {
  name: 'emit',
  run(state) {
    const { host, options } = state
    const model = must(state.model)
    const { manifest, graph, proofs, profile } = must(state.plan)
    const made = emitPackage({
      model,
      manifest,
      kernels: must(state.kernels),
      proofs: { graph, kernels: proofs },
      source: fileOf(state.path),
      profile: profile.name,
      compiler: host.compiler,
      runtime: host.runtime(),
      render: createRenderer(host.templates('ts')),
      ...(options.package === undefined ? {} : { options: options.package }),
    })
    const renamed = made.className === model.name ? [] : [renamedClass.at(undefined, { model: model.name, className: made.className })]
    return report({ ...state, package: made }, renamed)
  },
}

/** From a path to a package, in this order. */
export const passes = [parse, checkFiles, choose, plan, print, emit] as const satisfies readonly Pass[]

const stored = (model: Model, weights: Storage | undefined): Model =>
  weights === undefined ? model : { ...model, precision: withWeights(model.precision, weights) }

function read(source: SourceFile): { readonly spec: SpecFile; readonly diagnostics: readonly Diagnostic[] } {
  const { file, diagnostics } = parseFile(source)
  return { spec: { source, file }, diagnostics }
}

const report = (state: Compilation, diagnostics: readonly Diagnostic[]): Compilation => ({
  ...state,
  diagnostics: [...state.diagnostics, ...diagnostics],
})

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a pass ran before those that it needs')
  return value
}
