import { z } from 'zod'
import { operand } from '../../graph/wgsl.ts'
import type { Launch } from '../kernel.ts'
import { refuse } from '../problem.ts'
import { type AttendPlan, AttendText } from './attend-text.ts'

const lines = z.array(z.string())
const count = z.int().positive()

export const attendStepSchema = z.strictObject({
  threads: count,
  lanes: count,
  width: count,
  values: count,
  span: count,
  own: count,
  partials: count,
  dots: z.array(z.strictObject({ name: z.string(), width: count, partialAt: z.string(), stage: lines, key: lines })),
  begin: z.string(),
  softmax: z.boolean(),
  score: lines,
  scoreValue: z.string(),
  mask: z.string(),
  hidden: z.string(),
  value: lines,
  finish: lines,
  store: z.string(),
})

/** Invocations to a key: they read neighbouring words of it. */
const LANES = 4

/** Attention of one query per sequence: the invocations of a workgroup share its keys, then its values, tile by tile. */
export function planAttendStep(plan: AttendPlan): Launch {
  const { context, node, body, form, mapping, values } = plan
  const threads = Math.min(256, context.profile.invocations)
  const scope = context.scope({ threads })
  const text = new AttendText(plan, scope)
  const width = Math.max(
    1,
    form.dots.reduce((sum, dot) => sum + dot.width, 0),
  )
  const needed = width + Math.max(1, form.dots.length) * threads + threads / LANES
  if (needed > context.profile.workgroupWords)
    refuse(
      node,
      `a query of ${width} words does not fit the ${context.profile.workgroupWords} words of workgroup memory of ${context.profile.name}`,
    )
  const span = Math.min(threads, 2 ** Math.ceil(Math.log2(values)))
  let before = 0
  const dots = form.dots.map((dot, n) => {
    const offset = before === 0 ? '' : `${before}u + `
    before += dot.width
    return {
      name: text.dotName(dot),
      width: dot.width,
      partialAt: n === 0 ? '' : `${n * threads}u + `,
      stage: text.assign(dot.query, 'd', (value) => `query[${offset}d] = ${value};`),
      key: text.assign(dot.key, 'd', (value) => `part_${text.dotName(dot)} += query[${offset}d] * ${operand(value)};`),
    }
  })
  const { lines: score, score: scoreValue, mask } = text.score()
  const softmax = body.weighting === 'softmax'
  const back = Math.max(0, (form.window ?? 1) - 1)
  return scope.launch({
    family: 'attend',
    name: `step_${width}x${values}`,
    template: 'attend_step',
    view: {
      threads,
      lanes: LANES,
      width,
      values,
      span,
      own: Math.ceil(values / span),
      partials: Math.max(1, dots.length),
      dots,
      begin: form.window === null ? '0u' : `select(0u, start - ${back}u, start > ${back}u)`,
      softmax,
      score,
      scoreValue,
      mask,
      hidden: softmax ? 'LOWEST' : '0.0',
      value: text.assign(body.value, 'column', (value) => `sums[m] += weight[n] * ${operand(value)};`),
      finish: softmax ? text.finish() : [],
      store: scope.store(node.id, 'row', 'head * VALUES + column', softmax ? 'sum * scale' : 'sum'),
    } satisfies z.infer<typeof attendStepSchema>,
    doc: [
      `${node.path || 'model'}: attention ${body.name} of one query per sequence${form.window === null ? '' : `, window ${form.window}`}`,
      `grid: (${mapping.count} heads, sequences), ${threads / LANES} keys at a time`,
    ],
    grid: [mapping.count, { of: 'batch', times: 1, tile: 1 }, 1],
    node: node.id,
  })
}
