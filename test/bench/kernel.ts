/**
 * Times one kernel of ours: a case as JSON on standard input, the answer as JSON on standard output.
 *
 * The case becomes a model of one layer (`specs.ts`), compiled as any other. Its result is checked through the API that users have; then
 * its commands, as the planner made them, run many times in one compute pass.
 */
import { compileSource } from './compiled.ts'
import { benchDevice } from './device.ts'
import { feedOf } from './feeds.ts'
import { slope } from './measure.ts'
import { OneKernel } from './ours.ts'
import { answer, type KernelAnswer, type KernelRequest, readRequest } from './protocol.ts'
import { errorOf } from './reference.ts'
import { kernelSpec } from './specs.ts'

/** What f32 kernels may be off by, as in all our tests. */
const tolerance = 1e-5

await answer(async () => time(await readRequest<KernelRequest>()))

async function time({ case: kernel, slope: options }: KernelRequest): Promise<KernelAnswer> {
  const feed = feedOf(kernel)
  const compiled = compileSource({ path: 'kernel.gdn', text: kernelSpec(kernel), model: 'Kernel' })
  const one = await OneKernel.create(await benchDevice(), compiled, feed)
  const error = errorOf(await one.output(), feed.expected)
  if (!(error <= tolerance)) return { ok: false, because: `off by ${error.toExponential(1)}, at most ${tolerance} is allowed` }
  const repeated = await one.prepare()
  const [wall, gpu] = await slope(async (links) => repeated(links / feed.links), options, feed.links)
  return { ok: true, wall, ...(gpu === undefined ? {} : { gpu }), error, kernels: one.kernels }
}
