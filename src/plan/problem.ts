import { notPlanned } from '../diagnostics/catalogue/plan.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Node } from '../graph/graph.ts'

/** A model that is right but cannot be planned. `planModel` catches it and returns its diagnostic. */
export class PlanProblem extends Error {
  readonly diagnostic: Diagnostic
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message)
    this.name = 'PlanProblem'
    this.diagnostic = diagnostic
  }
}

export function refuse(node: Node, reason: string): never {
  throw new PlanProblem(
    notPlanned.at(undefined, { construct: node.op, path: node.path, reason }, { notes: node.source === '' ? [] : [`at ${node.source}`] }),
  )
}
