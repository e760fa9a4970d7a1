import {
  Alternation,
  type Alternative,
  type IProduction,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  Terminal,
  type TokenType,
} from 'chevrotain'
import { tokens, vocabulary } from '../lexer.ts'
import { parser } from '../parser.ts'

/** The grammar as people draw and write it, taken from the parser. */
export type Shape =
  | { readonly kind: 'rule'; readonly name: string }
  /** A word or a sign, as written. */
  | { readonly kind: 'word'; readonly text: string }
  /** A class of tokens: Name, Number, Text, Doc. */
  | { readonly kind: 'token'; readonly name: string }
  | { readonly kind: 'sequence'; readonly items: readonly Shape[] }
  | { readonly kind: 'choice'; readonly items: readonly Shape[] }
  | { readonly kind: 'optional'; readonly item: Shape }
  | { readonly kind: 'many'; readonly item: Shape }
  /** Items with `,` between them, and one after the last if the author likes. */
  | { readonly kind: 'list'; readonly item: Shape }

/** Rules from the file downwards, level by level. */
export function shapes(): ReadonlyMap<string, Shape> {
  const rules = parser.getGAstProductions()
  const found = new Map<string, Shape>()
  const waiting = ['file']
  for (const name of waiting) {
    const rule = rules[name]
    if (rule === undefined || found.has(name)) continue
    const shape = sequence(rule.definition)
    found.set(name, shape)
    waiting.push(...mentioned(shape))
  }
  return found.set('operator', operators())
}

function mentioned(shape: Shape): string[] {
  if (shape.kind === 'rule') return [shape.name]
  if ('item' in shape) return mentioned(shape.item)
  return 'items' in shape ? shape.items.flatMap(mentioned) : []
}

/** In these the comma may be left out also between items. */
const withoutCommas: readonly string[] = ['expression', 'precisionEntry', 'caseItemArm']
/** But these lists of expressions need them. */
const listsOfExpressions: readonly string[] = ['list']

function shape(production: IProduction): Shape {
  if (production instanceof NonTerminal) return { kind: 'rule', name: production.nonTerminalName }
  if (production instanceof Terminal) return token(production.terminalType)
  if (production instanceof Alternation) {
    const items = production.definition.map((one) => sequence((one as Alternative).definition))
    return items.length === 1 ? items[0]! : { kind: 'choice', items }
  }
  if (production instanceof Option) return { kind: 'optional', item: sequence(production.definition) }
  if (production instanceof RepetitionMandatory) {
    const item = sequence(production.definition)
    return { kind: 'sequence', items: [item, { kind: 'many', item }] }
  }
  if (production instanceof Repetition) return repetition(production.definition)
  throw new Error(`a production that the drawings do not know: ${production.constructor.name}`)
}

/** The parser takes a comma after each item and leaves it to the reader of the tree to miss one. */
function repetition(definition: readonly IProduction[]): Shape {
  const [item, comma] = definition
  const isList =
    definition.length === 2 &&
    item instanceof NonTerminal &&
    comma instanceof Option &&
    isComma(comma.definition[0]) &&
    !optionalComma(item)
  return isList ? { kind: 'list', item: shape(item) } : { kind: 'many', item: sequence(definition) }
}

function optionalComma(item: NonTerminal): boolean {
  const around = Object.values(parser.getGAstProductions()).find((rule) =>
    rule.definition.some((one) => one instanceof Repetition && one.definition.includes(item)),
  )
  return withoutCommas.includes(item.nonTerminalName) && !listsOfExpressions.includes(around?.name ?? '')
}

function isComma(production: IProduction | undefined): boolean {
  return production instanceof Terminal && production.terminalType === tokens.Comma
}

function sequence(definition: readonly IProduction[]): Shape {
  const items = definition.map(shape)
  return items.length === 1 ? items[0]! : { kind: 'sequence', items }
}

function token(type: TokenType): Shape {
  if (type === tokens.Operator) return { kind: 'rule', name: 'operator' }
  return typeof type.PATTERN === 'string' ? { kind: 'word', text: type.PATTERN } : { kind: 'token', name: type.name }
}

function operators(): Shape {
  const all = vocabulary.filter((type) => type.CATEGORIES?.includes(tokens.Operator))
  return { kind: 'choice', items: all.map(token) }
}
