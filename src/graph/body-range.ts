import { product } from '../util/numbers.ts'
import type { BodyNode, BodyParam } from './graph.ts'
import { pointwiseFunction } from './pointwise.ts'
import { anything, exactly, hull, multiplyRanges, type Range, rangeOf, squareRange, sumRange } from './range.ts'

/** Bounds of every node of a body, from its parameters' bounds. States are taken to be anything. */
export function bodyRanges(nodes: readonly BodyNode[], params: readonly BodyParam[]): readonly Range[] {
  const ranges: Range[] = []
  for (const node of nodes) ranges.push(bodyNodeRange(node, nodes, ranges, params))
  return ranges
}

/** Bounds of one node; `ranges` holds those of its inputs. */
export function bodyNodeRange(node: BodyNode, nodes: readonly BodyNode[], ranges: readonly Range[], params: readonly BodyParam[]): Range {
  const inputs = node.inputs.map((input) => ranges[input] ?? anything)
  const [a = anything, b = anything] = inputs
  const shapeOf = (input: number) => nodes[node.inputs[input] ?? -1]?.shape ?? []
  const same = node.inputs[0] === node.inputs[1]
  switch (node.op) {
    case 'param':
      return rangeOf(params[Number(node.attrs['index'])] ?? { min: null, max: null })
    case 'constant':
      return exactly(Number(node.attrs['value']))
    case 'position_i':
    case 'position_j':
      return { min: 0, max: Number.POSITIVE_INFINITY }
    case 'pointwise':
      if (same && node.attrs['fn'] === 'mul') return squareRange(a)
      return pointwiseFunction(node.attrs['fn']).interval(inputs)
    case 'dot':
      return sumRange(same ? squareRange(a) : multiplyRanges(a, b), product(shapeOf(0)))
    case 'outer':
    case 'scale_rows':
    case 'scale_cols':
      return multiplyRanges(a, b)
    case 'read':
    case 'matvec':
      return sumRange(multiplyRanges(a, b), shapeOf(1)[0] ?? 1)
    case 'reduce':
      return node.attrs['fn'] === 'sum' ? sumRange(a, shapeOf(0).at(-1) ?? 1) : a
    case 'softmax':
      return { min: 0, max: 1 }
    case 'unit':
      return { min: a.min >= 0 ? 0 : -1, max: a.max <= 0 ? 0 : 1 }
    case 'index':
    case 'slice':
    case 'reshape':
      return a
    case 'concat':
      return hull(inputs)
    default:
      return anything
  }
}
