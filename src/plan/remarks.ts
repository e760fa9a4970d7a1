import { describeNode } from '../analyse/body.ts'
import { analyseRecurrence } from '../analyse/recurrence.ts'
import { mayGrow } from '../diagnostics/catalogue/plan.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { bodyCone } from '../graph/body.ts'
import type { Graph } from '../graph/graph.ts'
import { wordAt } from '../source/place.ts'
import type { Sources } from '../source/source.ts'

/** What of models can be planned, but not as well as their author may think; once per recurrence. */
export function remarksOf(graphs: readonly Graph[], sources: Sources = new Map()): readonly Diagnostic[] {
  const seen = new Map<string, Diagnostic>()
  for (const body of graphs.flatMap(({ recurrences }) => recurrences)) {
    const form = analyseRecurrence(body)
    if (form.family !== 'scan' || form.mayGrow === undefined) continue
    const { state, factor, log } = form.mayGrow
    const unbounded = bodyCone(form.nodes, [log]).flatMap((id) => {
      const node = form.nodes[id]
      const param = node?.op === 'param' ? body.params[Number(node.attrs['index'])] : undefined
      return param && (param.min === null || param.max === null) ? [param.name] : []
    })
    const span = wordAt(sources, body.source)
    const notes = body.source === '' || span !== undefined ? [] : [`at ${body.source}`]
    const args = { recurrence: body.name, state, factor: describeNode(body, form.nodes, factor), unbounded }
    seen.set(`${body.name} ${body.source} ${state}`, mayGrow.at(span, args, { notes }))
  }
  return [...seen.values()]
}
