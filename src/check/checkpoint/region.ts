import type { TensorSource } from '../../model/model.ts'
import { product } from '../../util/numbers.ts'

/**
 * A digit of a tensor's flat index: `index = .. + value * stride + ..` with `value` in `0 .. extent` of which `from .. from + size` is taken.
 * A tensor [16, 48] has the digits (stride 48, extent 16) and (stride 1, extent 48); cutting an axis cuts its digit.
 */
export interface Digit {
  readonly stride: number
  readonly extent: number
  readonly from: number
  readonly size: number
}

/** Elements of one file tensor: the product of its digits' ranges. */
export interface Region {
  readonly tensor: string
  readonly digits: readonly Digit[]
}

/**
 * Which elements of which tensors a source reads, as products of digit ranges; undefined where a reshape cuts axes across one another,
 * which no product describes.
 */
export function regionsOf(source: TensorSource): readonly Region[] | undefined {
  return parts(source)?.map(({ tensor, axes }) => ({ tensor, digits: axes.flatMap(({ digits }) => digits) }))
}

/** A box of a value that comes from one tensor; its digits per axis, outermost first, number as many elements as the axis' range. */
interface Part {
  readonly tensor: string
  readonly axes: readonly PartAxis[]
}
interface PartAxis {
  readonly from: number
  readonly size: number
  readonly digits: readonly Digit[]
}

function parts(source: TensorSource): readonly Part[] | undefined {
  if (source.kind === 'fill') return []
  if (source.kind === 'tensor') {
    const axes = source.shape.map((size, axis) => {
      const stride = product(source.shape.slice(axis + 1))
      return { from: 0, size, digits: size === 1 ? [] : [{ stride, extent: size, from: 0, size }] }
    })
    return [{ tensor: source.name, axes }]
  }
  const inputs: (readonly Part[])[] = []
  for (const input of source.inputs) {
    const of = parts(input)
    if (of === undefined) return undefined
    inputs.push(of)
  }
  const { attrs } = source
  switch (source.op) {
    case 'permute': {
      const order = attrs['order'] as readonly number[]
      return inputs[0]!.map(({ tensor, axes }) => ({ tensor, axes: order.map((axis) => axes[axis]!) }))
    }
    case 'slice': {
      const [axis, start, end] = [attrs['axis'] as number, attrs['start'] as number, attrs['end'] as number]
      return inputs[0]!.flatMap(({ tensor, axes }) => {
        const { from, size, digits } = axes[axis]!
        const [low, high] = [Math.max(from, start), Math.min(from + size, end)]
        if (low >= high) return []
        let at = low - start
        return restrict(digits, low - from, high - from).map((taken) => {
          const axisPart = { from: at, size: count(taken), digits: taken }
          at += axisPart.size
          return { tensor, axes: axes.with(axis, axisPart) }
        })
      })
    }
    case 'stack': {
      const axis = attrs['axis'] as number
      return inputs.flatMap((input, n) =>
        input.map(({ tensor, axes }) => ({ tensor, axes: axes.toSpliced(axis, 0, { from: n, size: 1, digits: [] }) })),
      )
    }
    case 'concat': {
      const axis = attrs['axis'] as number
      let at = 0
      return inputs.flatMap((input, n) => {
        const moved = input.map(({ tensor, axes }) => ({ tensor, axes: axes.with(axis, { ...axes[axis]!, from: axes[axis]!.from + at }) }))
        at += source.inputs[n]!.shape[axis]!
        return moved
      })
    }
    case 'reshape': {
      const groups = align(source.inputs[0]!.shape, source.shape)
      const result: Part[] = []
      for (const { tensor, axes } of inputs[0]!) {
        const made: PartAxis[] = []
        for (const { before, after, at } of groups) {
          const merged = merge(axes.slice(at, at + before.length), before)
          const cut = merged && unmerge(merged, after)
          if (cut === undefined) return undefined
          made.push(...cut)
        }
        result.push({ tensor, axes: made })
      }
      return result
    }
    default:
      return inputs[0]!
  }
}

/** Pairs runs of axes with equal products: `[8192, 4]` and `[16, 512, 4]` as `[8192] | [16, 512]` and `[4] | [4]`. */
function align(
  before: readonly number[],
  after: readonly number[],
): readonly { readonly before: readonly number[]; readonly after: readonly number[]; readonly at: number }[] {
  const groups: { before: readonly number[]; after: readonly number[]; at: number }[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    const [fromI, fromJ] = [i, j]
    let [a, b] = [before[i++] ?? 1, after[j++] ?? 1]
    while (a !== b) {
      if (a < b) a *= before[i++]!
      else b *= after[j++]!
    }
    // Axes of size 1 join the group at whose border they stand.
    if (j >= after.length) i = before.length
    if (i >= before.length) j = after.length
    groups.push({ before: before.slice(fromI, i), after: after.slice(fromJ, j), at: fromI })
  }
  return groups
}

function merge(axes: readonly PartAxis[], shape: readonly number[]): PartAxis | undefined {
  return axes.reduce<PartAxis | undefined>(
    (outer, inner, k) => {
      if (outer === undefined) return undefined
      const size = shape[k]!
      if (inner.size !== size && outer.size !== 1) return undefined
      return { from: outer.from * size + inner.from, size: outer.size * inner.size, digits: [...outer.digits, ...inner.digits] }
    },
    { from: 0, size: 1, digits: [] },
  )
}

function unmerge(axis: PartAxis, shape: readonly number[]): readonly PartAxis[] | undefined {
  if (shape.length === 0) return []
  const cut: PartAxis[] = []
  let { from, size, digits } = axis
  for (const extent of shape.slice(1).reverse()) {
    if (from % extent === 0 && size % extent === 0) {
      const pair = takeInner(digits, extent)
      if (pair === undefined) return undefined
      cut.unshift({ from: 0, size: extent, digits: pair.inner })
      from /= extent
      size /= extent
      digits = pair.outer
    } else if (Math.floor(from / extent) === Math.floor((from + size - 1) / extent)) {
      cut.unshift({ from: from % extent, size, digits })
      from = Math.floor(from / extent)
      size = 1
      digits = []
    } else return undefined
  }
  return [{ from, size, digits }, ...cut]
}

/** The innermost digits that number `size` elements, and those outside; a digit in between is cut. */
function takeInner(
  digits: readonly Digit[],
  size: number,
): { readonly outer: readonly Digit[]; readonly inner: readonly Digit[] } | undefined {
  const outer = [...digits]
  const inner: Digit[] = []
  let rest = size
  while (rest > 1) {
    const digit = outer.pop()
    if (digit === undefined) return undefined
    if (rest % digit.size === 0) {
      inner.unshift(digit)
      rest /= digit.size
      continue
    }
    if (digit.size % rest !== 0 || digit.extent % rest !== 0 || digit.from % rest !== 0) return undefined
    inner.unshift({ stride: digit.stride, extent: rest, from: 0, size: rest })
    outer.push({ stride: digit.stride * rest, extent: digit.extent / rest, from: digit.from / rest, size: digit.size / rest })
    rest = 1
  }
  return { outer, inner }
}

/** Elements `low .. high` of what digits number, in order, as products of ranges: at most a head, a middle and a tail per digit. */
export function restrict(digits: readonly Digit[], low: number, high: number): readonly (readonly Digit[])[] {
  const [first, ...rest] = digits
  if (first === undefined || low >= high) return low < high ? [[]] : []
  const inner = count(rest)
  const [top, last] = [Math.floor(low / inner), Math.floor((high - 1) / inner)]
  const take = (from: number, size: number): Digit => ({ ...first, from: first.from + from, size })
  const row = (at: number, from: number, to: number) => restrict(rest, from, to).map((taken) => [take(at, 1), ...taken])
  if (top === last && high - low < inner) return row(top, low - top * inner, high - top * inner)
  const result: (readonly Digit[])[] = []
  let start = top
  if (low > top * inner) result.push(...row(start++, low - top * inner, inner))
  const end = high < (last + 1) * inner ? last : last + 1
  if (start < end) result.push([take(start, end - start), ...rest])
  if (end === last) result.push(...row(last, 0, high - last * inner))
  return result
}

function count(digits: readonly Digit[]): number {
  return product(digits.map(({ size }) => size))
}
