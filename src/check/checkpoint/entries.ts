import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../source/source.ts'
import type { CheckpointEntry, Expr, Name, TextLiteral, Transform } from '../../syntax/ast.ts'
import { globs, join, type Pattern, parsePattern, type Variables, variablesOf } from './pattern.ts'

/** One `"ours" <- ..`, its patterns with the prefixes of the groups around it. */
export interface Rule {
  readonly span: Span
  readonly optional: boolean
  readonly ours: Pattern
  readonly theirs: Pattern | Name
  readonly variables: Variables
  readonly transforms: readonly Transform[]
}

/** A group's prefixes; `parents` leads from the outermost to the one around it. */
export interface Group {
  readonly span: Span
  readonly ours: Pattern
  readonly theirs: Pattern
  readonly variables: Variables
  readonly parents: readonly Group[]
  readonly rules: readonly Rule[]
}

export interface Entries {
  readonly rules: readonly Rule[]
  readonly groups: readonly Group[]
  readonly ignore: readonly string[]
  readonly expect: readonly { readonly key: TextLiteral; readonly value: Expr; readonly span: Span }[]
  readonly diagnostics: readonly Diagnostic[]
  /** An entry could not be read, so weights may seem to have no rule. */
  readonly incomplete: boolean
}

/** Unrolls the groups of a mapping. */
export function readEntries(entries: readonly CheckpointEntry[]): Entries {
  const rules: Rule[] = []
  const groups: Group[] = []
  const ignore: string[] = []
  const expect: { key: TextLiteral; value: Expr; span: Span }[] = []
  const diagnostics: Diagnostic[] = []
  let incomplete = false

  const read = <T>(value: T | Diagnostic): T | undefined => {
    if (!isDiagnostic(value)) return value
    diagnostics.push(value)
    incomplete = true
    return undefined
  }

  const walk = (list: readonly CheckpointEntry[], parents: readonly Group[]): Rule[] => {
    const around = parents.at(-1)
    const made: Rule[] = []
    for (const entry of list) {
      switch (entry.kind) {
        case 'missing':
          incomplete = true
          break
        case 'expect':
          expect.push(entry)
          break
        case 'ignore': {
          const pattern = read(parsePattern(entry.pattern))
          const whole = pattern && join(around?.theirs, pattern)
          const variables = whole && read(variablesOf(around ? [around.ours, whole] : [whole]))
          if (whole && variables) ignore.push(...globs(whole, variables))
          break
        }
        case 'rule': {
          const ours = read(parsePattern(entry.ours))
          const theirs = 'kind' in entry.theirs ? read(parsePattern(entry.theirs)) : entry.theirs
          if (!ours || !theirs) break
          const left = join(around?.ours, ours)
          const right = isPattern(theirs) ? join(around?.theirs, theirs) : theirs
          const variables = read(variablesOf(isPattern(right) ? [left, right] : [left]))
          if (!variables) break
          const rule: Rule = {
            span: entry.span,
            optional: entry.optional,
            ours: left,
            theirs: right,
            variables,
            transforms: entry.transforms,
          }
          rules.push(rule)
          made.push(rule)
          break
        }
        case 'group': {
          const ours = read(parsePattern(entry.ours))
          const theirs = read(parsePattern(entry.theirs))
          if (!ours || !theirs) break
          const left = join(around?.ours, ours)
          const right = join(around?.theirs, theirs)
          const variables = read(variablesOf([left, right]))
          if (!variables) break
          const inside: Rule[] = []
          const group: Group = { span: entry.span, ours: left, theirs: right, variables, parents, rules: inside }
          groups.push(group)
          inside.push(...walk(entry.entries, [...parents, group]))
          made.push(...inside)
          break
        }
      }
    }
    return made
  }

  walk(entries, [])
  return { rules, groups, ignore, expect, diagnostics, incomplete }
}

export function isPattern(value: Pattern | Name): value is Pattern {
  return 'pieces' in value
}

export function isDiagnostic(value: unknown): value is Diagnostic {
  return typeof value === 'object' && value !== null && 'code' in value && 'severity' in value
}
