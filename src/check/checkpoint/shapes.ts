import { product } from '../../util/numbers.ts'
import type { Step } from './transforms.ts'

/** A shape of which some sizes are known; undefined where not even the rank is. */
export type Dim = number | undefined
export type PartialShape = readonly Dim[] | undefined

/** Two numbers that should be one. `message` says where, with both; `part` is the part of a split that it concerns. */
export class ShapeConflict extends Error {
  readonly part: number
  constructor(message: string, part = 0) {
    super(message)
    this.name = 'ShapeConflict'
    this.part = part
  }
}

/**
 * What a step knows of the shapes before and after it, given what others know: each is returned as known or better.
 * All steps have one value on each side but `split` (one to many), `concat` and `stack` of a list (many to one).
 */
export function narrow(
  step: Step,
  before: readonly PartialShape[],
  after: readonly PartialShape[],
): { readonly before: readonly PartialShape[]; readonly after: readonly PartialShape[] } {
  const a = before[0]
  const b = after[0]
  const single = (x: PartialShape, y: PartialShape) => ({ before: [x], after: [y] })
  switch (step.kind) {
    case 'pointwise': {
      const both = meet(step, a, b)
      return single(both, both)
    }
    case 'transpose':
    case 'permute': {
      const rank = a?.length ?? b?.length
      if (rank === undefined) return single(a, b)
      const order = orderOf(step, rank)
      const x = meet(step, a, b && inverse(order).map((axis) => b[axis]), 'before')
      return single(x, meet(step, b, x && order.map((axis) => x[axis])))
    }
    case 'squeeze': {
      const { axes } = step
      const x = meet(step, a, b && insert(step, b, axes), 'before')
      if (x !== undefined)
        for (const axis of axes) {
          if (axis >= x.length) throw new ShapeConflict(`\`${step.text}\` of a tensor with ${x.length} axes`)
          same(step, x[axis], 1, axis, 'before')
        }
      const full = x?.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
      return single(
        full,
        meet(
          step,
          b,
          full?.filter((_, axis) => !axes.includes(axis)),
        ),
      )
    }
    case 'unflatten': {
      const [x, y] = regroup(step, a, b, step.axis, step.sizes.length, step.sizes)
      return single(x, y)
    }
    case 'flatten': {
      const [y, x] = regroup(step, b, a, step.first, step.last - step.first + 1, step.from)
      return single(x, y)
    }
    case 'reshape': {
      const y = meet(step, b, step.shape)
      const x = meet(step, a, step.from ?? undefined, 'before')
      return single(x && solve(step, x, product(step.shape)), y)
    }
    case 'slice': {
      const { axis, start, end, of } = step
      const taken = end === null ? undefined : end - start
      const x = meet(step, a, b && at(step, b, axis, of ?? (end === null && b[axis] !== undefined ? start + b[axis] : undefined)), 'before')
      const whole = x?.[axis]
      if (whole !== undefined && whole < (end ?? start + 1)) throw new ShapeConflict(`\`${step.text}\` of an axis of size ${whole}`)
      const y = meet(step, b, x && at(step, x, axis, taken ?? (whole === undefined ? undefined : whole - start)))
      return single(x, y)
    }
    case 'split': {
      const joined = join(step, after, a, step.axis, step.sizes)
      return { before: [joined.whole], after: joined.parts }
    }
    case 'concat': {
      const joined = join(step, before, b, step.axis, step.sizes)
      return { before: joined.parts, after: [joined.whole] }
    }
    case 'stack': {
      const { axis, count } = step
      let part: PartialShape = b?.filter((_, k) => k !== axis)
      if (b !== undefined && axis >= b.length) throw new ShapeConflict(`\`${step.text}\` gives axis ${axis}, but ${shapeText(b)} is needed`)
      for (const shape of before) part = meet(step, shape, part, 'before')
      if (part !== undefined && axis > part.length) throw new ShapeConflict(`\`${step.text}\` gives axis ${axis} to ${shapeText(part)}`)
      const y = meet(step, b, part && [...part.slice(0, axis), count ?? undefined, ...part.slice(axis)])
      return { before: before.map(() => part), after: [y] }
    }
  }
}

export function isKnown(shape: PartialShape): shape is readonly number[] {
  return shape?.every((dim) => dim !== undefined) ?? false
}

export function orderOf(step: Step & { kind: 'transpose' | 'permute' }, rank: number): readonly number[] {
  if (step.kind === 'permute') {
    if (step.order.length !== rank) throw new ShapeConflict(`\`${step.text}\` orders ${step.order.length} axes, but there are ${rank}`)
    return step.order
  }
  const [a, b] = step.axes ?? [rank - 2, rank - 1]
  if (a < 0 || Math.max(a, b) >= rank) throw new ShapeConflict(`\`${step.text}\` of a tensor with ${rank} ${rank === 1 ? 'axis' : 'axes'}`)
  return Array.from({ length: rank }, (_, axis) => (axis === a ? b : axis === b ? a : axis))
}

function inverse(order: readonly number[]): readonly number[] {
  const result: number[] = []
  for (const [to, from] of order.entries()) result[from] = to
  return result
}

export function shapeText(shape: PartialShape): string {
  return shape === undefined ? '[..]' : `[${shape.map((dim) => dim ?? '?').join(', ')}]`
}

type Side = 'before' | 'after'

/** What two views of one shape know together. `ours` is what the others say, `theirs` what this step says. */
function meet(step: Step, ours: PartialShape, theirs: PartialShape, side: Side = 'after'): PartialShape {
  if (ours === undefined || theirs === undefined) return ours ?? theirs
  if (ours.length !== theirs.length)
    throw new ShapeConflict(`${side} \`${step.text}\` the shape is ${shapeText(theirs)}, but ${shapeText(ours)} is needed`)
  return ours.map((dim, axis) => same(step, dim, theirs[axis], axis, side))
}

function same(step: Step, ours: Dim, theirs: Dim, axis: number, side: Side): Dim {
  if (ours !== undefined && theirs !== undefined && ours !== theirs)
    throw new ShapeConflict(`axis ${axis} ${side} \`${step.text}\` is ${theirs}, but ${ours} is needed`)
  return ours ?? theirs
}

function at(step: Step, shape: readonly Dim[], axis: number, size: Dim): readonly Dim[] {
  if (axis >= shape.length) throw new ShapeConflict(`\`${step.text}\` of axis ${axis}, but there are ${shape.length}, ${shapeText(shape)}`)
  return shape.map((dim, k) => (k === axis ? size : dim))
}

function insert(step: Step, shape: readonly Dim[], axes: readonly number[]): readonly Dim[] {
  const result = [...shape]
  for (const axis of axes) {
    if (axis > result.length) throw new ShapeConflict(`\`${step.text}\` drops axis ${axis}, but there are ${result.length + 1}`)
    result.splice(axis, 0, 1)
  }
  return result
}

/** `merged` has one axis where `cut` has several, whose product it is. */
function regroup(
  step: Step,
  merged: PartialShape,
  cut: PartialShape,
  axis: number,
  count: number,
  sizes: readonly number[] | null,
): [merged: PartialShape, cut: PartialShape] {
  const [mergedSide, cutSide]: [Side, Side] = step.kind === 'unflatten' ? ['before', 'after'] : ['after', 'before']
  const unknown: readonly Dim[] = Array.from({ length: count }, () => undefined)
  if (merged !== undefined && axis >= merged.length)
    throw new ShapeConflict(`\`${step.text}\` concerns axis ${axis}, but ${mergedSide} it there are ${merged.length}, ${shapeText(merged)}`)
  if (cut !== undefined && axis + count > cut.length)
    throw new ShapeConflict(
      `\`${step.text}\` concerns axes ${axis} to ${axis + count - 1}, but ${cutSide} it there are ${cut.length}, ${shapeText(cut)}`,
    )
  let pieces = meet(step, cut?.slice(axis, axis + count), sizes ?? unknown, cutSide)!
  const total = merged?.[axis]
  if (total !== undefined) pieces = solve(step, pieces, total)
  const whole = pieces.every((dim) => dim !== undefined) ? product(pieces) : total
  const left = meet(step, merged?.slice(0, axis), cut?.slice(0, axis), mergedSide)
  const right = meet(step, merged?.slice(axis + 1), cut?.slice(axis + count), mergedSide)
  if (left === undefined || right === undefined) return [undefined, undefined]
  return [
    [...left, whole, ...right],
    [...left, ...pieces, ...right],
  ]
}

/** Fills in the one unknown size of `shape` whose product is `total`. */
function solve(step: Step, shape: readonly Dim[], total: number): readonly Dim[] {
  const known = product(shape.filter((dim) => dim !== undefined))
  const open = shape.filter((dim) => dim === undefined).length
  const sizes = shape.map((dim) => dim ?? '?').join(' × ')
  if (open === 0 ? known !== total : total % known !== 0)
    throw new ShapeConflict(`\`${step.text}\`: ${sizes}${open === 0 ? ` = ${known}` : ''}, but ${total} is needed`)
  return open === 1 ? shape.map((dim) => dim ?? total / known) : shape
}

/** Parts along an axis and the whole they make. */
function join(
  step: Step,
  parts: readonly PartialShape[],
  whole: PartialShape,
  axis: number,
  sizes: readonly number[] | null,
): { parts: readonly PartialShape[]; whole: PartialShape } {
  if (sizes !== null && sizes.length !== parts.length)
    throw new ShapeConflict(`\`${step.text}\` has ${sizes.length} parts, but the list names ${parts.length}`)
  const [partSide, wholeSide]: readonly [Side, Side] = step.kind === 'split' ? ['after', 'before'] : ['before', 'after']
  // All parts and the whole agree but for the axis.
  let others: PartialShape = whole && at(step, whole, axis, undefined)
  for (const part of parts) others = meet(step, part && at(step, part, axis, undefined), others, partSide)
  if (others === undefined) return { parts, whole }
  const known = parts.map((part, k) => {
    const [needed, written] = [part?.[axis], sizes?.[k]]
    if (needed !== undefined && written !== undefined && needed !== written)
      throw new ShapeConflict(`part ${k + 1} of \`${step.text}\` is ${written} on axis ${axis}, but ${needed} is needed`, k)
    return needed ?? written
  })
  const total = whole?.[axis]
  const solved = total === undefined ? known : divide(step, known, total)
  const sum = solved.every((dim) => dim !== undefined) ? solved.reduce((a, b) => a + b, 0) : total
  return {
    parts: solved.map((dim) => at(step, others, axis, dim)),
    whole: at(step, others, axis, same(step, total, sum, axis, wholeSide)),
  }
}

/** Fills in the sizes of parts from their sum; with none known they are alike. */
function divide(step: Step, parts: readonly Dim[], total: number): readonly Dim[] {
  const open = parts.filter((dim) => dim === undefined).length
  const rest = total - parts.reduce<number>((sum, dim) => sum + (dim ?? 0), 0)
  if (open === 0 || (open > 1 && open < parts.length)) return parts
  if (rest < open || rest % open !== 0) throw new ShapeConflict(`\`${step.text}\`: ${total} cannot be divided into ${parts.length} parts`)
  return parts.map((dim) => dim ?? rest / open)
}
