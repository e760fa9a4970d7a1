import type { Node, NodeId } from '../../graph/graph.ts'
import { node as nodeOf, type Program } from '../program.ts'
import { broadcast, isReduction, reducedAxes } from './cone.ts'
import * as Index from './index.ts'
import { f32 } from './literal.ts'

/** A reduction that a kernel makes once per workgroup, before its main part. */
export interface StatStage {
  readonly node: Node
  /** The one group whose scalars the workgroup needs, in the kernel's variables; null: those of every group. */
  readonly leading: readonly Index.Index[] | null
}

/** Leading indices that mention this variable differ inside a workgroup. */
export type Varying = string | undefined

/**
 * Finds the reductions in the part of `id`'s cone that is not in memory, inner ones first, with their leading indices in the kernel's
 * own variables.
 */
export function findStats(
  program: Program,
  id: NodeId,
  index: readonly Index.Index[],
  found: Map<NodeId, StatStage>,
  varying?: Varying,
): void {
  visitStats(program, id, index, varying, ({ node, leading }) => {
    const known = found.get(node.id)
    if (known && printed(known.leading) !== printed(leading)) {
      throw new Error(
        `${node.op} of ${node.path} is reduced at two places (${printed(known.leading)} and ${printed(leading)}) in one kernel`,
      )
    }
    found.set(node.id, { node, leading })
  })
}

/** One value that a kernel reads, at an index in the kernel's variables. */
export interface Read {
  readonly id: NodeId
  readonly index: readonly Index.Index[]
}

/**
 * Reductions that a kernel cannot make once before its main part, because their group depends on a variable of `inside`, or because
 * the kernel reads two groups of them. They need kernels of their own. `j` runs through a reduction that another one is made of.
 */
export function scatteredReductions(program: Program, reads: readonly Read[], inside: RegExp, varying?: Varying): readonly NodeId[] {
  const groups = new Map<NodeId, Set<string>>()
  for (const { id, index } of reads) {
    visitStats(program, id, index, varying, ({ node, leading }) => {
      groups.set(node.id, (groups.get(node.id) ?? new Set()).add(printed(leading)))
    })
  }
  return [...groups].flatMap(([id, places]) => (places.size > 1 || [...places].some((place) => inside.test(place)) ? [id] : []))
}

function visitStats(
  program: Program,
  id: NodeId,
  index: readonly Index.Index[],
  varying: Varying,
  visit: (stage: StatStage) => void,
): void {
  const node = nodeOf(program, id)
  if (program.locations.has(id) || node.inputs.length === 0) return
  if (!isReduction(node)) {
    for (const [input, at] of readsOf(program, node, index)) visitStats(program, input, at, varying, visit)
    return
  }
  const here = index.slice(0, index.length - reducedAxes(node))
  const leading = varying !== undefined && here.some((at) => new RegExp(`\\b${varying}\\b`).test(Index.print(at))) ? null : here
  const { shape } = nodeOf(program, node.inputs[0] as NodeId).type
  const reduced = shape.slice(shape.length - reducedAxes(node))
  const inside = Index.unflatten(Index.variable('j', Index.product(reduced)), reduced)
  visitStats(program, node.inputs[0] as NodeId, [...here, ...inside], varying, visit)
  visit({ node, leading })
}

/** The elements that one element of a value is computed from. */
function readsOf(program: Program, node: Node, index: readonly Index.Index[]): [NodeId, readonly Index.Index[]][] {
  const [first] = node.inputs as [NodeId]
  switch (node.op) {
    case 'reshape':
      return [[first, Index.unflatten(Index.flatten(index, node.type.shape), nodeOf(program, first).type.shape)]]
    case 'slice': {
      const start = Index.literal(node.attrs['start'] as number)
      return [[first, index.map((at, axis) => (axis === node.attrs['axis'] ? Index.add(at, start) : at))]]
    }
    case 'permute': {
      const from: Index.Index[] = []
      for (const [axis, source] of (node.attrs['order'] as readonly number[]).entries()) from[source] = index[axis] ?? Index.literal(0)
      return [[first, from]]
    }
    case 'pointwise':
    case 'rotate':
      return node.inputs.map((input) => [input, broadcast(index, nodeOf(program, input))])
    case 'concat':
      return node.inputs.map((input) => [input, index])
    case 'conv1d':
    case 'shift':
    case 'flip':
      return [[first, index]]
    // What is read at an index of run time is in memory, see `partition.ts`.
    case 'gather':
      return [[node.inputs[1] as NodeId, index]]
    case 'embedding':
      return [[node.inputs[1] as NodeId, index.slice(0, -1)]]
    default:
      return []
  }
}

const printed = (index: readonly Index.Index[] | null) => index?.map(Index.print).join(',') ?? 'every group'

/** Whether a reduction's group depends on `head`, where a workgroup works on several heads. */
export const differsByHead = ({ leading }: StatStage): boolean => leading?.some((at) => /\bhead\b/.test(Index.print(at))) ?? false

/** Invocations that share a head, where a workgroup of `threads` works on `heads` of them: a power of two. */
export const threadsOfHead = (threads: number, heads: number): number => threads / 2 ** Math.ceil(Math.log2(heads))

/**
 * WGSL that leaves the reduction's scalars in `stat_<id>_shift` and `stat_<id>_factor`; `load` gives the input at (leading, j). Where a
 * workgroup works on several heads and the group depends on the head, each head's invocations make its scalars, in arrays by group.
 */
export function printStat(
  stage: StatStage,
  inputShape: readonly number[],
  load: (index: readonly Index.Index[]) => string,
  threads: number,
  heads = 1,
): string {
  const { node, leading } = stage
  if (leading === null) return printGroups(node, inputShape, load, threads)
  const shape = inputShape.slice(inputShape.length - reducedAxes(node))
  const words = Index.product(shape)
  const x = load([...leading, ...Index.unflatten(Index.variable('j', words), shape)])
  const byHead = heads > 1 && differsByHead(stage)
  const share = threadsOfHead(threads, heads)
  const [from, step, reduce] = byHead ? [`lane % ${share}u`, share, 'reduce_head'] : ['lane', threads, 'reduce']
  const group = Index.print(Index.flatten(leading, inputShape.slice(0, leading.length)))
  const [shift, factor] = byHead
    ? [`stats_${node.id}_shift[${group}]`, `stats_${node.id}_factor[${group}]`]
    : [`stat_${node.id}_shift`, `stat_${node.id}_factor`]
  const keep = (name: string, value: string): string[] =>
    byHead
      ? [
          `  let reduced = ${value};`,
          `  if (lane % ${share}u == 0u && lane / ${share}u < ${heads}u) {`,
          `    ${name} = reduced;`,
          '  }',
          '  workgroupBarrier();',
        ]
      : [`  ${name} = ${value};`]
  const loop = (start: string, next: string, name: string, value: string) =>
    [
      ...(byHead ? [`  let head = first + min(lane / ${share}u, ${heads - 1}u);`] : []),
      `  var partial_${node.id} = ${start};`,
      `  for (var j = ${from}; j < ${words}u; j += ${step}u) {`,
      `    let x = ${x};`,
      `    partial_${node.id} = ${next};`,
      '  }',
      ...keep(name, value),
    ].join('\n')
  const sum = (name: string, term: string, wrap = (total: string) => total) =>
    loop('0.0', `partial_${node.id} + ${term}`, name, wrap(`${reduce}_sum(lane, partial_${node.id})`))
  const max = (name: string) => loop('-3.0e38f', `max(partial_${node.id}, x)`, name, `${reduce}_max(lane, partial_${node.id})`)
  const block = (...stages: string[]) => stages.map((stage) => `{\n${stage}\n}`).join('\n')
  const head = `// ${node.path}: ${String(node.attrs['kind'] ?? node.attrs['fn'] ?? node.op)} over ${words}`
  const mean = (total: string) => `${total} / ${f32(words)}`
  const eps = f32((node.attrs['eps'] as number | undefined) ?? 0)
  switch (`${node.op} ${String(node.attrs['kind'] ?? node.attrs['fn'] ?? '')}`) {
    case 'norm rms':
      return `${head}\n${block(sum(factor, 'x * x', (t) => `inverseSqrt(${mean(t)} + ${eps})`))}`
    case 'norm l2':
      return `${head}\n${block(sum(factor, 'x * x', (t) => `inverseSqrt(${t} + ${eps})`))}`
    case 'norm layer':
      return `${head}\n${block(
        sum(shift, 'x', mean),
        sum(factor, `(x - ${shift}) * (x - ${shift})`, (t) => `inverseSqrt(${mean(t)} + ${eps})`),
      )}`
    case 'softmax ':
      return `${head}\n${block(
        max(shift),
        sum(factor, `exp(x - ${shift})`, (t) => `1.0 / ${t}`),
      )}`
    case 'reduce sum':
      return `${head}\n${block(sum(shift, 'x'))}`
    case 'reduce mean':
      return `${head}\n${block(sum(shift, 'x', mean))}`
    case 'reduce max':
      return `${head}\n${block(max(shift))}`
    default:
      throw new Error(`no reduction ${node.op} ${String(node.attrs['kind'] ?? node.attrs['fn'])}`)
  }
}

/** Groups of a reduction whose scalars a workgroup can hold all at once. */
const MOST_GROUPS = 256

/** Whether a kernel can make this reduction for every group before its main part. */
export function canReduceGroups(node: Node, inputShape: readonly number[]): boolean {
  const groups = Index.product(inputShape.slice(0, inputShape.length - reducedAxes(node)))
  return node.op === 'norm' && node.attrs['kind'] !== 'layer' && groups <= MOST_GROUPS
}

/** The factor of every group in `stats_<id>`: as many groups at a time as the invocations allow, a power of two of them to a group. */
function printGroups(node: Node, inputShape: readonly number[], load: (index: readonly Index.Index[]) => string, threads: number): string {
  const split = inputShape.length - reducedAxes(node)
  const [groups, words] = [Index.product(inputShape.slice(0, split)), Index.product(inputShape.slice(split))]
  const share = Math.max(1, threads / 2 ** Math.ceil(Math.log2(groups)))
  const x = load([
    ...Index.unflatten(Index.variable('g', groups), inputShape.slice(0, split)),
    ...Index.unflatten(Index.variable('j', words), inputShape.slice(split)),
  ])
  const eps = f32(node.attrs['eps'] as number)
  const inside = node.attrs['kind'] === 'rms' ? `total / ${f32(words)} + ${eps}` : `total + ${eps}`
  return [
    `// ${node.path}: ${String(node.attrs['kind'])} over ${words}, for each of ${groups} groups`,
    `for (var base = 0u; base < ${groups}u; base += ${threads / share}u) {`,
    `  let g = base + lane / ${share}u;`,
    '  var sum = 0.0;',
    `  if (g < ${groups}u) {`,
    `    for (var j = lane % ${share}u; j < ${words}u; j += ${share}u) {`,
    `      let x = ${x};`,
    '      sum += x * x;',
    '    }',
    '  }',
    '  partial[lane] = sum;',
    '  workgroupBarrier();',
    `  if (g < ${groups}u && lane % ${share}u == 0u) {`,
    '    var total = 0.0;',
    `    for (var o = 0u; o < ${share}u; o++) {`,
    '      total += partial[lane + o];',
    '    }',
    `    stats_${node.id}[g] = inverseSqrt(${inside});`,
    '  }',
    '  workgroupBarrier();',
    '}',
  ].join('\n')
}

/** Which of the two scalars a reduction has. */
export function statScalars(node: Node): readonly ('shift' | 'factor')[] {
  if (node.op === 'reduce') return ['shift']
  return node.op === 'norm' && node.attrs['kind'] !== 'layer' ? ['factor'] : ['shift', 'factor']
}

/**
 * Workgroup reductions by halving; every invocation gets the result, or that of the `share` invocations that it is among. Both are powers
 * of two.
 */
export function printReduce(name: 'sum' | 'max', threads: number, share = threads): string {
  const combine = name === 'sum' ? 'partial[lane] + partial[lane + half]' : 'max(partial[lane], partial[lane + half])'
  const whole = share === threads
  return [
    `fn ${whole ? 'reduce' : 'reduce_head'}_${name}(lane: u32, x: f32) -> f32 {`,
    '  workgroupBarrier();',
    '  partial[lane] = x;',
    '  workgroupBarrier();',
    `  for (var half = ${share / 2}u; half > 0u; half /= 2u) {`,
    `    if (${whole ? 'lane' : `lane % ${share}u`} < half) {`,
    `      partial[lane] = ${combine};`,
    '    }',
    '    workgroupBarrier();',
    '  }',
    `  return partial[${whole ? '0' : `lane - lane % ${share}u`}];`,
    '}',
  ].join('\n')
}
