/**
 * Times a whole model of ours: which, as JSON on standard input, the answer as JSON on standard output.
 *
 * The order matters: the cold start comes before anything has warmed Dawn, the driver or the GPU.
 */
import type { Manifest } from '../../src/runtime/manifest.ts'
import { createModel, Model } from '../../src/runtime/model.ts'
import { testGpu } from '../support/gpu.ts'
import { randomIntegers, relativeRms } from '../support/numbers.ts'
import { compileSource } from './compiled.ts'
import { summary } from './measure.ts'
import { answer, type ModelAnswer, type ModelRequest, type Refused, readRequest } from './protocol.ts'
import { repeatedWeights } from './weights.ts'

/** What prefill and step may differ from one forward pass. */
const tolerance = 1e-4

await answer(async () => time(await readRequest<ModelRequest>()))

async function time(request: ModelRequest): Promise<ModelAnswer | Refused> {
  const { manifest, kernels } = compileSource(request.source)
  const prompt = (tokens: number) => randomIntegers(tokens, 7, manifest.sampling?.vocab ?? 1)

  const started = performance.now()
  const model = await createModel(Model, { ...manifest, checkpoint: null }, kernels, {
    gpu: testGpu(),
    weights: repeatedWeights(manifest),
    chunk: request.chunk,
  })
  const create = seconds(started)
  const firstToken = await toFirstToken(model, prompt(16))

  const error = await difference(model, manifest, prompt(request.check))
  if (!(error <= tolerance)) return { ok: false, because: `prefill and step differ from forward by ${error.toExponential(1)}` }
  const prefill = []
  for (const tokens of request.prefill)
    prefill.push({ tokens, ...rate(tokens, await repeat(request, () => timePrefill(model, prompt(tokens)))) })
  const { after, tokens } = request.decode
  const decode = { after, ...rate(1, await repeat(request, () => timeDecode(model, prompt(after), tokens))) }
  const { programs, parameters } = manifest
  const launches = { prefill: programs.prefill.length, step: programs.step.length }
  return { ok: true, parameters, prefill, decode, cold: { create, firstToken }, launches }
}

async function toFirstToken(model: Model, prompt: Uint32Array): Promise<number> {
  const start = performance.now()
  const session = model.session()
  await session.prefill(prompt)
  for await (const _ of session.generate({ maxTokens: 1 })) break
  const took = seconds(start)
  session.dispose()
  return took
}

/** Logits of the last token: in one pass, and by prefill and one step. */
async function difference(model: Model, { sampling }: Manifest, prompt: Uint32Array): Promise<number> {
  if (sampling === null) throw new Error('not a language model')
  const whole = (await model.forward(prompt))[sampling.logits]!
  const session = model.session()
  await session.prefill(prompt.subarray(0, -1))
  const last = (await session.step(prompt.at(-1)!))[sampling.logits]!
  session.dispose()
  return relativeRms(last.data, whole.data.subarray(-sampling.vocab))
}

async function timePrefill(model: Model, prompt: Uint32Array): Promise<number> {
  const session = model.session()
  const start = performance.now()
  await session.prefill(prompt)
  const took = seconds(start)
  session.dispose()
  return took
}

/** Seconds per token, from the first sampled token to the last: what comes before it belongs to prefill. */
async function timeDecode(model: Model, prompt: Uint32Array, tokens: number): Promise<number> {
  const session = model.session()
  await session.prefill(prompt)
  let first: number | undefined
  for await (const _ of session.generate({ maxTokens: tokens + 1 })) first ??= performance.now()
  const took = seconds(first ?? 0) / tokens
  session.dispose()
  return took
}

async function repeat({ budget }: ModelRequest, once: () => Promise<number>): Promise<number[]> {
  await once()
  const start = performance.now()
  const samples: number[] = []
  while (samples.length < 3 || (samples.length < 15 && seconds(start) < budget)) samples.push(await once())
  return samples
}

function rate(tokens: number, samples: readonly number[]): { readonly perSecond: number; readonly spread: number } {
  const { seconds: median, spread } = summary(samples)
  return { perSecond: tokens / median, spread }
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000
}
