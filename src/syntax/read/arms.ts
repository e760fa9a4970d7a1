import type { CaseKeyCstNode } from '../../../grammar/cst.ts'
import { misplacedElse } from '../../diagnostics/catalogue/syntax.ts'
import type { Span } from '../../source/source.ts'
import type { Expr } from '../ast.ts'
import { readNumber, readText } from './literals.ts'
import { parts, type Reader } from './reader.ts'

/** An arm of a `case` in an expression or in a stack; `value` is what stands after the colon. */
export interface Arm<V> {
  readonly span: Span
  readonly keyNode: CaseKeyCstNode | undefined
  readonly value: V
}

/** The arms with a key, and what `else` gives. */
export function splitArms<V>(
  reader: Reader,
  all: readonly Arm<V>[],
): { readonly arms: readonly { readonly key: Expr; readonly value: V; readonly span: Span }[]; readonly otherwise: V | undefined } {
  const elses = all.filter(({ keyNode }) => isElse(keyNode))
  for (const [index, { keyNode, span }] of elses.entries()) {
    const at = reader.span(keyNode) ?? span
    if (index > 0) reader.report(misplacedElse.at(at, { problem: 'stands there twice' }))
    else if (elses.length === 1 && !isElse(all.at(-1)?.keyNode)) reader.report(misplacedElse.at(at, { problem: 'is not the last' }))
  }
  const keyed = all.filter(({ keyNode }) => !isElse(keyNode))
  return {
    arms: keyed.map(({ span, keyNode, value }) => ({ key: readKey(reader, keyNode, span), value, span })),
    otherwise: elses[0]?.value,
  }
}

function isElse(node: CaseKeyCstNode | undefined): boolean {
  return node?.children.Else?.[0] !== undefined
}

function readKey(reader: Reader, node: CaseKeyCstNode | undefined, around: Span): Expr {
  const span = (node && reader.span(node)) ?? around
  const { Name, Text, Minus, Number: number } = node === undefined ? {} : parts(node)
  if (Name?.[0]) return { kind: 'name', span, name: Name[0].image }
  if (Text?.[0]) return readText(reader, Text[0])
  if (!number?.[0]) return reader.missing(span)
  const value = readNumber(reader, number[0])
  return Minus === undefined ? value : { kind: 'unary', span, op: '-', value }
}
