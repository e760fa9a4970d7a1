import { text } from '../attributes.ts'
import { type Op, ShapeError } from '../op.ts'
import { describeType } from '../types.ts'
import { recurrenceBody } from './recurrence.ts'
import { expectInputs, inputOf } from './rule.ts'

/** `final_state {name, body}`: the state of its input, a `recurrence` of that body, after the last token: `[B, ...heads, ...shape]`. */
export const finalState: Op = {
  name: 'final_state',
  infer(inputs, attrs, graph) {
    expectInputs(inputs, 1)
    const body = recurrenceBody(attrs, graph)
    const name = text(attrs, 'name')
    const state = body.states.find((one) => one.name === name)
    if (!state) throw new ShapeError(null, `state ${name}`, `one of ${body.states.map((one) => one.name).join(', ') || 'none'}`)
    const out = body.nodes[body.out]?.shape ?? []
    const type = inputOf(inputs, 0, out.length)
    const heads = type.shape.slice(0, type.shape.length - out.length)
    const fits = type.batch && type.time && out.every((size, axis) => size === type.shape[heads.length + axis])
    if (!fits) throw new ShapeError(0, describeType(type), `the result of recurrence ${body.name}`)
    return { dtype: 'f32', batch: true, time: false, shape: [...heads, ...state.shape] }
  },
  evaluate: (context, node) => context.finalState(node.inputs[0] as number, text(node.attrs, 'name')),
  flops: () => 0,
}
