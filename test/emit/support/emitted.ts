import { readOwnPackage, readRuntimeFiles, readTemplates } from '../../../src/emit/host-files.ts'
import { emitPackage, type Package, type PackageInput } from '../../../src/emit/package.ts'
import { createRenderer } from '../../../src/emit/template.ts'
import { printKernels } from '../../../src/emit/wgsl.ts'
import type { Model } from '../../../src/model/model.ts'
import { planModel } from '../../../src/plan/plan.ts'

/** A model's package, made as the compiler makes it. */
export function emitted(model: Model, changes: Partial<PackageInput> = {}): Package {
  const { plan, diagnostics } = planModel(model)
  if (!plan) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  return emitPackage({
    model,
    manifest: plan.manifest,
    kernels: printKernels(plan.kernels, createRenderer(readTemplates('wgsl'))),
    proofs: { graph: plan.graph, kernels: plan.proofs },
    source: model.source,
    profile: plan.profile.name,
    compiler: readOwnPackage(),
    runtime: readRuntimeFiles(),
    render: createRenderer(readTemplates('ts')),
    ...changes,
  })
}
