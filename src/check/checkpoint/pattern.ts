import { badPattern } from '../../diagnostics/catalogue/checkpoint.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../source/source.ts'
import type { PatternText, TextLiteral } from '../../syntax/ast.ts'
import type { Evaluate, Locals } from './evaluate.ts'

/** `layers.{i}.{p=q|k}_proj.weight` as pieces. */
export interface Pattern {
  readonly text: string
  readonly span: Span
  readonly pieces: readonly Piece[]
}
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /** `values` only where the list is written; `span` is that of `{..}`. */
  | { readonly kind: 'variable'; readonly name: string; readonly values: readonly string[] | undefined; readonly span: Span }

/** The variables of a rule: a list of values, or null for a number. */
export type Variables = ReadonlyMap<string, readonly string[] | null>
export type Binding = Readonly<Record<string, string>>

/** Reads the pattern of a literal, with the values of what it computes; a malformed one gives a diagnostic instead. */
export function parsePattern(literal: PatternText, evaluate: Evaluate, locals: Locals): Pattern | Diagnostic {
  const { value } = literal
  const fail = (problem: string, from: number, to: number) => badPattern.at(spanIn(literal, from, to), { pattern: value, problem })
  const pieces: Piece[] = []
  let at = 0
  while (at < value.length) {
    const open = value.indexOf('{', at)
    const text = value.slice(at, open < 0 ? value.length : open)
    const stray = text.indexOf('}')
    if (stray >= 0) return fail('has a `}` without its `{`', at + stray, at + stray + 1)
    if (text !== '') pieces.push({ kind: 'text', text })
    if (open < 0) break
    const close = value.indexOf('}', open)
    const again = value.indexOf('{', open + 1)
    if (close < 0 || (again >= 0 && again < close)) return fail('has a `{` that is never closed', open, value.length)
    const span = spanIn(literal, open, close + 1)
    const inside = value.slice(open + 1, close)
    const computed = literal.computed?.find((expression) => span.start < expression.span.start && expression.span.end < span.end)
    const piece = computed === undefined ? readVariable(inside, span, locals) : compute(inside, evaluate(computed, locals))
    if (typeof piece === 'string') return fail(piece, open, close + 1)
    pieces.push(piece)
    at = close + 1
  }
  return { text: literal.computed === undefined ? value : pieces.map(written).join(''), span: literal.span, pieces }
}

/** The variable that stands in braces, or what is wrong with it. */
function readVariable(inside: string, span: Span, locals: Locals): Piece | string {
  const [, name, list] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(inside) ?? []
  if (name === undefined) return `has \`{${inside}}\`, which names no variable`
  const values = list?.split('|')
  if (values?.some((item) => item === '')) return `has an empty value in the list \`{${inside}}\``
  if (values !== undefined && new Set(values).size < values.length) return `lists a value twice in \`{${inside}}\``
  if (locals.has(name)) return `gives \`${name}\` a list, but a \`for\` around it gives it a value`
  return { kind: 'variable', name, values, span }
}

/** What stands in braces as a part of the name, or why its value is none. */
function compute(inside: string, value: ReturnType<Evaluate>): Piece | string {
  if (typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0))
    return { kind: 'text', text: String(value) }
  return `has \`{${inside}}\`, which ${value === undefined ? 'has no value when the spec is compiled' : `is ${JSON.stringify(value)}`}`
}

const written = (piece: Piece): string =>
  piece.kind === 'text' ? piece.text : `{${piece.name}${piece.values === undefined ? '' : `=${piece.values.join('|')}`}}`

/** `prefix.rest`; an empty prefix adds nothing. */
export function join(prefix: Pattern | undefined, rest: Pattern): Pattern {
  if (prefix === undefined || prefix.text === '') return rest
  if (rest.text === '') return { ...prefix, span: rest.span }
  return { text: `${prefix.text}.${rest.text}`, span: rest.span, pieces: [...prefix.pieces, { kind: 'text', text: '.' }, ...rest.pieces] }
}

/** The variables of several patterns that are read together; a list may be written once. */
export function variablesOf(patterns: readonly Pattern[]): Variables | Diagnostic {
  const variables = new Map<string, readonly string[] | null>()
  for (const pattern of patterns) {
    for (const piece of pattern.pieces) {
      if (piece.kind !== 'variable') continue
      const known = variables.get(piece.name)
      if (piece.values !== undefined && known) {
        if (known.join('|') === piece.values.join('|')) continue
        return badPattern.at(piece.span, {
          pattern: pattern.text,
          problem: `gives \`{${piece.name}}\` the list ${piece.values.join('|')}, but it is ${known.join('|')} already`,
        })
      }
      if (piece.values !== undefined || known === undefined) variables.set(piece.name, piece.values ?? null)
    }
  }
  return variables
}

export function variableNames(pattern: Pattern): readonly string[] {
  return [...new Set(pattern.pieces.flatMap((piece) => (piece.kind === 'variable' ? [piece.name] : [])))]
}

/** The pattern's name with its variables replaced. */
export function fill(pattern: Pattern, binding: Binding): string {
  return pattern.pieces.map((piece) => (piece.kind === 'text' ? piece.text : (binding[piece.name] ?? `{${piece.name}}`))).join('')
}

/** Matches names against a pattern: whole names, or (`below`) what lies under it as a prefix, which then is `rest`. */
export function matcher(
  pattern: Pattern,
  variables: Variables,
  below = false,
): (name: string) => { readonly binding: Binding; readonly rest: string } | undefined {
  const seen = new Set<string>()
  const body = pattern.pieces.map((piece) => {
    if (piece.kind === 'text') return quote(piece.text)
    // The prefix keeps a user's name apart from `rest` and from names that groups may not have.
    if (seen.has(piece.name)) return `\\k<v_${piece.name}>`
    seen.add(piece.name)
    const values = variables.get(piece.name)
    return `(?<v_${piece.name}>${values ? values.map(quote).join('|') : '0|[1-9]\\d*'})`
  })
  const tail = below ? (pattern.text === '' ? '(?<rest>.+)' : '\\.(?<rest>.+)') : ''
  const expression = new RegExp(`^${body.join('')}${tail}$`, 's')
  return (name) => {
    const match = expression.exec(name)
    if (match === null) return undefined
    const binding = Object.fromEntries([...seen].map((variable) => [variable, match.groups![`v_${variable}`]!]))
    return { binding, rest: match.groups?.['rest'] ?? '' }
  }
}

/** All names of a pattern of lists, numbers as `*`: the patterns that a checkpoint's `ignore` holds. */
export function globs(pattern: Pattern, variables: Variables): readonly string[] {
  let names: readonly Binding[] = [{}]
  for (const name of variableNames(pattern)) {
    const values = variables.get(name) ?? ['*']
    names = names.flatMap((binding) => values.map((value) => ({ ...binding, [name]: value })))
  }
  return names.map((binding) => fill(pattern, binding))
}

/** Whether a glob (`*` is any text) fits a name. */
export function fits(glob: string, name: string): boolean {
  return new RegExp(`^${glob.split('*').map(quote).join('.*')}$`, 's').test(name)
}

/** `layers.3.x` as `layers.{i}.x`: equal for weights that differ in numbers only. */
export function generalise(name: string): string {
  const letters = 'ijklmn'
  let next = 0
  return name.replace(/(?<=^|\.)\d+(?=\.|$)/g, () => `{${letters[next++] ?? `n${next}`}}`)
}

function spanIn(literal: TextLiteral, from: number, to: number): Span {
  const { path, start, end } = literal.span
  // With escapes in the literal, offsets in its value say nothing about the text.
  return end - start === literal.value.length + 2 ? { path, start: start + 1 + from, end: start + 1 + to } : literal.span
}

const quote = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
