import type {
  AttentionStatementCstNode,
  BindingCstNode,
  DefaultValueCstNode,
  PrecisionStatementCstNode,
  RecurrenceBodyCstNode,
  RecurrenceStatementCstNode,
  StatementCstNode,
  TensorTypeCstNode,
} from '../../../grammar/cst.ts'
import { sideResult, stackNeedsName, typedTargets } from '../../diagnostics/catalogue/syntax.ts'
import type { Span } from '../../source/source.ts'
import type { AttentionStatement, AxisExpr, Doc, Expr, RecurrenceStatement, Statement, TensorTypeExpr } from '../ast.ts'
import { readExpression, readForHead, readOperation, readShared, readStack } from './expressions.ts'
import { readText } from './literals.ts'
import { parts, type Reader } from './reader.ts'

/** A statement of a model, layer or block; undefined where recovery left nothing of it. */
export function readStatement(reader: Reader, node: StatementCstNode): Statement | undefined {
  const kinds = parts(node)
  const doc = reader.doc(kinds.Doc)
  const inner = Object.entries(kinds).find(([key]) => key !== 'Doc')?.[1]?.[0]
  const span = inner && reader.span(inner)
  if (span === undefined) return undefined
  const { sizeStatement, dimStatement, inputStatement, outputStatement, inStatement, weightStatement } = kinds
  const { sharedStatement, outStatement, stackExpression, requireStatement, precisionStatement, binding } = kinds
  if (sizeStatement?.[0]) {
    const { Name, defaultValue } = parts(sizeStatement[0])
    return { kind: 'size', span, doc, name: reader.name(Name?.[0], span), value: readDefault(reader, defaultValue, span) }
  }
  if (dimStatement?.[0]) {
    const { Name } = parts(dimStatement[0])
    return { kind: 'dim', span, doc, name: reader.name(Name?.[0], span), role: reader.name(Name?.[1], span) }
  }
  if (inputStatement?.[0]) return { kind: 'input', ...readBorder(reader, parts(inputStatement[0]), doc, span) }
  if (outputStatement?.[0]) return { kind: 'output', ...readBorder(reader, parts(outputStatement[0]), doc, span) }
  if (inStatement?.[0]) {
    const given = readDefault(reader, parts(inStatement[0]).defaultValue, span)
    return { kind: 'in', ...readBorder(reader, parts(inStatement[0]), doc, span), default: given }
  }
  if (weightStatement?.[0]) {
    const { Init, expression } = parts(weightStatement[0])
    const init = Init && readExpression(reader, expression?.[0], reader.span(Init[0]) ?? span)
    return { kind: 'weight', ...readBorder(reader, parts(weightStatement[0]), doc, span), init }
  }
  if (sharedStatement?.[0]) return readShared(reader, sharedStatement[0], doc)
  if (outStatement?.[0]) {
    const { Name, Equal, Out, expression } = parts(outStatement[0])
    const value = readExpression(reader, expression?.[0], reader.span(Equal?.[0] ?? Out?.[0]) ?? span)
    return { kind: 'out', span, name: Name && reader.name(Name[0], span), value }
  }
  if (stackExpression?.[0]) {
    const stack = readStack(reader, stackExpression[0])
    if (stack.input !== undefined) reader.report(stackNeedsName.at(reader.span(stackExpression[0].children.Stack?.[0]) ?? span, {}))
    return { kind: 'stack', span, stack }
  }
  if (requireStatement?.[0]) {
    const conditions = parts(requireStatement[0]).expression ?? []
    return { kind: 'require', span, conditions: conditions.map((condition) => readExpression(reader, condition, span)) }
  }
  if (precisionStatement?.[0]) return readPrecision(reader, precisionStatement[0], span)
  return binding?.[0] ? readBinding(reader, binding[0], span) : { kind: 'missing', span }
}

export function readDefault(reader: Reader, nodes: readonly DefaultValueCstNode[] | undefined, around: Span): Expr | undefined {
  const node = nodes?.[0]
  return node && readExpression(reader, node.children.expression?.[0], reader.span(node) ?? around)
}

type Border = Pick<Extract<Statement, { kind: 'input' }>, 'span' | 'doc' | 'name' | 'type'>

function readBorder(
  reader: Reader,
  { Name, tensorType }: { readonly Name?: Parameters<Reader['doc']>[0]; readonly tensorType?: readonly TensorTypeCstNode[] },
  doc: Doc,
  span: Span,
): Border {
  return { span, doc, name: reader.name(Name?.[0], span), type: readTensorType(reader, tensorType?.[0], span) }
}

/** A tensor type; one that is missing has an element type without text. */
export function readTensorType(reader: Reader, node: TensorTypeCstNode | undefined, around: Span): TensorTypeExpr {
  const span = (node && reader.span(node)) ?? reader.endOf(around)
  const { Name, axis = [], Comma } = node === undefined ? {} : parts(node)
  reader.separated(axis, Comma)
  const axes = axis.map((item): AxisExpr => {
    const at = reader.span(item) ?? span
    const { DotDot, operation } = parts(item)
    return DotDot === undefined ? { kind: 'axis', size: readOperation(reader, operation?.[0], at), span: at } : { kind: 'rest', span: at }
  })
  return { span, dtype: reader.name(Name?.[0], span), axes, range: undefined }
}

function readPrecision(reader: Reader, node: PrecisionStatementCstNode, span: Span): Statement {
  const entries = (parts(node).precisionEntry ?? []).map((entry) => {
    const at = reader.span(entry) ?? span
    const { Text, Name = [] } = parts(entry)
    const key = Text?.[0] === undefined ? reader.name(Name[0], at) : readText(reader, Text[0])
    return { span: at, key, dtype: reader.name(Name[Text === undefined ? 1 : 0], at) }
  })
  return { kind: 'precision', span, entries }
}

function readBinding(reader: Reader, node: BindingCstNode, span: Span): Statement {
  const { Name = [], tensorType, Equal, expression } = parts(node)
  const targets = Name.map((token) => reader.name(token, span))
  const type = tensorType && readTensorType(reader, tensorType[0], span)
  if (type !== undefined && targets.length > 1) reader.report(typedTargets.at(type.span, { count: targets.length }))
  return { kind: 'bind', span, targets, type, value: readExpression(reader, expression?.[0], reader.span(Equal?.[0]) ?? span) }
}

export function readRecurrenceBody(reader: Reader, node: RecurrenceBodyCstNode | undefined): RecurrenceStatement[] {
  return (node?.children.recurrenceStatement ?? []).flatMap((statement) => readRecurrenceStatement(reader, statement) ?? [])
}

function readRecurrenceStatement(reader: Reader, node: RecurrenceStatementCstNode): RecurrenceStatement | undefined {
  const span = reader.span(node)
  if (span === undefined) return undefined
  const { stateStatement, forStatement, outStatement, assignment } = parts(node)
  if (stateStatement?.[0]) {
    const { Name, tensorType, defaultValue } = parts(stateStatement[0])
    const type = readTensorType(reader, tensorType?.[0], span)
    return { kind: 'state', span, name: reader.name(Name?.[0], span), type, init: readDefault(reader, defaultValue, span) }
  }
  if (forStatement?.[0]) {
    const { forHead, recurrenceBody } = parts(forStatement[0])
    return { kind: 'for', span, ...readForHead(reader, forHead?.[0], span), body: readRecurrenceBody(reader, recurrenceBody?.[0]) }
  }
  if (outStatement?.[0]) {
    const { Out, Name, expression } = parts(outStatement[0])
    const name = reader.span(Name?.[0])
    if (name !== undefined) reader.report(sideResult.at(name, { name: Name![0]!.image }))
    return { kind: 'out', span, value: readExpression(reader, expression?.[0], reader.span(Out?.[0]) ?? span) }
  }
  return assignment?.[0] ? { kind: 'assign', span, ...readAssignment(reader, assignment[0], span) } : { kind: 'missing', span }
}

export function readAttentionStatement(reader: Reader, node: AttentionStatementCstNode): AttentionStatement | undefined {
  const span = reader.span(node)
  if (span === undefined) return undefined
  const { whereStatement, outOfStatement, assignment } = parts(node)
  if (whereStatement?.[0]) {
    return { kind: 'where', span, condition: readExpression(reader, parts(whereStatement[0]).expression?.[0], span) }
  }
  if (outOfStatement?.[0]) {
    const { Out, Of, expression } = parts(outOfStatement[0])
    const weighting = readExpression(reader, expression?.[0], reader.span(Out?.[0]) ?? span)
    return { kind: 'outOf', span, weighting, of: readExpression(reader, expression?.[1], reader.span(Of?.[0]) ?? weighting.span) }
  }
  return assignment?.[0] ? { kind: 'assign', span, ...readAssignment(reader, assignment[0], span) } : { kind: 'missing', span }
}

function readAssignment(
  reader: Reader,
  node: NonNullable<AttentionStatementCstNode['children']['assignment']>[number],
  span: Span,
): { readonly name: ReturnType<Reader['name']>; readonly value: Expr } {
  const { Name, Equal, expression } = parts(node)
  return { name: reader.name(Name?.[0], span), value: readExpression(reader, expression?.[0], reader.span(Equal?.[0]) ?? span) }
}
