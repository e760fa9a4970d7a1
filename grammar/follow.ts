import {
  Alternation,
  type IProduction,
  type IToken,
  NonTerminal,
  Option,
  Repetition,
  Terminal,
  type TokenType,
  tokenMatcher,
} from 'chevrotain'
import { parser } from './parser.ts'

/** A place in the grammar: what is still to be read, and what after it. Equal places are one object, so that a set holds each once. */
interface Place {
  readonly todo: readonly Node[]
  readonly at: number
  readonly behind: Place | undefined
  readonly after: Map<readonly Node[], Map<number, Place>>
}

type Node = IProduction

const rules = parser.getGAstProductions() as Readonly<Record<string, { readonly definition: readonly Node[] }>>

/**
 * The token types that can follow these tokens in a rule: what the grammar lets a person write next. Empty where the tokens do not fit it.
 * All readings are followed at once, so a text costs as much as it has tokens.
 */
export function follow(rule: string, tokens: readonly IToken[]): ReadonlySet<TokenType> {
  const start: Place = { todo: rules[rule]?.definition ?? [], at: 0, behind: undefined, after: new Map() }
  let places = expand([start])
  for (const token of tokens) {
    const next: Place[] = []
    for (const one of places) {
      const node = one.todo[one.at]
      if (node instanceof Terminal && tokenMatcher(token, node.terminalType)) next.push(step(one))
    }
    places = expand(next)
  }
  return new Set(
    [...places].flatMap(({ todo, at }) => {
      const node = todo[at]
      return node instanceof Terminal ? [node.terminalType] : []
    }),
  )
}

const roots = new WeakMap<readonly Node[], Map<number, Place>>()

/** The one object for `todo` from `at`, with `behind` after it. */
function place(todo: readonly Node[], at: number, behind: Place | undefined): Place {
  const table = behind === undefined ? roots : behind.after
  const row = table.get(todo) ?? new Map<number, Place>()
  table.set(todo, row)
  const known = row.get(at) ?? { todo, at, behind, after: new Map() }
  row.set(at, known)
  return known
}

const step = ({ todo, at, behind }: Place): Place => place(todo, at + 1, behind)

/** Every place that begins with a token, and is reached from these without one. */
function expand(from: readonly Place[]): Set<Place> {
  const seen = new Set<Place>()
  const found = new Set<Place>()
  const open = [...from]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (seen.has(one)) continue
    seen.add(one)
    const node = one.todo[one.at]
    if (node === undefined) {
      if (one.behind !== undefined) open.push(one.behind)
      continue
    }
    const rest = step(one)
    if (node instanceof Terminal) found.add(one)
    else if (node instanceof NonTerminal) open.push(place(rules[node.nonTerminalName]?.definition ?? [], 0, rest))
    else if (node instanceof Alternation)
      for (const { definition } of node.definition as unknown as readonly { readonly definition: readonly Node[] }[])
        open.push(place(definition, 0, rest))
    else if (node instanceof Option) open.push(rest, place(node.definition, 0, rest))
    else if (node instanceof Repetition) open.push(rest, place(node.definition, 0, one))
    else throw new Error(`the grammar has a construct that nothing follows yet: ${node.constructor.name}`)
  }
  return found
}
