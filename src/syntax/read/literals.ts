import type { IToken } from 'chevrotain'
import { controlCharacter, malformedNumber, numberTooLarge, unclosedText, unknownEscape } from '../../diagnostics/catalogue/syntax.ts'
import type { Span } from '../../source/source.ts'
import type { NumberLiteral, TextLiteral } from '../ast.ts'
import type { Reader } from './reader.ts'

const suffixes: Readonly<Record<string, number>> = { k: 1e3, M: 1e6, G: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

export function readNumber(reader: Reader, token: IToken): NumberLiteral {
  const span = reader.span(token)!
  const text = token.image
  const [, digits = '', fraction = '', exponent = '', suffix = ''] = /^([\d_]*)(\.[\d_]*)?([eE][+-]?[\d_]+)?(.*)$/.exec(text)!
  const problem = problemOf(digits, fraction, exponent, suffix)
  const unit = suffix === '' ? 1 : (suffixes[suffix] ?? Number.NaN)
  const value = scaled(`${digits}${fraction}${exponent}`.replaceAll('_', ''), unit)
  const isInteger = fraction === '' && exponent === ''
  if (problem !== undefined) reader.report(malformedNumber.at(span, { found: text, problem }))
  else if (!Number.isFinite(value) || (isInteger && !Number.isSafeInteger(value))) reader.report(numberTooLarge.at(span, { found: text }))
  return { kind: 'number', span, value: Number.isFinite(value) ? value : 0, isInteger, text }
}

function problemOf(digits: string, fraction: string, exponent: string, suffix: string): string | undefined {
  if (suffix !== '' && suffixes[suffix] === undefined) return `has the unknown suffix \`${suffix}\``
  const groups = [digits, fraction.slice(1), exponent.replace(/^[eE][+-]?/, '')].filter((group) => group !== '')
  if (groups.some((group) => /^_|_$|__/.test(group))) return 'has a `_` that does not stand between digits'
  if (/^0\d/.test(digits.replaceAll('_', ''))) return 'begins with 0'
  return undefined
}

/** The decimal with its suffix, exact where the result is an integer: `1.1k` is 1100. */
function scaled(decimal: string, unit: number): number {
  const power = { 1: 0, 1e3: 3, 1e6: 6, 1e9: 9 }[unit]
  if (power === undefined) return Number(decimal) * unit
  const [mantissa = '', exponent = '0'] = decimal.split(/[eE]/)
  return Number(`${mantissa}e${Number(exponent) + power}`)
}

const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', n: '\n', r: '\r', t: '\t' }

export function readText(reader: Reader, token: IToken): TextLiteral {
  const span = reader.span(token)!
  const closed = token.tokenType.name !== 'UnclosedText'
  const singleQuoted = token.tokenType.name === 'SingleQuoted'
  const body = token.image.slice(1, closed ? -1 : undefined)
  if (!closed) {
    const shown = token.image.length > 24 ? `${token.image.slice(0, 21)}..` : token.image
    reader.report(unclosedText.at(span, { found: `\`${shown.trimEnd()}\`` }))
  }
  let value = ''
  for (const match of body.matchAll(/\\u\{[^}]*\}?|\\[\s\S]?|[^\\]+/g)) {
    const at: Span = { path: reader.path, start: span.start + 1 + match.index, end: span.start + 1 + match.index + match[0].length }
    if (match[0].startsWith('\\')) value += readEscape(reader, match[0], at, singleQuoted)
    else value += readPlain(reader, match[0], at)
  }
  return { kind: 'text', span, value }
}

function readEscape(reader: Reader, found: string, at: Span, singleQuoted: boolean): string {
  const simple = escapes[found[1] ?? '']
  if (simple !== undefined) return simple
  if (singleQuoted && found === "\\'") return "'"
  const code = /^\\u\{([0-9a-fA-F]{1,6})\}$/.exec(found)?.[1]
  const point = code === undefined ? Number.NaN : Number.parseInt(code, 16)
  if (point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)) return String.fromCodePoint(point)
  if (found !== '\\') reader.report(unknownEscape.at(at, { found }))
  return ''
}

function readPlain(reader: Reader, text: string, at: Span): string {
  for (const match of text.matchAll(/\p{Cc}/gu)) {
    const codePoint = `U+${match[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
    reader.report(controlCharacter.at({ ...at, start: at.start + match.index, end: at.start + match.index + 1 }, { codePoint }))
  }
  return text
}
