import type { Binding } from './pattern.ts'
import { isKnown, narrow, type PartialShape, ShapeConflict, shapeText } from './shapes.ts'
import type { Step } from './transforms.ts'

/**
 * The values between the transforms of one rule: `stages[0]` are the file's tensors, `stages[n]` the weights. Lanes exist for the
 * values of lists; a tensor that stands for all numbers of a variable (`experts.{e}.w`) is one lane with `number` open.
 */
export interface Chain {
  readonly steps: readonly Step[]
  readonly stages: readonly (readonly Lane[])[]
  /** `links[k]`: which lanes of stage k make which of stage k + 1, by index. */
  readonly links: readonly (readonly { readonly from: readonly number[]; readonly to: readonly number[] }[])[]
}
export interface Lane {
  readonly key: Binding
}

/** Lays out the lanes: `lists` are the right side's own list variables, `targets` the left side's own list. */
export function layOut(
  steps: readonly Step[],
  lists: readonly { readonly name: string; readonly values: readonly string[] }[],
  targets: { readonly name: string; readonly values: readonly string[] } | undefined,
): Chain {
  let lanes: readonly Lane[] = [{ key: {} }]
  for (const { name, values } of lists) lanes = lanes.flatMap(({ key }) => values.map((value) => ({ key: { ...key, [name]: value } })))
  const stages = [lanes]
  const links: { from: number[]; to: number[] }[][] = []
  for (const step of steps) {
    const made: Lane[] = []
    const link: { from: number[]; to: number[] }[] = []
    if (step.kind === 'split' && targets !== undefined) {
      for (const [index, { key }] of lanes.entries()) {
        const to = targets.values.map((value) => made.push({ key: { ...key, [targets.name]: value } }) - 1)
        link.push({ from: [index], to })
      }
    } else if ((step.kind === 'concat' || step.kind === 'stack') && lists.some(({ name }) => name === step.variable)) {
      const groups = new Map<string, number>()
      for (const [index, lane] of lanes.entries()) {
        const { [step.variable]: _, ...key } = lane.key
        const id = JSON.stringify(key)
        const group = groups.get(id)
        if (group !== undefined) {
          link[group]!.from.push(index)
          continue
        }
        groups.set(id, link.length)
        link.push({ from: [index], to: [made.push({ key }) - 1] })
      }
    } else {
      for (const [index, lane] of lanes.entries()) link.push({ from: [index], to: [made.push(lane) - 1] })
    }
    lanes = made
    stages.push(made)
    links.push(link)
  }
  const counted = steps.map((step) => {
    const list = step.kind === 'stack' ? lists.find(({ name }) => name === step.variable) : undefined
    return step.kind === 'stack' && list !== undefined ? { ...step, count: list.values.length } : step
  })
  return { steps: counted, stages, links }
}

export type Inferred =
  | { readonly shapes: readonly (readonly (readonly number[])[])[] }
  | { readonly open: Step; readonly shape: PartialShape }

/**
 * The shapes of all stages from those of the weights, by narrowing each step in turn until nothing changes. `assume` gives the size of an
 * axis before a slice where nothing else does. Throws ChainConflict; `open` is the step before which something stays unknown.
 */
export function infer(chain: Chain, weights: readonly (readonly number[])[], assume: (step: number) => number): Inferred {
  const shapes: PartialShape[][] = chain.stages.map((lanes) => lanes.map(() => undefined))
  shapes[shapes.length - 1] = [...weights]
  const pass = (k: number): boolean => {
    const step = chain.steps[k]!
    let changed = false
    for (const { from, to } of chain.links[k]!) {
      const before = from.map((index) => shapes[k]![index])
      const after = to.map((index) => shapes[k + 1]![index])
      const result = conflictsOf(step, chain.stages[k + 1]!, to, () => narrow(step, before, after))
      const store = (stage: number, indices: readonly number[], values: readonly PartialShape[]): void => {
        for (const [n, index] of indices.entries()) {
          if (shapeText(shapes[stage]![index]) === shapeText(values[n])) continue
          shapes[stage]![index] = values[n]
          changed = true
        }
      }
      store(k, from, result.before)
      store(k + 1, to, result.after)
    }
    return changed
  }
  const settle = (): void => {
    let changed = true
    while (changed) {
      changed = false
      for (let k = chain.steps.length - 1; k >= 0; k--) changed = pass(k) || changed
      for (let k = 0; k < chain.steps.length; k++) changed = pass(k) || changed
    }
  }
  settle()
  for (const [k, step] of chain.steps.entries()) {
    if (step.kind !== 'slice') continue
    const open = shapes[k]!.map((shape) => shape !== undefined && shape[step.axis] === undefined)
    if (!open.includes(true)) continue
    shapes[k] = shapes[k]!.map((shape, lane) => (open[lane] ? shape!.map((dim, axis) => (axis === step.axis ? assume(k) : dim)) : shape))
    settle()
  }
  for (const [k, stage] of shapes.entries()) {
    const unknown = stage.find((shape) => !isKnown(shape))
    if (stage.some((shape) => !isKnown(shape))) return { open: chain.steps[Math.min(k, chain.steps.length - 1)]!, shape: unknown }
  }
  return { shapes: shapes as unknown as readonly (readonly (readonly number[])[])[] }
}

/** A conflict of shapes at a step, in the lane that it concerns. */
export class ChainConflict extends Error {
  readonly step: Step
  readonly key: Binding
  constructor(message: string, step: Step, key: Binding) {
    super(message)
    this.name = 'ChainConflict'
    this.step = step
    this.key = key
  }
}

function conflictsOf<T>(step: Step, lanes: readonly Lane[], to: readonly number[], narrowed: () => T): T {
  try {
    return narrowed()
  } catch (error) {
    throw error instanceof ShapeConflict ? new ChainConflict(error.message, step, lanes[to[error.part] ?? to[0]!]!.key) : error
  }
}
