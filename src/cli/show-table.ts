import { weightsText } from '../emit/readme.ts'
import type { ValueType } from '../graph/graph.ts'
import type { Model } from '../model/model.ts'
import { countFlops, countParams, decodeStateBytes, type InstanceStatistics, isInside } from '../model/statistics.ts'
import type { Plan } from '../plan/plan.ts'
import { amount, bytes } from '../util/units.ts'
import { type Column, table } from './table.ts'

/** A line of the table: an instance of a layer, with everything inside it. */
export interface Row {
  readonly path: string
  readonly layer: string
  readonly depth: number
  readonly source: string
  readonly output: string
  readonly parameters: number
  readonly flops: number
  readonly state: number
  /** Launches after fusion that are labelled with it: of a prefill pass, and of a decode step. */
  readonly prefill: number
  readonly step: number
}

export function rowsOf(instances: readonly InstanceStatistics[], plan: Plan): Row[] {
  const { prefill, tail, step } = plan.manifest.programs
  const count = (commands: readonly { readonly label: string }[], path: string): number =>
    commands.filter(({ label }) => isInside(label, path)).length
  return instances.map(({ path, definition, depth, source, out, params, flops, state }) => ({
    path,
    layer: definition,
    depth,
    source,
    output: typeText(out),
    parameters: params,
    flops,
    state,
    prefill: count([...prefill, ...tail], path),
    step: count(step, path),
  }))
}

const columns: readonly Column<Row>[] = [
  { title: 'layer', text: ({ depth, path }) => `${'  '.repeat(depth)}${path}` },
  { title: 'definition', text: ({ layer }) => layer },
  { title: 'output', text: ({ output }) => output },
  { title: 'parameters', align: 'right', text: ({ parameters }) => (parameters === 0 ? '' : amount(parameters)) },
  { title: 'FLOPs/token', align: 'right', text: ({ flops }) => (flops === 0 ? '' : amount(flops)) },
  { title: 'state', align: 'right', text: ({ state }) => (state === 0 ? '' : bytes(state)) },
  { title: 'prefill', align: 'right', text: ({ prefill }) => (prefill === 0 ? '' : String(prefill)) },
  { title: 'step', align: 'right', text: ({ step }) => (step === 0 ? '' : String(step)) },
]

/** The table of layers, as deep as `depth` levels inside the model's own. */
export const layerTable = (rows: readonly Row[], depth: number): string =>
  table(
    columns,
    rows.filter((row) => row.depth < depth),
  )

function horizonText(horizon: Model['horizon']): string {
  if (horizon.kind === 'causal') return 'can be prefilled and stepped'
  if (horizon.kind === 'whole') return `forward only: ${horizon.because}`
  return `the first prefill holds ${horizon.upto} tokens, then steps: ${horizon.because}`
}

/** What the whole model is and costs. */
export function summaryLines(model: Model, { manifest, profile }: Plan, tokens: number): string[] {
  const { programs, kernels } = manifest
  const sizes = model.sizes.map(({ name, value }) => `${name} = ${value}`).join(', ')
  const horizon = horizonText(model.horizon)
  const sequences =
    model.horizon.kind !== 'whole' ? [`decode state  ${bytes(decodeStateBytes(model, { tokens }))} per sequence at ${tokens} tokens`] : []
  return [
    `${model.name} for the profile ${profile.name}${sizes === '' ? '' : `; ${sizes}`}`,
    ...manifest.inputs.map((input) => `input         ${input.name}: ${typeText(input)}`),
    ...manifest.outputs.map((output) => `output        ${output.name}: ${typeText(output)}`),
    `parameters    ${countParams(model).toLocaleString('en')} (${amount(countParams(model))})`,
    `weights       ${weightsText(manifest)}`,
    `FLOPs/token   ${amount(countFlops(model, tokens))} at ${tokens} tokens`,
    ...sequences,
    `horizon       ${horizon}`,
    `kernels       ${kernels.length}; launches: ${programs.prefill.length} of a prefill pass, ${programs.tail.length} for its last token, ${programs.step.length} of a step`,
  ]
}

function typeText({ dtype, batch, time, shape }: Pick<ValueType, 'batch' | 'time' | 'shape'> & { readonly dtype: string }): string {
  const axes = [...(batch ? ['B'] : []), ...(time ? ['T'] : []), ...shape]
  return axes.length === 0 ? dtype : `${dtype}[${axes.join(', ')}]`
}
