import * as messages from '../../diagnostics/catalogue/check.ts'
import { add, constant, type Dim, multiply, printSize } from '../../dims/index.ts'
import { pointwise as functions } from '../../graph/pointwise.ts'
import type { Span } from '../../source/source.ts'
import type { Argument, Expr, FunctionDecl, KindType, Name } from '../../syntax/ast.ts'
import { product } from '../../util/numbers.ts'
import { foldFunction, type Spanned } from '../arithmetic.ts'
import { coerce } from '../coerce.ts'
import { Env } from '../frame.ts'
import type { FileScope } from '../program.ts'
import { kindOf, tensorType } from '../signature.ts'
import { roundUp } from '../size.ts'
import { calleeName, describe, type NumberValue, number, poison, type Value } from '../value.ts'
import { bodyPointwise, type SpannedBody, toNode } from './arithmetic.ts'
import type { BodyContext, Operand } from './context.ts'
import type { BodyValue, NodeValue } from './value.ts'

type Evaluate = (b: BodyContext, expression: Expr) => BodyValue

interface Arg extends SpannedBody {
  readonly name: Name | undefined
}

/** A call in a body. `piped` is what a pipe gives as the first argument. */
export function bodyCall(
  b: BodyContext,
  callee: Expr,
  argumentExpressions: readonly Argument[],
  piped: SpannedBody | undefined,
  span: Span,
  evaluate: Evaluate,
): BodyValue {
  const target = evaluate(b, callee)
  const args = argumentExpressions.map(({ name, value }): Arg => ({ name, value: evaluate(b, value), span: value.span }))
  if (piped !== undefined) args.unshift({ ...piped, name: undefined })
  if (target.kind === 'poison' || args.some(({ value }) => value.kind === 'poison')) return poison
  const name = target.kind === 'recipe' ? calleeName(target.callee) : callee.kind === 'name' ? callee.name : ''
  if (target.kind === 'recipe' && target.callee.kind === 'builtin' && Object.hasOwn(vocabulary, name)) {
    if (name === 'max' && args.length === 2) return elementwise(b, name, args, span)
    return vocabulary[name]?.(new BodyArgs(b, name, args, span)) ?? poison
  }
  if (target.kind !== 'function') {
    if (target.kind === 'recipe' || target.kind === 'shared') {
      b.e.reporter.report(messages.notInBody.at(callee.span, { found: `\`${b.e.text(callee.span)}\``, kind: b.kind }))
    } else
      b.e.reporter.report(
        messages.notCallable.at(callee.span, {
          found: target.kind === 'node' || target.kind === 'diagonal' ? b.describe(target) : describe(target),
        }),
      )
    return poison
  }
  const { callee: called } = target
  switch (called.kind) {
    case 'pointwise':
      return elementwise(b, called.fn, args, span)
    case 'function':
      return inline(b, called.decl, called.scope, args, span, evaluate)
    case 'special':
      return vocabulary[called.name]?.(new BodyArgs(b, called.name, args, span)) ?? poison
    default:
      b.e.reporter.report(messages.notInBody.at(callee.span, { found: `\`${b.e.text(callee.span)}\``, kind: b.kind }))
      return poison
  }
}

function elementwise(b: BodyContext, fn: string, args: readonly Arg[], span: Span): BodyValue {
  const arity = functions[fn]?.arity
  if (args.length !== arity || args.some(({ name }) => name !== undefined)) {
    b.e.reporter.report(messages.wrongCount.at(span, { name: fn, found: args.length, expected: `${arity}` }))
    return poison
  }
  if (args.every(({ value }) => value.kind === 'number')) return foldFunction(fn, args as unknown as readonly Spanned<NumberValue>[])
  return bodyPointwise(b, fn, args, span) ?? poison
}

/** Arguments of one function of the vocabulary of bodies. */
class BodyArgs {
  readonly b: BodyContext
  readonly name: string
  readonly span: Span
  readonly #args: readonly Arg[]

  constructor(b: BodyContext, name: string, args: readonly Arg[], span: Span) {
    this.b = b
    this.name = name
    this.#args = args
    this.span = span
  }

  /** Exactly these many positional arguments and no named ones but `named`. */
  take(least: number, named: readonly string[] = [], most = least): readonly SpannedBody[] | undefined {
    const positional = this.#args.filter(({ name }) => name === undefined)
    const odd = this.#args.find(({ name }) => name !== undefined && !named.includes(name.text))
    if (odd?.name !== undefined) {
      this.b.e.reporter.report(
        messages.unknownArgument.at(odd.name.span, { definition: this.name, argument: odd.name.text, known: named, near: null }),
      )
      return undefined
    }
    if (positional.length >= least && positional.length <= most) return positional
    const expected = least === most ? `${least}` : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`
    this.b.e.reporter.report(messages.wrongCount.at(this.span, { name: this.name, found: positional.length, expected }))
    return undefined
  }

  named(name: string): SpannedBody | undefined {
    return this.#args.find((arg) => arg.name?.text === name)
  }

  /** The arguments as f32 nodes of these ranks; null: at least one axis. */
  nodes(...ranks: readonly (number | null)[]): readonly Operand[] | undefined {
    const args = this.take(ranks.length)
    if (args === undefined) return undefined
    const found: Operand[] = []
    for (const [i, arg] of args.entries()) {
      const node = toNode(this.b, arg, 'f32')
      if (node === undefined) return undefined
      const [rank, { length }] = [ranks[i] as number | null, this.b.shape(node)]
      if (rank === null ? length === 0 : length !== rank)
        return this.b.refuse(node, arg.span, rank === 1 ? 'a vector' : rank === 2 ? 'a matrix' : 'a vector or matrix')
      found.push({ value: node, span: arg.span })
    }
    return found
  }

  /** Reports the second operand if its size is not that of the first. */
  same(left: Operand, leftAxis: number, right: Operand, rightAxis: number, what: string): boolean {
    const { b } = this
    const [x, y] = [b.shape(left.value)[leftAxis] as number, b.shape(right.value)[rightAxis] as number]
    if (x === y) return true
    const [found, expected] = [printSize(right.value.forms[rightAxis] as Dim, y), printSize(left.value.forms[leftAxis] as Dim, x)]
    b.e.reporter.report(messages.sizesDiffer.at(right.span, { what, found, expected }))
    return false
  }

  emit(op: string, inputs: readonly Operand[], forms: readonly Dim[], attrs = {}): NodeValue | undefined {
    return this.b.emit(op, inputs, attrs, forms, this.span)
  }
}

const form = (operand: Operand, axis: number): Dim => operand.value.forms.at(axis) as Dim

/** What bodies can say beside pointwise arithmetic. */
const vocabulary: Readonly<Record<string, (args: BodyArgs) => BodyValue | undefined>> = {
  outer: (args) => {
    const [u, w] = args.nodes(1, 1) ?? []
    return u && w && args.emit('outer', [u, w], [form(u, 0), form(w, 0)])
  },
  read: (args) => {
    const [s, u] = args.nodes(2, 1) ?? []
    return s && u && args.same(s, 0, u, 0, 'the vector that reads the rows') ? args.emit('read', [s, u], [form(s, 1)]) : undefined
  },
  matvec: (args) => {
    const [m, u] = args.nodes(2, 1) ?? []
    return m && u && args.same(m, 1, u, 0, 'the vector') ? args.emit('matvec', [m, u], [form(m, 0)]) : undefined
  },
  dot: (args) => {
    const [a, c] = args.nodes(1, 1) ?? []
    return a && c && args.same(a, 0, c, 0, 'the second vector') ? args.emit('dot', [a, c], []) : undefined
  },
  diag: (args) => {
    const [a] = args.nodes(1) ?? []
    return a && { kind: 'diagonal', of: a.value }
  },
  softmax: (args) => {
    const [x] = args.nodes(null) ?? []
    return x && args.emit('softmax', [x], x.value.forms)
  },
  unit: (args) => {
    const [arg] = args.take(1, ['eps']) ?? []
    const node = arg && toNode(args.b, arg, 'f32')
    const eps = args.named('eps')
    if (arg === undefined || node === undefined) return undefined
    if (eps !== undefined && eps.value.kind !== 'number') return args.b.refuse(eps.value, eps.span, 'a number')
    return args.emit('unit', [{ value: node, span: arg.span }], node.forms, { eps: eps?.value.kind === 'number' ? eps.value.value : 1e-6 })
  },
  sum: (args) => reduced(args, 'sum'),
  mean: (args) => reduced(args, 'mean'),
  max: (args) => reduced(args, 'max'),
  clamp: (args) => {
    const [x, least, most] = args.take(2, [], 3) ?? []
    if (x === undefined || least === undefined) return undefined
    const bounded = least.value.kind === 'none' ? toNode(args.b, x, 'f32') : bodyPointwise(args.b, 'max', [x, least], args.span)
    if (bounded === undefined || most === undefined || most.value.kind === 'none') return bounded
    return bodyPointwise(args.b, 'min', [{ value: bounded, span: x.span }, most], args.span)
  },
  slice: (args) => {
    const [x, range] = args.take(2) ?? []
    if (x === undefined || range === undefined) return undefined
    if (x.value.kind !== 'node' || args.b.shape(x.value).length === 0) return args.b.refuse(x.value, x.span, 'a vector or matrix')
    if (range.value.kind !== 'range') return args.b.refuse(range.value, range.span, 'a range')
    const axis = args.b.shape(x.value).length - 1
    const [start, end] = [range.value.from?.value ?? 0, range.value.to?.value ?? (args.b.shape(x.value)[axis] as number)]
    return args.b.emit('slice', [{ value: x.value, span: x.span }], { axis, start, end }, undefined, args.span)
  },
  concat: (args) => {
    const parts = args.take(1, [], Number.POSITIVE_INFINITY)?.map((arg) => ({ value: toNode(args.b, arg, 'f32'), span: arg.span }))
    if (parts === undefined || parts.some(({ value }) => value === undefined)) return undefined
    const operands = parts as readonly Operand[]
    const axis = args.b.shape((operands[0] as Operand).value).length - 1
    if (axis < 0) return args.b.refuse((operands[0] as Operand).value, (operands[0] as Operand).span, 'vectors')
    const total = operands.map((operand) => operand.value.forms[axis] ?? constant(1)).reduce(add, constant(0))
    return args.b.emit('concat', operands, { axis }, (operands[0] as Operand).value.forms.with(axis, total), args.span)
  },
  flatten: (args) => {
    const [x] = args.nodes(null) ?? []
    return x && args.emit('reshape', [x], [x.value.forms.reduce(multiply, constant(1))], { shape: [product(args.b.shape(x.value))] })
  },
  round_up: (args) => {
    const [x, m] = args.take(2) ?? []
    if (x?.value.kind === 'number' && m?.value.kind === 'number' && m.value.value > 0) return roundUp(x.value, m.value)
    return x && args.b.refuse(x.value, x.span, 'two numbers, the second positive')
  },
}

/** The functions that a body can call, besides pointwise ones. */
export const bodyWords: ReadonlySet<string> = new Set(Object.keys(vocabulary))

function reduced(args: BodyArgs, fn: string): NodeValue | undefined {
  const [x] = args.nodes(null) ?? []
  return x && args.emit('reduce', [x], [...x.value.forms.slice(0, -1), constant(1)], { fn })
}

/** A function of the spec: its equation with the arguments in place of its parameters. */
function inline(b: BodyContext, decl: FunctionDecl, scope: FileScope, args: readonly Arg[], span: Span, evaluate: Evaluate): BodyValue {
  const env = new Env(scope)
  const frame = { ...b.frame, env }
  const names = new Map<string, BodyValue>()
  if (b.e.reporter.depth() > 64) {
    b.e.reporter.report(messages.appliesItself.at(span, { definition: decl.name.text }))
    return poison
  }
  if (args.length > decl.params.length) {
    b.e.reporter.report(messages.wrongCount.at(span, { name: decl.name.text, found: args.length, expected: `${decl.params.length}` }))
    return poison
  }
  const inner = b.inner(frame, names)
  for (const [i, param] of decl.params.entries()) {
    const name = param.name.text
    const arg = args.find((one) => one.name?.text === name) ?? (args[i]?.name === undefined ? args[i] : undefined)
    if (arg === undefined) {
      if (param.default === undefined) {
        b.e.reporter.report(messages.missingArgument.at(span, { definition: decl.name.text, argument: name, kind: 'a value' }))
        return poison
      }
      names.set(name, evaluate(inner, param.default))
      continue
    }
    const type = tensorType(param)
    if (type === undefined) {
      if (arg.value.kind === 'node' || arg.value.kind === 'diagonal') {
        b.refuse(arg.value, arg.span, 'a value that is known at compile time')
        return poison
      }
      env.set(name, coerce(arg.value as Value, kindOf(param.type as KindType, scope), arg.span, b.e.reporter))
      continue
    }
    const node = toNode(b, arg, type.dtype.text === 'bool' ? 'bool' : type.dtype.text === 'u32' ? 'u32' : 'f32')
    if (node === undefined) return poison
    const shape = b.shape(node)
    if (shape.length !== type.axes.length) {
      b.refuse(node, arg.span, `${type.axes.length} axes for \`${name}\``)
      return poison
    }
    for (const [axis, declared] of type.axes.entries()) {
      if (declared.kind === 'rest') continue
      const { size } = declared
      if (size.kind === 'name' && !env.has(size.name)) {
        env.set(size.name, number(shape[axis] as number, node.forms[axis]))
        continue
      }
      const expected = b.e.evaluate(size, frame)
      if (expected.kind === 'number' && expected.value !== shape[axis]) {
        b.e.reporter.report(
          messages.sizesDiffer.at(arg.span, {
            what: `\`${name}\``,
            found: printSize(node.forms[axis] as Dim, shape[axis] as number),
            expected: describe(expected).replace('the number ', ''),
          }),
        )
        return poison
      }
    }
    names.set(name, node)
  }
  return b.e.reporter.within({ span, definition: decl.name.text }, () => evaluate(inner, decl.value))
}
