/** Bounds that are proven of every element of a value; an infinity says nothing of that side. */
export interface Range {
  readonly min: number
  readonly max: number
}

export const anything: Range = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY }
export const truth: Range = { min: 0, max: 1 }

export const exactly = (value: number): Range => ({ min: value, max: value })

/** From the bounds of a parameter, where null is unbounded. */
export const rangeOf = (bounds: { readonly min: number | null; readonly max: number | null }): Range => ({
  min: bounds.min ?? Number.NEGATIVE_INFINITY,
  max: bounds.max ?? Number.POSITIVE_INFINITY,
})

export const within = (inner: Range, outer: Range): boolean => inner.min >= outer.min && inner.max <= outer.max

export const hull = (ranges: readonly Range[]): Range =>
  ranges.length === 0 ? anything : { min: Math.min(...ranges.map((r) => r.min)), max: Math.max(...ranges.map((r) => r.max)) }

export const addRanges = (a: Range, b: Range): Range => bounds(a.min + b.min, a.max + b.max)
export const negateRange = (a: Range): Range => ({ min: 0 - a.max, max: 0 - a.min })
export const subtractRanges = (a: Range, b: Range): Range => addRanges(a, negateRange(b))

export function multiplyRanges(a: Range, b: Range): Range {
  // 0 times an unbounded element is 0: elements themselves are finite.
  const corners = [times(a.min, b.min), times(a.min, b.max), times(a.max, b.min), times(a.max, b.max)]
  return { min: Math.min(...corners), max: Math.max(...corners) }
}

export function divideRanges(a: Range, b: Range): Range {
  if (b.max < 0 || (b.max <= 0 && b.min < 0)) return divideRanges(negateRange(a), negateRange(b))
  if (b.min > 0) {
    const corners = [quotient(a.min, b.min), quotient(a.min, b.max), quotient(a.max, b.min), quotient(a.max, b.max)]
    return { min: Math.min(...corners), max: Math.max(...corners) }
  }
  if (b.min < 0 || b.max <= 0) return anything
  // A divisor that comes near 0 from one side keeps the sign.
  if (a.min >= 0) return { min: quotient(a.min, b.max), max: Number.POSITIVE_INFINITY }
  return a.max <= 0 ? { min: Number.NEGATIVE_INFINITY, max: quotient(a.max, b.max) } : anything
}

/** `n` elements of the range added up. */
export const sumRange = (a: Range, count: number): Range => ({ min: times(a.min, count), max: times(a.max, count) })

export const squareRange = (a: Range): Range => {
  const most = Math.max(a.min * a.min, a.max * a.max)
  return { min: a.min <= 0 && a.max >= 0 ? 0 : Math.min(a.min * a.min, a.max * a.max), max: most }
}

/** The image under a non-decreasing function (-0 counts as 0); NaN at an end (outside its domain) says nothing of that side. */
export const increasing =
  (f: (x: number) => number) =>
  ([a]: readonly Range[]): Range =>
    a ? bounds(f(a.min + 0), f(a.max + 0)) : anything

export const decreasing =
  (f: (x: number) => number) =>
  ([a]: readonly Range[]): Range =>
    a ? bounds(f(a.max + 0), f(a.min + 0)) : anything

const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b)

/** By a positive number; between two unbounded ones other corners decide. */
const quotient = (a: number, b: number): number => (Number.isFinite(b) ? a / b : 0)

const bounds = (min: number, max: number): Range => ({
  min: Number.isNaN(min) ? Number.NEGATIVE_INFINITY : min,
  max: Number.isNaN(max) ? Number.POSITIVE_INFINITY : max,
})
