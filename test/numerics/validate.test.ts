import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { planModel } from '../../src/plan/plan.ts'
import { verifyPlan } from '../../src/plan/verify.ts'
import { nullDevice } from '../support/gpu.ts'
import { checkText, kernelsOf, planOf, refusedExamples } from '../support/spec.ts'

const examples = new URL('../../examples/', import.meta.url)
const files = readdirSync(examples).filter((file) => file.endsWith('.gdn'))

describe.each(files)('examples/%s', (file) => {
  const { models, diagnostics } = checkText(readFileSync(new URL(file, examples), 'utf8'))

  it('is right', () => {
    expect(diagnostics.map((d) => `${d.code} ${d.message}`)).toEqual([])
    expect(models.length).toBeGreaterThan(0)
  })

  it.each(models.filter(({ name }) => refusedExamples.has(name)))('$name is refused', (model) => {
    expect(planModel(model).diagnostics.map(({ code }) => code)).toEqual([refusedExamples.get(model.name)])
  })

  it.each(models.filter(({ name }) => !refusedExamples.has(name)).map((model) => [model.name, model] as const))(
    '%s has a legal plan and kernels that Dawn accepts',
    async (_name, model) => {
      const plan = planOf(model)
      expect(verifyPlan(plan)).toEqual([])
      const device = await nullDevice()
      const problems: string[] = []
      for (const [name, code] of Object.entries(kernelsOf(plan))) {
        const kernel = plan.manifest.kernels.find((one) => one.name === name)
        device.pushErrorScope('validation')
        const buffers = [0, 1].map((binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' as const } }))
        const storage = (kernel?.access ?? []).map((access, i) => ({
          binding: i + 2,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: access === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
        }))
        const layout = device.createPipelineLayout({
          bindGroupLayouts: [device.createBindGroupLayout({ entries: [...buffers, ...storage] })],
        })
        device.createComputePipeline({ layout, compute: { module: device.createShaderModule({ code }), entryPoint: 'main' } })
        const error = await device.popErrorScope()
        if (error) problems.push(`${name}: ${error.message}`)
      }
      expect(problems).toEqual([])
    },
  )
})
