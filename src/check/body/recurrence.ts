import * as messages from '../../diagnostics/catalogue/check.ts'
import { constant, type Dim, printSize } from '../../dims/index.ts'
import type { Recurrence } from '../../graph/graph.ts'
import type { Span } from '../../source/source.ts'
import type { RecurrenceDecl, RecurrenceStatement, TensorTypeExpr } from '../../syntax/ast.ts'
import { sameNumbers } from '../../util/numbers.ts'
import { itemsOf } from '../choice.ts'
import { Env } from '../frame.ts'
import { asCount } from '../size.ts'
import { toNode } from './arithmetic.ts'
import { BodyContext } from './context.ts'
import { bodyExpression } from './expression.ts'
import type { NodeValue } from './value.ts'

/** Loops are unrolled, so their bodies are repeated in every kernel. */
const mostRounds = 256

export interface BuiltRecurrence {
  readonly kind: 'recurrence'
  readonly body: Recurrence
  readonly shape: readonly number[]
  readonly forms: readonly Dim[]
  readonly stateForms: readonly (readonly Dim[])[]
}

/** The equations of one token for given sizes; loops are unrolled. Undefined after an error. */
export function recurrenceBody(b: BodyContext, decl: RecurrenceDecl): BuiltRecurrence | undefined {
  const run = new Equations(b)
  run.all(decl.body, b)
  if (run.failed) return undefined
  if (run.out === undefined) {
    b.e.reporter.report(messages.noOut.at(decl.name.span, { definition: decl.name.text }))
    return undefined
  }
  const { value, span } = run.out
  const expected = sizesOf(b, decl.result)
  if (expected === undefined) return undefined
  const shape = b.shape(value)
  if (!sameNumbers(shape, expected.values)) {
    const related = [{ span: decl.result.span, message: 'declared here' }]
    b.e.reporter.report(
      messages.typeDiffers.at(
        span,
        { name: 'out', found: b.describe(value), expected: printShape(b.e.text(decl.result.span), expected.values, expected.forms) },
        { related },
      ),
    )
    return undefined
  }
  const states = [...run.states.values()]
  for (const [name, { node }] of run.states) b.builder.assign(name, node.id)
  return {
    kind: 'recurrence',
    body: b.builder.recurrence(value.id),
    shape,
    forms: expected.forms,
    stateForms: states.map(({ forms }) => forms),
  }
}

const printShape = (text: string, values: readonly number[], forms: readonly Dim[]): string =>
  values.length === 0 ? text : `${text} (${values.map((value, axis) => printSize(forms[axis] ?? constant(value), value)).join(', ')})`

/** The sizes of a declared shape of a body: no roles, every one known. */
export function sizesOf(
  b: BodyContext,
  { axes }: TensorTypeExpr,
): { readonly values: readonly number[]; readonly forms: readonly Dim[] } | undefined {
  const [values, forms]: [number[], Dim[]] = [[], []]
  for (const axis of axes) {
    if (axis.kind === 'rest') {
      b.e.reporter.report(messages.wrongKind.at(axis.span, { found: '`..`', expected: 'a size: a body sees one head' }))
      return undefined
    }
    const size = asCount(b.e.evaluate(axis.size, b.frame), axis.span, b.e.reporter)
    if (size === undefined) return undefined
    values.push(size.value)
    forms.push(size.form ?? constant(size.value))
  }
  return { values, forms }
}

class Equations {
  readonly states = new Map<string, { node: NodeValue; readonly forms: readonly Dim[] }>()
  out: { readonly value: NodeValue; readonly span: Span } | undefined
  failed = false
  readonly #b: BodyContext

  constructor(b: BodyContext) {
    this.#b = b
  }

  all(statements: readonly RecurrenceStatement[], b: BodyContext): void {
    for (const statement of statements) this.#run(statement, b)
  }

  #run(statement: RecurrenceStatement, b: BodyContext): void {
    switch (statement.kind) {
      case 'missing':
        this.failed = true
        return
      case 'state':
        this.#state(statement, b)
        return
      case 'assign': {
        const value = bodyExpression(b, statement.value)
        const name = statement.name.text
        if (!b.states.has(name)) {
          b.names.set(name, value)
          return
        }
        this.#assign(name, value, statement.value.span, b)
        return
      }
      case 'for': {
        const items = itemsOf(b.e, statement.over, b.frame, mostRounds)
        if (items === undefined) this.failed = true
        for (const item of items ?? []) {
          const env = new Env(b.frame.env.scope, b.frame.env)
          env.set(statement.variable.text, item)
          const names = new Map(b.names)
          const inner = new BodyContext({ e: b.e, builder: b.builder, kind: b.kind, frame: { ...b.frame, env }, names, states: b.states })
          this.all(statement.body, inner)
          // Locals of a round end with it; states go on.
          for (const state of b.states) b.names.set(state, names.get(state) ?? { kind: 'poison' })
        }
        return
      }
      case 'out': {
        const value = bodyExpression(b, statement.value)
        const node = value.kind === 'poison' ? undefined : toNode(b, { value, span: statement.value.span }, 'f32')
        if (node === undefined) this.failed = true
        else if (this.out !== undefined) b.e.reporter.report(messages.secondOut.at(statement.span, {}))
        else this.out = { value: node, span: statement.value.span }
        return
      }
    }
  }

  #state({ name, type, init }: Extract<RecurrenceStatement, { kind: 'state' }>, b: BodyContext): void {
    const sizes = sizesOf(b, type)
    if (sizes === undefined) {
      this.failed = true
      b.names.set(name.text, { kind: 'poison' })
      return
    }
    let start: number | null = null
    if (init !== undefined) {
      const node = this.#fitting(bodyExpression(b, init), init.span, sizes.values, name.text, b)
      if (node === undefined) return
      start = node.id
    }
    const node = b.node(b.builder.state(name.text, sizes.values, start), sizes.forms)
    b.names.set(name.text, node)
    this.states.set(name.text, { node, forms: sizes.forms })
  }

  #assign(name: string, value: ReturnType<typeof bodyExpression>, span: Span, b: BodyContext): void {
    const state = this.states.get(name)
    if (state === undefined) {
      this.failed = true
      return
    }
    const node = this.#fitting(value, span, b.shape(state.node), name, b)
    if (node === undefined) {
      b.names.set(name, { kind: 'poison' })
      return
    }
    state.node = { ...node, forms: state.forms }
    b.names.set(name, state.node)
  }

  /** A value that a state can have. */
  #fitting(
    value: ReturnType<typeof bodyExpression>,
    span: Span,
    shape: readonly number[],
    name: string,
    b: BodyContext,
  ): NodeValue | undefined {
    const node = value.kind === 'poison' ? undefined : toNode(b, { value, span }, 'f32')
    if (node !== undefined && sameNumbers(b.shape(node), shape)) return node
    this.failed = true
    if (node !== undefined) {
      const expected = shape.length === 0 ? 'a scalar' : `[${shape.join(', ')}], the shape of the state`
      this.#b.e.reporter.report(messages.typeDiffers.at(span, { name, found: b.describe(node), expected }))
    }
    return undefined
  }
}
