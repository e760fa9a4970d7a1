import * as messages from '../diagnostics/catalogue/check.ts'
import type { Name, StackExpr, StackItem } from '../syntax/ast.ts'
import { apply, applyShared, type Naming } from './apply.ts'
import { choose, itemsOf } from './choice.ts'
import { coerce, openInput } from './coerce.ts'
import type { Elaboration } from './elaboration.ts'
import { Env, type Frame, join } from './frame.ts'
import { makeShared } from './layer.ts'
import { asSize } from './size.ts'
import { calleeName, describe, poison, type TensorValue, type Value } from './value.ts'

/** Applies the items of a stack one after another. `stack(x) { .. }` says where it starts; a bare stack is given its input by the model. */
export function evaluateStack(e: Elaboration, expression: StackExpr, frame: Frame, as?: Name, input?: TensorValue): Value {
  const start = input ?? (expression.input === undefined ? undefined : e.evaluate(expression.input, frame))
  if (start === undefined) {
    e.reporter.report(messages.stackNeedsInput.at({ ...expression.span, end: expression.span.start + 5 }, {}))
    return poison
  }
  if (start.kind !== 'tensor') {
    if (start.kind !== 'poison')
      e.reporter.report(messages.wrongKind.at(expression.input?.span ?? expression.span, { found: describe(start), expected: 'a tensor' }))
    return poison
  }
  const path = as === undefined ? frame.place.path : join(frame.place.path, as.text)
  return new StackRun(e, start).run(expression.items, { ...frame, place: { ...frame.place, path } })
}

/** More layers than any model has: a number that is meant for something else. */
const mostItems = 4096

/** The name of numbered items that have none of their own. */
const slotName = 'layers'

class StackRun {
  readonly #e: Elaboration
  /** How many items of repetitions each slot has, through the whole stack. */
  readonly #counts = new Map<string, number>()
  #value: Value
  #applied = 0

  constructor(e: Elaboration, start: Value) {
    this.#e = e
    this.#value = start
  }

  run(items: readonly StackItem[], frame: Frame): Value {
    this.#items(items, { ...frame, env: new Env(frame.env.scope, frame.env) }, false)
    return this.#value
  }

  #items(items: readonly StackItem[], frame: Frame, repeated: boolean): void {
    for (const item of items) this.#item(item, frame, repeated)
  }

  #item(item: StackItem, frame: Frame, repeated: boolean): void {
    const e = this.#e
    switch (item.kind) {
      case 'missing':
        this.#value = poison
        return
      case 'shared':
        frame.env.set(item.name.text, makeShared(e, e.evaluate(item.value, frame), item.name.text, item.value.span, frame))
        return
      case 'repeat': {
        const size = asSize(e.evaluate(item.count, frame), item.count.span, e.reporter, 'a number of repetitions')
        const count = size && size.value <= mostItems ? size : undefined
        if (size !== undefined && count === undefined)
          e.reporter.report(messages.tooManyItems.at(item.count.span, { found: size.value, most: mostItems }))
        if (count === undefined) this.#value = poison
        for (let i = 0; i < (count?.value ?? 0); i++) this.#items(item.items, inner(frame), true)
        return
      }
      case 'for': {
        const values = itemsOf(e, item.over, frame, mostItems)
        if (values === undefined) this.#value = poison
        for (const value of values ?? []) {
          const each = inner(frame)
          each.env.set(item.variable.text, value)
          this.#items(item.items, each, true)
        }
        return
      }
      case 'caseItem': {
        const subject = e.evaluate(item.subject, frame)
        const arm = choose(e, subject, item.subject.span, item.arms, frame)
        const chosen = arm === 'else' ? item.otherwise : arm?.items
        if (chosen !== undefined) this.#items(chosen, frame, repeated)
        else {
          if (arm === 'else') {
            e.reporter.report(
              messages.noArm.at(item.subject.span, { found: describe(subject), arms: item.arms.map(({ key }) => e.text(key.span)) }),
            )
          }
          this.#value = poison
        }
        return
      }
      case 'item':
        this.#apply(item, frame, repeated)
        return
    }
  }

  /** Applies an item, and makes its name known whatever comes of it. */
  #apply(item: Extract<StackItem, { kind: 'item' }>, frame: Frame, repeated: boolean): void {
    if (this.#applied++ < mostItems) this.#applyItem(item, frame, repeated)
    else if (this.#value.kind !== 'poison') {
      this.#e.reporter.report(messages.tooManyItems.at(item.span, { found: this.#applied, most: mostItems }))
      this.#value = poison
    }
    if (item.value.kind === 'as' && item.value.name.text !== '') frame.env.set(item.value.name.text, this.#value)
  }

  #applyItem({ value: expression }: Extract<StackItem, { kind: 'item' }>, frame: Frame, repeated: boolean): void {
    const e = this.#e
    const as = expression.kind === 'as' ? expression.name : undefined
    const recipe = e.evaluate(expression, frame)
    const layer =
      recipe.kind === 'recipe' || recipe.kind === 'shared' ? coerce(recipe, { kind: 'layer' }, expression.span, e.reporter) : recipe
    if (layer.kind !== 'recipe' && layer.kind !== 'shared') {
      if (layer.kind !== 'poison') {
        e.reporter.report(
          messages.wrongKind.at(expression.span, {
            found: describe(layer),
            expected: 'a layer with one open input, which a stack gives it',
          }),
        )
      }
      this.#value = poison
    }
    const before = this.#value
    if (before.kind !== 'tensor' || (layer.kind !== 'recipe' && layer.kind !== 'shared')) return
    const { callee, given } = layer.kind === 'shared' ? layer.recipe : layer
    const all = new Map(given).set(openInput(layer), { value: before, span: expression.span, named: false })
    const named = layer.kind === 'recipe' ? layer.as : as
    const naming: Naming = {
      segment: this.#slot(named?.text, calleeName(callee), repeated),
      span: named?.span ?? expression.span,
      given: named !== undefined,
    }
    const result =
      layer.kind === 'shared'
        ? applyShared(e, layer, all, naming, expression.span, frame)
        : apply(e, { ...layer, given: all }, naming, expression.span, frame)
    this.#value = result ?? poison
  }

  #slot(name: string | undefined, definition: string, repeated: boolean): string {
    if (!repeated) return name ?? definition
    const slot = name ?? slotName
    const count = this.#counts.get(slot) ?? 0
    this.#counts.set(slot, count + 1)
    return `${slot}.${count}`
  }
}

const inner = (frame: Frame): Frame => ({ ...frame, env: new Env(frame.env.scope, frame.env) })
