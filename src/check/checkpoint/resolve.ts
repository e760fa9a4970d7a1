import * as messages from '../../diagnostics/catalogue/checkpoint.ts'
import type { Diagnostic, Fix } from '../../diagnostics/diagnostic.ts'
import type { Checkpoint, Weight } from '../../model/model.ts'
import type { Span } from '../../source/source.ts'
import type { CheckpointDecl, Expr } from '../../syntax/ast.ts'
import { replacement, suggest } from '../suggest.ts'
import { type Entries, type Group, isPattern, Mistakes, type Rule, readEntries } from './entries.ts'
import type { Evaluate, Scalar } from './evaluate.ts'
import { fill, generalise, matcher, type Pattern, variableNames } from './pattern.ts'
import { applyRule, type Match, type ReadRule, readRule } from './rule.ts'
import { checkUse, type Sourced } from './use.ts'

/**
 * Resolves a mapping against the model's weights: what each is made of, with every shape, checked from both sides and without the file.
 *
 * Each weight is made once: by the rule that matches it, or, below the prefix of a group, from the tensor of the same name there (an inner
 * group before the one around it). Outside groups equal names are not assumed; `group "" <- "" { }` maps all that has no rule. `optional`
 * lets a rule match no weight, and lets the file lack its tensor (the weight then starts from its `init`).
 *
 * `evaluate` gives the value of an expression over the model's parameters and sizes, undefined if it has none; it should not report that
 * itself.
 * `checkpoint` is undefined if there are errors.
 */
export function resolveCheckpoint(
  decl: CheckpointDecl,
  weights: readonly Weight[],
  evaluate: Evaluate,
): { readonly checkpoint: Checkpoint | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const mistakes = new Mistakes()
  const { diagnostics } = mistakes
  const entries = readEntries(decl.entries, evaluate, mistakes)
  if (decl.format.text !== 'safetensors' && decl.format.text !== '')
    diagnostics.push(messages.unknownFormat.at(decl.format.span, { format: decl.format.text }))

  const sourced = new Map<string, Sourced>()
  const claimed = new Map<string, Rule>()
  const excuses = new Excuses()
  const skipped = emptyGroups(entries, weights, excuses, mistakes)
  const readable: { read: ReadRule; matches: readonly Match[] }[] = []
  for (const rule of entries.rules) {
    if (skipped.has(rule)) continue
    const matches = matchRule(rule, weights, excuses, mistakes)
    claim(rule, matches, claimed, mistakes)
    const read = readRule(rule, evaluate)
    if ('rule' in read) readable.push({ read, matches: matches.filter(({ weight }) => claimed.get(weight.path) === rule) })
    else mistakes.add(rule, ...read)
  }
  const assume = sliceEnds(readable.map(({ read }) => read))
  for (const { read, matches } of readable) {
    const result = applyRule(read, matches, (step) => assume(read, step))
    mistakes.add(read.rule, ...result.diagnostics)
    for (const { weight, from } of result.made) {
      sourced.set(weight.path, { weight, from, optional: read.rule.optional, span: read.rule.span })
    }
  }
  const orphans = weights.filter(({ path }) => !claimed.has(path))
  const left = takeFromGroups(orphans, entries, sourced, diagnostics).filter(({ path }) => !excuses.cover(path))
  if (left.length > 0 && !entries.incomplete) diagnostics.push(orphanMessage(left, decl))
  const expect = readExpectations(entries, evaluate, mistakes)

  const clean = () => !diagnostics.some(({ severity }) => severity === 'error')
  // What other mistakes left out would look like unused elements.
  if (clean()) diagnostics.push(...checkUse([...sourced.values()], entries.ignore))
  if (!clean()) return { checkpoint: undefined, diagnostics }
  return {
    checkpoint: {
      format: 'safetensors',
      weights: weights.map(({ path }) => ({ path, from: sourced.get(path)!.from, optional: sourced.get(path)!.optional })),
      ignore: entries.ignore,
      expect,
    },
    diagnostics,
  }
}

/** Weights that probably lack a rule because a pattern that was meant for them is misspelt, which is reported already. */
class Excuses {
  readonly #patterns: { readonly text: string; readonly below: boolean }[] = []
  #any = false
  /** `pattern` is the nearest to a misspelt one; undefined if nothing is near, so that any weight may be meant. */
  add(pattern: string | undefined, below: boolean): void {
    if (pattern === undefined) this.#any = true
    else this.#patterns.push({ text: pattern, below })
  }
  cover(path: string): boolean {
    const text = generalise(path)
    return this.#any || this.#patterns.some((pattern) => (pattern.below ? text.startsWith(`${pattern.text}.`) : text === pattern.text))
  }
}

/** Reports groups that cover nothing and returns the rules inside them, which then say nothing of their own. */
function emptyGroups(entries: Entries, weights: readonly Weight[], excuses: Excuses, mistakes: Mistakes): ReadonlySet<Rule> {
  const skipped = new Set<Rule>()
  const empty = new Set<Group>()
  for (const group of entries.groups) {
    const match = matcher(group.ours, group.variables, true)
    if (weights.some(({ path }) => match(path) !== undefined)) continue
    empty.add(group)
    for (const rule of group.rules) skipped.add(rule)
    if (group.parents.some((parent) => empty.has(parent)) || (group.rules.length > 0 && group.rules.every(({ optional }) => optional)))
      continue
    const prefixes = new Set(
      weights.flatMap(({ path }) => {
        const parts = generalise(path).split('.')
        return parts.slice(1).map((_, k) => parts.slice(0, k + 1).join('.'))
      }),
    )
    const close = suggest(generalise(group.ours.text), prefixes)
    excuses.add(close, true)
    mistakes.add(
      group,
      messages.groupMatchesNothing.at(
        group.ours.span,
        { pattern: group.ours.text, nearest: close ?? null },
        { fixes: rewritten(group.ours, close) },
      ),
    )
  }
  return skipped
}

/** The weights a rule's left side names. Each value of a list that stands on both sides must name one, unless `optional`. */
function matchRule(rule: Rule, weights: readonly Weight[], excuses: Excuses, mistakes: Mistakes): readonly Match[] {
  const match = matcher(rule.ours, rule.variables)
  const matches = weights.flatMap((weight) => {
    const found = match(weight.path)
    return found === undefined ? [] : [{ weight, binding: found.binding }]
  })
  if (rule.optional) return matches
  const nothing = (pattern: string, value: string | null): void => {
    const close = suggest(
      generalise(pattern),
      weights.map(({ path }) => generalise(path)),
    )
    excuses.add(close, false)
    mistakes.add(
      rule,
      messages.ruleMatchesNothing.at(
        rule.ours.span,
        { pattern: rule.ours.text, nearest: close ?? null, value },
        { fixes: rewritten(rule.ours, value === null ? close : undefined) },
      ),
    )
  }
  if (matches.length === 0) {
    const first = Object.fromEntries([...rule.variables].flatMap(([name, values]) => (values === null ? [] : [[name, values[0]!]])))
    nothing(fill(rule.ours, first), null)
    return matches
  }
  const right = isPattern(rule.theirs) ? variableNames(rule.theirs) : variableNames(rule.ours)
  for (const name of variableNames(rule.ours).filter((variable) => right.includes(variable))) {
    for (const value of rule.variables.get(name) ?? []) {
      if (!matches.some(({ binding }) => binding[name] === value)) nothing(fill(rule.ours, { [name]: value }), `${name} = ${value}`)
    }
  }
  return matches
}

/** The pattern as it was probably meant; a pattern that goes on from a group's prefix is left to the user. */
function rewritten(pattern: Pattern, meant: string | undefined): readonly Fix[] {
  const whole = pattern.span.end - pattern.span.start === pattern.text.length + 2
  return replacement(pattern.span, whole && meant !== undefined ? `"${meant}"` : undefined)
}

function claim(rule: Rule, matches: readonly Match[], claimed: Map<string, Rule>, mistakes: Mistakes): void {
  const twice = matches.filter(({ weight }) => claimed.has(weight.path))
  const first = twice[0]?.weight.path
  if (first !== undefined) {
    const { span } = claimed.get(first)!
    mistakes.add(
      rule,
      messages.madeTwice.at(
        rule.ours.span,
        { weight: first, more: twice.length - 1 },
        { related: [{ span, message: 'the other rule is here' }] },
      ),
    )
  }
  for (const { weight } of matches) if (!claimed.has(weight.path)) claimed.set(weight.path, rule)
}

/** Equal names below a group's prefix; returns the weights that no group covers. */
function takeFromGroups(
  orphans: readonly Weight[],
  entries: Entries,
  sourced: Map<string, Sourced>,
  diagnostics: Diagnostic[],
): readonly Weight[] {
  const groups = entries.groups.map((group) => ({ group, match: matcher(group.ours, group.variables, true) }))
  const reported = new Set<Group>()
  const report = (group: Group, diagnostic: () => Diagnostic): void => {
    if (!reported.has(group)) diagnostics.push(diagnostic())
    reported.add(group)
  }
  return orphans.filter((weight) => {
    const covering = groups.flatMap(({ group, match }) => {
      const found = match(weight.path)
      return found === undefined ? [] : [{ group, ...found }]
    })
    const inner = covering.filter(({ group }) => !covering.some((other) => other.group.parents.includes(group)))
    const names = inner.map(({ group, binding, rest }) => {
      const open = variableNames(group.theirs).find((name) => binding[name] === undefined)
      if (open !== undefined)
        report(group, () =>
          messages.badVariable.at(group.theirs.span, {
            variable: open,
            problem: `stands on the right only, but \`${weight.path}\` has no rule`,
            expected: 'the same variable on the left, or a rule for each weight',
          }),
        )
      return [fill(group.theirs, binding), rest].filter((part) => part !== '').join('.')
    })
    const [name] = names
    if (name === undefined) return true
    if (names.some((other) => other !== name)) {
      const [first, second] = inner
      report(second!.group, () =>
        messages.madeTwice.at(
          second!.group.ours.span,
          { weight: weight.path, more: 0 },
          { related: [{ span: first!.group.ours.span, message: 'the other group is here' }] },
        ),
      )
    }
    sourced.set(weight.path, {
      weight,
      from: { kind: 'tensor', name, shape: weight.shape },
      optional: false,
      span: inner[0]!.group.ours.span,
    })
    return false
  })
}

/** The end of an axis before a slice: the largest end of all slices there that see the tensor through the same transforms. */
function sliceEnds(rules: readonly ReadRule[]): (rule: ReadRule, step: number) => number {
  const key = ({ rule, steps }: ReadRule, at: number): string =>
    JSON.stringify([
      isPattern(rule.theirs) && rule.theirs.text,
      steps.slice(0, at).map(({ text }) => text),
      (steps[at] as { axis?: number } | undefined)?.axis,
    ])
  const ends = new Map<string, number>()
  for (const rule of rules) {
    for (const [at, step] of rule.steps.entries()) {
      if (step.kind !== 'slice') continue
      const id = key(rule, at)
      ends.set(id, Math.max(ends.get(id) ?? 0, step.of ?? step.end ?? step.start + 1))
    }
  }
  return (rule, at) => ends.get(key(rule, at))!
}

function orphanMessage(orphans: readonly Weight[], decl: CheckpointDecl): Diagnostic {
  const patterns = [...new Set(orphans.map(({ path }) => generalise(path)))]
  const at = decl.span.end - 1
  const text = patterns.map((pattern) => `  "${pattern}" <- "${pattern}"\n`).join('')
  return messages.weightsWithoutRule.at(
    decl.name.span,
    { patterns, total: orphans.length },
    {
      fixes: [
        {
          title: `add ${patterns.length === 1 ? 'a rule' : `${patterns.length} rules`}, to be given the names of the file`,
          edits: [{ span: { path: decl.span.path, start: at, end: at }, text }],
        },
      ],
    },
  )
}

function readExpectations(entries: Entries, evaluate: Evaluate, mistakes: Mistakes): Checkpoint['expect'] {
  const seen = new Map<string, { value: Scalar; at: Span }>()
  const made = new Map<string, Checkpoint['expect'][number]>()
  for (const expectation of entries.expect) {
    const { keys, at, value: expression, locals } = expectation
    const key = keys.join(' or ')
    const value = scalar(expression, (part) => evaluate(part, locals))
    const refuse = (problem: string, span: Span, related: readonly { span: Span; message: string }[] = []) =>
      mistakes.add(expectation, messages.badExpectation.at(span, { key, problem }, { related }))
    const before = keys.map((one) => seen.get(one)).find((one) => one !== undefined && one.value !== value)
    if (value === undefined) {
      if (expression.kind !== 'missing') refuse('is not known when the spec is compiled', expression.span)
    } else if (before !== undefined) {
      refuse(`is ${JSON.stringify(before.value)} already`, expression.span, [{ span: before.at, message: 'expected here first' }])
    } else {
      for (const one of keys) seen.set(one, { value, at })
      made.set(key, { keys, value })
    }
  }
  return [...made.values()]
}

function scalar(expression: Expr, evaluated: (expression: Expr) => ReturnType<Evaluate>): Scalar | undefined {
  if (expression.kind === 'paren') return scalar(expression.value, evaluated)
  if (expression.kind === 'text') return expression.value
  if (expression.kind === 'name') {
    if (expression.name === 'true') return true
    if (expression.name === 'false') return false
    if (expression.name === 'none') return null
  }
  const value = evaluated(expression)
  if (typeof value === 'object' && value !== null) return undefined
  return typeof value === 'number' && !Number.isFinite(value) ? undefined : value
}
