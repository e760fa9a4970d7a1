import { analyseAttention } from '../../analyse/attention.ts'
import { words } from '../../analyse/body.ts'
import type { NodeId } from '../../graph/graph.ts'
import type { FamilyContext } from '../body/context.ts'
import { headMapping } from '../body/operands.ts'
import { nodeOf } from '../body/state.ts'
import type { Launch } from '../kernel.ts'
import { refuse } from '../problem.ts'
import { planAppend } from './attend-append.ts'
import { planAttendStep, stepTiles } from './attend-step.ts'
import type { AttendPlan, StepForm } from './attend-text.ts'
import { planAttendTiles } from './attend-tiles.ts'

/** What a step may do, the best first; the last one is always possible. */
export const STEP_FORMS: readonly StepForm[] = [
  { appends: true, divides: true },
  { appends: false, divides: true },
  { appends: true, divides: false },
  { appends: false, divides: false },
]

/**
 * The launches of an attention node. Where no query sees a later key, the pass's keys and values first join those of the passes before,
 * in the caches `keys.<param>`; each query then visits the keys that its mask's bounds leave. A cache must hold the window and the pass:
 * `window - 1 + tokens` slots. The same where later keys are seen within a prefix, which one pass holds. Where any later key is seen there
 * is no session, and only the pass's own rows are read. null: workgroup memory does not allow this form of a step.
 */
export function planAttention(context: FamilyContext, id: NodeId, mode: 'prefill' | 'step', step: StepForm): Launch[] | null {
  const plan = attendPlan(context, id)
  if (!plan.form.cached) return [planAttendTiles(plan)]
  if (mode === 'prefill') return [planAppend(plan), planAttendTiles(plan)]
  if (step.appends) return stepTiles(plan, true) && planAttendStep(plan, step)
  return [planAppend(plan), ...planAttendStep(plan, step)]
}

function attendPlan(context: FamilyContext, id: NodeId): AttendPlan {
  const node = nodeOf(context.graph, id)
  const body = context.graph.attentions[node.attrs['body'] as number]
  if (!body) throw new Error(`no attention ${String(node.attrs['body'])} in the graph`)
  const analysis = analyseAttention(body)
  if (!analysis.form) refuse(node, analysis.reason)
  const mapping = headMapping(context.graph, node, body.params)
  const values = words(body.nodes[body.value]?.shape ?? [])
  return { context, node, body, form: analysis.form, mapping, values }
}
