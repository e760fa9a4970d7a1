import { z } from 'zod'
import type { NodeId } from '../../graph/graph.ts'
import * as Index from '../expression/index.ts'
import { materialise, node as nodeOf, type Program } from '../program.ts'
import { KernelScope } from '../scope.ts'
import { emit } from './emit.ts'

export const schema = z.strictObject({
  words: z.int(),
  threads: z.int(),
  first: z.string(),
  load: z.string(),
  start: z.string(),
  step: z.string(),
  end: z.string(),
  store: z.string(),
})

const THREADS = 64

/** How a sequence's values become one: the start, what a token does, and what is left to do with `total` of `length` tokens. */
const pools: Readonly<Record<string, readonly [start: string, step: string, end: string]>> = {
  last: ['0.0', 'value', 'total'],
  sum: ['0.0', 'total + value', 'total'],
  mean: ['0.0', 'total + value', 'total / f32(max(length, 1u))'],
  max: ['-3.0e38f', 'max(total, value)', 'total'],
}

/** One value for each sequence from those of all its tokens; an invocation per element walks the tokens. */
export function planPool(program: Program, id: NodeId): void {
  const node = nodeOf(program, id)
  const fn = node.attrs['fn'] as string
  const pool = pools[fn]
  if (!pool) throw new Error(`no pool ${fn}`)
  const [start, step, end] = pool
  const [x] = node.inputs as [NodeId]
  const words = Index.product(node.type.shape)
  materialise(program, program.facts.chains.get(id)?.last ?? id, words)
  // What is read has a row per token, what is stored one per sequence.
  const scope = new KernelScope(program)
  const load = scope.loadAt(x, 'row', Index.unflatten(Index.variable('i', words), node.type.shape))
  emit(program, scope, {
    family: 'pool',
    name: `${fn}_${words}`,
    template: 'pool',
    view: {
      words,
      threads: THREADS,
      first: fn === 'last' ? 'max(length, 1u) - 1u' : '0u',
      load,
      start,
      step,
      end,
      store: scope.store(id, 'sequence', 'i', 'pooled'),
    } satisfies z.infer<typeof schema>,
    doc: [`${node.path || 'model'}: ${fn} over the tokens of a sequence, ${words} words`, `grid: (ceil(${words} / ${THREADS}), batch)`],
    grid: [Math.ceil(words / THREADS), { of: 'batch', times: 1, tile: 1 }, 1],
    node: id,
  })
}
