import { z } from 'zod'
import * as Index from '../expression/index.ts'
import type { Launch } from '../kernel.ts'
import { type AttendPlan, AttendText, keptWords } from './attend-text.ts'

export const attendAppendSchema = z.strictObject({
  threads: z.int().positive(),
  caches: z.array(z.strictObject({ words: z.int().positive(), store: z.string() })),
})

const THREADS = 64

/** Puts what this pass's tokens leave for later queries into the caches: position p into slot `p % capacity`. */
export function planAppend(plan: AttendPlan): Launch {
  const { context, node, body, form, mapping } = plan
  const scope = context.scope({ threads: 0 })
  const text = new AttendText(plan, scope)
  const caches = form.kept.map((param) => {
    const input = mapping.inputs[param]
    if (!input) throw new Error(`attention ${body.name} has no argument for ${body.params[param]?.name}`)
    const size = keptWords(plan, param)
    const index = Index.unflatten(Index.variable('word', size), [...input.axes, ...(body.params[param]?.shape ?? [])]).map(
      Index.printOperand,
    )
    const value = scope.load(input.node, 'row', index)
    // Caches hold f32, which is exact for the positions that such parameters are.
    const word = context.graph.nodes[input.node]?.type.dtype === 'u32' ? `f32(${value})` : value
    return { words: size, store: `${text.cached(param, 'word', 'read_write')} = ${word};` }
  })
  const widest = Math.max(...caches.map(({ words }) => words))
  return scope.launch({
    family: 'attend',
    name: `append_${caches.map(({ words }) => words).join('_')}`,
    template: 'attend_append',
    view: { threads: THREADS, caches } satisfies z.infer<typeof attendAppendSchema>,
    doc: [
      `${node.path || 'model'}: ${form.kept.map((param) => body.params[param]?.name).join(' and ')} of this pass join those kept for attention ${body.name}`,
      `grid: (ceil(${widest} / ${THREADS}), rows)`,
    ],
    grid: [Math.ceil(widest / THREADS), { of: 'rows', times: 1, tile: 1 }, 1],
    node: node.id,
  })
}
