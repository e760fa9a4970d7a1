import { check, elaborate, type SpecFile } from '../../src/check/index.ts'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { readFilesBelow, readTemplates } from '../../src/emit/host-files.ts'
import { createRenderer } from '../../src/emit/template.ts'
import { printKernels } from '../../src/emit/wgsl.ts'
import { planModel } from '../../src/plan/plan.ts'
import type { Manifest } from '../../src/runtime/manifest.ts'
import { parseFile } from '../../src/syntax/parse.ts'

/** What a package of the spec would hand to the runtime. */
export interface Compiled {
  readonly manifest: Manifest
  readonly kernels: Readonly<Record<string, string>>
}

/**
 * Compiles one model of a spec in this process; `gdnc compile` writes the same as files.
 *
 * @param values for the model's sizes and parameters, over those of the spec
 * @throws Error with the first diagnostic
 */
export function compileText(text: string, name: string, values: Readonly<Record<string, number>> = {}): Compiled {
  const std = readFilesBelow('src/std/').flatMap(([path, library]) => (path.endsWith('.gdn') ? [read(`std/${path}`, library)] : []))
  const { program, diagnostics } = check({ entry: read('bench.gdn', text), std })
  refuse(diagnostics)
  const { model, diagnostics: found } = elaborate(program, name, values)
  refuse(found)
  if (model === undefined) throw new Error(`no model ${name}`)
  const { plan, diagnostics: unplannable } = planModel(model)
  refuse(unplannable)
  if (plan === undefined) throw new Error(`${name} has no plan`)
  const kernels = printKernels(plan.kernels, createRenderer(readTemplates('wgsl')))
  return { manifest: plan.manifest, kernels: Object.fromEntries(kernels.map((kernel) => [kernel.name, kernel.wgsl])) }
}

function read(path: string, text: string): SpecFile {
  const source = { path, text }
  const { file, diagnostics } = parseFile(source)
  refuse(diagnostics)
  return { source, file }
}

function refuse(diagnostics: readonly Diagnostic[]): void {
  const error = diagnostics.find(({ severity }) => severity === 'error')
  if (error !== undefined) throw new Error(`${error.code}: ${error.message}`)
}
