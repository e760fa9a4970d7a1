import { chunksPay, columnForm } from '../../analyse/columns.ts'
import { analyseRecurrence } from '../../analyse/recurrence.ts'
import type { NodeId } from '../../graph/graph.ts'
import type { FamilyContext } from '../body/context.ts'
import { nodeOf, recurrenceOf } from '../body/state.ts'
import type { Launch } from '../kernel.ts'
import { chunkFits, planChunk } from './chunk.ts'
import { passFits, planPasses } from './chunk-passes.ts'
import { planStepColumns, stepColumnsFit } from './step.ts'
import { planStepWhole } from './step-whole.ts'

/**
 * The launches of a recurrence node. `prefill` takes any number of tokens per sequence, `step` is meant for one; both read and leave the
 * node's states. What the body's form allows is decided by `analyse/`, what pays is decided here.
 */
export function planRecurrence(context: FamilyContext, id: NodeId, mode: 'prefill' | 'step'): Launch[] {
  const node = nodeOf(context.graph, id)
  const body = recurrenceOf(context.graph, node)
  if (mode === 'prefill') {
    const form = analyseRecurrence(body)
    if (form.family !== 'scan' && chunksPay(form)) {
      if (form.chunk && chunkFits(form.chunk, context.profile)) return planChunk(context, node, form.chunk)
      if (form.chunk === null && form.passes.every((pass) => passFits(pass, context.profile))) return planPasses(context, node, form)
    }
  }
  if (columnForm(body).separable && stepColumnsFit(body, context.profile)) return [planStepColumns(context, node)]
  return [planStepWhole(context, node)]
}
