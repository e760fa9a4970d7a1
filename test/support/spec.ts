import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { check, elaborate } from '../../src/check/index.ts'
import { readFilesBelow, readTemplates } from '../../src/emit/host-files.ts'
import { createRenderer } from '../../src/emit/template.ts'
import { printKernels } from '../../src/emit/wgsl.ts'
import { ops } from '../../src/graph/ops/index.ts'
import type { Model } from '../../src/model/model.ts'
import { type Plan, planModel } from '../../src/plan/plan.ts'
import type { DeviceProfile } from '../../src/plan/profile.ts'
import { evaluateNodes } from '../../src/reference/prove.ts'
import { type CreateOptions, createModel, Model as RunningModel } from '../../src/runtime/index.ts'
import { parseFile } from '../../src/syntax/parse.ts'

const root = new URL('../../', import.meta.url).pathname

const read = (path: string, text: string) => {
  const source = { path, text }
  return { source, ...parseFile(source) }
}

/** The standard library, read. */
export const library = readFilesBelow('src/std/')
  .filter(([path]) => path.endsWith('.gdn'))
  .map(([path, text]) => read(`std/${path}`, text))

/** Parses and checks a text; the diagnostics' messages where there are any. */
export function checkText(text: string, path = 'spec.gdn') {
  const entry = read(path, text)
  const checked = check({ entry, std: library })
  return { ...checked, diagnostics: [...entry.diagnostics, ...checked.diagnostics] }
}

/** The model of a text, by name or the first. @throws if it has errors */
export function modelOf(text: string, name?: string, overrides?: Parameters<typeof elaborate>[2]): Model {
  const checked = checkText(text)
  const errors = checked.diagnostics.filter((d) => d.severity === 'error')
  const found = overrides && name ? elaborate(checked.program, name, overrides) : undefined
  const model = found ? found.model : name === undefined ? checked.models[0] : checked.models.find((one) => one.name === name)
  if (errors.length > 0 || !model)
    throw new Error(`no model: ${[...errors, ...(found?.diagnostics ?? [])].map((d) => `${d.code} ${d.message}`).join('; ')}`)
  return model
}

/** The model of a file of `examples/`. */
export const exampleModel = (file: string, name?: string, overrides?: Parameters<typeof elaborate>[2]): Model =>
  modelOf(readFileSync(resolve(root, 'examples', file), 'utf8'), name, overrides)

/**
 * Models of the examples that are checked and not compiled, and what says so: published sizes that no device of the portable profile holds,
 * because one matrix of an expert is larger than a binding.
 */
export const refusedExamples: ReadonlyMap<string, string> = new Map([['MiniMaxText01_456B', 'GDN3003']])

export function planOf(model: Model, profile?: DeviceProfile): Plan {
  const { plan, diagnostics } = planModel(model, profile)
  if (!plan) throw new Error(`no plan: ${diagnostics.map((d) => d.message).join('; ')}`)
  return plan
}

const render = createRenderer(readTemplates('wgsl'))

/** The kernels of a plan as text, by name. */
export const kernelsOf = (plan: Plan): Record<string, string> =>
  Object.fromEntries(printKernels(plan.kernels, render).map(({ name, wgsl }) => [name, wgsl]))

/** A model on a device, as a generated package would make it. */
export const run = (plan: Plan, options: CreateOptions): Promise<RunningModel> =>
  createModel(RunningModel, plan.manifest, kernelsOf(plan), options, async () => ({
    kernels: plan.proofs,
    evaluate: (request) => evaluateNodes(ops, plan.graph, request),
  }))
