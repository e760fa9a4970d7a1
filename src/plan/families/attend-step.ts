import { z } from 'zod'
import { words } from '../../analyse/body.ts'
import { operand } from '../../graph/wgsl.ts'
import * as Index from '../expression/index.ts'
import { threadsOfHead } from '../expression/stats.ts'
import type { Launch, Scope } from '../kernel.ts'
import { refuse } from '../problem.ts'
import type { DeviceProfile } from '../profile.ts'
import { type Parts, partCount, partScratch, partsOf, partWord, planAttendMerge } from './attend-parts.ts'
import { type AttendPlan, AttendText, type StepForm } from './attend-text.ts'

const lines = z.array(z.string())
const count = z.int().positive()

export const attendStepSchema = z.strictObject({
  threads: count,
  heads: count,
  share: count,
  lanes: count,
  tile: count,
  width: count,
  values: count,
  span: count,
  own: count,
  partials: count,
  dots: z.array(z.strictObject({ name: z.string(), width: count, partialAt: z.string(), stage: lines, key: lines })),
  ownDots: lines,
  appends: z.boolean(),
  kept: z.array(z.strictObject({ name: z.string(), words: count, value: z.string(), store: lines })),
  range: lines,
  softmax: z.boolean(),
  score: lines,
  scoreValue: z.string(),
  mask: z.string(),
  ownScore: lines,
  ownScoreValue: z.string(),
  ownMask: z.string(),
  ownWeight: z.string(),
  hidden: z.string(),
  value: lines,
  ownValue: lines,
  finish: lines,
  leave: lines,
  store: lines,
})

/** Invocations to a key: they read neighbouring words of it. */
const LANES = 8
/** Keys that are weighted at a time, where workgroup memory allows it. */
const TILES = [256, 128, 64, 32, 16, 8, 4, 2, 1]
/** Heads of a workgroup, and the keys that they must be able to weight at a time. */
const MOST_HEADS = 8
const LEAST_TILE = 128

export interface StepTiles {
  readonly threads: number
  /** Neighbouring heads of one workgroup: they read the same keys and values. */
  readonly heads: number
  readonly tile: number
}

/** How many neighbouring heads a workgroup takes, and how many keys at a time; null: not even one head fits workgroup memory. */
export function stepTiles(plan: AttendPlan, appends: boolean): StepTiles | null {
  const { form, mapping } = plan
  const { profile } = plan.context
  const threads = Math.min(256, profile.invocations)
  const ratios = form.kept.flatMap((param) => mapping.inputs[param]?.ratios.at(-1) ?? [])
  const shared = ratios.length === 0 ? (mapping.heads.at(-1) ?? 1) : ratios.reduce(gcd)
  for (let heads = Math.min(MOST_HEADS, shared); heads >= 1; heads--) {
    if (shared % heads !== 0) continue
    for (const tile of TILES)
      if (tile >= (heads === 1 ? threads / LANES : LEAST_TILE) && fits(plan, appends, { threads, heads, tile }, profile))
        return { threads, heads, tile }
  }
  return null
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

function fits(plan: AttendPlan, appends: boolean, { threads, heads, tile }: StepTiles, profile: DeviceProfile): boolean {
  const { form, body } = plan
  const width = form.dots.reduce((sum, dot) => sum + dot.width, 0)
  const own = appends ? form.kept.reduce((sum, param) => sum + words(body.params[param]?.shape ?? []), 0) : 0
  // Reductions of a query or key take a word per invocation and a few per head.
  const reductions = threads + 2 * plan.mapping.count
  return heads * (width + tile + partialsOf(plan, threads) + 1) + own + reductions <= profile.workgroupWords
}

/** Words that a head's invocations leave for each other: the parts of all dots, of which lanes lie in rows that start in different banks. */
const pitch = (threads: number): number => threads / LANES + 4
const partialsOf = ({ form }: AttendPlan, threads: number): number => Math.max(threads, form.dots.length * LANES * pitch(threads))

/**
 * Attention of one query per sequence. A workgroup takes neighbouring heads that read the same keys, and visits these tile by tile. With
 * `appends` it makes its own token's key and value itself: it reads them where it keeps them, and of the workgroups that make the same
 * ones the first writes them to the caches, in slots that nobody reads in this launch. Where it `divides` keys of which there may be many,
 * each part of them has workgroups of its own, the last one that of the token itself, and a second launch merges what they leave.
 */
export function planAttendStep(plan: AttendPlan, { appends, divides }: StepForm): Launch[] {
  const { context, node, body, form, mapping, values } = plan
  const tiles = stepTiles(plan, appends)
  const width = form.dots.reduce((sum, dot) => sum + dot.width, 0)
  if (!tiles)
    refuse(
      node,
      `a query of ${width} words does not fit the ${context.profile.workgroupWords} words of workgroup memory of ${context.profile.name}`,
    )
  const { threads, heads, tile } = tiles
  const scope = context.scope({ threads, heads })
  const text = new AttendText(plan, scope, heads === 1 ? 'head' : 'first')
  const divided = divides ? partCount(plan, heads) : null
  const parts = divided && partsOf(plan, divided, scope.scratch(partScratch(plan, divided), 'row'))
  const last = parts === null ? [] : ['part + 1u == parts']
  const span = Math.min(threads, 2 ** Math.ceil(Math.log2(values)))
  const dots = dotsOf(plan, text, tiles)
  const { lines: score, score: scoreValue, mask } = text.score()
  const own = appends ? text.score(true) : { lines: [], score: '', mask: '' }
  const softmax = body.weighting === 'softmax'
  const summed = (value: string, weight: string) => [
    `let word = ${value};`,
    'for (var g = 0u; g < HEADS; g++) {',
    `  sums[m * HEADS + g] += ${weight} * word;`,
    '}',
  ]
  const step = scope.launch({
    family: 'attend',
    name: `step_${width}x${values}`,
    template: 'attend_step',
    view: {
      threads,
      heads,
      share: threadsOfHead(threads, heads),
      lanes: LANES,
      tile,
      width: Math.max(1, width),
      values,
      span,
      own: Math.ceil(values / span),
      partials: heads * partialsOf(plan, threads),
      dots,
      ownDots: appends ? ownDotsOf(plan, text, tiles) : [],
      appends,
      kept: appends ? keptOf(plan, text, heads, last) : [],
      range: rangeOf(plan, scope, parts, appends),
      softmax,
      score,
      scoreValue,
      mask,
      ownScore: own.lines,
      ownScoreValue: own.score,
      ownMask: appends ? [...last, own.mask].join(' && ') : '',
      ownWeight: softmax ? '1.0' : own.score,
      hidden: softmax ? 'LOWEST' : '0.0',
      value: text.assign(body.value, 'column', (value) => summed(value, 'weight[g * TILE + n]').join('\n')),
      ownValue: appends ? text.assign(body.value, 'column', (value) => summed(value, 'scales[g]').join('\n'), true) : [],
      finish: !softmax ? [] : parts === null || parts.slots === null ? text.finish() : ['let scale = 1.0;'],
      ...resultOf(plan, scope, parts),
    } satisfies z.infer<typeof attendStepSchema>,
    doc: [
      `${node.path || 'model'}: attention ${body.name} of one query per sequence${form.window === null ? '' : `, window ${form.window}`}${appends ? '; its key and value join those kept' : ''}`,
      `grid: (${mapping.count / heads} groups of ${heads} heads, sequences${parts === null ? '' : ', parts of the keys'}), ${threads / LANES} keys at a time`,
    ],
    grid: [mapping.count / heads, { of: 'batch', times: 1, tile: 1 }, parts === null ? 1 : parts.grid(scope)],
    node: node.id,
  })
  return parts === null ? [step] : [step, planAttendMerge(plan, parts)]
}

/** The keys that a workgroup visits: those that its query may see, or an equal part of them. */
function rangeOf({ form }: AttendPlan, scope: Scope, parts: Parts | null, appends: boolean): string[] {
  const [begin, end] = [form.window === null ? '0u' : firstKey(form.window), appends ? 'start' : 'start + 1u']
  if (parts === null) return [`let begin = ${begin};`, `let end = ${end};`]
  return [
    `let parts = ${parts.text(scope)};`,
    'let part = workgroup.z;',
    `let earliest = ${begin};`,
    `let until = ${end};`,
    'let each = (until - earliest + parts * KEYS - 1u) / (parts * KEYS) * KEYS;',
    'let begin = min(earliest + part * each, until);',
    'let end = min(begin + each, until);',
  ]
}

/** Where a head's result goes: to its place, or as one of several parts to where these are merged. */
function resultOf(plan: AttendPlan, scope: Scope, parts: Parts | null): { leave: string[]; store: string[] } {
  const { node, body } = plan
  const softmax = body.weighting === 'softmax'
  const value = softmax ? 'sum * scales[member]' : 'sum'
  const final = () => scope.store(node.id, 'row', 'head * VALUES + column', value)
  if (parts === null) return { leave: [], store: [final()] }
  const put = (flat: string, word: string) => scope.storeScratch(parts.scratch, 'row', partWord(plan, parts, 'part', flat), word)
  const several = softmax ? [put('VALUES', 'most'), put('VALUES + 1u', 'total')] : []
  if (parts.slots !== null) return { leave: several, store: [put('column', value)] }
  return {
    leave: softmax ? ['if (parts > 1u) {', '  scales[mine] = 1.0;', ...several.map((line) => `  ${line}`), '}'] : [],
    store: ['if (parts == 1u) {', `  ${final()}`, '} else {', `  ${put('column', value)}`, '}'],
  }
}

/** The first position that a query at `start` may see. */
const firstKey = (window: number): string => {
  const back = Math.max(0, window - 1)
  return `select(0u, start - ${back}u, start > ${back}u)`
}

function dotsOf({ form }: AttendPlan, text: AttendText, { threads, heads }: StepTiles) {
  let before = 0
  return form.dots.map((dot, n) => {
    const queryAt = before === 0 ? '' : `${before}u + `
    before += heads * dot.width
    const name = text.dotName(dot)
    const part = (key: string) =>
      [
        `let word = ${key};`,
        'for (var g = 0u; g < HEADS; g++) {',
        `  part_${name}[g] += query[${queryAt}g * ${dot.width}u + d] * word;`,
        '}',
      ].join('\n')
    return {
      name,
      width: dot.width,
      partialAt: n === 0 ? '' : `${n * heads * LANES * pitch(threads)}u + `,
      stage: text.assign(dot.query, 'd', (value) => `query[${queryAt}n] = ${value};`),
      key: text.assign(dot.key, 'd', part),
    }
  })
}

/** Products of a query with its own token's key, by all invocations of its head. */
function ownDotsOf({ form }: AttendPlan, text: AttendText, { heads }: StepTiles): string[] {
  let before = 0
  return form.dots.flatMap((dot) => {
    const [name, at] = [text.dotName(dot), before === 0 ? '' : `${before}u + `]
    before += heads * dot.width
    return [
      `var part_${name} = 0.0;`,
      `for (var d = lane % SHARE; d < ${dot.width}u; d += SHARE) {`,
      ...text.assign(dot.key, 'd', (value) => `part_${name} += query[${at}mine * ${dot.width}u + d] * ${operand(value)};`, true),
      '}',
      `let ${name} = sum_of_head(lane, part_${name});`,
    ]
  })
}

/** What the kernel's own token leaves of each parameter, and which workgroup writes it to the cache: the first of those that make it. */
function keptOf({ form, body, mapping }: AttendPlan, text: AttendText, heads: number, last: readonly string[]) {
  return form.kept.map((param) => {
    const { axes = [], ratios = [] } = mapping.inputs[param] ?? {}
    const at = Index.unflatten(Index.variable('first', mapping.count), mapping.heads)
    const first =
      axes.length === 0
        ? [...(mapping.count === heads ? [] : ['first == 0u'])]
        : ratios.flatMap((ratio, axis) => {
            const rest = Index.modulo(at[axis] ?? Index.literal(0), ratio)
            const always = ratio === 1 || (axis === ratios.length - 1 && ratio === heads)
            return always || Index.isLiteral(rest) ? [] : [`${Index.printOperand(rest)} == 0u`]
          })
    const conditions = [...last, ...first]
    const store = `${text.cached(param, text.wordOfHead(param, 'd'), 'read_write')} = value;`
    return {
      name: text.ownName(param),
      words: words(body.params[param]?.shape ?? []),
      value: text.made(param, 'd'),
      store: conditions.length === 0 ? [store] : [`if (${conditions.join(' && ')}) {`, `  ${store}`, '}'],
    }
  })
}
