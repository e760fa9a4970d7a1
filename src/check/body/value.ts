import type { Dim } from '../../dims/index.ts'
import { describeBodyType } from '../../graph/body.ts'
import type { BodyBuilder } from '../../graph/body-builder.ts'
import { describe, type Value } from '../value.ts'

/** What an expression stands for in the body of a recurrence or attention: a compile-time value, or a node of one token and one head. */
export type BodyValue = Value | NodeValue | DiagonalValue

export interface NodeValue {
  readonly kind: 'node'
  readonly id: number
  readonly forms: readonly Dim[]
}

/** `diag(a)`: only as a factor of a matrix. */
export interface DiagonalValue {
  readonly kind: 'diagonal'
  readonly of: NodeValue
}

export function describeBody(value: BodyValue, builder: BodyBuilder): string {
  if (value.kind === 'diagonal') return '`diag` of a vector'
  if (value.kind !== 'node') return describe(value)
  const type = builder.type(value.id)
  const { length } = type.shape
  const what =
    type.dtype === 'bool' ? 'a condition' : length === 0 ? 'a scalar' : length === 1 ? 'a vector' : length === 2 ? 'a matrix' : 'an array'
  return `${what} ${describeBodyType(type)}`
}
