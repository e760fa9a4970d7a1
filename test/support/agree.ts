import { GraphBuilder } from '../../src/graph/builder.ts'
import type { DeviceProfile } from '../../src/plan/profile.ts'
import { evaluate } from '../../src/reference/evaluate.ts'
import type { Model as RunningModel } from '../../src/runtime/index.ts'
import { product } from '../../src/util/numbers.ts'
import { sharedTestDevice } from './gpu.ts'
import { planOf, run } from './spec.ts'
import { seededWeight } from './weights.ts'

type Plan = ReturnType<typeof planOf>
type Spec = Parameters<typeof planOf>[0]
type Weights = ReadonlyMap<string, { dtype: 'f32'; shape: readonly number[]; data: Float64Array }>

/** Numbers for every input of a model, sequence by sequence. */
export type Sequences = Readonly<Record<string, readonly (readonly number[])[]>>

interface Options {
  readonly seed?: number
  readonly chunk?: number
  readonly profile?: DeviceProfile
}

/** A model on the test device beside its f64 reference with the same seeded weights. */
export class Judged {
  readonly plan: Plan
  readonly model: RunningModel
  readonly #weights: Weights

  private constructor(plan: Plan, model: RunningModel, weights: Weights) {
    this.plan = plan
    this.model = model
    this.#weights = weights
  }

  static async open(spec: Spec, options: Options = {}): Promise<Judged> {
    const { seed = 3, chunk = 64, profile } = options
    const plan = planOf(spec, profile)
    const weights = new Map(plan.manifest.weights.map((weight) => [weight.path, seededWeight(weight, seed)]))
    return new Judged(plan, await run(plan, { device: await sharedTestDevice(), weights: { seed }, chunk }), weights)
  }

  /** Seeded numbers for sequences of these lengths: features around 0, ids in range. `given` replaces single inputs. */
  draw(lengths: readonly number[], given: Sequences = {}): Sequences {
    let state = 12_345
    const next = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return (state >>> 8) / 2 ** 24
    }
    return Object.fromEntries(
      this.plan.manifest.inputs.map(({ name, dtype, time, shape, below }) => [
        name,
        given[name] ??
          lengths.map((length) =>
            Array.from({ length: (time ? length : 1) * product(shape) }, () =>
              dtype === 'u32' ? Math.floor(next() * (below ?? 7)) : Math.fround(2 * next() - 1),
            ),
          ),
      ]),
    )
  }

  /** Every output of the reference for one of the sequences. */
  reference(inputs: Sequences, b: number): Readonly<Record<string, Float64Array>> {
    const timed = this.plan.manifest.inputs.find(({ time }) => time)
    if (timed === undefined) throw new Error('the model has no input with time')
    const time = (inputs[timed.name]?.[b]?.length ?? 0) / product(timed.shape)
    const { outputs } = evaluate(this.plan.graph, {
      inputs: Object.fromEntries(
        this.plan.manifest.inputs.map((entry) => [
          entry.name,
          {
            dtype: entry.dtype,
            shape: [...(entry.batch ? [1] : []), ...(entry.time ? [time] : []), ...entry.shape],
            data: Float64Array.from(inputs[entry.name]?.[b] ?? []),
          },
        ]),
      ),
      weights: (path) => this.#weights.get(path) ?? { dtype: 'f32', shape: [], data: new Float64Array() },
      extent: { batch: 1, time, lengths: [time] },
    })
    return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float64Array]))
  }

  /** The worst relative RMS error of `forward` over all sequences together, of any output. */
  async forwardError(inputs: Sequences): Promise<number> {
    const found = await this.model.forward(inputs)
    const batch = Object.values(inputs)[0]?.length ?? 0
    let worst = 0
    for (let b = 0; b < batch; b++) {
      const want = this.reference(inputs, b)
      for (const { name } of this.plan.manifest.outputs) {
        const expected = want[name] as Float64Array
        const all = found[name]?.data as Float32Array
        const each = all.length / batch
        worst = Math.max(worst, error(all.subarray(b * each, b * each + expected.length), expected))
      }
    }
    return worst
  }

  /** The worst error of the outputs at each token of `pieces` of sequence 0: each piece is a prefill, or a step if it is one token. */
  async sessionError(inputs: Sequences, pieces: readonly number[]): Promise<number> {
    const want = this.reference(inputs, 0)
    const session = this.model.session({ batch: 1 })
    let worst = 0
    let at = 0
    try {
      for (const piece of pieces) {
        const part = Object.fromEntries(
          this.plan.manifest.inputs
            .filter(({ time }) => time || at === 0)
            .map(({ name, time, shape }) => {
              const all = inputs[name]?.[0] ?? []
              return [name, [time ? all.slice(at * product(shape), (at + piece) * product(shape)) : all]]
            }),
        )
        at += piece
        let found: Awaited<ReturnType<typeof session.outputs>>
        if (piece === 1 && at > 1) found = await session.step(part)
        else {
          await session.prefill(part)
          found = await session.outputs()
        }
        for (const { name, time } of this.plan.manifest.outputs) {
          const data = found[name]?.data as Float32Array
          const from = time ? (at - 1) * data.length : 0
          worst = Math.max(worst, error(data, (want[name] as Float64Array).subarray(from, from + data.length)))
        }
      }
    } finally {
      session.dispose()
    }
    return worst
  }

  /** Kernels that `verify` finds wrong. */
  async wrongKernels(): Promise<readonly { readonly kernel: string; readonly label: string; readonly maxError: number }[]> {
    const { kernels } = await this.model.verify()
    return kernels.filter(({ ok }) => !ok)
  }

  dispose(): void {
    this.model.dispose()
  }
}

/** Relative root-mean-square error; absolute where all that was expected is 0; NaN counts as infinite. */
function error(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, scale] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    difference += ((found[i] ?? Number.NaN) - (expected[i] as number)) ** 2
    scale += (expected[i] as number) ** 2
  }
  const result = Math.sqrt(scale === 0 ? difference / Math.max(1, expected.length) : difference / scale)
  return Number.isNaN(result) ? Number.POSITIVE_INFINITY : result
}

/** A model of equations alone: outputs by name from the nodes that `build` adds. Weights start from small numbers. */
export function modelOfGraph(build: (graph: GraphBuilder) => Readonly<Record<string, number>>): Spec {
  const builder = new GraphBuilder()
  const outputs = Object.entries(build(builder)).map(([name, node]) => ({ name, node }))
  const graph = builder.finish(outputs)
  const ahead = graph.nodes.some(
    ({ op, attrs }) => ['flip', 'pool', 'length'].includes(op) || (op === 'shift' && Number(attrs['count']) < 0),
  )
  return {
    name: 'Equations',
    doc: '',
    source: 'equations.gdn',
    sizes: [],
    inputs: graph.nodes.filter(({ op }) => op === 'input').map(({ attrs, type }) => ({ name: String(attrs['name']), doc: '', type })),
    outputs: outputs.map(({ name, node }) => ({ name, doc: '', type: builder.type(node) })),
    weights: graph.nodes
      .filter(({ op }) => op === 'weight')
      .map(({ attrs, type }) => ({ path: String(attrs['path']), shape: type.shape, init: { fn: 'normal', args: [0.3] }, source: '' })),
    instances: [],
    graph,
    checkpoint: null,
    precision: [],
    horizon: ahead ? { kind: 'whole', because: 'the test says so', source: '' } : { kind: 'causal' },
  }
}
