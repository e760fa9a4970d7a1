import type { Graph } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import { type EvaluateOptions, type Evaluation, execute } from './execute.ts'

export { type Evaluation, type States, stateKey } from './execute.ts'

/** `execute` with every op that there is. */
export const evaluate = (graph: Graph, options: EvaluateOptions): Evaluation => execute(ops, graph, options)
