import { analyseAttention } from '../../analyse/attention.ts'
import { words } from '../../analyse/body.ts'
import type { NodeId } from '../../graph/graph.ts'
import type { FamilyContext } from '../body/context.ts'
import { headMapping } from '../body/operands.ts'
import { nodeOf } from '../body/state.ts'
import type { Launch } from '../kernel.ts'
import { refuse } from '../problem.ts'
import { planAppend } from './attend-append.ts'
import { planAttendStep } from './attend-step.ts'
import type { AttendPlan } from './attend-text.ts'
import { planAttendTiles } from './attend-tiles.ts'

/**
 * The launches of an attention node. Where no query sees a later key, the pass's keys and values first join those of the passes before,
 * in the caches `keys.<param>`; each query then visits the keys that its mask's bounds leave. A cache must hold the window and the pass:
 * `window - 1 + tokens` slots. The same where later keys are seen within a prefix, which one pass holds. Where any later key is seen there
 * is no session, and only the pass's own rows are read.
 */
export function planAttention(context: FamilyContext, id: NodeId, mode: 'prefill' | 'step'): Launch[] {
  const node = nodeOf(context.graph, id)
  const body = context.graph.attentions[node.attrs['body'] as number]
  if (!body) throw new Error(`no attention ${String(node.attrs['body'])} in the graph`)
  const analysis = analyseAttention(body)
  if (!analysis.form) refuse(node, analysis.reason)
  const mapping = headMapping(context.graph, node, body.params)
  const values = words(body.nodes[body.value]?.shape ?? [])
  const plan: AttendPlan = { context, node, body, form: analysis.form, mapping, values }
  if (!plan.form.cached) return [planAttendTiles(plan)]
  return [planAppend(plan), mode === 'step' ? planAttendStep(plan) : planAttendTiles(plan)]
}
