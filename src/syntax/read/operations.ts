import { type IToken, tokenMatcher } from 'chevrotain'
import { tokens } from '../../../grammar/lexer.ts'
import { binaryLevels, comparisonLevel, prefixLevels, rightAssociative } from '../../../grammar/operators.ts'
import { foreign } from '../../../grammar/tokens.ts'
import { chainedComparison, tooDeep } from '../../diagnostics/catalogue/syntax.ts'
import type { BinaryOp, Expr, UnaryExpr } from '../ast.ts'
import { depthLimit, type Reader } from './reader.ts'

/** `- not x`: the signs before an operand, and the operand. */
export interface Operand {
  readonly prefixes: readonly IToken[]
  readonly value: Expr
}

/** Groups a flat sequence of operands by precedence; `operators[i]` stands between operand `i` and the next. */
export function group(reader: Reader, operands: readonly Operand[], operators: readonly IToken[]): Expr {
  const grouping = new Grouping(reader, operands, operators)
  const expr = grouping.read(0)
  if (!grouping.overflow) return expr
  const first = reader.span(operands[0]?.prefixes[0]) ?? operands[0]!.value.span
  const whole = reader.between(first, operands.at(-1)!.value.span)
  reader.report(tooDeep.at(whole, { limit: depthLimit }))
  return reader.missing(whole)
}

class Grouping {
  overflow = false
  private readonly reader: Reader
  private readonly operands: readonly Operand[]
  private readonly operators: readonly IToken[]
  private operand = 0
  private prefix = 0
  private depth = 0

  constructor(reader: Reader, operands: readonly Operand[], operators: readonly IToken[]) {
    this.reader = reader
    this.operands = operands
    this.operators = operators
  }

  /** The operation that begins here, with all operators of at least this level. */
  read(level: number): Expr {
    if (++this.depth > depthLimit) this.overflow = true
    let left = this.readOperand()
    while (!this.overflow) {
      const token = this.operators[this.operand]
      const op = token && binaryOperator(token)
      if (op === undefined || binaryLevels[op]! < level || this.operand + 1 >= this.operands.length) break
      this.operand++
      this.prefix = 0
      const right = this.read(binaryLevels[op]! + (rightAssociative.has(op) ? 0 : 1))
      this.refuseChain(left, op, right)
      left = this.reader.bounded({ kind: 'binary', span: this.reader.between(left.span, right.span), op, left, right }, [left, right])
    }
    this.depth--
    return left
  }

  private readOperand(): Expr {
    const { prefixes, value } = this.operands[this.operand]!
    const token = prefixes[this.prefix]
    if (token === undefined || this.overflow) return value
    this.prefix++
    const op: UnaryExpr['op'] = tokenMatcher(token, tokens.Minus) ? '-' : 'not'
    const inner = this.read(prefixLevels[op]!)
    const span = this.reader.between(this.reader.span(token)!, inner.span)
    return this.reader.bounded({ kind: 'unary', span, op, value: inner }, [inner])
  }

  private refuseChain(left: Expr, op: BinaryOp, right: Expr): void {
    if (binaryLevels[op] !== comparisonLevel || left.kind !== 'binary' || binaryLevels[left.op] !== comparisonLevel) return
    this.reader.report(chainedComparison.at(this.reader.between(left.span, right.span), { first: left.op, second: op }))
  }
}

/** The sign itself, or the one that a foreign spelling stands for. */
function binaryOperator(token: IToken): BinaryOp | undefined {
  const entry = foreign[token.tokenType.name as keyof typeof foreign]
  const op = entry === undefined ? token.image : entry.label.slice(1, -1)
  return op in binaryLevels ? (op as BinaryOp) : undefined
}
