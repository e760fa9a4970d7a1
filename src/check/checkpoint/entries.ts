import { badLoop } from '../../diagnostics/catalogue/checkpoint.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../source/source.ts'
import type { CheckpointEntry, Expr, Name, PatternText, Transform } from '../../syntax/ast.ts'
import type { Evaluate, Locals, Scalar } from './evaluate.ts'
import { globs, join, type Pattern, parsePattern, type Variables, variablesOf } from './pattern.ts'

/** An entry of the text; inside a `for`, once for each value. */
interface Read {
  readonly entry: CheckpointEntry
  readonly span: Span
  readonly locals: Locals
}

/** One `"ours" <- ..`, its patterns with the prefixes of the groups around it. */
export interface Rule extends Read {
  readonly optional: boolean
  readonly ours: Pattern
  readonly theirs: Pattern | Name
  readonly variables: Variables
  readonly transforms: readonly Transform[]
}

/** A group's prefixes; `parents` leads from the outermost to the one around it. */
export interface Group extends Read {
  readonly ours: Pattern
  readonly theirs: Pattern
  readonly variables: Variables
  readonly parents: readonly Group[]
  readonly rules: readonly Rule[]
}

export interface Expectation extends Read {
  /** The same value under the names of different versions. */
  readonly keys: readonly string[]
  /** Where the keys stand. */
  readonly at: Span
  readonly value: Expr
}

type Loop = Extract<CheckpointEntry, { kind: 'for' }>

export interface Entries {
  readonly rules: readonly Rule[]
  readonly groups: readonly Group[]
  readonly ignore: readonly string[]
  readonly expect: readonly Expectation[]
  /** An entry could not be read, so weights may seem to have no rule. */
  readonly incomplete: boolean
}

/** More than any mapping repeats its entries, all loops together. */
const mostRepeats = 1 << 14

/** Unrolls the groups and loops of a mapping. */
export function readEntries(entries: readonly CheckpointEntry[], evaluate: Evaluate, mistakes: Mistakes): Entries {
  const rules: Rule[] = []
  const groups: Group[] = []
  const ignore: string[] = []
  const expect: Expectation[] = []
  let incomplete = false
  let repeats = 0

  /** The values of a loop; none where there are too many, which is said once. */
  const loop = ({ over }: Loop, locals: Locals, read: (mistake: Diagnostic) => unknown): readonly Scalar[] => {
    if (over.kind === 'missing') incomplete = true
    if (over.kind === 'missing' || repeats > mostRepeats) return []
    const items = itemsOf(evaluate(over, locals))
    repeats += items?.length ?? 0
    if (items === undefined) read(badLoop.at(over.span, { problem: 'are not known when the spec is compiled' }))
    else if (repeats > mostRepeats) read(badLoop.at(over.span, { problem: `are more than ${mostRepeats}, with other loops` }))
    else return items
    return []
  }

  const walk = (list: readonly CheckpointEntry[], parents: readonly Group[], locals: Locals): Rule[] => {
    const around = parents.at(-1)
    const made: Rule[] = []
    for (const entry of list) {
      const { span } = entry
      const read = <T>(value: T | Diagnostic): T | undefined => {
        if (!isDiagnostic(value)) return value
        mistakes.add({ entry, locals }, value)
        incomplete = true
        return undefined
      }
      const pattern = (text: PatternText): Pattern | undefined => read(parsePattern(text, evaluate, locals))
      switch (entry.kind) {
        case 'missing':
          incomplete = true
          break
        case 'for': {
          for (const item of loop(entry, locals, read))
            if (repeats <= mostRepeats) made.push(...walk(entry.entries, parents, new Map(locals).set(entry.variable.text, item)))
          break
        }
        case 'expect': {
          const keys = entry.keys.flatMap((key) => (key.computed === undefined ? key.value : (pattern(key)?.text ?? [])))
          const at = { ...entry.span, ...entry.keys[0]?.span, end: entry.keys.at(-1)?.span.end ?? entry.span.end }
          if (keys.length === entry.keys.length) expect.push({ entry, span, keys, at, value: entry.value, locals })
          break
        }
        case 'ignore': {
          const theirs = pattern(entry.pattern)
          const whole = theirs && join(around?.theirs, theirs)
          const variables = whole && read(variablesOf(around ? [around.ours, whole] : [whole]))
          if (whole && variables) ignore.push(...globs(whole, variables))
          break
        }
        case 'rule': {
          const ours = pattern(entry.ours)
          const theirs = 'kind' in entry.theirs ? pattern(entry.theirs) : entry.theirs
          if (!ours || !theirs) break
          const left = join(around?.ours, ours)
          const right = isPattern(theirs) ? join(around?.theirs, theirs) : theirs
          const variables = read(variablesOf(isPattern(right) ? [left, right] : [left]))
          if (!variables) break
          const { optional, transforms } = entry
          const rule: Rule = { entry, span, optional, ours: left, theirs: right, variables, transforms, locals }
          rules.push(rule)
          made.push(rule)
          break
        }
        case 'group': {
          const ours = pattern(entry.ours)
          const theirs = pattern(entry.theirs)
          if (!ours || !theirs) break
          const left = join(around?.ours, ours)
          const right = join(around?.theirs, theirs)
          const variables = read(variablesOf([left, right]))
          if (!variables) break
          const inside: Rule[] = []
          const group: Group = { entry, span, ours: left, theirs: right, variables, parents, rules: inside, locals }
          groups.push(group)
          inside.push(...walk(entry.entries, [...parents, group], locals))
          made.push(...inside)
          break
        }
      }
    }
    return made
  }

  walk(entries, [], new Map())
  return { rules, groups, ignore, expect, incomplete }
}

/** What is wrong with a mapping. A mistake of an entry repeats for every value of a loop: the first value stands for all. */
export class Mistakes {
  readonly diagnostics: Diagnostic[] = []
  readonly #first = new Map<CheckpointEntry, Locals>()

  add({ entry, locals }: Pick<Read, 'entry' | 'locals'>, ...diagnostics: readonly Diagnostic[]): void {
    const first = this.#first.get(entry)
    if (diagnostics.length === 0 || (first !== undefined && first !== locals)) return
    this.#first.set(entry, locals)
    this.diagnostics.push(...diagnostics)
  }
}

/** What a `for` runs through: the items of a list or a range, the letters of a text. */
function itemsOf(value: ReturnType<Evaluate>): readonly Scalar[] | undefined {
  if (typeof value === 'string') return [...value]
  return typeof value === 'object' && value !== null ? value : undefined
}

export function isPattern(value: Pattern | Name): value is Pattern {
  return 'pieces' in value
}

export function isDiagnostic(value: unknown): value is Diagnostic {
  return typeof value === 'object' && value !== null && 'code' in value && 'severity' in value
}
