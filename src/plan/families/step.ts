import { z } from 'zod'
import { words } from '../../analyse/body.ts'
import type { Node, Recurrence } from '../../graph/graph.ts'
import { Block } from '../body/block.ts'
import { type ColumnText, printColumns } from '../body/columns.ts'
import type { FamilyContext } from '../body/context.ts'
import { type HeadMapping, headMapping, loadParam, paramName } from '../body/operands.ts'
import { outsideSpan, recurrenceOf, resetBefore, stateOperands } from '../body/state.ts'
import type { Launch, Scope } from '../kernel.ts'
import type { DeviceProfile } from '../profile.ts'

const lines = z.array(z.string())

export const stepSchema = z.strictObject({
  heads: z.int().positive(),
  columns: z.int().positive(),
  tile: z.int().positive(),
  threads: z.int().positive(),
  workgroup: z.array(z.strictObject({ name: z.string(), words: z.int().positive() })),
  load: lines,
  before: lines,
  stage: lines,
  token: lines,
  store: z.string(),
  save: lines,
})

/** Rows of a state that one invocation holds in registers, where the number of rows allows it. */
const ROWS_IN_REGISTERS = 32
const MOST_PARTS = 16
const THREADS = 128

export interface ColumnTiles {
  readonly parts: number
  readonly tile: number
  readonly threads: number
}

/** How columns of `rows` rows are spread: powers of two, so that reductions may run before the main part. */
export function columnTiles(heights: readonly number[], columns: number, invocations: number): ColumnTiles {
  const most = Math.max(1, ...heights)
  let parts = 1
  while (parts < MOST_PARTS && most / parts > ROWS_IN_REGISTERS && heights.every((rows) => rows % (parts * 2) === 0)) parts *= 2
  const threads = Math.min(THREADS, invocations)
  const tile = Math.max(1, Math.min(threads / parts, 2 ** Math.ceil(Math.log2(columns))))
  return { parts, tile, threads: parts * tile }
}

/**
 * One kernel that carries the states of a recurrence through this pass's tokens one by one, each workgroup a tile of the columns of one
 * head of one sequence; for recurrences whose columns are independent. The states are updated in place, in f32.
 */
export function planStepColumns(context: FamilyContext, node: Node): Launch {
  const body = recurrenceOf(context.graph, node)
  const mapping = headMapping(context.graph, node, body.params)
  const columns = body.states[0]?.shape.at(-1) as number
  const heights = body.states.filter((state) => state.shape.length === 2).map((state) => state.shape[0] as number)
  const tiles = columnTiles(heights, columns, context.profile.invocations)
  const scope = context.scope({ threads: tiles.threads })
  const registers = body.states.map((state) => `${paramName(state.name).replace(/_in$/, '')}_state`)
  const rows = body.states.map((state) => (state.shape.length === 2 ? (state.shape[0] as number) / tiles.parts : 0))
  const text = printColumns(body, { ...tiles, registers, rows }, leavesOf(scope, mapping, body))
  const { load, save } = registerTraffic(scope, node, body, mapping, { registers, rows, columns, parts: tiles.parts })
  return scope.launch({
    family: 'step',
    name: body.states.map((state) => state.shape.join('x')).join('_'),
    template: 'step',
    view: {
      heads: mapping.count,
      columns,
      tile: tiles.tile,
      threads: tiles.threads,
      workgroup: workgroupArrays(text),
      load,
      before: guards(scope, node, registers, rows),
      stage: [...text.stage],
      token: [...text.token],
      store: scope.store(node.id, 'row', `head * COLUMNS + column`, text.result),
      save,
    } satisfies z.infer<typeof stepSchema>,
    doc: [
      `${node.path || 'model'}: the recurrence ${body.name}, token by token, states in registers and updated in place`,
      `grid: (ceil(${columns} / ${tiles.tile}) column tiles, ${mapping.count} heads, sequences)`,
      ...body.states.map(
        (state) => `${state.name}: f32[batch, ${[...mapping.heads, ...state.shape].join(', ')}], ${tiles.parts} invocations to a column`,
      ),
    ],
    grid: [Math.ceil(columns / tiles.tile), mapping.count, { of: 'batch', times: 1, tile: 1 }],
    node: node.id,
  })
}

/** Leaves out tokens that are not run, and clears the registers where states begin anew. */
function guards(scope: Scope, node: Node, registers: readonly string[], rows: readonly number[]): string[] {
  const outside = outsideSpan(node, 'start + t')
  const reset = resetBefore(scope, node)
  const block = new Block()
  if (outside !== null) {
    block.nest(`if (${outside})`, (inner) => {
      inner.nest('if (part == 0u && own < COLUMNS)', (own) => own.push(scope.store(node.id, 'row', 'head * COLUMNS + column', '0.0')))
      inner.push('continue;')
    })
  }
  if (reset !== null) {
    block.nest(`if (${reset})`, (inner) => {
      for (const [index, register] of registers.entries())
        inner.push(`${register} = ${rows[index] === 0 ? '0.0' : `array<f32, ${rows[index]}>()`};`)
    })
  }
  return block.lines
}

/** Whether the vectors that a token's columns share fit workgroup memory. */
export function stepColumnsFit(body: Recurrence, profile: DeviceProfile): boolean {
  const heights = body.states.map((state) => (state.shape.length === 2 ? (state.shape[0] as number) : 0))
  const { parts, threads } = columnTiles(
    heights.filter((rows) => rows > 0),
    body.states[0]?.shape.at(-1) ?? 1,
    profile.invocations,
  )
  const registers = body.states.map((_, index) => `state_${index}`)
  const text = printColumns(
    body,
    { parts, threads, registers, rows: heights.map((rows) => rows / parts) },
    { param: () => 'x', name: () => 'x' },
  )
  return text.staged.reduce((sum, array) => sum + array.words, text.sums + threads) <= profile.workgroupWords
}

export const leavesOf = (scope: Scope, mapping: HeadMapping, body: Pick<Recurrence, 'params'>, row = 'row') => ({
  param: (index: number, at: readonly string[]) => loadParam(scope, mapping, index, row, 'head', at),
  name: (index: number) => paramName(body.params[index]?.name ?? ''),
})

const workgroupArrays = (text: ColumnText): { name: string; words: number }[] => [
  ...text.staged,
  ...(text.sums > 0 ? [{ name: 'sums', words: text.sums }] : []),
]

interface Registers {
  readonly registers: readonly string[]
  readonly rows: readonly number[]
  readonly columns: number
  readonly parts: number
}

/** Statements that fill the registers from the states and write them back. */
function registerTraffic(
  scope: Scope,
  node: Node,
  body: Recurrence,
  mapping: HeadMapping,
  layout: Registers,
): { load: string[]; save: string[] } {
  const load = new Block()
  const save = new Block()
  for (const [index, state] of stateOperands(scope, node, body, mapping).entries()) {
    const register = layout.registers[index] as string
    const held = layout.rows[index] as number
    const size = words(state.shape)
    if (held === 0) {
      const word = `${state.variable}[(sequence * HEADS + head) * ${size}u + column]`
      load.push(`var ${register} = ${state.entry(word, ['column'], load)};`)
      save.push(`${word} = ${register};`)
      continue
    }
    const word = `${state.variable}[(sequence * HEADS + head) * ${size}u + k * COLUMNS + column]`
    const row = `let k = ${layout.parts > 1 ? `part * ${held}u + i` : 'i'};`
    load.push(`var ${register}: array<f32, ${held}>;`)
    load.nest(`for (var i = 0u; i < ${held}u; i++)`, (loop) => {
      loop.push(row)
      loop.push(`${register}[i] = ${state.entry(word, ['k', 'column'], loop)};`)
    })
    save.nest(`for (var i = 0u; i < ${held}u; i++)`, (loop) => loop.push(row, `${word} = ${register}[i];`))
  }
  return { load: load.lines, save: save.lines }
}
