import { describe, expect, it } from 'vitest'
import type { Expr } from '../../src/syntax/ast.ts'
import { parse } from './support.ts'

function read(expression: string): Expr {
  const { file, diagnostics } = parse(`gdn 1\ninit a = ${expression}`)
  expect(diagnostics).toEqual([])
  const [declaration] = file.declarations
  if (declaration?.kind !== 'init') throw new Error('no declaration')
  return declaration.value
}

/** An expression with all its parentheses. */
function full(expr: Expr): string {
  switch (expr.kind) {
    case 'binary':
      return `(${full(expr.left)} ${expr.op} ${full(expr.right)})`
    case 'unary':
      return `(${expr.op} ${full(expr.value)})`
    case 'pipe':
      return `(${full(expr.left)} | ${full(expr.right)})`
    case 'as':
      return `(${full(expr.value)} as ${expr.name.text})`
    case 'call':
      return `${full(expr.callee)}(${expr.args.map(({ value }) => full(value)).join(', ')})`
    case 'index':
      return `${full(expr.value)}[${full(expr.index)}]`
    case 'member':
      return `${full(expr.value)}.${expr.name.text}`
    case 'paren':
      return full(expr.value)
    case 'range':
      return `${expr.from ? full(expr.from) : ''}..${expr.to ? full(expr.to) : ''}`
    case 'number':
      return expr.text
    case 'name':
      return expr.name
    default:
      return expr.kind
  }
}

describe('operators', () => {
  it.each([
    ['a + b * c', '(a + (b * c))'],
    ['a - b - c', '((a - b) - c)'],
    ['a / b % c', '((a / b) % c)'],
    ['a ^ b ^ c', '(a ^ (b ^ c))'],
    ['-a ^ b', '(- (a ^ b))'],
    ['-a * b', '((- a) * b)'],
    ['a ^ -b * c', '((a ^ (- b)) * c)'],
    ['a - -b', '(a - (- b))'],
    ['--a', '(- (- a))'],
    ['not a == b', '(not (a == b))'],
    ['not a and b', '((not a) and b)'],
    ['not not a', '(not (not a))'],
    ['a or b and c', '(a or (b and c))'],
    ['a < b and c >= d', '((a < b) and (c >= d))'],
    ['a + b == c * d', '((a + b) == (c * d))'],
    ['a and not b or c', '((a and (not b)) or c)'],
    ['a | f | g', '((a | f) | g)'],
    ['a + b | f(c) as n', '((a + b) | (f(c) as n))'],
    ['a + f(b) as n', '(a + (f(b) as n))'],
    ['-f(b) as n', '(- (f(b) as n))'],
    ['a.b[c](d).e', 'a.b[c](d).e'],
    ['f(a .. b, .. c, d ..)', 'f(a..b, ..c, d..)'],
    ['f(-a .. b + 1)', 'f((- a)..(b + 1))'],
    ['a[0 .. n] + b', '(a[0..n] + b)'],
    ['(a + b) * c', '((a + b) * c)'],
    ['and + or', '(and + or)'],
    ['as as as', '(as as as)'],
  ])('%s', (text, expected) => {
    expect(full(read(text))).toBe(expected)
  })
})

describe('numbers', () => {
  it.each([
    ['0', 0, true],
    ['32_000', 32_000, true],
    ['2M', 2e6, true],
    ['1.5k', 1500, false],
    ['1.1k', 1100, false],
    ['256KiB', 262_144, true],
    ['3GiB', 3 * 2 ** 30, true],
    ['1e-4', 1e-4, false],
    ['1E5', 1e5, false],
    ['0.1', 0.1, false],
    ['1_0.2_5e1_0', 10.25e10, false],
    ['9_007_199_254_740_991', Number.MAX_SAFE_INTEGER, true],
  ])('%s', (text, value, isInteger) => {
    expect(read(text)).toMatchObject({ kind: 'number', value, isInteger, text })
  })
})

describe('texts', () => {
  it.each([
    ['""', ''],
    ['"a b"', 'a b'],
    ['"\\"\\\\\\n\\r\\t"', '"\\\n\r\t'],
    ['"\\u{41}\\u{1F600}"', 'A\u{1F600}'],
    ['"// no comment"', '// no comment'],
    ['"ü ≤ “ \u{1F600}"', 'ü ≤ “ \u{1F600}'],
  ])('%s', (text, value) => {
    expect(read(text)).toMatchObject({ kind: 'text', value })
  })
})
