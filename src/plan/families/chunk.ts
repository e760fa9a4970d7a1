import { z } from 'zod'
import type { ChunkForm, Place } from '../../analyse/recurrence.ts'
import type { Node, Recurrence } from '../../graph/graph.ts'
import { recurrenceCall } from '../../graph/ops/recurrence.ts'
import { operand } from '../../graph/wgsl.ts'
import { Block } from '../body/block.ts'
import type { FamilyContext } from '../body/context.ts'
import { type HeadMapping, headMapping } from '../body/operands.ts'
import { BodyPrinter } from '../body/printer.ts'
import { recurrenceOf, stateOperands } from '../body/state.ts'
import type { Launch, Scope, Scratch } from '../kernel.ts'
import type { DeviceProfile } from '../profile.ts'
import { firstOf, givenInSpan, liveToken, segmentFields, segmentsOf, segmentWords, TOKEN_NAMES } from './chunk-tokens.ts'
import { columnTiles, leavesOf } from './step.ts'

const lines = z.array(z.string())
const count = z.int().positive()

export const chunkPairsSchema = z.strictObject({
  heads: count,
  rows: count,
  chunk: count,
  slab: count,
  threads: count,
  pairs: count,
  arrays: z.array(z.strictObject({ name: z.string(), size: z.string() })),
  pair: z.string(),
  segments: segmentFields,
  live: z.string(),
  scalars: lines,
  keys: lines,
  product: z.string(),
  delta: z.boolean(),
  erases: z.string(),
  sees: z.string(),
  readAt: z.string(),
  writeAt: z.string(),
  eraseAt: z.string(),
  store: lines,
})

const staged = z.array(z.strictObject({ name: z.string(), at: z.string() }))

export const chunkSchema = z.strictObject({
  heads: count,
  rows: count,
  columns: count,
  chunk: count,
  round: count,
  tile: count,
  parts: count,
  height: count,
  threads: count,
  sums: count,
  load: lines,
  total: z.string(),
  segment: z.array(z.strictObject({ declared: z.string(), loaded: z.string() })),
  recall: z.strictObject({
    live: z.string(),
    staged,
    fill: lines,
    sums: z.array(z.strictObject({ name: z.string(), from: z.string() })),
    given: lines,
  }),
  write: z.strictObject({ pair: lines, out: lines, store: z.string(), begin: z.string(), decayed: z.string() }),
  update: z.strictObject({ live: z.string(), staged, fill: lines, kept: z.string() }),
  variable: z.string(),
})

/** Tokens of a chunk: 16 x 16 pairs of tokens are one per invocation, and an inverse of that size is exact to rounding. */
const CHUNK = 16

/** What both kernels of a chunked recurrence know. */
interface ChunkPlan {
  readonly context: FamilyContext
  readonly node: Node
  readonly body: Recurrence
  readonly form: ChunkForm
  readonly mapping: HeadMapping
  readonly chunk: number
  /** Per head and token: how the token's write and its output depend on what each token of the chunk is given, the log decay so far, and the segment if there are any. */
  readonly scratch: { readonly slot: Scratch; readonly words: number; readonly reads: number; readonly total: number }
  readonly segmented: boolean
}

/**
 * A recurrence with at most one decay for the whole state, one write and at most one erase per token, chunk by chunk. Within a chunk every
 * token's write is linear in what the tokens before it are given (value and recalled erase), so one kernel finds those coefficients for
 * all chunks at once, and a second one carries the state from chunk to chunk. Decays are differences of logarithms, masked before `exp`.
 */
export function planChunk(context: FamilyContext, node: Node, form: ChunkForm): Launch[] {
  const body = recurrenceOf(context.graph, node)
  const mapping = headMapping(context.graph, node, body.params)
  const pairs = context.scope({ threads: 0 })
  const segmented = recurrenceCall(node.attrs).reset
  const total = (form.erase ? 2 : 1) * CHUNK
  const words = total + (segmented ? 2 : 1)
  const slot = pairs.scratch(mapping.count * words, 'row')
  const plan: ChunkPlan = {
    context,
    node,
    body,
    form,
    mapping,
    chunk: CHUNK,
    scratch: { slot, words, reads: form.erase ? CHUNK : 0, total },
    segmented,
  }
  return [planPairs(plan, pairs), planCarry(plan, context.scope({ threads: 0 }))]
}

/** Prints elements of the form's nodes for the token at `row`, into `block`. */
function printer(
  plan: ChunkPlan,
  scope: Scope,
  block: Block,
  variables: readonly string[],
  known: (id: number) => string | undefined = () => undefined,
): BodyPrinter {
  for (const name of [
    'row',
    'head',
    'lane',
    'part',
    'slot',
    'column',
    'sequence',
    'i',
    'j',
    'k',
    'n',
    'c',
    'x',
    'live',
    'first',
    'last',
    'own',
    'out',
    'write',
    'seen',
    ...TOKEN_NAMES,
  ])
    block.unique(name)
  return new BodyPrinter(plan.form.nodes, { ...leavesOf(scope, plan.mapping, plan.body), known, signed: false }, block, variables)
}

/** `name = element;`, with what the element needs before it. */
function assign(
  plan: ChunkPlan,
  scope: Scope,
  variables: readonly string[],
  targets: readonly (readonly [target: string, id: number])[],
  wrap = (text: string) => text,
): string[] {
  const block = new Block()
  const print = printer(plan, scope, block, variables)
  const rank = (id: number) => plan.form.nodes[id]?.shape.length ?? 0
  for (const [target, id] of targets) block.push(`${target} = ${wrap(print.element(id, rank(id) === 0 ? [] : variables, block))};`)
  return block.lines
}

/** Index in `total` of the log decay up to a place of token `token`. */
const at = (place: Place, token: string): string => (place === 'after' ? `${token} + 1u` : token)

function planPairs(plan: ChunkPlan, scope: Scope): Launch {
  const { form, mapping, chunk, node } = plan
  const { erase, write, read } = form
  const threads = Math.min(chunk * chunk, plan.context.profile.invocations)
  const ownErase = erase !== null && erase.key !== write.key
  const live = (text: string) => `select(0.0, ${text}, live)`
  const keys: (readonly [string, number])[] = [
    ['write_key[word]', write.key],
    ['read_key[word]', read.key],
  ]
  if (ownErase && erase) keys.push(['erase_key[word]', erase.key])
  const scalars = [
    ...(form.logDecay === null ? ['log_decay[lane] = 0.0;'] : assign(plan, scope, [], [['log_decay[lane]', form.logDecay]], live)),
    ...(erase ? assign(plan, scope, [], [['erase_factor[lane]', erase.factor]], live) : []),
  ]
  const square = 'CHUNK * CHUNK'
  const arrays = erase
    ? [
        ...(ownErase ? [{ name: 'erase_key', size: 'CHUNK * PITCH' }] : []),
        { name: 'erase_factor', size: 'CHUNK' },
        { name: 'erases', size: square },
        { name: 'reads', size: square },
        { name: 'writes', size: square },
      ]
    : []
  const products = [
    `${ownErase ? 'erase' : 'write'}_key[i * PITCH + k] * write_key[j * PITCH + k]`,
    'read_key[i * PITCH + k] * write_key[j * PITCH + k]',
  ]
  const word = (offset: number) => `head * ${plan.scratch.words}u + ${offset === 0 ? '' : `${offset}u + `}j`
  const keep = (offset: number, value: string) => scope.storeScratch(plan.scratch.slot, 'row', word(offset), value)
  const ofToken = (offset: number, value: string) =>
    scope.storeScratch(plan.scratch.slot, 'row', `head * ${plan.scratch.words}u + ${plan.scratch.total + offset}u`, value)
  const sees = read.afterWrite ? 'j <= i' : 'j < i'
  return scope.launch({
    family: 'chunk',
    name: `pairs_${form.rows}`,
    template: 'chunk_pairs',
    view: {
      heads: mapping.count,
      rows: form.rows,
      chunk,
      slab: slabOf(plan, ownErase ? 3 : 2),
      threads,
      pairs: Math.ceil((chunk * chunk) / threads),
      arrays,
      pair: erase ? 'vec2<f32>' : 'f32',
      segments: segmentsOf(scope, node),
      live: liveToken(node),
      scalars,
      keys: assign(plan, scope, ['k'], keys, live),
      product: erase ? `vec2<f32>(${products.join(', ')})` : (products[1] as string),
      delta: erase !== null,
      erases: plan.segmented ? 'j < i && segment[i] == segment[j]' : 'j < i',
      sees: plan.segmented ? `${sees} && segment[i] == segment[j]` : sees,
      readAt: at(read.place, 'i'),
      writeAt: at(write.place, 'j'),
      eraseAt: at(erase?.place ?? 'after', 'i'),
      store: [
        ...(erase ? [keep(0, 'pairs[pair].x'), keep(plan.scratch.reads, 'pairs[pair].y')] : [keep(0, 'pairs[pair]')]),
        'if (j == 0u) {',
        `  ${ofToken(0, 'total[i + 1u]')}`,
        ...(plan.segmented ? [`  ${ofToken(1, 'f32(segment[i])')}`] : []),
        '}',
      ],
    } satisfies z.infer<typeof chunkPairsSchema>,
    doc: [
      `${node.path || 'model'}: how tokens of a chunk depend on each other in the recurrence ${plan.body.name}`,
      `grid: (ceil(tokens / ${chunk}) chunks, ${mapping.count} heads, sequences)`,
      erase
        ? 'out: (I - erases)^-1 and reads (I - erases)^-1, row by row, and the log decay so far'
        : 'out: what each token reads of the others, row by row, and the log decay so far',
    ],
    grid: [{ of: 'tokens', times: 1, tile: chunk }, mapping.count, { of: 'batch', times: 1, tile: 1 }],
    node: node.id,
  })
}

interface CarryTiles {
  readonly sums: number
  readonly parts: number
  readonly tile: number
  readonly threads: number
  readonly height: number
  readonly round: number
}

/** How the carried state and a chunk's keys are spread; `round` below 1: they do not fit. */
function carryTiles(form: ChunkForm, profile: DeviceProfile): CarryTiles {
  const sums = form.erase ? 2 : 1
  const padded = 4 * 2 ** Math.ceil(Math.log2(Math.max(1, form.rows / 4)))
  const { parts, tile, threads } = columnTiles([padded], form.columns, profile.invocations)
  const height = Math.ceil(form.rows / (4 * parts))
  const left = profile.workgroupWords - 2 * CHUNK * tile - CHUNK - 4 - segmentWords(CHUNK)
  const round = 2 ** Math.floor(Math.log2(Math.min(CHUNK / sums, left / (sums * (4 * parts * height + threads)))))
  return { sums, parts, tile, threads, height, round }
}

/** Whether what token `i` writes is not forgotten before the chunk ends. */
const LAST_SEGMENT = 'segment[i + 1u] == segment[CHUNK]'

export const chunkFits = (form: ChunkForm, profile: DeviceProfile): boolean => carryTiles(form, profile).round >= 1

/** Words of the keys that lie in workgroup memory at a time beside the matrices over pairs of tokens. */
function slabOf(plan: ChunkPlan, keys: number): number {
  const { chunk, form } = plan
  const left = plan.context.profile.workgroupWords - (form.erase ? 3 * chunk * chunk : 0) - 4 * chunk - segmentWords(chunk)
  const most = Math.floor(left / (keys * chunk)) - 1
  return Math.max(1, Math.min(32, most, form.rows))
}

function planCarry(plan: ChunkPlan, scope: Scope): Launch {
  const { form, mapping, chunk, node, body, context } = plan
  const { erase, write, read } = form
  const { sums, parts, tile, threads, height, round } = carryTiles(form, context.profile)
  const state = stateOperands(scope, node, body, mapping)[form.state]
  if (!state) throw new Error(`recurrence ${body.name} has no state ${form.state}`)

  const load = new Block()
  load.push(`state[n][c] = ${state.entry(`${state.variable}[state_at + k * COLUMNS]`, ['k', 'column'], load)};`)
  const coefficient = (offset: number) =>
    scope.loadScratch(plan.scratch.slot, 'row', `head * ${plan.scratch.words}u + ${offset === 0 ? '' : `${offset}u + `}j`)
  const ofToken = (offset: number) =>
    scope.loadScratch(plan.scratch.slot, 'row', `head * ${plan.scratch.words}u + ${plan.scratch.total + offset}u`)
  const decayed = `write * exp(total[CHUNK] - total[${at(write.place, 'i')}])`
  const out = new Block()
  const outText = printer(plan, scope, out, ['column'], (id) => (id === read.node ? 'seen' : undefined)).element(form.out, ['column'], out)
  return scope.launch({
    family: 'chunk',
    name: `${erase ? 'delta' : 'linear'}_${form.rows}x${form.columns}`,
    template: 'chunk',
    view: {
      heads: mapping.count,
      rows: form.rows,
      columns: form.columns,
      chunk,
      round,
      tile,
      parts,
      height,
      threads,
      sums,
      load: load.lines,
      total: ofToken(0),
      segment: plan.segmented
        ? [
            {
              declared: 'var<workgroup> segment: array<f32, CHUNK + 1u>; // of the token before: 0 if it began before the chunk',
              loaded: `segment[i] = select(${ofToken(1)}, 0.0, i == 0u);`,
            },
          ]
        : [],
      recall: {
        live: liveToken(node),
        staged: [{ name: 'read_key', at: 'n' }, ...(erase ? [{ name: 'erase_key', at: 'ROUND * PITCH + n' }] : [])],
        fill: assign(plan, scope, ['k'], [['read_key[c]', read.key], ...(erase ? [['erase_key[c]', erase.key] as const] : [])]),
        sums: [{ name: 'read_sum', from: '0u' }, ...(erase ? [{ name: 'erase_sum', from: 'ROUND' }] : [])],
        given: givenLines(plan, scope),
      },
      write: {
        pair: erase
          ? [`write += ${coefficient(0)} * x;`, `seen += ${coefficient(plan.scratch.reads)} * x;`]
          : [`seen += ${coefficient(0)} * x;`, 'write = x;'],
        out: out.lines,
        store: scope.store(node.id, 'row', 'head * COLUMNS + column', givenInSpan(node, outText)),
        begin: plan.segmented ? firstOf('segment[i + 1u]') : '0u',
        decayed: plan.segmented ? `select(0.0, ${decayed}, ${LAST_SEGMENT})` : decayed,
      },
      update: {
        live: plan.segmented ? `${liveToken(node)} && ${LAST_SEGMENT}` : liveToken(node),
        staged: [{ name: 'write_key', at: 'n' }],
        fill: assign(plan, scope, ['k'], [['write_key[c]', write.key]]),
        kept: plan.segmented
          ? 'state[n] = select(vec4<f32>(), state[n] * exp(total[CHUNK]), segment[CHUNK] == 0.0);'
          : 'state[n] *= exp(total[CHUNK]);',
      },
      variable: state.variable,
    } satisfies z.infer<typeof chunkSchema>,
    doc: [
      `${node.path || 'model'}: the recurrence ${body.name}, ${chunk} tokens at a time, the state in registers`,
      `grid: (ceil(${form.columns} / ${tile}) column tiles, ${mapping.count} heads, sequences)`,
      `${state.name}: f32[batch, ${[...mapping.heads, ...state.shape].join(', ')}], ${parts} invocations to a column`,
    ],
    grid: [Math.ceil(form.columns / tile), mapping.count, { of: 'batch', times: 1, tile: 1 }],
    node: node.id,
  })
}

/** Leaves in `given` what a token writes if the rest of its chunk writes nothing, and in `carried` what it reads then. */
function givenLines(plan: ChunkPlan, scope: Scope): string[] {
  const { form } = plan
  const block = new Block()
  const print = printer(plan, scope, block, ['column'])
  const valueShape = form.nodes[form.write.value]?.shape ?? []
  const value = print.element(form.write.value, valueShape.length === 0 ? [] : ['column'], block)
  const kept = (text: string) => (plan.segmented ? `select(0.0, ${text}, segment[i + 1u] == 0.0)` : text)
  const recalled = form.erase
    ? ` + ${operand(print.element(form.erase.factor, [], block))} * ${kept(`exp(total[${at(form.erase.place, 'i')}]) * erase_sum`)}`
    : ''
  block.push(`carried[i * TILE + n % TILE] = ${kept(`exp(total[${at(form.read.place, 'i')}]) * read_sum`)};`)
  block.push(`given[i * TILE + n % TILE] = select(0.0, ${value}${recalled}, live);`)
  return block.lines
}
