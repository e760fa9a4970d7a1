import { expect } from 'vitest'
import { tensor } from '../../../../src/graph/tensor.ts'
import type { Model } from '../../../../src/model/model.ts'
import { type Evaluation, evaluate, type States } from '../../../../src/reference/evaluate.ts'
import { product } from '../../../../src/util/numbers.ts'
import { randomNormal } from '../../../support/numbers.ts'
import { model } from '../../support/spec.ts'

/** Numbers in the shape of a tensor. */
export type Nested = number | readonly Nested[]

const isList = (value: Nested): value is readonly Nested[] => Array.isArray(value)
const flat = (value: Nested): number[] => (isList(value) ? value.flatMap(flat) : [value])
const shape = (value: Nested): number[] => (isList(value) ? [value.length, ...shape(value[0] ?? [])] : [])

export interface Given {
  /** Weights by path; others are normal numbers that depend on the path's place alone. */
  readonly weights?: Readonly<Record<string, Nested>>
  /** Tokens of each sequence, where they are not equally long. */
  readonly lengths?: readonly number[]
  readonly start?: readonly number[]
  readonly states?: States
}

/** Runs a model in f64 over inputs of one batch: what a spec means. */
export function run(of: Model, inputs: Readonly<Record<string, Nested>>, { weights = {}, lengths, start, states }: Given = {}): Evaluation {
  const tensors = Object.fromEntries(
    of.inputs.map(({ name, type }) => [name, tensor(shape(inputs[name] as Nested), flat(inputs[name] as Nested), type.dtype)]),
  )
  const timed = of.inputs.find(({ type }) => type.time)
  const [batch = 1, time = 1] = timed
    ? (tensors[timed.name]?.shape ?? [])
    : [of.inputs.length > 0 ? shape(inputs[of.inputs[0]?.name ?? ''] as Nested)[0] : 1, 1]
  const made = new Map(
    of.weights.map(({ path, shape: axes }, i) => [
      path,
      tensor(axes, path in weights ? flat(weights[path] as Nested) : randomNormal(product(axes), 100 + i, 0.5)),
    ]),
  )
  return evaluate(of.graph, {
    inputs: tensors,
    weights: (path) => made.get(path) as NonNullable<ReturnType<typeof made.get>>,
    extent: { batch, time, lengths: lengths ?? Array<number>(batch).fill(time) },
    ...(start ? { start } : {}),
    ...(states ? { states } : {}),
  })
}

/** What the outputs of a spec's first model are, flat. */
export function meaning(
  spec: string,
  inputs: Readonly<Record<string, Nested>>,
  given?: Given,
): Readonly<Record<string, readonly number[]>> {
  const { outputs } = run(model(spec), inputs, given)
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, [...data]]))
}

/** Equal up to the rounding of f64. */
export function expectNumbers(found: readonly number[] | undefined, expected: Nested): void {
  const numbers = flat(expected)
  expect(found?.length).toBe(numbers.length)
  for (const [i, value] of numbers.entries()) expect(found?.[i], `element ${i} of ${found?.join(', ')}`).toBeCloseTo(value, 10)
}

/** A model with these inputs and outputs, each with its type; `rest` are definitions beside it. */
export const spec = (
  inputs: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, string>>,
  equations: string,
  rest = '',
): string => `
model M {
  dim B: batch
  dim T: time
${Object.entries(inputs)
  .map(([name, type]) => `  input ${name}: ${type}`)
  .join('\n')}
${Object.entries(outputs)
  .map(([name, type]) => `  output ${name}: ${type}`)
  .join('\n')}
  ${equations}
}
${rest}`
