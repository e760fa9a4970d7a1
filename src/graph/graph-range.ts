import { product } from '../util/numbers.ts'
import type { Node } from './graph.ts'
import { pointwiseFunction } from './pointwise.ts'
import { addRanges, anything, exactly, hull, multiplyRanges, type Range, squareRange, sumRange } from './range.ts'

/** Bounds of a node's elements, from those of its inputs (`ranges`, by id). Inputs and weights may be anything finite. */
export function graphRange(node: Node, nodes: readonly Node[], ranges: readonly Range[]): Range {
  const inputs = node.inputs.map((input) => ranges[input] ?? anything)
  const [a = anything] = inputs
  switch (node.op) {
    case 'constant':
      return exactly(Number(node.attrs['value']))
    case 'iota':
      return { min: 0, max: Math.max(0, (node.type.shape[0] ?? 1) - 1) }
    case 'position':
    case 'length':
      return { min: 0, max: Number.POSITIVE_INFINITY }
    case 'input':
      return node.type.dtype === 'f32' ? anything : { min: 0, max: node.type.dtype === 'bool' ? 1 : Number.POSITIVE_INFINITY }
    case 'pointwise':
      if (node.attrs['fn'] === 'mul' && node.inputs[0] === node.inputs[1]) return squareRange(a)
      return wrapped(node, pointwiseFunction(node.attrs['fn']).interval(inputs))
    case 'top_k':
      return { min: 0, max: Math.max(0, (nodes[node.inputs[0] ?? -1]?.type.shape.at(-1) ?? 1) - 1) }
    case 'norm':
      return normRange(node, a)
    case 'softmax':
      return { min: 0, max: 1 }
    case 'reduce':
      return node.attrs['fn'] === 'sum' ? sumRange(a, nodes[node.inputs[0] ?? -1]?.type.shape.at(-1) ?? 1) : a
    case 'slice':
    case 'reshape':
    case 'permute':
    case 'embedding':
    case 'gather':
    case 'flip':
    case 'dropout':
      return a
    case 'shift':
      return hull([a, exactly(0)])
    case 'pool':
      return node.attrs['fn'] === 'sum' ? anything : hull([a, exactly(0)])
    case 'concat':
      return hull(inputs)
    case 'rotate': {
      const unit = multiplyRanges(a, { min: -1, max: 1 })
      return addRanges(unit, unit)
    }
    default:
      return anything
  }
}

/** Whole numbers below 0 wrap around. */
const wrapped = (node: Node, range: Range): Range =>
  node.type.dtype === 'u32' && range.min < 0 ? { min: 0, max: Number.POSITIVE_INFINITY } : range

function normRange(node: Node, input: Range): Range {
  const words = product(node.type.shape.slice(node.type.shape.length - Number(node.attrs['over'])))
  const most = node.attrs['kind'] === 'l2' ? 1 : Math.sqrt(words)
  if (node.attrs['kind'] === 'layer') return { min: -most, max: most }
  return { min: input.min >= 0 ? 0 : -most, max: input.max <= 0 ? 0 : most }
}
