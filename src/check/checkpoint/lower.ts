import type { TensorSource } from '../../model/model.ts'
import type { Chain } from './chain.ts'
import type { Binding } from './pattern.ts'
import { orderOf } from './shapes.ts'
import type { Step } from './transforms.ts'

type Shape = readonly number[]

/** The source of one weight: lane `lane` of the last stage, from tensors that `tensorName` names by the values of the right side's own variables. */
export function lower(
  chain: Chain,
  shapes: readonly (readonly Shape[])[],
  lane: number,
  numbers: readonly string[],
  tensorName: (binding: Binding) => string,
): TensorSource {
  const build = (stage: number, index: number, binding: Binding): TensorSource => {
    const shape = shapes[stage]![index]!
    if (stage === 0) return { kind: 'tensor', name: tensorName({ ...chain.stages[0]![index]!.key, ...binding }), shape }
    const step = chain.steps[stage - 1]!
    const link = chain.links[stage - 1]!.find(({ to }) => to.includes(index))!
    const inputs = (): readonly TensorSource[] => link.from.map((from) => build(stage - 1, from, binding))
    switch (step.kind) {
      case 'stack': {
        if (!numbers.includes(step.variable)) return apply('stack', { axis: step.axis }, inputs(), shape)
        const count = shape[step.axis]!
        const tensors = Array.from({ length: count }, (_, n) => build(stage - 1, link.from[0]!, { ...binding, [step.variable]: String(n) }))
        return apply('stack', { axis: step.axis }, tensors, shape)
      }
      case 'concat':
        return apply('concat', { axis: step.axis }, inputs(), shape)
      case 'split': {
        const before = link.to.slice(0, link.to.indexOf(index))
        const start = before.reduce((sum, part) => sum + shapes[stage]![part]![step.axis]!, 0)
        return slice(inputs()[0]!, step.axis, start, start + shape[step.axis]!)
      }
      default:
        return one(step, inputs()[0]!, shape)
    }
  }
  return build(chain.steps.length, lane, {})
}

function one(step: Exclude<Step, { kind: 'stack' | 'concat' | 'split' }>, input: TensorSource, shape: Shape): TensorSource {
  switch (step.kind) {
    case 'transpose':
    case 'permute':
      return apply('permute', { order: orderOf(step, shape.length) }, [input], shape)
    case 'slice':
      return slice(input, step.axis, step.start, step.start + shape[step.axis]!)
    case 'reshape':
    case 'squeeze':
    case 'unflatten':
    case 'flatten':
      return reshape(input, shape)
    case 'pointwise': {
      const takesValue = step.op === 'add' || step.op === 'scale'
      return apply(step.op, takesValue ? { value: step.value } : {}, [input], shape)
    }
  }
}

function reshape(input: TensorSource, shape: Shape): TensorSource {
  const from = input.kind === 'apply' && input.op === 'reshape' ? input.inputs[0]! : input
  return from.shape.join() === shape.join() ? from : apply('reshape', { shape: [...shape] }, [from], shape)
}

function slice(input: TensorSource, axis: number, start: number, end: number): TensorSource {
  if (start === 0 && end === input.shape[axis]) return input
  const shape = input.shape.map((dim, k) => (k === axis ? end - start : dim))
  return apply('slice', { axis, start, end }, [input], shape)
}

function apply(
  op: string,
  attrs: Readonly<Record<string, number | readonly number[]>>,
  inputs: readonly TensorSource[],
  shape: Shape,
): TensorSource {
  return { kind: 'apply', op, attrs, inputs, shape }
}
