import { analyseRecurrence } from '../analyse/recurrence.ts'
import { mayGrow } from '../diagnostics/catalogue/plan.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Graph } from '../graph/graph.ts'

/** What of a model can be planned, but not as well as its author may think; once per recurrence. */
export function remarksOf(graph: Graph): readonly Diagnostic[] {
  const seen = new Map<string, Diagnostic>()
  for (const body of graph.recurrences) {
    const form = analyseRecurrence(body)
    if (form.family !== 'scan' || form.mayGrow === undefined) continue
    const notes = body.source === '' ? [] : [`at ${body.source}`]
    seen.set(`${body.name} ${form.mayGrow}`, mayGrow.at(undefined, { recurrence: body.name, state: form.mayGrow }, { notes }))
  }
  return [...seen.values()]
}
