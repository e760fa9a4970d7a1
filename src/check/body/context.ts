import * as messages from '../../diagnostics/catalogue/check.ts'
import { constant, type Dim } from '../../dims/index.ts'
import type { BodyBuilder } from '../../graph/body-builder.ts'
import type { Attributes, DType } from '../../graph/graph.ts'
import { ShapeError } from '../../graph/op.ts'
import type { Span } from '../../source/source.ts'
import type { Elaboration } from '../elaboration.ts'
import type { Frame } from '../frame.ts'
import type { BodyValue, NodeValue } from './value.ts'
import { describeBody } from './value.ts'

/** A body on its way to nodes. */
export class BodyContext {
  readonly e: Elaboration
  readonly builder: BodyBuilder
  readonly kind: 'recurrence' | 'attention'
  /** Sizes and other compile-time values. */
  readonly frame: Frame
  /** Parameters, states and locals. */
  readonly names: Map<string, BodyValue>
  readonly states: ReadonlySet<string>

  constructor(
    parts: Pick<BodyContext, 'e' | 'builder' | 'kind' | 'frame'> & { names?: Map<string, BodyValue>; states?: ReadonlySet<string> },
  ) {
    this.e = parts.e
    this.builder = parts.builder
    this.kind = parts.kind
    this.names = parts.names ?? new Map()
    this.frame = { ...parts.frame, body: this.names }
    this.states = parts.states ?? new Set()
  }

  /** The body of a function that this body uses: its own names, the same nodes. */
  inner(frame: Frame, names: Map<string, BodyValue>): BodyContext {
    return new BodyContext({ e: this.e, builder: this.builder, kind: this.kind, frame, names })
  }

  emit(op: string, inputs: readonly Operand[], attrs: Attributes, forms: readonly Dim[] | undefined, span: Span): NodeValue | undefined {
    try {
      const id = this.builder.add(
        op,
        inputs.map(({ value }) => value.id),
        attrs,
      )
      return this.node(id, forms)
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
      const blamed = error.input === null ? undefined : inputs[error.input]
      const args = { operation: op === 'pointwise' ? String(attrs['fn']) : op, found: error.found, expected: error.expected }
      this.e.reporter.report(messages.operationRefused.at(blamed?.span ?? span, args))
      return undefined
    }
  }

  node(id: number, forms?: readonly Dim[]): NodeValue {
    return { kind: 'node', id, forms: this.builder.type(id).shape.map((size, axis) => forms?.[axis] ?? constant(size)) }
  }

  constant(value: number | boolean, dtype: DType): NodeValue {
    return { kind: 'node', id: this.builder.constant(value, dtype), forms: [] }
  }

  shape(value: NodeValue): readonly number[] {
    return this.builder.type(value.id).shape
  }

  describe(value: BodyValue): string {
    return describeBody(value, this.builder)
  }

  refuse(value: BodyValue, span: Span, expected: string): undefined {
    if (value.kind !== 'poison') this.e.reporter.report(messages.wrongKind.at(span, { found: this.describe(value), expected }))
    return undefined
  }
}

export interface Operand {
  readonly value: NodeValue
  readonly span: Span
}
