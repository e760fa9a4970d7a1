import type { IToken } from 'chevrotain'
import { lexer } from '../../../grammar/lexer.ts'
import { parser } from '../../../grammar/parser.ts'
import type { Span } from '../../source/source.ts'
import type { Expr, PatternText } from '../ast.ts'
import { readExpression } from './expressions.ts'
import { readText } from './literals.ts'
import type { Reader } from './reader.ts'

/** Reads a text of a mapping. `bound`: names that a `for` around it gives; any other name in braces is a variable. */
export function readPattern(reader: Reader, token: IToken, bound: ReadonlySet<string>): PatternText {
  const text = readText(reader, token)
  // With escapes in the text, offsets in its value say nothing about the file.
  if (token.image.includes('\\')) return text
  const computed = [...token.image.matchAll(/(?<=\{)[^{}]*(?=\})/g)].flatMap(({ index, 0: inside }) => {
    const start = token.startOffset + index
    return readComputed(reader, inside, { path: reader.path, start, end: start + inside.length }, bound) ?? []
  })
  return computed.length === 0 ? text : { ...text, computed }
}

/** What stands in braces, if it is no variable. What it may be instead, the checker says. */
function readComputed(reader: Reader, text: string, span: Span, bound: ReadonlySet<string>): Expr | undefined {
  if (/^[A-Za-z_]\w*$/.test(text)) return bound.has(text) ? { kind: 'name', span, name: text } : undefined
  const { tokens, groups, errors } = lexer.tokenize(text)
  const skipped = Object.values(groups).some((group) => (group ?? []).length > 0)
  if (tokens.length === 0 || errors.length > 0 || skipped) return undefined
  const cst = parser.readExpression(
    tokens.map((token) => ({ ...token, startOffset: token.startOffset + span.start, endOffset: token.endOffset! + span.start })),
  )
  const value = cst && readExpression(reader, cst, span)
  return value?.kind === 'pipe' ? undefined : value
}
