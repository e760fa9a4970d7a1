import * as messages from '../diagnostics/catalogue/check.ts'
import { constant, type Dim } from '../dims/index.ts'
import { GraphBuilder, type Origin } from '../graph/builder.ts'
import type { Attributes, NodeId, ValueType } from '../graph/graph.ts'
import { ShapeError } from '../graph/op.ts'
import { wordAt } from '../source/place.ts'
import type { SourceFile, Span } from '../source/source.ts'
import type { Expr, Name } from '../syntax/ast.ts'
import { along } from './along.ts'
import type { Frame } from './frame.ts'
import { evaluateInit } from './init.ts'
import type { Observer } from './observer.ts'
import type { Program } from './program.ts'
import type { Reporter } from './report.ts'
import { commonSegment } from './segment.ts'
import type { TensorValue, Value } from './value.ts'
import { Weights } from './weights.ts'

/** What makes an expression a value; a parameter of the elaboration, since expressions contain layers and layers expressions. */
export type Evaluate = (elaboration: Elaboration, expression: Expr, frame: Frame, as?: Name) => Value

export interface InstanceRecord {
  readonly path: string
  readonly definition: string
  readonly source: string
  readonly in: readonly ValueType[]
  readonly out: ValueType
}

/** One model on its way from declarations to a graph. */
export class Elaboration {
  /** Far more than any model needs: stacks inside repeated stacks multiply. */
  readonly mostApplications = 100_000
  readonly builder = new GraphBuilder()
  readonly weights: Weights
  readonly program: Program
  readonly reporter: Reporter
  readonly observer: Observer | undefined
  readonly #evaluate: Evaluate
  readonly #lines: Lines
  readonly #constants = new Map<string, NodeId>()
  readonly #bodies = new Map<string, number>()
  /** Values without T that are known after the last token only, with the final state that they come from. */
  readonly #late = new Map<NodeId, Late>()
  /** In the order in which their applications begin, so that an instance stands before those inside it. */
  readonly #instances = new Map<string, InstanceRecord | undefined>()
  #position: NodeId | undefined
  #applications = 0

  constructor(program: Program, reporter: Reporter, evaluate: Evaluate, observer?: Observer) {
    this.observer = observer
    this.program = program
    this.reporter = reporter
    this.#evaluate = evaluate
    this.#lines = new Lines([...program.files, ...program.library].map(({ source }) => source))
    this.weights = new Weights(this)
  }

  /** A starting value of a weight. */
  init(expression: Expr, frame: Frame): Value {
    return evaluateInit(this, expression, frame)
  }

  evaluate(expression: Expr, frame: Frame, as?: Name): Value {
    return this.#evaluate(this, expression, frame, as)
  }

  /** `file:line:column` of a span. */
  source(span: Span): string {
    return this.#lines.describe(span)
  }

  /** The word at a place that `source` has described. */
  spanAt(source: string): Span | undefined {
    return wordAt(this.#lines.files, source)
  }

  /** The text of a span. */
  text(span: Span): string {
    return this.#lines.text(span)
  }

  /** Adds a node. What the op refuses is reported at `span`, or at the input that is to blame. */
  emit(
    op: string,
    inputs: readonly Operand[],
    attrs: Attributes,
    forms: readonly Dim[] | undefined,
    frame: Frame,
    span: Span,
  ): TensorValue | undefined {
    const segment = commonSegment(this, inputs, span)
    const complete = segment && along(this, op, inputs, attrs, segment, { frame, span })
    const value = complete && this.emitAsIs(op, complete.inputs, complete.attrs, forms, frame, span)
    const partial = segment !== undefined && (segment.from > 0 || segment.until !== null)
    return value?.type.time && partial ? { ...value, segment } : value
  }

  /** As `emit`, without regard to where and when the frame lets states begin. */
  emitAsIs(
    op: string,
    inputs: readonly Operand[],
    attrs: Attributes,
    forms: readonly Dim[] | undefined,
    frame: Frame,
    span: Span,
  ): TensorValue | undefined {
    const origin = this.origin(frame, span)
    try {
      const node = this.builder.add(
        op,
        inputs.map(({ value }) => value.node),
        attrs,
        origin,
      )
      const type = this.builder.type(node)
      if (!this.#checkTime(node, op, type, inputs, span)) return undefined
      return { kind: 'tensor', node, type, forms: type.shape.map((size, axis) => forms?.[axis] ?? constant(size)) }
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
      const blamed = error.input === null ? undefined : inputs[error.input]
      this.reporter.report(
        messages.operationRefused.at(blamed?.span ?? span, { operation: op, found: error.found, expected: error.expected }),
      )
      return undefined
    }
  }

  origin(frame: Frame, span: Span): Origin {
    return { path: frame.instance, source: this.source(span) }
  }

  /** A number (or truth value) as a tensor without axes. */
  constant(value: number | boolean, dtype: 'f32' | 'u32' | 'bool'): TensorValue {
    const key = `${dtype} ${Object.is(value, -0) ? '-0' : value}`
    let node = this.#constants.get(key)
    if (node === undefined) {
      node = this.builder.add('constant', [], dtype === 'u32' ? { value, dtype } : { value })
      this.#constants.set(key, node)
    }
    return { kind: 'tensor', node, type: this.builder.type(node), forms: [] }
  }

  position(): TensorValue {
    this.#position ??= this.builder.add('position', [])
    return { kind: 'tensor', node: this.#position, type: this.builder.type(this.#position), forms: [] }
  }

  /** Gives equal bodies one index: layers of one kind share their equations. */
  body(kind: 'recurrence' | 'attention', body: object, add: () => number): number {
    const key = `${kind} ${JSON.stringify(body)}`
    const known = this.#bodies.get(key)
    if (known !== undefined) return known
    const index = add()
    this.#bodies.set(key, index)
    return index
  }

  /** Whether there may be one more application. */
  countApplication(): boolean {
    return this.#applications++ < this.mostApplications
  }

  startInstance(path: string): void {
    if (!this.#instances.has(path)) this.#instances.set(path, undefined)
  }

  /** Keeps the first of several uses of one path (a shared value, or a layer without weights). */
  endInstance(record: InstanceRecord): void {
    if (this.#instances.get(record.path) === undefined) this.#instances.set(record.path, record)
  }

  get instances(): readonly InstanceRecord[] {
    return [...this.#instances.values()].filter((record) => record !== undefined)
  }

  /** `known`: the position from which on the state is known; null: after the last token. */
  markLate(node: NodeId, state: string, known: number | null): void {
    this.#late.set(node, { state, known })
  }

  lateState(node: NodeId): string | undefined {
    return this.#late.get(node)?.state
  }

  /** A value that is known after the last token must not reach an earlier one. */
  #checkTime(node: NodeId, op: string, type: ValueType, inputs: readonly Operand[], span: Span): boolean {
    const late = inputs.find(({ value }) => this.#late.has(value.node))
    if (late === undefined || op === 'final_state') return true
    const { state, known } = this.#late.get(late.value.node) as Late
    if (!type.time) {
      this.#late.set(node, { state, known })
      return true
    }
    const from = Number(this.builder.node(node).attrs['from'] ?? commonSegment(this, inputs, span)?.from ?? 0)
    if (known !== null && from >= known) return true
    this.reporter.report(messages.stateBeforeItsTime.at(late.span ?? span, { state, known }))
    return false
  }
}

/** A final state, or what is made of one. */
interface Late {
  readonly state: string
  readonly known: number | null
}

/** An input of an op with the text that gave it. */
export interface Operand {
  readonly value: TensorValue
  readonly span?: Span | undefined
}

/** Line and column of offsets, with the starts of lines found once per file. */
class Lines {
  readonly files: ReadonlyMap<string, SourceFile>
  readonly #starts = new Map<string, readonly number[]>()

  constructor(files: readonly SourceFile[]) {
    this.files = new Map(files.map((file) => [file.path, file]))
  }

  describe({ path, start }: Span): string {
    const starts = this.#startsOf(path)
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] as number) <= start) low = middle
      else high = middle - 1
    }
    return `${path}:${low + 1}:${start - (starts[low] ?? 0) + 1}`
  }

  text({ path, start, end }: Span): string {
    return (this.files.get(path)?.text ?? '').slice(start, end)
  }

  #startsOf(path: string): readonly number[] {
    const known = this.#starts.get(path)
    if (known !== undefined) return known
    const found = [0]
    const { text } = this.files.get(path) ?? { text: '' }
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) found.push(at + 1)
    this.#starts.set(path, found)
    return found
  }
}
