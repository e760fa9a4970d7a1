import { createToken, Lexer, type TokenType } from 'chevrotain'
import { foreign, keywords, literals, signs, type TokenEntry, trivia } from './tokens.ts'

/** Keywords have it as a category, so a keyword is also a name. */
const Name = createToken({ name: 'Name', pattern: literals.Name.pattern, label: literals.Name.label })

/** What joins two operands: a category, so that the grammar has one place for all of them. */
const Operator = createToken({ name: 'Operator', pattern: Lexer.NA, label: 'an operator' })

/** The token types of the grammar, by their names in the table. */
export const tokens = {
  Doc: makeToken('Doc', trivia.Doc),
  Text: makeToken('Text', literals.Text),
  Number: makeToken('Number', literals.Number),
  Name,
  Operator,
  ...makeAll(signs),
  ...makeAll(keywords),
}

const space = createToken({ name: 'Space', pattern: trivia.Space.pattern, group: Lexer.SKIPPED, line_breaks: true })
const comment = createToken({ name: 'Comment', pattern: trivia.Comment.pattern, group: 'comments' })
const foreignTokens = Object.entries(foreign).map(([name, entry]) =>
  createToken({
    name,
    pattern: entry.pattern,
    label: entry.label,
    line_breaks: name === 'BlockComment',
    ...(entry.as === undefined ? { group: 'foreign' } : { categories: [tokens[entry.as]] }),
  }),
)
const foreignTexts = ['UnclosedText', 'SingleQuoted', 'CurlyQuoted']
const isForeignText = (type: TokenType): boolean => foreignTexts.includes(type.name)

/** All token types in the lexer's order. */
export const vocabulary: readonly TokenType[] = [
  space,
  tokens.Doc,
  comment,
  tokens.Text,
  ...foreignTokens.filter(isForeignText),
  // `!=` is ours, `!` is not.
  tokens.NotEqual,
  ...foreignTokens.filter((type) => !isForeignText(type)),
  ...Object.keys(signs).flatMap((key) => (key === 'NotEqual' ? [] : [tokens[key as keyof typeof signs]])),
  tokens.Number,
  ...Object.keys(keywords).map((key) => tokens[key as keyof typeof keywords]),
  Name,
  Operator,
]

/** Comments are in `groups.comments`, what has no place in the language in `groups.foreign`. */
export const lexer = new Lexer([...vocabulary], { ensureOptimizations: true, positionTracking: 'full' })

function makeAll<K extends string>(table: Record<K, TokenEntry>): Record<K, TokenType> {
  const made = Object.entries<TokenEntry>(table).map(([name, entry]) => [name, makeToken(name, entry)])
  return Object.fromEntries(made) as Record<K, TokenType>
}

function makeToken(name: string, entry: TokenEntry): TokenType {
  const categories = [...(entry.keyword ? [Name] : []), ...(entry.operator ? [Operator] : [])]
  return createToken({ name, pattern: entry.pattern, label: entry.label, categories, ...(entry.keyword ? { longer_alt: Name } : {}) })
}
