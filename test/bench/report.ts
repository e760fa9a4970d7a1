import type { Environment } from './environment.ts'
import type { Slope } from './measure.ts'
import type { CompileAnswer, KernelAnswer, ModelAnswer, Refused } from './protocol.ts'

/** Everything of one run; `--json` writes it as it is. */
export interface Report {
  readonly environment: Environment
  readonly kernels: readonly KernelRow[]
  readonly models: readonly ModelRow[]
  readonly compile: CompileAnswer | Refused | undefined
  readonly seconds: number
}

export interface KernelRow {
  readonly name: string
  readonly shape: string
  readonly flops: number
  readonly ours: KernelAnswer
  /** undefined: not measured. */
  readonly peer: KernelAnswer | undefined
}

export interface ModelRow {
  readonly name: string
  readonly answer: ModelAnswer | Refused
}

export function markdown({ environment, kernels, models, compile, seconds }: Report): string {
  const parts = [conditions(environment, seconds)]
  if (kernels.length > 0) parts.push('#### Kernels', kernelTable(kernels), refusals(kernels))
  if (models.length > 0) parts.push('#### Whole models', modelTable(models))
  if (compile !== undefined) parts.push('#### Compiling', compileLine(compile))
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

function conditions(env: Environment, seconds: number): string {
  const peer = env.onnxruntime === undefined ? 'no peer' : `onnxruntime-node ${env.onnxruntime}`
  const checks = env.robustness ? 'bounds checks on, on both sides' : 'bounds checks off, on both sides'
  return [
    `${env.date}, ${env.adapter.name}${env.adapter.software ? ' (software)' : ''}, ${env.cpu}, ${checks}.`,
    `gdnc ${env.gdnc} on webgpu ${env.webgpu}, ${peer}, Node ${env.node}. Dawn: \`${env.dawn.join(' ') || 'no flags'}\`. ${Math.round(seconds)} s.`,
  ].join('\n')
}

function kernelTable(rows: readonly KernelRow[]): string {
  const gpu = rows.some(({ ours }) => ours.ok && ours.gpu !== undefined)
  const lines = rows.map(({ name, shape, flops, ours, peer }) => [
    name,
    shape,
    cell(ours),
    ...(gpu ? [ours.ok && ours.gpu ? duration(ours.gpu.seconds) : ''] : []),
    ours.ok ? rate(flops / (ours.gpu ?? ours.wall).seconds) : '',
    peer === undefined ? '' : cell(peer),
    ours.ok && peer?.ok ? `${(peer.wall.seconds / ours.wall.seconds).toFixed(2)}x` : '',
  ])
  const head = ['kernel', 'shape', 'gdnc', ...(gpu ? ['gdnc, GPU clock'] : []), 'gdnc, GFLOP/s', 'onnxruntime', 'gdnc is faster by']
  return table(head, ['l', 'l', ...head.slice(2).map(() => 'r' as const)], lines)
}

function cell(answer: KernelAnswer): string {
  return answer.ok ? withSpread(answer.wall) : 'not timed'
}

function refusals(rows: readonly KernelRow[]): string {
  const lines = rows.flatMap(({ name, shape, ours, peer }) => [
    ...(ours.ok ? [] : [`* gdnc, ${name}, ${shape}: ${ours.because}`]),
    ...(peer === undefined || peer.ok ? [] : [`* onnxruntime, ${name}, ${shape}: ${peer.because}`]),
  ])
  return lines.length === 0 ? '' : ['Not timed:', '', ...lines].join('\n')
}

function modelTable(rows: readonly ModelRow[]): string {
  const timed = rows.flatMap(({ name, answer }) => (answer.ok ? [{ name, ...answer }] : []))
  const head = ['model', 'parameters', 'prefill', 'decode', 'create', 'first token', 'kernels per token']
  const lines = timed.map((m) => [
    m.name,
    count(m.parameters),
    m.prefill.map(({ tokens, perSecond }) => `${perSecond.toFixed(0)} tok/s (${tokens})`).join(', '),
    `${m.decode.perSecond.toFixed(1)} tok/s (after ${m.decode.after})`,
    duration(m.cold.create),
    duration(m.cold.firstToken),
    String(m.launches.step),
  ])
  const refused = rows.flatMap(({ name, answer }) => (answer.ok ? [] : [`* ${name}: ${answer.because}`]))
  const body = lines.length === 0 ? '' : table(head, ['l', ...head.slice(1).map(() => 'r' as const)], lines)
  return [body, ...(refused.length === 0 ? [] : [['Not timed:', '', ...refused].join('\n')])].filter(Boolean).join('\n\n')
}

function compileLine(answer: CompileAnswer | Refused): string {
  if (!answer.ok) return `Not timed: ${answer.because}`
  return `\`${answer.command}\` as a whole process: ${duration(answer.seconds)} (median of ${answer.runs}, ±${percent(answer.spread)}).`
}

function withSpread({ seconds, spread }: Slope): string {
  return `${duration(seconds)} ±${percent(spread)}`
}

function percent(part: number): string {
  return `${(100 * part).toFixed(0)} %`
}

/** Three significant digits. */
function duration(seconds: number): string {
  const [value, unit] = seconds < 1e-3 ? [seconds * 1e6, 'µs'] : seconds < 1 ? [seconds * 1e3, 'ms'] : [seconds, 's']
  return `${digits(value)} ${unit}`
}

function rate(flopsPerSecond: number): string {
  return digits(flopsPerSecond / 1e9)
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function count(parameters: number): string {
  if (parameters >= 1e9) return `${(parameters / 1e9).toFixed(2)} B`
  return parameters >= 1e6 ? `${(parameters / 1e6).toFixed(1)} M` : `${(parameters / 1e3).toFixed(0)} k`
}

function table(head: readonly string[], align: readonly ('l' | 'r')[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((text, i) => Math.max(3, text.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, i) => (align[i] === 'r' ? text.padStart(widths[i]!) : text.padEnd(widths[i]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, i) => (align[i] === 'r' ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}
