import { binaryLevels, prefixLevels, rightAssociative } from '../operators.ts'
import { keywords, literals, trivia } from '../tokens.ts'
import { type Shape, shapes } from './shape.ts'

const width = 110

/** The grammar in the EBNF of the W3C: `?` optional, `*` any number, `|` or; words and signs in quotes, token classes as patterns. */
export function ebnf(): string {
  const rules = [...shapes()].map(([name, shape]) => rule(name, shape))
  const lexical = [...Object.entries(literals), ['Doc', trivia.Doc] as const].map(
    ([name, entry]) => `${name} ::= ${entry.pattern instanceof RegExp ? entry.pattern.source : entry.pattern}`,
  )
  return [
    '/* The grammar of edition 1. Generated from the parser by scripts/grammar.ts. */',
    rules.join('\n\n'),
    ['/* Token classes, as regular expressions. White space and `//` comments separate tokens and mean nothing. */', ...lexical].join('\n'),
    comment([
      'A keyword is a Name where a name can stand:',
      ...wrap(
        Object.values(keywords).map(({ pattern }) => String(pattern)),
        '  ',
      ),
    ]),
    comment(['Precedence, loosest first:', '  |', ...levels().map((level) => `  ${level}`), '  calls, indices, members, `as`']),
    '',
  ].join('\n\n')
}

function rule(name: string, shape: Shape): string {
  const [first = '', ...rest] = wrap(`${name} ::= ${print(shape, false)}`.split(' '), '    ')
  return [first.trimStart(), ...rest].join('\n')
}

function print(shape: Shape, nested: boolean): string {
  const parens = (text: string, needed: boolean): string => (needed ? `(${text})` : text)
  const single = (item: Shape): string => parens(print(item, false), item.kind === 'sequence' || item.kind === 'choice')
  switch (shape.kind) {
    case 'rule':
    case 'token':
      return shape.name
    case 'word':
      return shape.text.includes('"') ? `'${shape.text}'` : `"${shape.text}"`
    case 'sequence':
      return parens(shape.items.map((item) => print(item, item.kind === 'choice' || item.kind === 'list')).join(' '), false)
    case 'choice':
      return parens(shape.items.map((item) => print(item, false)).join(' | '), nested)
    case 'optional':
      return `${single(shape.item)}?`
    case 'many':
      return `${single(shape.item)}*`
    case 'list': {
      const item = print(shape.item, true)
      return `(${item} ("," ${item})* ","?)?`
    }
  }
}

function levels(): string[] {
  const all = [...Object.entries(binaryLevels), ...Object.entries(prefixLevels).map(([op, level]) => [`${op} x`, level] as const)]
  const found = [...new Set(all.map(([, level]) => level))].sort((a, b) => a - b)
  return found.map((level) => {
    const operators = all.filter((entry) => entry[1] === level).map(([op]) => op)
    return `${operators.join(' ')}${operators.some((op) => rightAssociative.has(op)) ? ' (from the right)' : ''}`
  })
}

function wrap(words: readonly string[], indent: string): string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length >= width) lines.push(`${indent}${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

function comment(lines: readonly string[]): string {
  return `/* ${lines.join('\n')} */`
}
