import { product } from '../util/numbers.ts'
import { choice, finiteNumber, wholeNumber, wholeNumbers } from './attributes.ts'
import type { Attributes, BodyNode, BodyParam, DType } from './graph.ts'
import { ShapeError } from './op.ts'
import { pointwise } from './pointwise.ts'
import { broadcastShapes, describeType } from './types.ts'

/** What a node of a body is: no roles, one token (or one pair) of one head. */
export interface BodyType {
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** What the leaves of a body refer to. */
export interface BodyScope {
  readonly kind: 'recurrence' | 'attention'
  readonly params: readonly BodyParam[]
  readonly states: readonly { readonly name: string; readonly shape: readonly number[] }[]
}

type Rule = (inputs: readonly BodyType[], attrs: Attributes, scope: BodyScope) => BodyType

/** Most inputs a node takes, and fewest. */
interface BodyOp {
  readonly inputs: readonly [least: number, most: number]
  readonly infer: Rule
}

/**
 * The type of a body node.
 *
 * @param dtype what a `param` or `constant` is: their attributes do not say
 * @throws ShapeError
 */
export function inferBody(op: string, inputs: readonly BodyType[], attrs: Attributes, scope: BodyScope, dtype: DType = 'f32'): BodyType {
  const rule = Object.hasOwn(bodyOps, op) ? bodyOps[op] : undefined
  if (!rule) throw new ShapeError(null, `op ${op}`, `an op of a body: ${Object.keys(bodyOps).join(', ')}`)
  const [least, most] = op === 'pointwise' ? arity(attrs) : rule.inputs
  if (inputs.length < least || inputs.length > most) {
    throw new ShapeError(null, `${inputs.length} inputs`, least === most ? `${least}` : `at least ${least}`)
  }
  const type = rule.infer(inputs, attrs, scope)
  return op === 'param' || op === 'constant' ? { ...type, dtype } : type
}

export const describeBodyType = (type: BodyType): string => describeType({ ...type, batch: false, time: false })

const f32 = (shape: readonly number[]): BodyType => ({ dtype: 'f32', shape })

/** The shape of f32 input `i` with `rank` axes; any number of them, at least one, if `rank` is null. */
function shapeOf(inputs: readonly BodyType[], i: number, rank: number | null, name = ''): readonly number[] {
  const type = inputs[i] as BodyType
  const fits = type.dtype === 'f32' && (rank === null ? type.shape.length > 0 : type.shape.length === rank)
  const wanted = rank === null ? 'f32 with at least one axis' : rank === 1 ? 'an f32 vector' : 'an f32 matrix'
  if (!fits) throw new ShapeError(i, describeBodyType(type), name === '' ? wanted : `${wanted} ${name}`)
  return type.shape
}

function expectSize(input: number, found: number | undefined, expected: number | undefined, what: string): void {
  if (found !== expected) throw new ShapeError(input, `${found} ${what}`, `${expected}`)
}

function arity(attrs: Attributes): readonly [number, number] {
  const n = pointwise[choice(attrs, 'fn', Object.keys(pointwise))]?.arity ?? 1
  return [n, n]
}

const pointwiseRule: Rule = (inputs, attrs) => {
  const fn = pointwise[choice(attrs, 'fn', Object.keys(pointwise))]
  const dtype = fn?.result(inputs.map((input) => input.dtype))
  if (!fn || !dtype) throw new ShapeError(null, inputs.map(describeBodyType).join(' and '), fn?.takes ?? 'a pointwise function')
  // Between a vector and a matrix only `scale_rows` and `scale_cols` say which axis is meant.
  const ranks = inputs.map((input) => input.shape.length).filter((rank) => rank > 0)
  const odd = inputs.findIndex((input) => input.shape.length > 0 && input.shape.length !== ranks[0])
  if (odd >= 0)
    throw new ShapeError(
      odd,
      describeBodyType(inputs[odd] as BodyType),
      `${ranks[0]} axes, or a scalar; for rows use diag(a) * S, for columns S * diag(a)`,
    )
  const shape = broadcastShapes(inputs.map((input) => input.shape))
  if (!shape) throw new ShapeError(null, inputs.map(describeBodyType).join(' and '), 'equal sizes on every axis, or 1')
  return { dtype, shape }
}

const bodyOps: Readonly<Record<string, BodyOp>> = {
  param: {
    inputs: [0, 0],
    infer: (_, attrs, scope) => {
      const param = scope.params[wholeNumber(attrs, 'index')]
      if (!param) throw new ShapeError(null, `parameter ${String(attrs['index'])}`, `one of ${scope.params.length}`)
      return f32(param.shape)
    },
  },
  state: {
    inputs: [0, 0],
    infer: (_, attrs, scope) => {
      const state = scope.states[wholeNumber(attrs, 'index')]
      if (!state) throw new ShapeError(null, `state ${String(attrs['index'])}`, `one of ${scope.states.length}`)
      return f32(state.shape)
    },
  },
  constant: {
    inputs: [0, 0],
    infer: (_, attrs) => {
      if (typeof attrs['value'] !== 'boolean') finiteNumber(attrs, 'value')
      return f32([])
    },
  },
  position_i: { inputs: [0, 0], infer: (_, __, scope) => position(scope) },
  position_j: { inputs: [0, 0], infer: (_, __, scope) => position(scope) },
  pointwise: { inputs: [1, 3], infer: pointwiseRule },
  dot: {
    inputs: [2, 2],
    infer: (inputs) => {
      const [n] = shapeOf(inputs, 0, 1)
      expectSize(1, shapeOf(inputs, 1, 1)[0], n, 'elements')
      return f32([])
    },
  },
  outer: { inputs: [2, 2], infer: (inputs) => f32([...shapeOf(inputs, 0, 1), ...shapeOf(inputs, 1, 1)]) },
  read: {
    inputs: [2, 2],
    infer: (inputs) => {
      const [rows, columns] = shapeOf(inputs, 0, 2) as [number, number]
      expectSize(1, shapeOf(inputs, 1, 1)[0], rows, 'elements, not one per row of the matrix')
      return f32([columns])
    },
  },
  scale_rows: {
    inputs: [2, 2],
    infer: (inputs) => {
      const matrix = shapeOf(inputs, 1, 2)
      expectSize(0, shapeOf(inputs, 0, 1)[0], matrix[0], 'factors, not one per row')
      return f32(matrix)
    },
  },
  scale_cols: {
    inputs: [2, 2],
    infer: (inputs) => {
      const matrix = shapeOf(inputs, 0, 2)
      expectSize(1, shapeOf(inputs, 1, 1)[0], matrix[1], 'factors, not one per column')
      return f32(matrix)
    },
  },
  matvec: {
    inputs: [2, 2],
    infer: (inputs) => {
      const [rows, columns] = shapeOf(inputs, 0, 2) as [number, number]
      expectSize(1, shapeOf(inputs, 1, 1)[0], columns, 'elements, not one per column of the matrix')
      return f32([rows])
    },
  },
  index: {
    inputs: [1, 1],
    infer: ([x], attrs) => {
      const type = x as BodyType
      const i = wholeNumber(attrs, 'at')
      const [size] = type.shape
      if (size === undefined) throw new ShapeError(0, describeBodyType(type), 'at least one axis')
      if (i >= size) throw new ShapeError(null, `index ${i}`, `0 .. ${size - 1}`)
      return { dtype: type.dtype, shape: type.shape.slice(1) }
    },
  },
  reduce: {
    inputs: [1, 1],
    infer: (inputs, attrs) => {
      choice(attrs, 'fn', ['sum', 'mean', 'max'])
      return f32([...shapeOf(inputs, 0, null).slice(0, -1), 1])
    },
  },
  softmax: { inputs: [1, 1], infer: (inputs) => f32(shapeOf(inputs, 0, null)) },
  unit: {
    inputs: [1, 1],
    infer: (inputs, attrs) => {
      finiteNumber(attrs, 'eps', 0)
      return f32(shapeOf(inputs, 0, null))
    },
  },
  slice: { inputs: [1, 1], infer: ([x], attrs) => ({ dtype: (x as BodyType).dtype, shape: slicedShape((x as BodyType).shape, attrs) }) },
  concat: {
    inputs: [1, Number.POSITIVE_INFINITY],
    infer: (inputs, attrs) => ({
      dtype: commonDtype(inputs),
      shape: concatenatedShape(
        inputs.map((input) => input.shape),
        attrs,
      ),
    }),
  },
  reshape: {
    inputs: [1, 1],
    infer: ([x], attrs) => ({ dtype: (x as BodyType).dtype, shape: reshapedShape((x as BodyType).shape, attrs) }),
  },
}

function position(scope: BodyScope): BodyType {
  if (scope.kind !== 'attention') throw new ShapeError(null, 'a position', 'an attention: a recurrence knows no positions')
  return { dtype: 'u32', shape: [] }
}

export function commonDtype(inputs: readonly { readonly dtype: DType }[]): DType {
  const [first] = inputs
  const odd = inputs.findIndex((input) => input.dtype !== first?.dtype)
  if (!first || odd >= 0) throw new ShapeError(odd, inputs[odd]?.dtype ?? 'nothing', first?.dtype ?? 'at least one input')
  return first.dtype
}

function axisOf(rank: number, attrs: Attributes): number {
  const axis = wholeNumber(attrs, 'axis')
  if (axis >= rank) throw new ShapeError(0, `axis ${axis} of ${rank}`, rank === 0 ? 'a value with axes' : `0 .. ${rank - 1}`)
  return axis
}

/** `slice {axis, start, end}`, of graphs and bodies. */
export function slicedShape(shape: readonly number[], attrs: Attributes): readonly number[] {
  const axis = axisOf(shape.length, attrs)
  const [start, end, size] = [wholeNumber(attrs, 'start'), wholeNumber(attrs, 'end'), shape[axis] as number]
  if (start > end || end > size) throw new ShapeError(null, `${start} .. ${end}`, `a part of 0 .. ${size}`)
  return shape.with(axis, end - start)
}

/** `concat {axis}`, of graphs and bodies. */
export function concatenatedShape(shapes: readonly (readonly number[])[], attrs: Attributes): readonly number[] {
  const [first = []] = shapes
  const axis = axisOf(first.length, attrs)
  for (const [i, shape] of shapes.entries()) {
    const fits = shape.length === first.length && shape.every((size, a) => a === axis || size === first[a])
    if (!fits) throw new ShapeError(i, `[${shape.join(', ')}]`, `[${first.map((size, a) => (a === axis ? '..' : size)).join(', ')}]`)
  }
  return first.with(
    axis,
    shapes.reduce((total, shape) => total + (shape[axis] as number), 0),
  )
}

/** `reshape {shape}`, of graphs and bodies. */
export function reshapedShape(shape: readonly number[], attrs: Attributes): readonly number[] {
  const wanted = wholeNumbers(attrs, 'shape')
  if (product(wanted) !== product(shape))
    throw new ShapeError(0, `[${shape.join(', ')}], ${product(shape)} elements`, `[${wanted.join(', ')}], ${product(wanted)} elements`)
  return wanted
}

/** The ids of all nodes that `roots` are made of, themselves included, in order. */
export function bodyCone(nodes: readonly BodyNode[], roots: readonly number[]): readonly number[] {
  const wanted = new Set(roots)
  for (let id = nodes.length - 1; id >= 0; id--) if (wanted.has(id)) for (const input of nodes[id]?.inputs ?? []) wanted.add(input)
  return [...wanted].sort((a, b) => a - b)
}
