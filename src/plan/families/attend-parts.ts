import { z } from 'zod'
import type { GridTerm } from '../../runtime/manifest.ts'
import type { Launch, Scope, Scratch } from '../kernel.ts'
import { type AttendPlan, AttendText } from './attend-text.ts'

const lines = z.array(z.string())
const count = z.int().positive()

export const attendMergeSchema = z.strictObject({
  threads: count,
  values: count,
  most: count,
  parts: z.string(),
  softmax: z.boolean(),
  highest: z.string(),
  total: z.string(),
  sum: z.string(),
  finish: lines,
  store: z.string(),
})

/**
 * Slots of a cache for each of which a step has a workgroup more, up to so many that a large device is full. Fewer slots are faster for short
 * caches, and cost more in the launch that merges (docs/performance.md has what was measured).
 */
const SLOTS = 128
const WORKGROUPS = 512
const MOST_PARTS = 64
/** Words of a row that the parts may leave for the launch that merges them. */
const SCRATCH_WORDS = 2 ** 17

/** How many parts the keys of a step are divided into: as many as its cache has slots for. */
export interface PartCount {
  readonly most: number
  /** Slots that are always there: those of a window. null: the cache grows, and may be read whole while it is short. */
  readonly slots: number | null
}

/** Words that a part leaves for each head: sums, and for a softmax the highest score and the total. */
const wordsOfPart = ({ body, values }: AttendPlan): number => values + (body.weighting === 'softmax' ? 2 : 0)

/** null: the keys of a query are few enough for one workgroup, or its workgroups are many enough. */
export function partCount(plan: AttendPlan, heads: number): PartCount | null {
  const { form, mapping } = plan
  const room = Math.floor(SCRATCH_WORDS / (mapping.count * wordsOfPart(plan)))
  const most = Math.min(MOST_PARTS, Math.ceil((WORKGROUPS * heads) / mapping.count), room)
  const slots = form.window
  const parts = slots === null ? most : Math.min(most, Math.ceil(slots / SLOTS))
  return parts < 2 ? null : { most: parts, slots }
}

/** Text of how many parts there are in this launch, and grids of that many, and of one workgroup if there is something to merge. */
export interface Parts extends PartCount {
  readonly scratch: Scratch
  text(scope: Scope): string
  grid(scope: Scope): GridTerm
  mergeGrid(scope: Scope): GridTerm
}

export function partsOf(plan: AttendPlan, { most, slots }: PartCount, scratch: Scratch): Parts {
  const { node, body, form } = plan
  const state = `keys.${body.params[form.kept[0] ?? 0]?.name}`
  const grows = slots === null
  return {
    most,
    slots,
    scratch,
    text: (scope) => (grows ? `min(${most}u, (${scope.capacity(node.id, state)} + ${SLOTS - 1}u) / ${SLOTS}u)` : `${most}u`),
    grid: (scope) => (grows ? scope.slots(node.id, state, { tile: SLOTS, most }) : most),
    mergeGrid: (scope) => (grows ? scope.slots(node.id, state, { tile: SLOTS, most: 2, plus: -1 }) : 1),
  }
}

export const partScratch = (plan: AttendPlan, { most }: PartCount): number => plan.mapping.count * most * wordsOfPart(plan)

/** The word `flat` of what a part leaves for `head`. */
export const partWord = (plan: AttendPlan, { most }: PartCount, part: string, flat: string): string =>
  `(head * ${most}u + ${part}) * ${wordsOfPart(plan)}u + ${flat}`

const THREADS = 128

/** Joins the parts of each head in their order, so that sums do not depend on who comes first. */
export function planAttendMerge(plan: AttendPlan, parts: Parts): Launch {
  const { context, node, body, mapping, values } = plan
  const threads = Math.min(THREADS, context.profile.invocations)
  const scope = context.scope({ threads })
  const text = new AttendText(plan, scope)
  const softmax = body.weighting === 'softmax'
  const word = (flat: string) => scope.loadScratch(parts.scratch, 'row', partWord(plan, parts, 'part', flat))
  const grid = [mapping.count, { of: 'batch', times: 1, tile: 1 }, parts.mergeGrid(scope)] as const
  return scope.launch({
    family: 'attend',
    name: `merge_${values}`,
    template: 'attend_merge',
    view: {
      threads,
      values,
      most: parts.most,
      parts: parts.text(scope),
      softmax,
      highest: word('VALUES'),
      total: word('VALUES + 1u'),
      sum: word('column'),
      finish: softmax ? text.finish() : [],
      store: scope.store(node.id, 'row', 'head * VALUES + column', softmax ? 'sum * scale' : 'sum'),
    } satisfies z.infer<typeof attendMergeSchema>,
    doc: [
      `${node.path || 'model'}: attention ${body.name}, what its parts have summed up is joined`,
      `grid: (${mapping.count} heads, sequences, 1 if there are parts)`,
    ],
    grid,
    node: node.id,
  })
}
