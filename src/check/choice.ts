import * as messages from '../diagnostics/catalogue/check.ts'
import type { Span } from '../source/source.ts'
import type { Expr } from '../syntax/ast.ts'
import type { Elaboration } from './elaboration.ts'
import type { Frame } from './frame.ts'
import { describe, sameValue, type Value } from './value.ts'

/** The arm of a `case` whose key is the subject's value, 'else' for none of them; undefined if the subject is no compile-time value. */
export function choose<Arm extends { readonly key: Expr }>(
  e: Elaboration,
  subject: Value,
  span: Span,
  arms: readonly Arm[],
  frame: Frame,
): Arm | 'else' | undefined {
  if (subject.kind === 'poison') return undefined
  // Layers and starting values are compared with `none` only.
  const plain = subject.kind === 'none' || subject.kind === 'number' || subject.kind === 'flag' || subject.kind === 'text'
  const optional = subject.kind === 'tensor' && asksForNone(arms)
  if (!plain && !optional && subject.kind !== 'recipe' && subject.kind !== 'shared' && subject.kind !== 'init' && subject.kind !== 'list') {
    e.reporter.report(messages.notCompileTime.at(span, { found: describe(subject) }))
    return undefined
  }
  for (const arm of arms) {
    const key = e.evaluate(arm.key, frame)
    if (key.kind === 'poison') return undefined
    if (sameValue(key, subject)) return arm
  }
  return 'else'
}

/** Whether a `case` asks no more than if its subject is there, which is known of values that are not. */
export const asksForNone = (arms: readonly { readonly key: Expr }[]): boolean =>
  arms.every(({ key }) => key.kind === 'name' && key.name === 'none')

/** What a `for` runs through: the items of a list, the letters of a text, at most `most` numbers of a range. Undefined if it is none of these. */
export function itemsOf(e: Elaboration, over: Expr, frame: Frame, most: number): readonly Value[] | undefined {
  const value = e.evaluate(over, frame)
  switch (value.kind) {
    case 'list':
      return value.items
    case 'text':
      return [...value.value].map((letter) => ({ kind: 'text', value: letter }))
    case 'range': {
      const [from, to] = [value.from?.value ?? 0, value.to?.value]
      if (to !== undefined && Number.isSafeInteger(from) && Number.isSafeInteger(to) && to - from <= most) {
        return Array.from({ length: Math.max(0, to - from) }, (_, i) => ({ kind: 'number', value: from + i, form: undefined }))
      }
      break
    }
    case 'poison':
      return undefined
  }
  e.reporter.report(
    messages.wrongKind.at(over.span, { found: describe(value), expected: `a list, a text, or a range of at most ${most} numbers` }),
  )
  return undefined
}
