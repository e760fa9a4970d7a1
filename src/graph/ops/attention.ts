import { product } from '../../util/numbers.ts'
import { wholeNumber } from '../attributes.ts'
import { bodyCone } from '../body.ts'
import { nodeFlops } from '../body-cost.ts'
import type { Attention, Attributes, Graph, ValueType } from '../graph.ts'
import { pairsSeen } from '../mask.ts'
import { type Op, ShapeError } from '../op.ts'
import { type Side, sidesOf } from '../sides.ts'
import { zeros } from '../tensor.ts'
import { describeType } from '../types.ts'
import { AttentionRun } from './attention-run.ts'
import { inferMapping } from './mapped.ts'
import { expectInputs } from './rule.ts'

/**
 * `attention {body}`: inputs are the body's parameters in order; those of side i and j have T, the others are per-head constants. Result
 * `[B, T, ...heads, ...value]`. States `keys.<param>`: every row so far of each side-j parameter, `[B, rows, ...map, ...shape]`.
 */
export const attention: Op = {
  name: 'attention',
  stateful: true,
  infer(inputs, attrs, graph) {
    const body = attentionBody(attrs, graph)
    expectInputs(inputs, body.params.length)
    for (const [i, param] of body.params.entries()) {
      const type = inputs[i] as ValueType
      const expected = param.side === null ? `${param.name} without T: it belongs to no position` : `${param.name}[${param.side}] with T`
      if (type.time !== (param.side !== null)) throw new ShapeError(i, describeType(type), expected)
    }
    const { heads } = inferMapping(inputs, body.params, body.nodes)
    return { dtype: 'f32', batch: true, time: true, shape: [...heads, ...(body.nodes[body.value]?.shape ?? [])] }
  },
  evaluate(context, node, inputs) {
    const result = zeros(node.type, context.extent)
    const run = new AttentionRun(context, node, attentionBody(node.attrs, context.graph), inputs)
    run.evaluate(result.data)
    return result
  },
  flops(node, _, graph, context) {
    const body = attentionBody(node.attrs, graph)
    const { nodes } = body
    const value = product(nodes[body.value]?.shape ?? [])
    const heads = node.type.shape.slice(0, node.type.shape.length - (nodes[body.value]?.shape.length ?? 0))
    const sides = sidesOf(nodes, body.params)
    const cost = (wanted: (side: Side) => boolean) =>
      bodyCone(nodes, [body.score, body.value]).reduce((total, id) => total + (wanted(sides[id] ?? 'none') ? nodeFlops(id, nodes) : 0), 0)
    const perToken = cost((side) => side === 'i' || side === 'j')
    const perPair = cost((side) => side === 'both') + WEIGHTING[body.weighting] + 2 * value
    return product(heads) * (perToken + perPair * pairsSeen(body, context))
  },
}

/** Of one score: maximum, difference, exp, sum and quotient, or the one function. */
const WEIGHTING = { softmax: 5, sigmoid: 1 } as const

export function attentionBody(attrs: Attributes, graph: Pick<Graph, 'attentions'>): Attention {
  const index = wholeNumber(attrs, 'body')
  const body = graph.attentions[index]
  if (!body) throw new ShapeError(null, `body ${index}`, `one of ${graph.attentions.length} attentions`)
  return body
}
