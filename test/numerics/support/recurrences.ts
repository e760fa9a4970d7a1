import { analyseRecurrence } from '../../../src/analyse/recurrence.ts'
import type { Recurrence } from '../../../src/graph/graph.ts'
import { recurrenceOf } from '../../../src/plan/body/state.ts'
import { planChunk } from '../../../src/plan/families/chunk.ts'
import { planPasses } from '../../../src/plan/families/chunk-passes.ts'
import { planRecurrence } from '../../../src/plan/families/recurrence.ts'
import { planStepColumns } from '../../../src/plan/families/step.ts'
import { planStepWhole } from '../../../src/plan/families/step-whole.ts'
import { product } from '../../../src/util/numbers.ts'
import { randomNormal } from '../../support/numbers.ts'
import type { Case, Plan } from './cases.ts'
import { drawn, type Extent } from './data.ts'

/** Every way to compute a recurrence that its form allows, and the two that a plan chooses. */
export const plans = {
  prefill: (context, node) => planRecurrence(context, node, 'prefill'),
  step: (context, node) => planRecurrence(context, node, 'step'),
  columns: (context, node) => [planStepColumns(context, context.graph.nodes[node]!)],
  whole: (context, node) => [planStepWhole(context, context.graph.nodes[node]!)],
  chunk: (context, id) => {
    const node = context.graph.nodes[id]!
    const form = analyseRecurrence(recurrenceOf(context.graph, node))
    if (form.family === 'scan') throw new Error(form.reason)
    return form.chunk ? planChunk(context, node, form.chunk) : planPasses(context, node, form)
  },
  /** The general chunk kernels, also where a simpler form would do. */
  passes: (context, id) => {
    const node = context.graph.nodes[id]!
    const form = analyseRecurrence(recurrenceOf(context.graph, node))
    if (form.family === 'scan') throw new Error(form.reason)
    return planPasses(context, node, form)
  },
} satisfies Record<string, Plan>

export interface Gates {
  /** Log decays; null draws them from -2 .. 0. */
  readonly decay?: readonly number[]
  readonly beta?: readonly number[]
  readonly sameKeys?: boolean
}

export interface Heads {
  readonly keys: number
  readonly values: number
}

/** Arguments of a gated delta rule (or, without `decay`, a delta rule): q, k, v, beta, g. */
export function deltaArguments(extent: Extent, K: number, V: number, heads: Heads, seed: number, gates: Gates = {}, gated = true) {
  const d = drawn(extent, seed)
  return [
    d.unit(heads.keys, K),
    gates.sameKeys ? d.same(heads.keys, K) : d.unit(heads.keys, K),
    d.normal(heads.values, V),
    gates.beta ? d.oneOf(heads.values, 1, gates.beta) : d.uniform(heads.values, 1, 0, 2),
    ...(gated ? [gates.decay ? d.oneOf(heads.values, 1, gates.decay) : d.uniform(heads.values, 1, -2, 0)] : []),
  ]
}

/** c, b (by groups), x, dt, and a and skip per head. */
export function ssdArguments(extent: Extent, N: number, P: number, heads: Heads, seed: number) {
  const d = drawn(extent, seed)
  return [
    d.normal(heads.keys, N),
    d.normal(heads.keys, N),
    d.normal(heads.values, P),
    d.uniform(heads.values, 1, 0, 1.5),
    d.perHead(heads.values, 1, -4, 0),
    d.perHead(heads.values, 1, -1, 1),
  ]
}

/** A starting value for every state. */
export function someStates(body: Recurrence, batch: number, heads: number, seed: number): NonNullable<Case['initial']> {
  return Object.fromEntries(body.states.map(({ name, shape }, i) => [name, randomNormal(batch * heads * product(shape), seed + i)]))
}
