import { z } from 'zod'
import type { NodeId } from '../../graph/graph.ts'
import * as Index from '../expression/index.ts'
import type { LinearGroup } from '../graph/facts.ts'
import { pastOf, windowSlots } from '../past.ts'
import { node as nodeOf, type Program } from '../program.ts'
import { KernelScope } from '../scope.ts'
import { emit } from './emit.ts'

export const schema = z.strictObject({ width: z.int(), channels: z.int(), threads: z.int(), state: z.string(), load: z.string() })

const THREADS = 64

/** Keeps the last inputs of a convolution or a shift for the next pass: position p of a sequence lies in slot `p % width`. */
export function planWindow(program: Program, id: NodeId): void {
  const node = nodeOf(program, id)
  const [x] = node.inputs as [NodeId]
  const width = windowSlots(node)
  const channels = Index.product(node.type.shape)
  const scope = new KernelScope(program)
  const load = scope.loadAt(x, 'row', Index.unflatten(Index.variable('channel', channels), nodeOf(program, x).type.shape))
  emit(program, scope, {
    family: 'conv',
    name: `window_${width}`,
    template: 'window',
    view: { width, channels, threads: THREADS, state: scope.state(id, 'window', 'read_write'), load } satisfies z.infer<typeof schema>,
    doc: [
      `${node.path}: the last ${width - 1} inputs of ${channels} channels, kept for the next pass`,
      `grid: (ceil(${channels} / ${THREADS}), batch)`,
    ],
    grid: [Math.ceil(channels / THREADS), { of: 'batch', times: 1, tile: 1 }, 1],
    node: id,
  })
}

/** Convolutions and shifts whose input is a run of the columns that a group of linears computes for a row, with the first such column. */
export function convolutionsOf(
  program: Program,
  group: LinearGroup,
): { readonly conv: NodeId; readonly column: number; readonly channels: number }[] {
  const found: { conv: NodeId; column: number; channels: number }[] = []
  if (group.vectors > 1) return found
  for (const node of program.graph.nodes) {
    if (pastOf(node) === 0) continue
    const source = columns(program, node.inputs[0] as NodeId)
    const member = source ? group.members.indexOf(source.id) : -1
    if (!source || member < 0) continue
    const before = group.widths.slice(0, member).reduce((sum, width) => sum + width, 0)
    found.push({ conv: node.id, column: before + source.column, channels: Index.product(node.type.shape) })
  }
  return found
}

/** Follows views that keep a value's words in one run. */
function columns(program: Program, id: NodeId): { id: NodeId; column: number } | undefined {
  const node = nodeOf(program, id)
  if (node.op === 'linear') return { id, column: 0 }
  const [input] = node.inputs
  if (input === undefined) return undefined
  const inner = columns(program, input)
  if (!inner) return undefined
  if (node.op === 'reshape') return inner
  const shape = nodeOf(program, input).type.shape
  if (node.op !== 'slice' || node.attrs['axis'] !== 0) return undefined
  return { id: inner.id, column: inner.column + (node.attrs['start'] as number) * Index.product(shape.slice(1)) }
}

/**
 * In decode the kernel that computes a convolution's input also writes it into the window: with `width` slots for `width - 1` past
 * inputs no reader of this pass looks at the slot that is written.
 */
export function ringWrites(program: Program, scope: KernelScope, group: LinearGroup, first: number): string[] {
  return convolutionsOf(program, group).map(({ conv, column, channels }) => {
    const width = windowSlots(nodeOf(program, conv))
    const state = scope.state(conv, 'window', 'read_write')
    const at = first === 0 ? 'column' : `(column + ${first}u)`
    const inside = column === 0 ? `${at} < ${channels}u` : `${at} >= ${column}u && ${at} < ${column + channels}u`
    return `if (${inside}) {\n  ${state}[(row * ${width}u + run.sequences[row].x % ${width}u) * ${channels}u + ${at} - ${column}u] = value;\n}`
  })
}
