import { join } from 'node:path'
import { notGenerative, noWebGpu, runFailed } from '../diagnostics/catalogue/cli.ts'
import type { Compilation } from '../driver/state.ts'
import { type CreateOptions, createModel, GdncError, type GenerateOptions, Model } from '../runtime/index.ts'
import { locateCheckpoint } from './checkpoint.ts'
import { compileSpec } from './compile-work.ts'
import { exit, Failed, UsageError } from './exit.ts'
import type { Host } from './host.ts'
import { ids, real, whole } from './numbers.ts'
import { hasErrors, printDiagnostics, printJson } from './output.ts'
import { ProgressLine, progressText } from './progress.ts'
import type { RunCommandOptions } from './run.ts'
import { loadTokenizer, TextStream, type Words } from './tokenizer.ts'

/** Compiles in memory, loads weights, generates: ids or words on stdout as they come, everything else on stderr. */
export async function run(host: Host, [spec = '']: readonly string[], options: RunCommandOptions): Promise<number> {
  const sampling = samplingOf(options)
  if (options.prompt !== undefined && options.ids !== undefined)
    throw new UsageError('--prompt and --ids are two ways to say one thing: give one of them')
  if (options.prompt === undefined && options.ids === undefined) throw new UsageError('there is no prompt: give --prompt or --ids')
  if ((options.checkpoint === undefined) === (options.seedWeights === undefined))
    throw new UsageError('give either --checkpoint or --seed-weights')
  const state = compileSpec(host, spec, options, 'print')
  if (hasErrors(state.diagnostics)) throw new Failed(state.diagnostics, state.sources)
  if (options.json !== true) printDiagnostics(host, host.stderr, state.diagnostics, state.sources)
  const located = options.checkpoint === undefined ? undefined : locateCheckpoint(host, options.checkpoint)
  const words = options.prompt === undefined ? undefined : await loadTokenizer(host, options.tokenizer, located?.folder)
  const prompt = words === undefined ? ids('--ids', options.ids ?? '') : words.encode(options.prompt ?? '')
  checkPrompt(state, prompt)
  const stop = options.stop === undefined ? stopIds(host, located?.folder) : ids('--stop', options.stop)
  const weights = located?.weights ?? { seed: whole('--seed-weights', options.seedWeights ?? '', 0) }
  try {
    return await generate(host, state, weights, prompt, { ...sampling, stop }, words, options)
  } catch (error) {
    throw error instanceof GdncError ? new Failed([diagnosticOf(error)]) : error
  }
}

/** What can be known before gigabytes are loaded. @throws Failed, UsageError */
function checkPrompt({ plan }: Compilation, prompt: readonly number[]): void {
  const manifest = plan?.manifest
  if (manifest === undefined || manifest.sampling === null) throw new Failed([notGenerative.at(undefined, { model: manifest?.name ?? '' })])
  if (prompt.length === 0) throw new UsageError('the prompt is empty, expected at least one token')
  const { tokens, vocab } = manifest.sampling
  const below = manifest.inputs.find(({ name }) => name === tokens)?.below ?? vocab
  const wrong = prompt.find((id) => id >= below)
  if (wrong !== undefined)
    throw new Failed([
      runFailed.at(undefined, { code: 'token', reason: `token ${wrong} is not in the vocabulary, expected ids below ${below}` }),
    ])
}

async function generate(
  host: Host,
  state: Compilation,
  weights: CreateOptions['weights'],
  prompt: readonly number[],
  sampling: GenerateOptions,
  words: Words | undefined,
  options: RunCommandOptions,
): Promise<number> {
  const progress = new ProgressLine(host)
  const gpu = await openGpu(host)
  const began = host.clock.now()
  const model = await open(state, {
    gpu,
    weights,
    onProgress: (now) => progress.show(progressText(now)),
    ...(options.context === undefined ? {} : { maxTokens: whole('--context', options.context, 1) }),
  })
  try {
    progress.say(`loaded in ${seconds(host.clock.now() - began)}`)
    const session = model.session()
    const prefilling = host.clock.now()
    await session.prefill(prompt)
    const prefilled = host.clock.now()
    const drawn: number[] = []
    const text = words && new TextStream(words)
    for await (const id of session.generate(sampling)) {
      drawn.push(id)
      if (options.json !== true) host.stdout.write(text === undefined ? `${drawn.length > 1 ? ' ' : ''}${id}` : text.push(id))
    }
    const done = host.clock.now()
    const rates = { prefill: rate(prompt.length, prefilled - prefilling), decode: rate(drawn.length, done - prefilled) }
    if (options.json === true) {
      const result = { prompt, ids: drawn, ...(words === undefined ? {} : { text: words.decode(drawn) }), tokensPerSecond: rates }
      printJson(host, state.diagnostics, state.sources, result)
    } else host.stdout.write(`${text?.end() ?? ''}\n`)
    progress.say(
      `prefill ${prompt.length} tokens, ${rates.prefill.toFixed(1)} per second; generated ${drawn.length}, ${rates.decode.toFixed(1)} per second`,
    )
    return exit.ok
  } finally {
    model.dispose()
  }
}

/** The model as its package would make it. */
async function open({ plan, kernels = [] }: Compilation, options: CreateOptions): Promise<Model> {
  if (plan === undefined) throw new Error('the model was not planned')
  return createModel(Model, plan.manifest, Object.fromEntries(kernels.map(({ name, wgsl }) => [name, wgsl])), options)
}

async function openGpu(host: Host): Promise<GPU> {
  try {
    return await host.gpu()
  } catch (error) {
    throw new Failed([noWebGpu.at(undefined, { reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) })])
  }
}

const diagnosticOf = (error: GdncError) =>
  error.code === 'no-webgpu'
    ? noWebGpu.at(undefined, { reason: error.message })
    : runFailed.at(undefined, { code: error.code, reason: error.message })

/** What the options say about drawing. @throws UsageError */
function samplingOf(options: RunCommandOptions): GenerateOptions {
  const { greedy, temperature, topK, topP, minP, repetitionPenalty, seed, maxTokens = '64' } = options
  if (greedy === true && [temperature, topK, topP, minP].some((value) => value !== undefined))
    throw new UsageError('--greedy draws nothing: leave --temperature, --top-k, --top-p and --min-p out')
  return {
    maxTokens: whole('--max-tokens', maxTokens, 0),
    ...(greedy === true ? { temperature: 0 } : {}),
    ...(temperature === undefined ? {} : { temperature: real('--temperature', temperature, 0) }),
    ...(topK === undefined ? {} : { topK: whole('--top-k', topK, 0) }),
    ...(topP === undefined ? {} : { topP: real('--top-p', topP, 0) }),
    ...(minP === undefined ? {} : { minP: real('--min-p', minP, 0) }),
    ...(repetitionPenalty === undefined ? {} : { repetitionPenalty: real('--repetition-penalty', repetitionPenalty, 0) }),
    ...(seed === undefined ? {} : { seed: whole('--seed', seed, 0) }),
  }
}

/** `eos_token_id` of generation_config.json or config.json. */
function stopIds(host: Host, folder: string | undefined): readonly number[] {
  for (const name of folder === undefined ? [] : ['generation_config.json', 'config.json']) {
    const path = join(folder ?? '', name)
    if (host.files.kind(path) !== 'file') continue
    const found = eosOf(host.files.readText(path))
    if (found.length > 0) return found
  }
  return []
}

function eosOf(text: string): readonly number[] {
  try {
    const { eos_token_id: eos } = JSON.parse(text) as { eos_token_id?: unknown }
    return [eos].flat().filter((id): id is number => Number.isInteger(id))
  } catch {
    return []
  }
}

const rate = (tokens: number, milliseconds: number): number => (milliseconds <= 0 ? 0 : (1000 * tokens) / milliseconds)
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`
