import type { DerivedNodes } from './body.ts'

/**
 * The logarithm of a factor whose form says that it is positive, as a node that never computes the factor itself: `exp(e)` gives `e`.
 * null if the form does not say so; a decay must be multiplied over thousands of tokens, so taking `log` of a value is no way out.
 */
export function logOf(nodes: DerivedNodes, id: number): number | null {
  const node = nodes.at(id)
  if (node.op === 'constant') {
    const value = node.attrs['value'] as number
    return value > 0 ? nodes.constant(Math.log(value)) : null
  }
  if (node.op !== 'pointwise') return null
  const [a, b] = node.inputs as [number, number]
  switch (node.attrs['fn']) {
    case 'exp':
      return a
    case 'exp2':
      return nodes.pointwise('mul', a, nodes.constant(Math.LN2))
    case 'sigmoid':
      return nodes.pointwise('log_sigmoid', a)
    case 'sqrt':
      return scaled(nodes, logOf(nodes, a), 0.5)
    case 'rsqrt':
      return scaled(nodes, logOf(nodes, a), -0.5)
    case 'mul':
      return combined(nodes, 'add', logOf(nodes, a), logOf(nodes, b))
    case 'div':
      return combined(nodes, 'sub', logOf(nodes, a), logOf(nodes, b))
    default:
      return null
  }
}

const scaled = (nodes: DerivedNodes, log: number | null, by: number): number | null =>
  log === null ? null : nodes.pointwise('mul', log, nodes.constant(by))

const combined = (nodes: DerivedNodes, fn: 'add' | 'sub', a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : nodes.pointwise(fn, a, b)
