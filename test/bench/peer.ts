/**
 * Times one kernel of onnxruntime-node on its WebGPU provider: a case as JSON on standard input, the answer as JSON on standard output.
 *
 * A process of its own, because it brings its own Dawn: two copies in one process abort.
 */
import type { KernelCase } from './cases.ts'
import { type Prepared, slope } from './measure.ts'
import { type Chain, chain } from './onnx/chains.ts'
import { encodeModel } from './onnx/model.ts'
import { loadOnnxruntime, type Session, type Tensor } from './ort.ts'
import { answer, type KernelAnswer, type KernelRequest, readRequest } from './protocol.ts'
import { errorOf, expected } from './reference.ts'

/** A result that is further off than this is no result, and its time is none. */
const tolerance = 1e-3

const ort = loadOnnxruntime()
await answer(async () => measure(await readRequest<KernelRequest>()))

async function measure({ case: kernel, robustness, slope: options }: KernelRequest): Promise<KernelAnswer> {
  const one = chain(kernel, 1)
  const session = await open(one, robustness)
  const { [one.output]: output } = await session.run(feeds(one))
  await session.release()
  if (output === undefined) throw new Error(`the session gave no '${one.output}'`)
  const error = errorOf(one.rows(output.data as Float32Array), expected(kernel, 'given'))
  if (!(error <= tolerance)) return { ok: false, because: `off by ${error.toExponential(1)}, at most ${tolerance} is allowed` }
  // There and back: chains of odd length would give another width, and their downloads would not cancel.
  const unit = kernel.kind === 'matmul' ? 2 : 1
  const [wall] = await slope((links) => prepare(kernel, links, robustness), options, unit)
  return { ok: true, wall, error }
}

async function prepare(kernel: KernelCase, links: number, robustness: boolean): Promise<Prepared> {
  const made = chain(kernel, links)
  const session = await open(made, robustness)
  const tensors = feeds(made)
  return {
    async run() {
      const start = performance.now()
      await session.run(tensors)
      return [(performance.now() - start) / 1000]
    },
    dispose: () => session.release(),
  }
}

function open({ model }: Chain, robustness: boolean): Promise<Session> {
  return ort.InferenceSession.create(encodeModel(model), {
    executionProviders: [{ name: 'webgpu', enableRobustness: robustness }],
    // A node that WebGPU does not take is an error, not a run on the CPU.
    extra: { session: { disable_cpu_ep_fallback: '1' } },
    logSeverityLevel: 3,
  })
}

function feeds({ feeds }: Chain): Record<string, Tensor> {
  return Object.fromEntries(feeds.map(({ name, shape, data }) => [name, new ort.Tensor('float32', data as Float32Array, shape)]))
}
