import * as messages from '../diagnostics/catalogue/check.ts'
import { constant, type Dim } from '../dims/index.ts'
import type { NodeId, ValueType } from '../graph/graph.ts'
import type { Checkpoint, Model } from '../model/model.ts'
import type { Span } from '../source/source.ts'
import type { CheckpointDecl, Expr, ModelDecl, Statement, TensorTypeExpr } from '../syntax/ast.ts'
import { resolveCheckpoint } from './checkpoint/index.ts'
import { coerce } from './coerce.ts'
import { Elaboration } from './elaboration.ts'
import { evaluate } from './expression.ts'
import { finish } from './finish.ts'
import { Env, type Frame } from './frame.ts'
import { Body, initValue } from './layer.ts'
import { checkModelRequire } from './model-require.ts'
import type { Observer } from './observer.ts'
import { plainValue } from './plain.ts'
import { readPrecision } from './precision.ts'
import type { FileScope, Program } from './program.ts'
import { isLibrary, Reporter } from './report.ts'
import { describeSegment } from './segment.ts'
import { kindOf } from './signature.ts'
import { asCount, asSize, underName } from './size.ts'
import { evaluateStack } from './stack.ts'
import { number, poison, type TensorValue, type Value } from './value.ts'

/** A model to elaborate: its declaration, and the values that an application (or the caller) gives to its sizes and parameters. */
export interface ModelRequest {
  readonly name: string
  readonly decl: ModelDecl
  readonly scope: FileScope
  readonly given: ReadonlyMap<string, Given>
  readonly checkpoint: CheckpointDecl | undefined
  readonly doc: string
}

export interface Given {
  readonly value: Value
  readonly span: Span | undefined
}

type InputStatement = Extract<Statement, { kind: 'input' | 'output' }>

/** Elaborates one model. `model` is undefined if there are errors. */
export function elaborateModel(
  program: Program,
  request: ModelRequest,
  reporter = new Reporter(),
  observer?: Observer,
): { readonly model: Model | undefined; readonly reporter: Reporter } {
  return { model: new ModelRun(program, request, reporter, observer).run(), reporter }
}

class ModelRun {
  readonly #request: ModelRequest
  readonly #e: Elaboration
  readonly #frame: Frame
  readonly #sizes: { name: string; value: number }[] = []
  readonly #inputs: { name: string; doc: string; type: ValueType }[] = []

  constructor(program: Program, request: ModelRequest, reporter: Reporter, observer: Observer | undefined) {
    this.#request = request
    this.#e = new Elaboration(program, reporter, evaluate, observer)
    this.#frame = { env: new Env(request.scope), place: { path: '', owner: '', claims: new Map() }, instance: '' }
  }

  run(): Model | undefined {
    const { decl } = this.#request
    this.#dims(decl.body)
    this.#params()
    for (const statement of decl.body) if (statement.kind === 'size') this.#size(statement)
    const results = new Map<string, Value>()
    const body = new Body(this.#e, this.#frame)
    for (const statement of decl.body) {
      switch (statement.kind) {
        case 'input':
          this.#input(statement)
          break
        case 'stack': {
          const output = this.#onlyOutput(statement.span)
          const value = this.#stack(statement)
          if (output !== undefined) results.set(output, value)
          break
        }
        case 'size':
        case 'require':
        case 'precision':
          break
        case 'missing':
          return undefined
        default:
          body.run(statement)
      }
    }
    const outputs = this.#outputs(results)
    if (outputs === undefined || this.#e.reporter.failed) return undefined
    return this.#model(outputs)
  }

  #dims(body: readonly Statement[]): void {
    const { env } = this.#frame
    for (const statement of body) {
      if (statement.kind !== 'dim') continue
      const { name, role } = statement
      if (role.text === 'batch' || role.text === 'time') env.roles.set(name.text, role.text)
      else env.set(name.text, poison)
    }
  }

  #params(): void {
    const { decl, given } = this.#request
    const { env } = this.#frame
    for (const param of decl.params) {
      const name = param.name.text
      const kind = kindOf(param.type, env.scope)
      const argument = given.get(name)
      const otherwise = param.default
      const length = (): number | undefined =>
        param.type.length
          ? asSize(this.#e.evaluate(param.type.length, this.#frame), param.type.length.span, this.#e.reporter)?.value
          : undefined
      if (argument !== undefined)
        env.set(name, this.#named(coerce(argument.value, kind, argument.span ?? param.span, this.#e.reporter, length()), name, kind.kind))
      else if (otherwise !== undefined) {
        env.set(name, () =>
          this.#named(
            coerce(
              kind.kind === 'init' ? initValue(this.#e.init(otherwise, this.#frame)) : this.#e.evaluate(otherwise, this.#frame),
              kind,
              otherwise.span,
              this.#e.reporter,
              length(),
            ),
            name,
            kind.kind,
          ),
        )
      } else {
        env.set(name, poison)
        this.#e.reporter.report(messages.modelNeedsValue.at(param.span, { model: decl.name.text, name }))
      }
    }
    for (const param of decl.params) {
      const value = env.get(param.name.text)
      if (param.type.name.text === 'size' && value?.kind === 'number') this.#sizes.push({ name: param.name.text, value: value.value })
    }
  }

  #named(value: Value, name: string, kind: string): Value {
    return kind === 'size' && value.kind === 'number' ? underName(number(value.value, value.form), name) : value
  }

  #size({ name, value: expression, span }: Extract<Statement, { kind: 'size' }>): void {
    const argument = this.#request.given.get(name.text)
    if (name.text === '') return
    if (argument === undefined && expression === undefined) {
      this.#frame.env.set(name.text, poison)
      this.#e.reporter.report(messages.modelNeedsValue.at(span, { model: this.#request.decl.name.text, name: name.text }))
      return
    }
    const value = argument?.value ?? this.#e.evaluate(expression as Expr, this.#frame)
    const size = asSize(value, argument?.span ?? expression?.span ?? span, this.#e.reporter)
    this.#frame.env.set(name.text, size === undefined ? poison : underName(argument === undefined ? size : number(size.value), name.text))
    if (size !== undefined) this.#sizes.push({ name: name.text, value: size.value })
  }

  #input({ name, type, doc }: InputStatement): void {
    const declared = this.#declaredType(type)
    if (name.text === '') return
    if (declared === undefined) {
      this.#frame.env.set(name.text, poison)
      return
    }
    const node = this.#e.builder.input(name.text, declared.type, this.#e.origin(this.#frame, name.span))
    const value: TensorValue = { kind: 'tensor', node, type: declared.type, forms: declared.forms }
    this.#inputs.push({ name: name.text, doc: doc ?? '', type: declared.type })
    this.#frame.env.set(name.text, value)
  }

  /** A type at the model's border: roles first, then known sizes. */
  #declaredType({ dtype, axes }: TensorTypeExpr): { readonly type: ValueType; readonly forms: readonly Dim[] } | undefined {
    if (dtype.text !== 'f32' && dtype.text !== 'u32') {
      if (dtype.text !== '')
        this.#e.reporter.report(messages.wrongKind.at(dtype.span, { found: `\`${dtype.text}\``, expected: '`f32` or `u32`' }))
      return undefined
    }
    const roles = { batch: false, time: false }
    const [shape, forms]: [number[], Dim[]] = [[], []]
    for (const axis of axes) {
      const role =
        axis.kind === 'axis' && axis.size.kind === 'name' && !this.#frame.env.has(axis.size.name)
          ? this.#frame.env.role(axis.size.name)
          : undefined
      const misplaced = role !== undefined && (shape.length > 0 || roles[role] || (role === 'batch' && roles.time))
      if (axis.kind === 'rest' || misplaced) {
        const found = axis.kind === 'rest' ? '`..`' : `the ${role} axis here`
        this.#e.reporter.report(messages.wrongKind.at(axis.span, { found, expected: 'the batch axis, then the time axis, then sizes' }))
        return undefined
      }
      if (role !== undefined) roles[role] = true
      else {
        const size = asCount(this.#e.evaluate(axis.size, this.#frame), axis.span, this.#e.reporter)
        if (size === undefined) return undefined
        shape.push(size.value)
        forms.push(size.form ?? constant(size.value))
      }
    }
    return { type: { dtype: dtype.text, ...roles, shape }, forms }
  }

  #statements<K extends Statement['kind']>(kind: K): readonly Extract<Statement, { kind: K }>[] {
    return this.#request.decl.body.filter((statement): statement is Extract<Statement, { kind: K }> => statement.kind === kind)
  }

  /** The output that a bare stack makes. */
  #onlyOutput(span: Span): string | undefined {
    const outputs = this.#statements('output')
    if (outputs.length === 1) return outputs[0]?.name.text
    this.#e.reporter.report(
      messages.bareStack.at({ ...span, end: span.start + 5 }, { inputs: this.#statements('input').length, outputs: outputs.length }),
    )
    return undefined
  }

  #stack({ stack, span }: Extract<Statement, { kind: 'stack' }>): Value {
    if (stack.input !== undefined) return evaluateStack(this.#e, stack, this.#frame)
    const inputs = this.#statements('input')
    const [input] = inputs
    if (input === undefined || inputs.length > 1) {
      this.#e.reporter.report(
        messages.bareStack.at({ ...span, end: span.start + 5 }, { inputs: inputs.length, outputs: this.#statements('output').length }),
      )
      return poison
    }
    const value = this.#frame.env.get(input.name.text)
    return value?.kind === 'tensor' ? evaluateStack(this.#e, stack, this.#frame, undefined, value) : poison
  }

  #outputs(results: ReadonlyMap<string, Value>): readonly { name: string; doc: string; node: NodeId; type: ValueType }[] | undefined {
    const found: { name: string; doc: string; node: NodeId; type: ValueType }[] = []
    for (const output of this.#statements('output')) {
      const value = results.get(output.name.text) ?? this.#frame.env.get(output.name.text)
      if (value === undefined) {
        this.#e.reporter.report(messages.outputMissing.at(output.name.span, { name: output.name.text }))
        continue
      }
      // The bare stack's value has no text of its own but its last item.
      const checked = new Body(this.#e, this.#frame).assert(value, output.type, output.name.text, this.#textOf(output))
      if (checked.kind === 'tensor' && !this.#hasAllTokens(checked, output)) continue
      if (checked.kind === 'tensor') found.push({ name: output.name.text, doc: output.doc ?? '', node: checked.node, type: checked.type })
    }
    return this.#e.reporter.failed ? undefined : found
  }

  /** Whether an output has a value for every token; reports a span of time. */
  #hasAllTokens({ segment }: TensorValue, output: InputStatement): boolean {
    if (segment === undefined) return true
    this.#e.reporter.report(messages.segmentsDiffer.at(this.#textOf(output), { found: describeSegment(segment), expected: 'all tokens' }))
    return false
  }

  /** Where an output gets its value: for messages about it. */
  #textOf(output: InputStatement): Span {
    const binding = this.#statements('bind').find(({ targets }) => targets.some(({ text }) => text === output.name.text))
    if (binding !== undefined) return binding.value.span
    const last = this.#statements('stack').at(-1)?.stack.items.at(-1)
    return last !== undefined && (last.kind === 'item' || last.kind === 'missing') ? last.span : output.type.span
  }

  #model(outputs: readonly { name: string; doc: string; node: NodeId; type: ValueType }[]): Model | undefined {
    const { decl, name, scope, doc } = this.#request
    const parts = finish(this.#e, outputs)
    const model: Model = {
      name,
      doc,
      source: scope.source.path,
      sizes: this.#sizes,
      inputs: this.#inputs,
      outputs: outputs.map((output) => ({ name: output.name, doc: output.doc, type: output.type })),
      ...parts,
      checkpoint: null,
      precision: this.#statements('precision').flatMap(({ entries }) => readPrecision(entries, parts.weights, this.#e.reporter)),
    }
    for (const { conditions } of this.#statements('require'))
      for (const condition of conditions) checkModelRequire(this.#e, condition, this.#frame, model)
    const checkpoint = this.#checkpoint(model)
    if (this.#e.reporter.failed || isLibrary(decl.span.path)) return undefined
    return { ...model, checkpoint }
  }

  #checkpoint(model: Model): Checkpoint | null {
    const { checkpoint } = this.#request
    if (checkpoint === undefined || this.#e.reporter.failed) return null
    const { checkpoint: resolved, diagnostics } = resolveCheckpoint(checkpoint, model.weights, (expression, locals) =>
      plainValue(this.#e.program, expression, this.#frame, locals),
    )
    for (const diagnostic of diagnostics) this.#e.reporter.report(diagnostic)
    return resolved ?? null
  }
}
