import { explainBodies } from '../analyse/heads.ts'
import type { Compilation } from '../driver/state.ts'
import { printGraph } from '../graph/print.ts'
import type { Model } from '../model/model.ts'
import { graphJson, modelJson } from '../model/schema.ts'
import { instanceStatistics } from '../model/statistics.ts'
import type { Plan } from '../plan/plan.ts'
import { printPlan } from '../plan/print.ts'
import { stableJson } from '../util/json.ts'
import { sum } from '../util/numbers.ts'
import { compileSpec } from './compile-work.ts'
import { exit, Failed, UsageError } from './exit.ts'
import type { Host } from './host.ts'
import { whole } from './numbers.ts'
import { hasErrors, printDiagnostics, printJson } from './output.ts'
import type { ShowOptions } from './show.ts'
import { layerTable, rowsOf, summaryLines } from './show-table.ts'

/** Prints what the user asked for of a model: the table of its layers, or a stage of the compiler. */
export async function show(host: Host, [spec = '']: readonly string[], options: ShowOptions): Promise<number> {
  const { stage } = options
  if (stage !== undefined && !['model', 'graph', 'plan'].includes(stage))
    throw new UsageError(`there is no stage ${stage}, only model, graph and plan`)
  const tokens = whole('--tokens', options.tokens ?? '4096', 1)
  const depth = whole('--depth', options.depth ?? '2', 0)
  const state = compileSpec(host, spec, options, stage === 'model' || stage === 'graph' ? 'choose' : 'plan')
  if (hasErrors(state.diagnostics)) throw new Failed(state.diagnostics, state.sources)
  const json = options.json === true
  if (json && stage === undefined) {
    printJson(host, state.diagnostics, state.sources, summary(state, tokens))
    return exit.ok
  }
  printDiagnostics(host, host.stderr, state.diagnostics, state.sources)
  host.stdout.write(stage === undefined ? table(state, tokens, depth) : stageText(state, stage, json))
  return exit.ok
}

/** What the passes made, all of which ran. */
function made({ model, plan }: Compilation): { readonly model: Model; readonly plan: Plan } {
  if (model === undefined || plan === undefined) throw new Error('the model was not planned')
  return { model, plan }
}

function table(state: Compilation, tokens: number, depth: number): string {
  const { model, plan } = made(state)
  const rows = rowsOf(instanceStatistics(model, { tokens }), plan)
  return [...summaryLines(model, plan, tokens), '', layerTable(rows, depth).trimEnd(), '', ...bodies(model), ''].join('\n')
}

/** A stage as it is: its text, or its stable JSON form. A model has no other form than that. */
function stageText(state: Compilation, stage: string, json: boolean): string {
  if (stage === 'plan') {
    const { plan } = made(state)
    const { profile, manifest, kernels } = plan
    return json ? `${stableJson({ profile, manifest, kernels }, 2)}\n` : printPlan(plan)
  }
  if (state.model === undefined) throw new Error('the model was not chosen')
  const { graph } = state.model
  if (stage === 'model') return `${modelJson(state.model)}\n`
  return json ? `${graphJson(graph)}\n` : printGraph(graph)
}

/** How each body becomes kernels, and why; bodies of several layers once. */
function bodies(model: Model): string[] {
  const texts = explainBodies(model.graph).map((lines) => lines.join('\n'))
  return [...new Set(texts)].flatMap((text) => text.split('\n'))
}

function summary(state: Compilation, tokens: number): object {
  const { model, plan } = made(state)
  const { manifest, profile } = plan
  const launches = Object.fromEntries(Object.entries(manifest.programs).map(([name, commands]) => [name, commands.length]))
  return {
    model: model.name,
    doc: model.doc,
    profile: profile.name,
    tokens,
    sizes: Object.fromEntries(model.sizes.map(({ name, value }) => [name, value])),
    inputs: manifest.inputs,
    outputs: manifest.outputs,
    horizon: model.horizon,
    weights: { bytes: 4 * sum(manifest.weightBuffers) },
    layers: rowsOf(instanceStatistics(model, { tokens }), plan),
    kernels: manifest.kernels.map(({ name, family }) => ({ name, family })),
    launches,
    bodies: bodies(model),
  }
}
