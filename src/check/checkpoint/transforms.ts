import { badTransformArguments, unknownTransform } from '../../diagnostics/catalogue/checkpoint.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../source/source.ts'
import type { Argument, Expr, Transform } from '../../syntax/ast.ts'
import { product } from '../../util/numbers.ts'
import { replacement, suggest } from '../suggest.ts'

/** One transform with its arguments read. `text` is how messages quote it. */
export type Step = { readonly text: string; readonly span: Span } & StepKind
export type StepKind =
  | { readonly kind: 'transpose'; readonly axes: readonly [number, number] | null }
  | { readonly kind: 'permute'; readonly order: readonly number[] }
  | { readonly kind: 'reshape'; readonly shape: readonly number[]; readonly from: readonly number[] | null }
  | { readonly kind: 'squeeze'; readonly axes: readonly number[] }
  | { readonly kind: 'unflatten'; readonly axis: number; readonly sizes: readonly number[] }
  | { readonly kind: 'flatten'; readonly first: number; readonly last: number; readonly from: readonly number[] | null }
  /** `end` null: to the end of the axis; `of` null: the axis' size is inferred. */
  | { readonly kind: 'slice'; readonly axis: number; readonly start: number; readonly end: number | null; readonly of: number | null }
  /** `sizes` null: those of the weights. */
  | { readonly kind: 'split'; readonly axis: number; readonly sizes: readonly number[] | null }
  | { readonly kind: 'concat'; readonly variable: string; readonly axis: number; readonly sizes: readonly number[] | null }
  /** `count` null: a number's tensors, as many as the weight's axis is long. */
  | { readonly kind: 'stack'; readonly variable: string; readonly axis: number; readonly count: number | null }
  | { readonly kind: 'pointwise'; readonly op: 'add' | 'scale' | 'neg' | 'exp' | 'log'; readonly value: number }

/** Reads a transform's name and arguments; `evaluate` gives the value of an argument, undefined if it has none. */
export function readTransform(transform: Transform, evaluate: Evaluated): Step | Diagnostic {
  const reader = readers[transform.name.text]
  if (reader === undefined) {
    const known = Object.keys(readers)
    const { text: name, span } = transform.name
    const near = suggest(name, known)
    return unknownTransform.at(span, { name, known, nearest: near ?? null }, { fixes: replacement(span, near) })
  }
  try {
    const step = reader(new Arguments(transform, evaluate))
    return { ...step, text: describe(transform.name.text, step), span: transform.span }
  } catch (error) {
    if (error instanceof Refusal) return error.diagnostic
    throw error
  }
}

type Evaluated = (expression: Expr) => unknown

const readers: Readonly<Record<string, (args: Arguments) => StepKind>> = {
  transpose: (args) => {
    const axes = args.rest('none, or two axes')
    args.done('none, or two axes')
    if (axes.length !== 0 && (axes.length !== 2 || axes[0] === axes[1]))
      args.refuse(`names ${axes.length} axes`, 'none, or two different axes')
    return { kind: 'transpose', axes: axes.length === 0 ? null : [axes[0]!, axes[1]!] }
  },
  permute: (args) => {
    const order = args.rest('the axes in their new order')
    args.done('the axes in their new order')
    if (order.length === 0 || order.toSorted((a, b) => a - b).some((axis, k) => axis !== k))
      args.refuse(`names the axes ${order.join(', ') || 'of nothing'}`, `each of 0 .. ${Math.max(order.length - 1, 1)} once`)
    return { kind: 'permute', order }
  },
  reshape: (args) => {
    const from = args.list('from')
    const shape = args.rest('the new sizes')
    args.done('the new sizes, and `from: [..]`')
    for (const size of shape) args.positive(size)
    if (from !== null && product(from) !== product(shape))
      args.refuse(`makes ${product(shape)} elements of ${product(from)}`, 'as many elements as before')
    return { kind: 'reshape', shape, from }
  },
  squeeze: (args) => {
    const axes = args.rest('axes of size 1')
    args.done('axes of size 1')
    if (axes.length === 0 || new Set(axes).size < axes.length) args.refuse('must name the axes to drop, each once', '`squeeze(1)`')
    return { kind: 'squeeze', axes: axes.toSorted((a, b) => a - b) }
  },
  unflatten: (args) => {
    const axis = args.axis('unflatten(0, 16, 768)')
    const sizes = args.rest('an axis and two or more sizes')
    args.done('an axis and two or more sizes')
    if (sizes.length < 2) args.refuse(`names ${sizes.length} sizes`, 'an axis and two or more sizes, `unflatten(0, 16, 768)`')
    for (const size of sizes) args.positive(size)
    return { kind: 'unflatten', axis, sizes }
  },
  flatten: (args) => {
    const from = args.list('from')
    const [first, last, ...more] = args.rest('the first and the last axis')
    args.done('the first and the last axis, and `from: [..]`')
    if (first === undefined || last === undefined || more.length > 0 || last <= first)
      args.refuse('does not name a range of axes', 'the first and the last axis, `flatten(0, 1)`')
    if (from !== null && from.length !== last! - first! + 1)
      args.refuse(`gives ${from.length} sizes for ${last! - first! + 1} axes`, 'a size for each of them')
    return { kind: 'flatten', first: first!, last: last!, from }
  },
  slice: (args) => {
    const of = args.named('of')
    const axis = args.axis('slice(0, 0 .. 128)')
    const [start, end] = args.range()
    args.done('an axis and a range, `slice(0, 0 .. 128)`')
    if (end !== null && end <= start) args.refuse(`takes ${start} .. ${end}, which is empty`, 'a range that ends after it starts')
    if (of !== null && (end ?? start + 1) > of) args.refuse(`takes ${start} .. ${end ?? ''} of ${of}`, `a range inside 0 .. ${of}`)
    return { kind: 'slice', axis, start, end, of }
  },
  split: (args) => {
    const axis = args.axis('split(0, 64, 64)')
    const sizes = args.rest('an axis and the sizes of the parts')
    args.done('an axis and the sizes of the parts')
    for (const size of sizes) args.positive(size)
    return { kind: 'split', axis, sizes: sizes.length === 0 ? null : sizes }
  },
  concat: (args) => {
    const variable = args.variable('concat(p, 0)')
    const axis = args.named('axis')
    const rest = args.rest('a variable, an axis, and the sizes of the parts')
    const sizes = axis === null ? rest.slice(1) : rest
    args.done('a variable, an axis, and the sizes of the parts')
    for (const size of sizes) args.positive(size)
    return { kind: 'concat', variable, axis: axis ?? rest[0] ?? 0, sizes: sizes.length === 0 ? null : sizes }
  },
  stack: (args) => {
    const variable = args.variable('stack(e)')
    const axis = args.named('axis')
    const [positional, ...more] = args.rest('a variable and an axis')
    args.done('a variable and an axis')
    if (more.length > 0) args.refuse('names two axes', 'a variable and an axis, `stack(e, 0)`')
    return { kind: 'stack', variable, axis: axis ?? positional ?? 0, count: null }
  },
  add: (args) => ({ kind: 'pointwise', op: 'add', value: args.real('add(1)') }),
  scale: (args) => ({ kind: 'pointwise', op: 'scale', value: args.real('scale(2)') }),
  neg: (args) => args.nothing({ kind: 'pointwise', op: 'neg', value: 0 }),
  exp: (args) => args.nothing({ kind: 'pointwise', op: 'exp', value: 0 }),
  log: (args) => args.nothing({ kind: 'pointwise', op: 'log', value: 0 }),
}

/** What can stand behind `|` in a mapping. */
export const transformNames: readonly string[] = Object.keys(readers)

class Refusal extends Error {
  readonly diagnostic: Diagnostic
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message)
    this.diagnostic = diagnostic
  }
}

/** The arguments of one transform, taken one by one. */
class Arguments {
  readonly #transform: Transform
  readonly #evaluate: Evaluated
  readonly #positional: Argument[]
  readonly #named: Map<string, Argument>

  constructor(transform: Transform, evaluate: Evaluated) {
    this.#transform = transform
    this.#evaluate = evaluate
    this.#positional = transform.args.filter((arg) => arg.name === undefined)
    this.#named = new Map(transform.args.flatMap((arg) => (arg.name === undefined ? [] : [[arg.name.text, arg]])))
  }

  refuse(problem: string, expected: string, span: Span = this.#transform.span): never {
    throw new Refusal(badTransformArguments.at(span, { transform: this.#transform.name.text, problem, expected }))
  }

  axis(usage: string): number {
    const named = this.named('axis')
    if (named !== null) return named
    const arg = this.#positional.shift()
    if (arg === undefined) this.refuse('names no axis', `an axis, as in \`${usage}\``)
    return this.#whole(arg!.value)
  }

  named(name: string): number | null {
    const arg = this.#take(name)
    return arg === undefined ? null : this.#whole(arg.value)
  }

  list(name: string): readonly number[] | null {
    const arg = this.#take(name)
    if (arg === undefined) return null
    const items = arg.value.kind === 'list' ? arg.value.items : [arg.value]
    return items.map((item) => this.positive(this.#whole(item)))
  }

  /** The remaining positional arguments; a list counts as its items. */
  rest(expected: string): readonly number[] {
    return this.#positional.splice(0).flatMap(({ value }) => {
      if (value.kind === 'range') this.refuse('takes no range', expected, value.span)
      return value.kind === 'list' ? value.items.map((item) => this.#whole(item)) : [this.#whole(value)]
    })
  }

  range(): readonly [number, number | null] {
    const arg = this.#positional.shift()
    if (arg === undefined) this.refuse('names no range', 'an axis and a range, `slice(0, 0 .. 128)`')
    const { value } = arg!
    if (value.kind === 'range')
      return [value.from === undefined ? 0 : this.#whole(value.from), value.to === undefined ? null : this.#whole(value.to)]
    const end = this.#positional.shift()
    if (end === undefined) this.refuse('names no range', 'an axis and a range, `slice(0, 0 .. 128)`', value.span)
    return [this.#whole(value), this.#whole(end!.value)]
  }

  variable(usage: string): string {
    const arg = this.#positional.shift()
    if (arg?.value.kind !== 'name') this.refuse('names no variable of the right side', `a variable, as in \`${usage}\``, arg?.span)
    return (arg!.value as Expr & { kind: 'name' }).name
  }

  real(usage: string): number {
    const arg = this.#positional.shift()
    if (arg === undefined) this.refuse('needs a number', `\`${usage}\``)
    const value = this.#number(arg!.value)
    this.done('one number')
    return value
  }

  nothing(step: StepKind): StepKind {
    this.done('no arguments')
    return step
  }

  positive(size: number): number {
    if (size < 1) this.refuse(`names the size ${size}`, 'sizes of at least 1')
    return size
  }

  /** Nothing may be left over. */
  done(expected: string): void {
    const extra = this.#positional[0]
    if (extra !== undefined) this.refuse('has an argument too many', expected, extra.span)
    for (const [name, arg] of this.#named) this.refuse(`has no argument \`${name}\``, expected, arg.span)
  }

  #take(name: string): Argument | undefined {
    const arg = this.#named.get(name)
    this.#named.delete(name)
    return arg
  }

  #number(expression: Expr): number {
    const value = this.#evaluate(expression)
    if (typeof value === 'number' && Number.isFinite(value)) return value
    return this.refuse('has an argument that is not a number', "a number that follows from the model's sizes", expression.span)
  }

  #whole(expression: Expr): number {
    const value = this.#number(expression)
    if (!Number.isInteger(value) || value < 0) this.refuse(`has the argument ${value}`, 'a whole number of at least 0', expression.span)
    return value
  }
}

function describe(name: string, step: StepKind): string {
  const args = ((): readonly (number | string)[] => {
    switch (step.kind) {
      case 'transpose':
        return step.axes ?? []
      case 'permute':
        return step.order
      case 'reshape':
        return [...step.shape, ...(step.from ? [`from: [${step.from.join(', ')}]`] : [])]
      case 'squeeze':
        return step.axes
      case 'unflatten':
        return [step.axis, ...step.sizes]
      case 'flatten':
        return [step.first, step.last, ...(step.from ? [`from: [${step.from.join(', ')}]`] : [])]
      case 'slice':
        return [step.axis, `${step.start} .. ${step.end ?? ''}`.trim(), ...(step.of === null ? [] : [`of: ${step.of}`])]
      case 'split':
        return [step.axis, ...(step.sizes ?? [])]
      case 'concat':
        return [step.variable, step.axis, ...(step.sizes ?? [])]
      case 'stack':
        return step.axis === 0 ? [step.variable] : [step.variable, step.axis]
      case 'pointwise':
        return step.op === 'add' || step.op === 'scale' ? [step.value] : []
    }
  })()
  return args.length === 0 ? name : `${name}(${args.join(', ')})`
}
