import * as messages from '../../diagnostics/catalogue/checkpoint.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { TensorSource, Weight } from '../../model/model.ts'
import type { Span } from '../../source/source.ts'
import { ChainConflict, infer, layOut } from './chain.ts'
import { isDiagnostic, isPattern, type Rule } from './entries.ts'
import type { Evaluate } from './evaluate.ts'
import { lower } from './lower.ts'
import { type Binding, fill, type Pattern, variableNames } from './pattern.ts'
import { readTransform, type Step } from './transforms.ts'

/** A weight that a rule matches, with the values of the left side's variables. */
export interface Match {
  readonly weight: Weight
  readonly binding: Binding
}

/** A rule whose transforms and variables make sense by themselves. */
export interface ReadRule {
  readonly rule: Rule
  readonly steps: readonly Step[]
  /** The right side's pattern, or the number that fills the weight. */
  readonly from: Pattern | number
  /** The list that stands on the left only. */
  readonly targets: { readonly name: string; readonly values: readonly string[] } | undefined
  /** Variables that stand on the right only, by their kinds. */
  readonly lists: readonly { readonly name: string; readonly values: readonly string[] }[]
  readonly numbers: readonly string[]
}

/** Reads a rule's transforms and says which variables are split, stacked or concatenated. */
export function readRule(rule: Rule, evaluate: Evaluate): ReadRule | readonly Diagnostic[] {
  const steps: Step[] = []
  const problems: Diagnostic[] = []
  for (const transform of rule.transforms) {
    const step = readTransform(transform, (expression) => evaluate(expression, rule.locals))
    if (isDiagnostic(step)) problems.push(step)
    else steps.push(step)
  }
  if (!isPattern(rule.theirs)) {
    const name = rule.theirs.text
    if (name !== 'zeros' && name !== 'ones') problems.push(messages.unknownFill.at(rule.theirs.span, { name }))
    else if (rule.transforms[0] !== undefined)
      problems.push(
        messages.badTransformArguments.at(rule.transforms[0].span, {
          transform: rule.transforms[0].name.text,
          problem: `of \`${name}\`, which is no tensor of the file`,
          expected: `\`${name}\` alone`,
        }),
      )
    if (problems.length > 0) return problems
    return { rule, steps: [], from: name === 'ones' ? 1 : 0, targets: undefined, lists: [], numbers: [] }
  }
  if (problems.length > 0) return problems

  const left = variableNames(rule.ours)
  const right = variableNames(rule.theirs)
  const leftOnly = left.filter((name) => !right.includes(name))
  const rightOnly = right.filter((name) => !left.includes(name))
  // A variable of a group's prefix stands elsewhere: the rule's own pattern is marked instead.
  const at = (name: string, pattern: Pattern): Span =>
    pattern.pieces.flatMap((piece) =>
      piece.kind === 'variable' && piece.name === name && piece.span.start >= pattern.span.start ? [piece.span] : [],
    )[0] ?? pattern.span
  const refuse = (variable: string, span: Span, problem: string, expected: string) =>
    problems.push(messages.badVariable.at(span, { variable, problem, expected }))

  for (const name of leftOnly) {
    if (rule.variables.get(name) === null)
      refuse(
        name,
        at(name, rule.ours),
        'is a number that stands on the left only',
        `it on the right too, or a list \`{${name}=..|..}\` and \`split\``,
      )
  }
  const lists = leftOnly.filter((name) => rule.variables.get(name) !== null)
  const splits = steps.filter((step) => step.kind === 'split')
  if (lists.length > 1)
    refuse(lists[1]!, at(lists[1]!, rule.ours), 'is the second list on the left only', 'one such list for the parts of `split`')
  else if (lists.length === 1 && splits.length === 0)
    refuse(
      lists[0]!,
      at(lists[0]!, rule.ours),
      'stands on the left only',
      '`split` among the transforms, or the same variable on the right',
    )
  else if (lists.length === 0 && splits.length > 0)
    problems.push(
      messages.badTransformArguments.at(splits[0]!.span, {
        transform: 'split',
        problem: 'makes several weights, but the left side names one',
        expected: 'a list on the left, `{p=q|k}`, or `slice`',
      }),
    )
  else if (splits.length > 1)
    problems.push(
      messages.badTransformArguments.at(splits[1]!.span, {
        transform: 'split',
        problem: 'stands twice in one rule',
        expected: 'one `split` for one list',
      }),
    )

  const joined = new Map<string, Step>()
  for (const step of steps) {
    if (step.kind !== 'stack' && step.kind !== 'concat') continue
    const { variable } = step
    if (!rightOnly.includes(variable))
      refuse(
        variable,
        step.span,
        right.includes(variable) ? 'stands on both sides' : 'is not a variable of the right side',
        `a variable of the right side only${rightOnly.length > 0 ? `: ${rightOnly.map((name) => `\`${name}\``).join(', ')}` : ''}`,
      )
    else if (joined.has(variable)) refuse(variable, step.span, 'is joined already', 'one `stack` or `concat` for each variable')
    else if (step.kind === 'concat' && rule.variables.get(variable) === null)
      refuse(
        variable,
        step.span,
        'is a number, of which `concat` cannot tell how many there are',
        '`stack` and `flatten`, or a list `{p=a|b}`',
      )
    else if (step.kind === 'concat' && step.sizes !== null && step.sizes.length !== rule.variables.get(variable)!.length)
      problems.push(
        messages.badTransformArguments.at(step.span, {
          transform: 'concat',
          problem: `has ${step.sizes.length} sizes`,
          expected: `${rule.variables.get(variable)!.length}, one for each of ${rule.variables.get(variable)!.join(', ')}`,
        }),
      )
    joined.set(variable, step)
  }
  for (const name of rightOnly) {
    if (!joined.has(name))
      refuse(
        name,
        at(name, rule.theirs),
        'stands on the right only',
        `\`stack(${name})\` among the transforms, or the same variable on the left`,
      )
  }
  const target = lists[0]
  const values = target === undefined ? undefined : rule.variables.get(target)!
  const split = splits[0]
  if (values && split?.kind === 'split' && split.sizes !== null && split.sizes.length !== values.length)
    problems.push(
      messages.badTransformArguments.at(split.span, {
        transform: 'split',
        problem: `has ${split.sizes.length} sizes`,
        expected: `${values.length}, one for each of ${values.join(', ')}`,
      }),
    )
  if (problems.length > 0) return problems
  return {
    rule,
    steps,
    from: rule.theirs,
    targets: target === undefined ? undefined : { name: target, values: values! },
    lists: rightOnly.flatMap((name) => {
      const list = rule.variables.get(name)
      return list ? [{ name, values: list }] : []
    }),
    numbers: rightOnly.filter((name) => rule.variables.get(name) === null),
  }
}

export interface Made {
  readonly weight: Weight
  readonly from: TensorSource
}

/**
 * The sources of all weights that a rule matches: one chain of transforms for each value of the variables on both sides. Mistakes repeat
 * for every layer, so the first of a kind stands for all. `assume` as in `infer`.
 */
export function applyRule(
  read: ReadRule,
  matches: readonly Match[],
  assume: (step: number) => number,
): { readonly made: readonly Made[]; readonly diagnostics: readonly Diagnostic[] } {
  const { rule, steps, from, targets, lists, numbers } = read
  if (typeof from === 'number')
    return { made: matches.map(({ weight }) => ({ weight, from: { kind: 'fill', value: from, shape: weight.shape } })), diagnostics: [] }

  const instances = new Map<string, Match[]>()
  for (const match of matches) {
    const { [targets?.name ?? '']: _, ...shared } = match.binding
    const key = JSON.stringify(shared)
    const list = instances.get(key)
    if (list === undefined) instances.set(key, [match])
    else list.push(match)
  }
  const chain = layOut(steps, lists, targets)
  const made: Made[] = []
  const failures: { build: (more: number) => Diagnostic }[] = []
  for (const members of instances.values()) {
    const { binding } = members[0]!
    const ordered =
      targets === undefined ? members : targets.values.map((value) => members.find((member) => member.binding[targets.name] === value))
    if (ordered.includes(undefined)) {
      const path = (value: string) => fill(rule.ours, { ...binding, [targets!.name]: value })
      const missing = targets!.values.filter((_, k) => ordered[k] === undefined)
      const found = targets!.values.filter((_, k) => ordered[k] !== undefined)
      failures.push({ build: () => messages.missingTargets.at(rule.ours.span, { missing: missing.map(path), found: found.map(path) }) })
      continue
    }
    const weights = (ordered as readonly Match[]).map(({ weight }) => weight)
    const tensor = (own: Binding) => fill(from, { ...binding, ...own })
    try {
      const inferred = infer(
        chain,
        weights.map(({ shape }) => shape),
        assume,
      )
      if ('open' in inferred) {
        const { open, shape } = inferred
        failures.push({
          build: () =>
            messages.shapeUnknown.at(open.span, {
              tensor: tensor({}),
              transform: open.text,
              known: shape?.map((dim) => dim ?? null) ?? null,
              hint: 'the sizes before it, `from: [..]`',
            }),
        })
        continue
      }
      for (const [lane, weight] of weights.entries()) made.push({ weight, from: lower(chain, inferred.shapes, lane, numbers, tensor) })
    } catch (error) {
      if (!(error instanceof ChainConflict)) throw error
      const named = weights[Math.max(0, targets?.values.indexOf(error.key[targets.name] ?? '') ?? 0)]!
      failures.push({
        build: (more) =>
          messages.shapesDisagree.at(error.step.span, {
            tensor: tensor({}),
            weight: named.path,
            shape: named.shape,
            problem: error.message,
            more,
          }),
      })
    }
  }
  const first = failures[0]
  return { made, diagnostics: first === undefined ? [] : [first.build(failures.length - 1)] }
}
