import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTemplates } from '../../src/emit/host-files.ts'
import { createRenderer } from '../../src/emit/template.ts'
import { printKernels } from '../../src/emit/wgsl.ts'
import { ops } from '../../src/graph/ops/index.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { planModel } from '../../src/plan/plan.ts'
import { evaluate } from '../../src/reference/evaluate.ts'
import { evaluateNodes } from '../../src/reference/prove.ts'
import { createModel, Model } from '../../src/runtime/index.ts'
import { product } from '../../src/util/numbers.ts'
import { hybrid } from '../plan/hybrid.ts'
import { sharedTestDevice } from '../support/gpu.ts'
import { relativeRms } from '../support/numbers.ts'
import { writeSafetensors } from '../support/safetensors.ts'

/** Weights of about unit scale, the same numbers for the reference and the device. */
function numbersFor(plan: Plan): Map<string, Float64Array> {
  let state = 12345
  const next = () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648 - 0.5
  }
  return new Map(
    plan.manifest.weights.map((weight) => {
      const scale = weight.path.includes('norm') ? 0.4 : 1.2
      const data = weight.constant
        ? (weight.init as number[]).map(Math.fround)
        : Array.from({ length: product(weight.shape) }, () => Math.fround((weight.path.includes('norm') ? 1 : 0) + scale * next()))
      return [weight.path, Float64Array.from(data)]
    }),
  )
}

describe.each(['rar', 'ara'])('a planned model of layers "%s"', (pattern) => {
  const source = hybrid(pattern)
  const { plan } = planModel(source)
  if (!plan) throw new Error('no plan')
  const numbers = numbersFor(plan)
  const shapes = new Map(plan.manifest.weights.map((weight) => [weight.path, weight.shape]))
  let model: Model

  beforeAll(async () => {
    const kernels = Object.fromEntries(
      printKernels(plan.kernels, createRenderer(readTemplates('wgsl'))).map(({ name, wgsl }) => [name, wgsl]),
    )
    const file = writeSafetensors(
      new Map(
        plan.manifest.weights
          .filter((weight) => !weight.constant)
          .map((weight) => [
            weight.path,
            { dtype: 'F32', shape: [...weight.shape], bytes: new Uint8Array(Float32Array.from(numbers.get(weight.path) ?? []).buffer) },
          ]),
      ),
    )
    const identity = plan.manifest.weights
      .filter((w) => !w.constant)
      .map((w) => ({ path: w.path, from: { kind: 'tensor' as const, name: w.path, shape: w.shape }, optional: false }))
    const manifest = { ...plan.manifest, checkpoint: { weights: identity, ignore: [], expect: [] } }
    model = await createModel(Model, manifest, kernels, { device: await sharedTestDevice(), weights: file, chunk: 64 }, async () => ({
      kernels: plan.proofs,
      evaluate: (request) => evaluateNodes(ops, plan.graph, request),
    }))
  })
  afterAll(() => model?.dispose())

  const reference = (ids: readonly number[]): Float64Array =>
    evaluate(plan.graph, {
      inputs: { tokens: { dtype: 'u32', shape: [1, ids.length], data: Float64Array.from(ids) } },
      weights: (path) => ({ dtype: 'f32', shape: shapes.get(path) ?? [], data: numbers.get(path) ?? new Float64Array() }),
      extent: { batch: 1, time: ids.length, lengths: [ids.length] },
    }).outputs['logits']?.data ?? new Float64Array()

  const ids = (count: number, seed = 3) => Array.from({ length: count }, (_, i) => (i * 7 + seed) % 30)
  const last = (values: Float64Array) => values.subarray(values.length - 30)

  it.each([1, 2, 17, 65, 129])('agrees with the reference on %i tokens', async (count) => {
    const { logits } = await model.forward(ids(count))
    expect(relativeRms(logits?.data ?? [], reference(ids(count)))).toBeLessThan(1e-5)
  })

  it('agrees for sequences of different lengths', async () => {
    const [a, b, c] = [ids(37), ids(5, 11), ids(70, 4)]
    const { logits } = await model.forward([a, b, c])
    for (const [i, sequence] of [a, b, c].entries()) {
      const rows = logits?.data.subarray(i * 70 * 30, (i * 70 + sequence.length) * 30) ?? []
      expect(relativeRms(rows, reference(sequence))).toBeLessThan(1e-5)
    }
  })

  it('gives by prefill in pieces and steps what it gives by forward', async () => {
    const all = ids(40)
    const session = model.session({})
    await session.prefill(all.slice(0, 1))
    await session.prefill(all.slice(1, 31))
    for (const id of all.slice(31, -1)) await session.step([id])
    const { logits } = await session.step([all.at(-1) ?? 0])
    expect(relativeRms(logits?.data ?? [], last(reference(all)))).toBeLessThan(1e-5)
    session.dispose()
  })

  it('verifies itself, kernel by kernel', async () => {
    const report = await model.verify()
    expect(report.kernels.filter(({ ok }) => !ok)).toEqual([])
    expect(report.kernels.length).toBe(plan.proofs.length)
  })
})
