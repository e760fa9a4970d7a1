import type {
  ArgumentCstNode,
  CallArgumentsCstNode,
  CaseExpressionCstNode,
  CaseItemCstNode,
  ExpressionCstNode,
  ForHeadCstNode,
  ListCstNode,
  OperationCstNode,
  PostfixCstNode,
  PrimaryCstNode,
  RangeCstNode,
  RangeOrExpressionCstNode,
  SharedStatementCstNode,
  StackExpressionCstNode,
  StackItemCstNode,
  StackItemsCstNode,
  SuffixCstNode,
} from '../../../grammar/cst.ts'
import { pipeNeedsCall } from '../../diagnostics/catalogue/syntax.ts'
import type { Span } from '../../source/source.ts'
import type { Argument, Doc, Expr, Name, RangeExpr, StackExpr, StackItem } from '../ast.ts'
import { splitArms } from './arms.ts'
import { readNumber, readText } from './literals.ts'
import { group } from './operations.ts'
import { parts, type Reader } from './reader.ts'

/** An expression; poison at the end of `before` where there is none. */
export function readExpression(reader: Reader, node: ExpressionCstNode | undefined, before: Span): Expr {
  if (node === undefined) return reader.missing(reader.endOf(before))
  const { operation, postfix = [], Pipe = [] } = parts(node)
  let left = readOperation(reader, operation?.[0], before)
  for (const [index, bar] of Pipe.entries()) {
    const right = readPostfix(reader, postfix[index], reader.span(bar) ?? left.span)
    if (!isCallable(right)) reader.report(pipeNeedsCall.at(right.span, { found: describe(right) }))
    left = reader.bounded({ kind: 'pipe', span: reader.between(left.span, right.span), left, right }, [left, right])
  }
  return left
}

function isCallable(target: Expr): boolean {
  if (target.kind === 'as') return isCallable(target.value)
  return ['name', 'call', 'member', 'index', 'missing'].includes(target.kind)
}

function describe(expr: Expr): string {
  if (expr.kind === 'as') return describe(expr.value)
  if (expr.kind === 'number') return `the number ${expr.text}`
  if (expr.kind === 'paren') return 'an expression in parentheses'
  return expr.kind === 'stackExpr' ? 'a stack' : `a ${expr.kind}`
}

export function readOperation(reader: Reader, node: OperationCstNode | undefined, before: Span): Expr {
  if (node === undefined) return reader.missing(reader.endOf(before))
  const { operand = [], Operator = [] } = parts(node)
  let last = before
  const operands = operand.map((item, index) => {
    const { prefix = [], postfix } = parts(item)
    const prefixes = prefix.flatMap(({ children }) => children.Minus ?? children.Not ?? [])
    const value = readPostfix(reader, postfix?.[0], reader.span(prefixes.at(-1)) ?? last)
    last = reader.span(Operator[index]) ?? value.span
    return { prefixes, value }
  })
  return operands.length === 0 ? reader.missing(reader.endOf(before)) : group(reader, operands, Operator)
}

function readPostfix(reader: Reader, node: PostfixCstNode | undefined, before: Span): Expr {
  if (node === undefined) return reader.missing(reader.endOf(before))
  const { primary, suffix = [], As, Name } = parts(node)
  let value = readPrimary(reader, primary?.[0], before)
  for (const item of suffix) value = readSuffix(reader, value, item)
  if (As === undefined || Name === undefined) return value
  const name = reader.name(Name[0], value.span)
  return reader.bounded({ kind: 'as', span: reader.between(value.span, name.span), value, name }, [value])
}

function readSuffix(reader: Reader, value: Expr, node: SuffixCstNode): Expr {
  const span = reader.between(value.span, reader.span(node) ?? value.span)
  const { callArguments, LeftBracket, rangeOrExpression, Name } = parts(node)
  if (callArguments?.[0] !== undefined) {
    const args = readArguments(reader, callArguments[0])
    return reader.bounded({ kind: 'call', span, callee: value, args }, [value, ...args.map((arg) => arg.value)])
  }
  if (LeftBracket !== undefined) {
    const index = readRangeOrExpression(reader, rangeOrExpression?.[0], reader.span(LeftBracket[0]) ?? span)
    return reader.bounded({ kind: 'index', span, value, index }, [value, index])
  }
  return reader.bounded({ kind: 'member', span, value, name: reader.name(Name?.[0], span) }, [value])
}

export function readArguments(reader: Reader, node: CallArgumentsCstNode): Argument[] {
  const { argument = [], Comma } = parts(node)
  reader.separated(argument, Comma)
  return argument.map((item) => readArgument(reader, item, reader.span(node)!))
}

function readArgument(reader: Reader, node: ArgumentCstNode, around: Span): Argument {
  const span = reader.span(node) ?? reader.endOf(around)
  const { Name, Colon, rangeOrExpression } = parts(node)
  const name = Name?.[0] && reader.name(Name[0], span)
  return { span, name, value: readRangeOrExpression(reader, rangeOrExpression?.[0], reader.span(Colon?.[0]) ?? span) }
}

function readRangeOrExpression(reader: Reader, node: RangeOrExpressionCstNode | undefined, before: Span): Expr {
  if (node === undefined) return reader.missing(reader.endOf(before))
  const { DotDot, expression, operation } = parts(node)
  const from = expression?.[0] && readExpression(reader, expression[0], before)
  if (DotDot === undefined) return from ?? reader.missing(reader.endOf(before))
  const span = reader.span(node) ?? before
  const to = operation?.[0] && readOperation(reader, operation[0], span)
  return reader.bounded(
    { kind: 'range', span, from, to },
    [from, to].filter((end) => end !== undefined),
  )
}

/** The range of a parameter's values: `0 .. 2`, `.. 0`, `0 ..`. */
export function readRange(reader: Reader, node: RangeCstNode, before: Span): RangeExpr {
  const span = reader.span(node) ?? reader.endOf(before)
  const { DotDot, operation = [] } = parts(node)
  const dots = reader.span(DotDot?.[0])?.start ?? span.end
  const ends = operation.map((end) => readOperation(reader, end, span))
  return { kind: 'range', span, from: ends.find((end) => end.span.start < dots), to: ends.find((end) => end.span.start > dots) }
}

function readPrimary(reader: Reader, node: PrimaryCstNode | undefined, before: Span): Expr {
  const span = node && reader.span(node)
  if (node === undefined || span === undefined) return reader.missing(reader.endOf(before))
  const { Number: number, Text, Name, LeftParen, expression, list, caseExpression, stackExpression } = parts(node)
  if (number?.[0]) return readNumber(reader, number[0])
  if (Text?.[0]) return readText(reader, Text[0])
  if (Name?.[0]) return { kind: 'name', span, name: Name[0].image }
  if (list?.[0]) return readList(reader, list[0])
  if (caseExpression?.[0]) return readCase(reader, caseExpression[0])
  if (stackExpression?.[0]) return readStack(reader, stackExpression[0])
  const value = readExpression(reader, expression?.[0], reader.span(LeftParen?.[0]) ?? span)
  return reader.bounded({ kind: 'paren', span, value }, [value])
}

function readList(reader: Reader, node: ListCstNode): Expr {
  const span = reader.span(node)!
  const { expression = [], Comma } = parts(node)
  reader.separated(expression, Comma)
  const items = expression.map((item) => readExpression(reader, item, span))
  return reader.bounded({ kind: 'list', span, items }, items)
}

function readCase(reader: Reader, node: CaseExpressionCstNode): Expr {
  const span = reader.span(node)!
  const { operation, caseArm = [], Comma } = parts(node)
  const subject = readOperation(reader, operation?.[0], span)
  reader.separated(caseArm, Comma)
  const all = caseArm.map((arm) => {
    const { caseKey, Colon, expression } = parts(arm)
    const at = reader.span(arm) ?? span
    return { span: at, keyNode: caseKey?.[0], value: readExpression(reader, expression?.[0], reader.span(Colon?.[0]) ?? at) }
  })
  const values = all.map((arm) => arm.value)
  return reader.bounded({ kind: 'case', span, subject, ...splitArms(reader, all) }, [subject, ...values])
}

// Stacks: expressions that contain items that contain expressions.

export function readStack(reader: Reader, node: StackExpressionCstNode): StackExpr {
  const span = reader.span(node)!
  const { LeftParen, expression, stackItems } = parts(node)
  const input = LeftParen && readExpression(reader, expression?.[0], reader.span(LeftParen[0]) ?? span)
  return { kind: 'stackExpr', span, input, items: readItems(reader, stackItems?.[0]) }
}

function readItems(reader: Reader, node: StackItemsCstNode | undefined): StackItem[] {
  return (node?.children.stackItem ?? []).flatMap((item) => readItem(reader, item) ?? [])
}

/** A stack item; undefined where recovery left nothing of it. */
function readItem(reader: Reader, node: StackItemCstNode): StackItem | undefined {
  const span = reader.span(node)
  if (span === undefined) return undefined
  const { Doc, repeatItem, forItem, caseItem, sharedStatement, expression } = parts(node)
  if (repeatItem?.[0]) {
    const { Repeat, operation, stackItems } = parts(repeatItem[0])
    const count = readOperation(reader, operation?.[0], reader.span(Repeat?.[0]) ?? span)
    return { kind: 'repeat', span, count, items: readItems(reader, stackItems?.[0]) }
  }
  if (forItem?.[0]) {
    const { forHead, stackItems } = parts(forItem[0])
    return { kind: 'for', span, ...readForHead(reader, forHead?.[0], span), items: readItems(reader, stackItems?.[0]) }
  }
  if (caseItem?.[0]) return readCaseItem(reader, caseItem[0], span)
  if (sharedStatement?.[0]) return readShared(reader, sharedStatement[0], reader.doc(Doc))
  if (expression?.[0]) return { kind: 'item', span, value: readExpression(reader, expression[0], span) }
  return { kind: 'missing', span }
}

export function readForHead(
  reader: Reader,
  node: ForHeadCstNode | undefined,
  around: Span,
): { readonly variable: Name; readonly over: Expr } {
  const span = (node && reader.span(node)) ?? around
  const { Name, In, rangeOrExpression } = node === undefined ? {} : parts(node)
  const over = readRangeOrExpression(reader, rangeOrExpression?.[0], reader.span(In?.[0]) ?? span)
  return { variable: reader.name(Name?.[0], span), over }
}

export function readShared(
  reader: Reader,
  node: SharedStatementCstNode,
  doc: Doc,
): { readonly kind: 'shared'; readonly span: Span; readonly doc: Doc; readonly name: Name; readonly value: Expr } {
  const span = reader.span(node)!
  const { Name, expression } = parts(node)
  return { kind: 'shared', span, doc, name: reader.name(Name?.[0], span), value: readExpression(reader, expression?.[0], span) }
}

function readCaseItem(reader: Reader, node: CaseItemCstNode, span: Span): StackItem {
  const { operation, caseItemArm = [], Comma } = parts(node)
  const subject = readOperation(reader, operation?.[0], span)
  const all = caseItemArm.map((arm, index) => {
    const { caseKey, stackItems, stackItem } = parts(arm)
    const before = caseItemArm[index - 1]
    // The brace that closes an arm separates as well as a comma.
    if (before && before.children.stackItems === undefined) reader.separated([before, arm], Comma)
    const item = stackItem?.[0] && readItem(reader, stackItem[0])
    const value = item === undefined ? readItems(reader, stackItems?.[0]) : [item]
    return { span: reader.span(arm) ?? span, keyNode: caseKey?.[0], value }
  })
  const { arms, otherwise } = splitArms(reader, all)
  return { kind: 'caseItem', span, subject, arms: arms.map(({ key, value, span: at }) => ({ key, items: value, span: at })), otherwise }
}
