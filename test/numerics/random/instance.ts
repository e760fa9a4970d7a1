import type { Plan } from '../../../src/plan/plan.ts'
import { evaluate } from '../../../src/reference/evaluate.ts'
import type { Model } from '../../../src/runtime/index.ts'
import { initialiser } from '../../../src/runtime/weights/init.ts'
import { product } from '../../../src/util/numbers.ts'
import { sharedTestDevice } from '../../support/gpu.ts'
import { randomNormal } from '../../support/numbers.ts'
import { writeSafetensors } from '../../support/safetensors.ts'
import { modelOf, planOf, run } from '../../support/spec.ts'
import { storedAs } from '../../support/weights.ts'

const hash = (text: string): number => [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7)

/** Weights under which every part of a model shows in its output: projections that keep the scale, vectors away from their usual 0 and 1. */
function weightsFor(plan: Plan): Map<string, Float64Array> {
  return new Map(
    plan.manifest.weights.map((weight): [string, Float64Array] => {
      const count = product(weight.shape)
      const start = new Float32Array(count)
      initialiser(weight, 1)(0, start)
      if (weight.constant) return [weight.path, Float64Array.from(start)]
      const inner = weight.shape.length === 2 && !weight.path.endsWith('.table') ? (weight.shape[1] ?? 1) : 0
      const noise = randomNormal(count, hash(weight.path), inner === 0 ? 0.3 : Math.sqrt(1 / inner))
      const table = weight.path.endsWith('.table')
      return [
        weight.path,
        Float64Array.from(
          storedAs(
            weight,
            start.map((value, i) => (inner === 0 && !table ? value : 0) + (noise[i] ?? 0) * (table ? 3 : 1)),
          ),
        ),
      ]
    }),
  )
}

/** A spec's text, compiled and running on the test device, beside the reference with the same weights. */
export class Instance {
  readonly plan: Plan
  readonly model: Model
  readonly #weights: Map<string, Float64Array>

  private constructor(plan: Plan, model: Model, weights: Map<string, Float64Array>) {
    this.plan = plan
    this.model = model
    this.#weights = weights
  }

  static async open(text: string, chunk: number): Promise<Instance> {
    const compiled = planOf(modelOf(text))
    const weights = weightsFor(compiled)
    const stored = compiled.manifest.weights.filter((weight) => !weight.constant)
    const file = writeSafetensors(
      new Map(
        stored.map(({ path, shape }) => [
          path,
          { dtype: 'F32', shape: [...shape], bytes: new Uint8Array(Float32Array.from(weights.get(path) ?? []).buffer) },
        ]),
      ),
    )
    const identity = stored.map(({ path, shape }) => ({ path, from: { kind: 'tensor' as const, name: path, shape }, optional: false }))
    const plan = { ...compiled, manifest: { ...compiled.manifest, checkpoint: { weights: identity, ignore: [], expect: [] } } }
    return new Instance(plan, await run(plan, { device: await sharedTestDevice(), weights: file, chunk }), weights)
  }

  /** Logits of every token of one sequence. */
  reference(tokens: readonly number[]): Float64Array {
    const data = Float64Array.from(tokens)
    return this.referenceOf('logits', { tokens: { dtype: 'u32', shape: [1, tokens.length], data } }, tokens.length)
  }

  /** An output for one sequence of `time` tokens. */
  referenceOf(output: string, inputs: Parameters<typeof evaluate>[1]['inputs'], time: number): Float64Array {
    const shapes = new Map(this.plan.manifest.weights.map((weight) => [weight.path, weight.shape]))
    const { outputs } = evaluate(this.plan.graph, {
      inputs,
      weights: (path) => ({ dtype: 'f32', shape: shapes.get(path) ?? [], data: this.#weights.get(path) ?? new Float64Array() }),
      extent: { batch: 1, time, lengths: [time] },
    })
    return outputs[output]?.data ?? new Float64Array()
  }
}
