import { z } from 'zod'
import type { Launch } from '../kernel.ts'
import { refuse } from '../problem.ts'
import type { DeviceProfile } from '../profile.ts'
import { type AttendPlan, AttendText } from './attend-text.ts'

const lines = z.array(z.string())
const count = z.int().positive()

export const attendSchema = z.strictObject({
  queries: count,
  keys: count,
  threads: count,
  width: count,
  values: count,
  slab: count,
  own: count,
  dots: z.array(z.strictObject({ name: z.string(), width: count, queryAt: z.string(), stage: lines, key: lines })),
  begin: z.string(),
  end: z.string(),
  softmax: z.boolean(),
  score: lines,
  scoreValue: z.string(),
  mask: z.string(),
  value: lines,
  finish: lines,
  store: z.string(),
})

export interface AttendTiles {
  readonly queries: number
  readonly keys: number
  readonly slab: number
}

/** Words of the queries that a workgroup keeps; the rest is for a slab of keys or values and for the weights. */
const QUERY_WORDS = 2048
const SLAB = 32

/** A tile of queries against tiles of keys, one pair per invocation; wide queries make the tile of queries lower. null: none fits. */
export function attendTiles(width: number, profile: DeviceProfile): AttendTiles | null {
  const queries = Math.min(16, 2 ** Math.floor(Math.log2(Math.max(1, QUERY_WORDS / width))))
  for (let keys = Math.min(64, profile.invocations / queries); keys >= 1; keys /= 2) {
    const slab = Math.max(SLAB, keys)
    if (queries * width + keys * (slab + 1) + queries * keys <= profile.workgroupWords) return { queries, keys, slab }
  }
  return null
}

/** Softmax or sigmoid attention of a tile of queries over the keys they see, with the sums rescaled as higher scores come. */
export function planAttendTiles(plan: AttendPlan): Launch {
  const { context, node, body, form, mapping, values } = plan
  const scope = context.scope({ threads: 0 })
  const text = new AttendText(plan, scope)
  const width = Math.max(
    1,
    form.dots.reduce((sum, dot) => sum + dot.width, 0),
  )
  const tiles = attendTiles(width, context.profile)
  if (!tiles)
    refuse(
      node,
      `a query of ${width} words does not fit the ${context.profile.workgroupWords} words of workgroup memory of ${context.profile.name}`,
    )
  const { queries, keys, slab } = tiles
  let before = 0
  const dots = form.dots.map((dot) => {
    const offset = before === 0 ? '' : `${before}u + `
    before += queries * dot.width
    return {
      name: text.dotName(dot),
      width: dot.width,
      queryAt: offset,
      stage: text.assign(dot.query, 'd', (value) => `query[${offset}n] = ${value};`),
      key: text.assign(dot.key, 'd', (value) => `slab[(n / SLAB) * PITCH + n % SLAB] = ${value};`),
    }
  })
  const { lines: score, score: scoreValue, mask } = text.score()
  const softmax = body.weighting === 'softmax'
  return scope.launch({
    family: 'attend',
    name: `${form.cached ? 'tiles' : 'rows'}_${width}x${values}`,
    template: 'attend',
    view: {
      queries,
      keys,
      threads: queries * keys,
      width,
      values,
      slab,
      own: Math.ceil(values / slab) * (slab / keys),
      dots,
      begin: firstKey(plan),
      end: endOfKeys(plan),
      softmax,
      score,
      scoreValue,
      mask,
      value: text.assign(body.value, 'column', (value) => `slab[(n / SLAB) * PITCH + n % SLAB] = ${value};`),
      finish: softmax ? text.finish() : [],
      store: scope.store(node.id, 'row', 'head * VALUES + column', softmax ? 'sums[m] * scale' : 'sums[m]'),
    } satisfies z.infer<typeof attendSchema>,
    doc: [
      `${node.path || 'model'}: attention ${body.name}, ${queries} queries against ${keys} keys at a time${form.window === null ? '' : `, window ${form.window}`}`,
      `grid: (ceil(tokens / ${queries}) query tiles, ${mapping.count} heads, sequences)`,
    ],
    grid: [{ of: 'tokens', times: 1, tile: queries }, mapping.count, { of: 'batch', times: 1, tile: 1 }],
    node: node.id,
  })
}

/** The first position that a tile's first query may see. */
function firstKey({ form }: AttendPlan): string {
  const earliest = form.cached ? '0u' : 'start'
  if (form.window === null) return earliest
  const back = Math.max(0, form.window - 1)
  const bound = `select(0u, start + first - ${back}u, start + first > ${back}u)`
  return form.cached ? bound : `max(start, ${bound})`
}

/** One past the last position that a tile's last query may see. */
function endOfKeys({ form }: AttendPlan): string {
  if (form.reach === null) return 'start + length'
  return form.reach <= 0 ? 'start + min(first + QUERIES, length)' : `start + min(first + QUERIES + ${form.reach}u, length)`
}
