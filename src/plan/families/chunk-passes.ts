import { z } from 'zod'
import type { PassEvent, PassForm, RecurrenceForm } from '../../analyse/recurrence.ts'
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

export const chunkPlacesSchema = z.strictObject({
  heads: count,
  rows: count,
  chunk: count,
  slab: count,
  keys: count,
  places: count,
  threads: count,
  pairs: count,
  sums: count,
  segments: segmentFields,
  live: z.string(),
  fill: lines,
  products: lines,
  decayed: lines,
  store: lines,
  endOfChunk: z.string(),
})

export const chunkPassSchema = z.strictObject({
  heads: count,
  rows: count,
  columns: count,
  chunk: count,
  tile: count,
  parts: count,
  held: count,
  threads: count,
  round: count,
  reads: count,
  writes: count,
  places: count,
  load: lines,
  recall: z.array(z.strictObject({ index: z.string(), key: z.string(), carried: z.string() })),
  token: lines,
  store: lines,
  ends: lines,
  decayed: z.string(),
  written: z.string(),
  update: z.array(z.strictObject({ index: z.string(), key: z.string() })),
  variable: z.string(),
})

/** Tokens of a chunk: within so few the difference of any two log decays is taken pair by pair, so that no exponent is positive. */
const CHUNK = 16
const THREADS = 128

type ReadEvent = Extract<PassEvent, { kind: 'read' }>
type WriteEvent = Extract<PassEvent, { kind: 'write' }>
type Chunkable = Exclude<RecurrenceForm, { family: 'scan' }>

/** What both kernels of one state's pass know. */
interface Pass {
  readonly context: FamilyContext
  readonly node: Node
  readonly body: Recurrence
  readonly form: Chunkable
  readonly pass: PassForm
  readonly mapping: HeadMapping
  readonly reads: readonly ReadEvent[]
  readonly writes: readonly WriteEvent[]
  /** Per row and head: what each read sees of each write of the chunk, then the keys with their decays, the chunk's decay, and the segment if there are any. */
  readonly slot: Scratch
  readonly layout: {
    readonly words: number
    readonly readKeys: number
    readonly writeKeys: number
    readonly decay: number
    readonly segment: number | null
  }
  /** What the reads of earlier passes gave, and where this one leaves its own. */
  readonly given: ReadonlyMap<number, Given>
  readonly own: Given | null
}

interface Given {
  readonly slot: Scratch
  readonly offset: number
  readonly words: number
}

/**
 * A recurrence of any number of decays, erases and writes per token, chunk by chunk, one state after the other. Every decay, write and read has
 * a place in micro-time and is taken at the log decay of that place; what a token reads of the writes before it is a product of keys with the
 * difference of their places' log decays inside the sum over rows, so that a decay may differ between rows. Decays by columns stand outside
 * of it. One kernel finds these coefficients for all chunks at once, a second one solves for the writes column by column and carries the state.
 */
export function planPasses(context: FamilyContext, node: Node, form: Chunkable): Launch[] {
  const body = recurrenceOf(context.graph, node)
  const mapping = headMapping(context.graph, node, body.params)
  const given = new Map<number, Given>()
  return form.passes.flatMap((pass, index) => {
    const [reads, writes] = [readsOf(pass), writesOf(pass)]
    const pairs = context.scope({ threads: 0 })
    const readKeys = reads.length * writes.length * CHUNK
    const writeKeys = readKeys + reads.length * pass.rows
    const decay = writeKeys + writes.length * pass.rows
    const segmented = recurrenceCall(node.attrs).reset
    const words = decay + pass.rows + (segmented ? 1 : 0)
    const slot = pairs.scratch(mapping.count * words, 'row')
    const keeps = index < form.passes.length - 1 && reads.length > 0
    const ownWords = reads.length * pass.columns
    const own = keeps ? { slot: pairs.scratch(mapping.count * ownWords, 'row'), offset: 0, words: ownWords } : null
    const plan: Pass = {
      context,
      node,
      body,
      form,
      pass,
      mapping,
      reads,
      writes,
      slot,
      layout: { words, readKeys, writeKeys, decay, segment: segmented ? words - 1 : null },
      given: new Map(given),
      own,
    }
    if (own) for (const [n, read] of reads.entries()) given.set(read.node, { ...own, offset: n * pass.columns })
    return [planPlaces(plan, pairs), planCarry(plan, context.scope({ threads: 0 }), index === form.passes.length - 1)]
  })
}

const readsOf = (pass: PassForm): readonly ReadEvent[] => pass.events.filter((event) => event.kind === 'read')
const writesOf = (pass: PassForm): readonly WriteEvent[] => pass.events.filter((event) => event.kind === 'write')
const rowDecays = (pass: PassForm) => pass.decays.filter(({ by }) => by !== 'columns')
const columnDecays = (pass: PassForm) => pass.decays.filter(({ by }) => by === 'columns')

/** Whether read `r` sees the write `w` of its own token. */
const seesOwn = (pass: PassForm, r: ReadEvent, w: WriteEvent): boolean => pass.events.indexOf(w) < pass.events.indexOf(r)

const RESERVED = ['row', 'head', 'lane', 'part', 'slot', 'own', 'column', 'sequence', 'i', 'j', 'k', 'n', 's', 'p', 'live', 'first', 'last']

function printer(plan: Pass, scope: Scope, block: Block, variables: readonly string[], own: ReadonlySet<number> = new Set()): BodyPrinter {
  for (const name of [...RESERVED, 'begin', 'tokens', 'pair', 'total', 'state', 'keys', 'at', ...TOKEN_NAMES]) block.unique(name)
  const known = (id: number, index: readonly string[]): string | undefined => {
    if (own.has(id)) return `read_${id}`
    const earlier = plan.given.get(id)
    return earlier && scope.loadScratch(earlier.slot, 'row', `head * ${earlier.words}u + ${earlier.offset}u + ${index[0]}`)
  }
  return new BodyPrinter(plan.form.nodes, { ...leavesOf(scope, plan.mapping, plan.body), known, signed: false }, block, variables)
}

const rankOf = (plan: Pass, id: number): number => plan.form.nodes[id]?.shape.length ?? 0

const slabOf = (pass: PassForm, profile: DeviceProfile): number => {
  const perWord = (readsOf(pass).length + writesOf(pass).length + rowDecays(pass).length + 1) * CHUNK + 1
  return Math.min(32, pass.rows, Math.floor((profile.workgroupWords - segmentWords(CHUNK)) / perWord))
}

function planPlaces(plan: Pass, scope: Scope): Launch {
  const { pass, reads, writes, layout, slot, mapping, node } = plan
  const decays = rowDecays(pass)
  const places = decays.length + 1
  const slab = slabOf(pass, plan.context.profile)
  const block = new Block()
  const print = printer(plan, scope, block, ['k'])
  const element = (id: number) => print.element(id, rankOf(plan, id) === 0 ? [] : ['k'], block)
  const keyAt = (key: number, token: string, word = 's') => `keys[(${key * CHUNK}u + ${token}) * SLAB + ${word}]`
  const placeAt = (token: string, place: number, word = 's') => `at[(${token} * PLACES + ${place}u) * SLAB + ${word}]`
  for (const [n, { key }] of [...reads, ...writes].entries()) block.push(`${keyAt(n, 'i')} = select(0.0, ${element(key)}, live);`)
  for (const [n, { log }] of decays.entries()) block.push(`${placeAt('i', n + 1)} = select(0.0, ${element(log)}, live);`)

  const byRows = decays.some(({ by }) => by === 'rows')
  const word = (text: string) => `head * ${layout.words}u + ${text}`
  const pairs = reads.flatMap((r, rn) => writes.map((w, wn) => ({ r, w, rn, wn, sum: rn * writes.length + wn })))
  const segments = segmentsOf(scope, node)
  const sees = (r: ReadEvent, w: WriteEvent) =>
    `${seesOwn(pass, r, w) ? 'j <= i' : 'j < i'}${segments.some ? ' && segment[i] == segment[j]' : ''}`
  const factor = (r: ReadEvent, w: WriteEvent, at: string) =>
    decays.length === 0 ? '1.0' : `exp(select(0.0, ${placeAt('i', r.decayed, at)} - ${placeAt('j', w.decayed, at)}, ${sees(r, w)}))`
  return scope.launch({
    family: 'chunk',
    name: `places_${pass.rows}`,
    template: 'chunk_places',
    view: {
      heads: mapping.count,
      rows: pass.rows,
      chunk: CHUNK,
      slab,
      keys: reads.length + writes.length,
      places,
      threads: THREADS,
      pairs: (CHUNK * CHUNK) / THREADS,
      sums: Math.max(1, pairs.length),
      segments,
      live: liveToken(node),
      fill: block.lines,
      products: pairs.map(({ r, w, rn, wn, sum }) => {
        const keys = `${keyAt(rn, 'i')} * ${keyAt(reads.length + wn, 'j')}`
        return `sums[pair * SUMS + ${sum}u] += ${byRows ? `${keys} * ${factor(r, w, 's')}` : keys};`
      }),
      decayed: [
        ...reads.map((r, rn) =>
          scope.storeScratch(
            slot,
            'row',
            word(`${layout.readKeys + rn * pass.rows}u + k`),
            `${keyAt(rn, 'i')} * exp(${placeAt('i', r.decayed)})`,
          ),
        ),
        ...writes.map((w, wn) =>
          scope.storeScratch(
            slot,
            'row',
            word(`${layout.writeKeys + wn * pass.rows}u + k`),
            `${keyAt(reads.length + wn, 'i')} * exp(total[s] - ${placeAt('i', w.decayed)})`,
          ),
        ),
      ],
      store: [
        ...pairs.map(({ r, w, sum }) => {
          const value = byRows ? `sums[pair * SUMS + ${sum}u]` : `sums[pair * SUMS + ${sum}u] * ${factor(r, w, '0u')}`
          return scope.storeScratch(slot, 'row', word(`${sum * CHUNK}u + j`), `select(0.0, ${value}, ${sees(r, w)})`)
        }),
        ...(layout.segment === null
          ? []
          : ['if (j == 0u) {', `  ${scope.storeScratch(slot, 'row', word(`${layout.segment}u`), 'f32(segment[i])')}`, '}']),
      ],
      endOfChunk: scope.storeScratch(slot, 'row', word(`${layout.decay}u + k`), 'exp(total[s])'),
    } satisfies z.infer<typeof chunkPlacesSchema>,
    doc: [
      `${node.path || 'model'}: what the reads of a chunk's tokens see of its writes, ${plan.body.states[pass.state]?.name} of the recurrence ${plan.body.name}`,
      `grid: (ceil(tokens / ${CHUNK}) chunks, ${mapping.count} heads, sequences)`,
      `out: ${pairs.length} coefficients per pair of tokens, the keys with their decays`,
    ],
    grid: [{ of: 'tokens', times: 1, tile: CHUNK }, mapping.count, { of: 'batch', times: 1, tile: 1 }],
    node: node.id,
  })
}

/** How columns are spread over invocations, and for how many tokens at a time the state is read; `round` below 1: it does not fit. */
function carryTiles(pass: PassForm, profile: DeviceProfile) {
  const [reads, writes] = [readsOf(pass).length, writesOf(pass).length]
  let { parts, tile, threads } = columnTiles([pass.rows], pass.columns, profile.invocations)
  const round = () =>
    Math.min(CHUNK, Math.floor((profile.workgroupWords - (reads + writes) * CHUNK * tile - tile) / (Math.max(1, reads) * threads)))
  while (round() < 4 && tile > 8) {
    tile /= 2
    threads = tile * parts
  }
  return { parts, tile, threads, round: 2 ** Math.floor(Math.log2(Math.max(0.5, round()))) }
}

export const passFits = (pass: PassForm, profile: DeviceProfile): boolean =>
  carryTiles(pass, profile).round >= 1 && slabOf(pass, profile) >= 1

function planCarry(plan: Pass, scope: Scope, last: boolean): Launch {
  const { pass, reads, writes, layout, slot, mapping, node, body } = plan
  const { parts, tile, threads, round } = carryTiles(pass, plan.context.profile)
  const held = pass.rows / parts
  const state = stateOperands(scope, node, body, mapping)[pass.state]
  if (!state) throw new Error(`recurrence ${body.name} has no state ${pass.state}`)
  const load = new Block()
  load.push(`state[n] = ${state.entry(`${state.variable}[state_at + k * COLUMNS]`, ['k', 'column'], load)};`)
  const scratch = (text: string) => scope.loadScratch(slot, 'row', `head * ${layout.words}u + ${text}`)
  const decay = `kept[slot] * ${scratch(`${layout.decay}u + k`)}`
  const segmentAt = (row: string) => scope.loadScratch(slot, row, `head * ${layout.words}u + ${layout.segment}u`)
  const [atRead, atEnd] = ['begin + i', 'tokens - 1u'].map((token) => segmentAt(`sequence * run.tokens + first + ${token}`)) as [
    string,
    string,
  ]
  const segmented = layout.segment !== null
  const { token, out } = tokenLines(plan, scope, scratch, last)
  const columns = columnDecays(pass)
  return scope.launch({
    family: 'chunk',
    name: `pass_${pass.rows}x${pass.columns}`,
    template: 'chunk_pass',
    view: {
      heads: mapping.count,
      rows: pass.rows,
      columns: pass.columns,
      chunk: CHUNK,
      tile,
      parts,
      held,
      threads,
      round,
      reads: Math.max(1, reads.length),
      writes: writes.length,
      places: columns.length + 1,
      load: load.lines,
      recall: reads.map((_, n) => ({
        index: `${n}u`,
        key: scratch(`${layout.readKeys + n * pass.rows}u + k`),
        carried: segmented ? `select(0.0, sum, ${atRead} == 0.0)` : 'sum',
      })),
      token,
      store: [
        ...(plan.own
          ? reads.map((read, n) =>
              scope.storeScratch(
                (plan.own as Given).slot,
                'row',
                `head * ${reads.length * pass.columns}u + ${n * pass.columns}u + column`,
                `read_${read.node}`,
              ),
            )
          : []),
        ...(out === null ? [] : [scope.store(node.id, 'row', 'head * COLUMNS + column', givenInSpan(node, out))]),
      ],
      ends:
        columns.length === 0
          ? []
          : writes.map((w, n) => `${writeAt(n, 'i')} *= exp(total - column_at[i * PLACES + ${w.columnsDecayed}u]);`),
      update: writes.map((_, n) => ({ index: `${n}u`, key: scratch(`${layout.writeKeys + n * pass.rows}u + k`) })),
      decayed: segmented ? `select(0.0, state[n] * ${decay}, ${atEnd} == 0.0)` : `state[n] * ${decay}`,
      written: segmented ? firstOf(atEnd) : '0u',
      variable: state.variable,
    } satisfies z.infer<typeof chunkPassSchema>,
    doc: [
      `${node.path || 'model'}: ${state.name} of the recurrence ${body.name}, ${CHUNK} tokens at a time, the state in registers`,
      `grid: (ceil(${pass.columns} / ${tile}) column tiles, ${mapping.count} heads, sequences)`,
      `${state.name}: f32[batch, ${[...mapping.heads, ...state.shape].join(', ')}], ${parts} invocations to a column`,
    ],
    grid: [Math.ceil(pass.columns / tile), mapping.count, { of: 'batch', times: 1, tile: 1 }],
    node: node.id,
  })
}

const writeAt = (write: number, token: string): string => `writes[(${write * CHUNK}u + ${token}) * TILE + slot]`

/** A token's reads and writes in the order of micro-time, for one column; the output's text where this is the last pass. */
function tokenLines(plan: Pass, scope: Scope, scratch: (text: string) => string, last: boolean): { token: string[]; out: string | null } {
  const { pass, reads, writes, form } = plan
  const columns = columnDecays(pass)
  const block = new Block()
  const own = new Set(reads.map((read) => read.node))
  for (const id of own) block.unique(`read_${id}`)
  const print = printer(plan, scope, block, ['column'], own)
  const element = (id: number) => print.element(id, rankOf(plan, id) === 0 ? [] : ['column'], block)
  for (const [n, { log }] of columns.entries()) {
    block.push(`column_at[i * PLACES + ${n}u] = total;`, `total += ${givenInSpan(plan.node, element(log))};`)
  }
  if (columns.length > 0) block.push(`column_at[i * PLACES + ${columns.length}u] = total;`)
  const done: WriteEvent[] = []
  for (const event of pass.events) {
    if (event.kind === 'write') {
      const n = writes.indexOf(event)
      const terms = [element(event.value), ...event.erases.map(({ read, factor }) => `${operand(element(factor))} * read_${read}`)]
      block.push(`${writeAt(n, 'i')} = ${givenInSpan(plan.node, terms.join(' + '))};`)
      done.push(event)
      continue
    }
    const n = reads.indexOf(event)
    const decay = columns.length === 0 ? '' : `exp(column_at[i * PLACES + ${event.columnsDecayed}u]) * `
    const term = (w: WriteEvent, token: string) => {
      const at = writes.indexOf(w)
      const between =
        columns.length === 0
          ? ''
          : ` * exp(column_at[i * PLACES + ${event.columnsDecayed}u] - column_at[${token} * PLACES + ${w.columnsDecayed}u])`
      return `read_${event.node} += ${scratch(`${(n * writes.length + at) * CHUNK}u + ${token}`)}${between} * ${writeAt(at, token)};`
    }
    block.push(`var read_${event.node} = ${decay}carried[(${n * CHUNK}u + i) * TILE + slot];`)
    const begin = plan.layout.segment === null ? '0u' : firstOf(scratch(`${plan.layout.segment}u`))
    block.push(`for (var j = ${begin}; j < i; j += one) {`, ...writes.map((w) => `  ${term(w, 'j')}`), '}')
    block.push(...done.map((w) => term(w, 'i')))
  }
  const out = last ? print.element(plan.body.out, ['column'], block) : null
  if (form.nodes.length === 0) throw new Error('a body without nodes')
  return { token: block.lines, out }
}
