import * as messages from '../../diagnostics/catalogue/check.ts'
import { constant, constantValue, type Dim, printSize } from '../../dims/index.ts'
import type { DType } from '../../graph/graph.ts'
import { broadcastShapes } from '../../graph/types.ts'
import type { Span } from '../../source/source.ts'
import type { BinaryOp } from '../../syntax/ast.ts'
import { foldBinary, functionOf, type Spanned } from '../arithmetic.ts'
import { poison, type Value } from '../value.ts'
import type { BodyContext, Operand } from './context.ts'
import type { BodyValue, NodeValue } from './value.ts'

const isCompileTime = (value: BodyValue): value is Value => value.kind !== 'node' && value.kind !== 'diagonal'

export type SpannedBody = Spanned<BodyValue>

export function bodyBinary(b: BodyContext, op: BinaryOp, left: SpannedBody, right: SpannedBody, span: Span): BodyValue {
  const [x, y] = [left.value, right.value]
  if (x.kind === 'poison' || y.kind === 'poison') return poison
  if (isCompileTime(x) && isCompileTime(y)) {
    const folded = foldBinary(op, { ...left, value: x }, { ...right, value: y }, span, b.e.reporter)
    if (folded !== undefined) return folded
    b.refuse(x, left.span, `numbers on both sides of \`${op}\``)
    return poison
  }
  if (x.kind === 'diagonal' || y.kind === 'diagonal') return scaled(b, op, left, right, span) ?? poison
  if (op === '^' && x.kind === 'node' && y.kind === 'number' && y.value === 2) return bodyPointwise(b, 'mul', [left, left], span) ?? poison
  if (op === '*' && x.kind === 'node' && y.kind === 'node') {
    const [a, c] = [b.shape(x).length, b.shape(y).length]
    if ((a === 1 && c === 2) || (a === 2 && c === 1)) return vectorTimesMatrix(b, left, right, span)
  }
  return bodyPointwise(b, functionOf(op), [left, right], span) ?? poison
}

/** `diag(a) * S` scales rows, `S * diag(a)` columns. */
function scaled(b: BodyContext, op: BinaryOp, left: SpannedBody, right: SpannedBody, span: Span): BodyValue | undefined {
  const rows = left.value.kind === 'diagonal'
  const [diagonal, other] = rows ? [left, right] : [right, left]
  if (op !== '*' || diagonal.value.kind !== 'diagonal' || other.value.kind !== 'node' || b.shape(other.value).length !== 2) {
    return b.refuse(
      op === '*' ? other.value : diagonal.value,
      op === '*' ? other.span : diagonal.span,
      'a matrix beside `diag(..)`, with `*` between them',
    )
  }
  const vector = { value: diagonal.value.of, span: diagonal.span }
  const matrix = { value: other.value, span: other.span }
  const [n, axis] = [b.shape(vector.value)[0] as number, rows ? 0 : 1]
  const size = b.shape(matrix.value)[axis] as number
  if (n !== size) {
    const found = printSize(vector.value.forms[0] as Dim, n)
    b.e.reporter.report(
      messages.sizesDiffer.at(vector.span, {
        what: `the diagonal`,
        found,
        expected: `${printSize(matrix.value.forms[axis] as Dim, size)} ${rows ? 'rows' : 'columns'}`,
      }),
    )
    return undefined
  }
  return b.emit(rows ? 'scale_rows' : 'scale_cols', rows ? [vector, matrix] : [matrix, vector], {}, matrix.value.forms, span)
}

function vectorTimesMatrix(b: BodyContext, left: SpannedBody, right: SpannedBody, span: Span): BodyValue {
  const vector = b.shape(left.value as NodeValue).length === 1 ? left : right
  const text = b.e.text(vector.span)
  const fixes = [
    {
      title: vector === left ? `scale the rows: \`diag(${text}) * ..\`` : `scale the columns: \`.. * diag(${text})\``,
      edits: [{ span: vector.span, text: `diag(${text})` }],
    },
  ]
  b.e.reporter.report(
    messages.vectorTimesMatrix.at(
      span,
      { vector: b.describe(vector.value), matrix: b.describe((vector === left ? right : left).value) },
      { fixes },
    ),
  )
  return poison
}

const staysWhole = new Set(['add', 'mul', 'mod', 'min', 'max', 'lt', 'le', 'gt', 'ge', 'eq', 'ne', 'select'])

/** A pointwise function of nodes and numbers, at least one a node. Positions become f32 where the result may not be a whole number. */
export function bodyPointwise(b: BodyContext, fn: string, args: readonly SpannedBody[], span: Span): NodeValue | undefined {
  const values = fn === 'select' ? args.slice(1) : args
  const dtypes: DType[] = []
  for (const { value, span: at } of values) {
    if (value.kind === 'node') dtypes.push(b.builder.type(value.id).dtype)
    else if (value.kind === 'number') dtypes.push(Number.isSafeInteger(value.value) && value.value >= 0 ? 'u32' : 'f32')
    else if (value.kind === 'flag') dtypes.push('bool')
    else return b.refuse(value, at, 'a number')
  }
  const all = (dtype: DType): boolean => dtypes.every((one) => one === dtype)
  const hasNode = values.some(({ value }) => value.kind === 'node')
  const target: DType = all('bool') ? 'bool' : all('u32') && hasNode && staysWhole.has(fn) ? 'u32' : 'f32'
  const operands: Operand[] = []
  for (const arg of args) {
    const condition = fn === 'select' && arg === args[0]
    const value = toNode(b, arg, condition ? 'bool' : target)
    if (value === undefined) return undefined
    operands.push({ value, span: arg.span })
  }
  const shapes = operands.map(({ value }) => b.shape(value))
  const ranks = new Set(shapes.map(({ length }) => length).filter((rank) => rank > 0))
  const shape = ranks.size > 1 ? null : broadcastShapes(shapes)
  if (shape === null) {
    const [left, right] = operands.filter(({ value }) => b.shape(value).length > 0)
    b.e.reporter.report(
      messages.shapesDiffer.at(span, { left: left ? b.describe(left.value) : '', right: right ? b.describe(right.value) : '', axis: 1 }),
    )
    return undefined
  }
  const forms = shape.map((size, axis) => {
    const candidates = operands.flatMap(({ value }) => (b.shape(value)[axis] === size && value.forms[axis] ? [value.forms[axis]] : []))
    return candidates.find((form) => constantValue(form) === undefined) ?? candidates[0] ?? constant(size)
  })
  return b.emit('pointwise', operands, { fn }, forms, span)
}

/** The value as a node of an element type; refuses what is none. */
export function toNode(b: BodyContext, { value, span }: SpannedBody, wanted: DType): NodeValue | undefined {
  if (value.kind === 'number' && wanted !== 'bool') {
    if (Number.isFinite(value.value)) return b.constant(value.value, wanted)
    b.e.reporter.report(messages.notFinite.at(span, { value: String(value.value) }))
    return undefined
  }
  if (value.kind === 'flag' && wanted === 'bool') return b.constant(value.value, 'bool')
  if (value.kind === 'node') {
    const { dtype } = b.builder.type(value.id)
    if (dtype === wanted) return value
    if (dtype === 'u32' && wanted === 'f32') return b.emit('pointwise', [{ value, span }], { fn: 'to_f32' }, value.forms, span)
  }
  return b.refuse(value, span, wanted === 'bool' ? 'a condition' : 'a number')
}
