/**
 * `npm run bench`: times kernels beside onnxruntime-node's WebGPU provider, whole models, cold starts and `gdnc compile`, and writes a
 * table. What is measured and how: `docs/performance.md`.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { flops, hasPeer, kernelCases } from '../test/bench/cases.ts'
import { measureCompile } from '../test/bench/compile.ts'
import { dawnFlags, environment } from '../test/bench/environment.ts'
import type { SlopeOptions } from '../test/bench/measure.ts'
import { modelCases } from '../test/bench/models.ts'
import type { KernelAnswer, KernelRequest, ModelAnswer } from '../test/bench/protocol.ts'
import { type KernelRow, type ModelRow, markdown, type Report } from '../test/bench/report.ts'
import { ask } from '../test/bench/run.ts'

const usage = `usage: npm run bench -- [options]
  --large              shapes and models for a GPU
  --no-robustness      bounds checks off on both sides (on by default, as in browsers)
  --no-peer            gdnc alone
  --only PART          kernels, models or compile; comma-separated
  --filter TEXT        kernels and models whose name or shape has TEXT in it
  --budget SECONDS     for the repetitions of one kernel on one side (default 1, with --large 3)
  --json FILE          all numbers
  --markdown FILE      the table, which also goes to standard output
`

const { values } = parseArgs({
  allowNegative: true,
  options: {
    large: { type: 'boolean', default: false },
    robustness: { type: 'boolean', default: true },
    peer: { type: 'boolean', default: true },
    only: { type: 'string', default: 'kernels,models,compile' },
    filter: { type: 'string', default: '' },
    budget: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const parts = values.only.split(',')
const budget = Number(values.budget ?? (values.large ? 3 : 1))
if (!(budget > 0) || parts.some((part) => !['kernels', 'models', 'compile'].includes(part))) {
  process.stderr.write(usage)
  process.exit(2)
}

const started = performance.now()
const dawn = dawnFlags(values.robustness)
const ourEnvironment = { GDNC_DAWN: dawn.join(' ') }
const conditions = await environment(values.robustness, dawn, values.peer)
if (values.peer && conditions.onnxruntime === undefined)
  note('onnxruntime-node is not installed in test/bench: no peer. `npm run bench` installs it.')

const wanted = (name: string, shape = ''): boolean => `${name} ${shape}`.toLowerCase().includes(values.filter.toLowerCase())
const report: Report = {
  environment: conditions,
  kernels: parts.includes('kernels') ? await kernels() : [],
  models: parts.includes('models') ? await models() : [],
  compile: parts.includes('compile') ? measureCompile(5) : undefined,
  seconds: (performance.now() - started) / 1000,
}
const text = markdown(report)
process.stdout.write(text)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
if (values.markdown !== undefined) writeFileSync(values.markdown, text)

async function kernels(): Promise<KernelRow[]> {
  const software = conditions.adapter.software
  const slope: SlopeOptions = { difference: software ? 0.02 : 0.01, repetitions: software ? 5 : 15, longest: software ? 256 : 2048, budget }
  const rows: KernelRow[] = []
  // SwiftShader is seven to ten times as slow as lavapipe.
  const cases = /swiftshader/i.test(conditions.adapter.name) && !values.large ? kernelCases(false, 64) : kernelCases(values.large)
  for (const { name, shape, case: kernel } of cases) {
    if (!wanted(name, shape)) continue
    const request: KernelRequest = { case: kernel, robustness: values.robustness, slope }
    const seconds = 60 + 20 * budget
    // One after the other, so that each case sees both sides in the same minute.
    const ours = await ask<KernelAnswer>('./kernel.ts', request, { env: ourEnvironment, seconds })
    const peer =
      conditions.onnxruntime === undefined || !hasPeer(kernel) ? undefined : await ask<KernelAnswer>('./peer.ts', request, { seconds })
    note(`${name}, ${shape}: ${brief(ours)}${peer === undefined ? '' : `, onnxruntime ${brief(peer)}`}`)
    rows.push({ name, shape, flops: flops(kernel), ours, peer })
  }
  return rows
}

async function models(): Promise<ModelRow[]> {
  const rows: ModelRow[] = []
  for (const { name, request } of modelCases(values.large, 3 * budget)) {
    if (!wanted(name)) continue
    // A start is cold only if the driver does not remember the kernels of the last one.
    const env = { ...ourEnvironment, MESA_SHADER_CACHE_DISABLE: 'true', __GL_SHADER_DISK_CACHE: '0' }
    const answer = await ask<ModelAnswer>('./model.ts', request, { env, seconds: 400 })
    note(`${name}: ${answer.ok ? `${answer.decode.perSecond.toFixed(1)} tok/s` : answer.because}`)
    rows.push({ name, answer })
  }
  return rows
}

function brief(answer: KernelAnswer): string {
  return answer.ok ? `${(answer.wall.seconds * 1e6).toFixed(0)} µs` : answer.because
}

/** Progress; results alone go to standard output. */
function note(line: string): void {
  process.stderr.write(`${line}\n`)
}
