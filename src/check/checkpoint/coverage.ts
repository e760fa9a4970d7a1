import { product } from '../../util/numbers.ts'
import { type Digit, type Region, restrict } from './region.ts'

/** One use of a tensor: by which weight, and which of its elements. */
export interface Use {
  readonly weight: string
  readonly region: Region
}

/** Elements of one tensor, in words and by number. */
export interface Range {
  readonly text: string
  readonly elements: number
}
export interface Coverage {
  readonly unused: readonly Range[]
  readonly overlaps: readonly { readonly range: Range; readonly first: string; readonly second: string }[]
}

const MOST_CELLS = 1 << 20

/**
 * Whether every element of a tensor is used, and by one weight only. All uses are laid on one grid of digits and the grid is cut where
 * any of them begins or ends, so the cost depends on the number of uses and not on the size of the tensor. Undefined where no grid fits.
 */
export function cover(shape: readonly number[], uses: readonly Use[]): Coverage | undefined {
  const total = product(shape)
  const grid = gridOf(shape, uses)
  if (grid === undefined) return undefined
  const boxes: Box[] = []
  for (const { weight, region } of uses) {
    for (const ranges of rangesOn(grid, region.digits)) boxes.push({ weight, ranges })
  }
  // One use of everything is the common case.
  if (boxes.length === 1 && product(boxes[0]!.ranges.map(([from, to]) => to - from)) === total) return { unused: [], overlaps: [] }

  const cuts = grid.map(({ extent }, k) => {
    const ends = new Set([0, extent, ...boxes.flatMap(({ ranges }) => ranges[k]!)])
    return [...ends].sort((a, b) => a - b)
  })
  const cells = cuts.map((marks) => marks.length - 1)
  if (product(cells) > MOST_CELLS) return undefined
  const owner = new Int32Array(product(cells)).fill(-1)
  const overlaps = new Map<string, { ranges: Ranges[]; first: string; second: string }>()
  for (const [n, { weight, ranges }] of boxes.entries()) {
    const spans = ranges.map(([from, to], k) => [cuts[k]!.indexOf(from), cuts[k]!.indexOf(to)] as const)
    for (const at of cellsOf(spans)) {
      const cell = at.reduce((sum, i, k) => sum * cells[k]! + i, 0)
      const before = owner[cell]!
      if (before < 0) {
        owner[cell] = n
        continue
      }
      const key = `${before} ${n}`
      const entry = overlaps.get(key) ?? { ranges: [], first: boxes[before]!.weight, second: weight }
      entry.ranges.push(at.map((i, k) => [cuts[k]![i]!, cuts[k]![i + 1]!] as const))
      overlaps.set(key, entry)
    }
  }
  const free: Ranges[] = []
  for (const at of cellsOf(cells.map((n) => [0, n] as const))) {
    if (owner[at.reduce((sum, i, k) => sum * cells[k]! + i, 0)]! < 0) free.push(at.map((i, k) => [cuts[k]![i]!, cuts[k]![i + 1]!] as const))
  }
  const words = (ranges: Ranges): Range => ({
    text: describe(shape, grid, ranges),
    elements: product(ranges.map(([from, to]) => to - from)),
  })
  return {
    unused: unite(free).map(words),
    overlaps: [...overlaps.values()].flatMap(({ ranges, first, second }) =>
      unite(ranges).map((box) => ({ range: words(box), first, second })),
    ),
  }
}

/** A digit of the grid, outermost first; together they number the tensor's elements. */
interface GridDigit {
  readonly stride: number
  readonly extent: number
}
type Ranges = readonly (readonly [from: number, to: number])[]
interface Box {
  readonly weight: string
  readonly ranges: Ranges
}

/** The common refinement of the file's axes and of all digits; undefined if their strides do not divide one another. */
function gridOf(shape: readonly number[], uses: readonly Use[]): readonly GridDigit[] | undefined {
  const marks = new Set([1, product(shape)])
  for (const axis of shape.keys()) marks.add(product(shape.slice(axis)))
  for (const { region } of uses) {
    for (const { stride, extent } of region.digits) marks.add(stride).add(stride * extent)
  }
  const sorted = [...marks].sort((a, b) => a - b)
  const grid: GridDigit[] = []
  for (let k = 0; k + 1 < sorted.length; k++) {
    const extent = sorted[k + 1]! / sorted[k]!
    if (!Number.isInteger(extent)) return undefined
    grid.unshift({ stride: sorted[k]!, extent })
  }
  return grid
}

/** A product of digit ranges on a finer grid: some products, where a range is not aligned with the finer digits. */
function rangesOn(grid: readonly GridDigit[], digits: readonly Digit[]): readonly Ranges[] {
  let boxes: readonly (readonly Digit[])[] = [[]]
  for (const digit of digits.toSorted((a, b) => b.stride - a.stride)) {
    const fine = grid
      .filter(({ stride }) => stride >= digit.stride && stride < digit.stride * digit.extent)
      .map(({ stride, extent }) => ({ stride, extent, from: 0, size: extent }))
    const cut = restrict(fine, digit.from, digit.from + digit.size)
    boxes = boxes.flatMap((box) => cut.map((taken) => [...box, ...taken]))
  }
  return boxes.map((box) => box.map(({ from, size }) => [from, from + size] as const))
}

function* cellsOf(spans: readonly (readonly [number, number])[]): Generator<readonly number[]> {
  const at = spans.map(([from]) => from)
  if (spans.some(([from, to]) => from >= to)) return
  while (true) {
    yield [...at]
    let axis = at.length - 1
    while (axis >= 0 && ++at[axis]! === spans[axis]![1]) {
      at[axis] = spans[axis]![0]
      axis--
    }
    if (axis < 0) return
  }
}

/** Joins cells that lie side by side along one digit and agree in all others. */
function unite(boxes: readonly Ranges[]): readonly Ranges[] {
  let result = boxes
  for (let axis = (boxes[0]?.length ?? 0) - 1; axis >= 0; axis--) {
    const open = new Map<string, [number, number][]>()
    for (const box of result) {
      const key = JSON.stringify(box.toSpliced(axis, 1))
      const list = open.get(key) ?? []
      const last = list.at(-1)
      const [from, to] = box[axis]!
      if (last !== undefined && last[1] === from) last[1] = to
      else list.push([from, to])
      open.set(key, list)
    }
    result = [...open].flatMap(([key, list]) => list.map((range) => (JSON.parse(key) as Ranges).toSpliced(axis, 0, range)))
  }
  return result
}

/** `64 .. 128 of axis 0`, `256 .. 512 of every 768 of axis 0`; '' for everything. */
function describe(shape: readonly number[], grid: readonly GridDigit[], ranges: Ranges): string {
  const texts: string[] = []
  let end = 0
  for (const [axis, size] of shape.entries()) {
    const stride = product(shape.slice(axis + 1))
    const begin = end
    while (end < grid.length && grid[end]!.stride >= stride) end++
    const part = grid.slice(begin, end).map((digit, k) => ({ ...digit, range: ranges[begin + k]! }))
    const partial = part.filter(({ extent, range }) => range[1] - range[0] < extent)
    if (partial.length === 0) continue
    const inner = partial.at(-1)!
    const width = inner.stride / stride
    if (partial.length === 1) {
      const every = inner.extent * width
      const bounds = `${inner.range[0] * width} .. ${inner.range[1] * width}`
      texts.push(every === size ? `${bounds} of axis ${axis}` : `${bounds} of every ${every} of axis ${axis}`)
    } else {
      const from = part.reduce((sum, { range, stride: step }) => sum + (range[0] * step) / stride, 0)
      const run = (inner.range[1] - inner.range[0]) * width
      const all = product(part.map(({ range }) => range[1] - range[0]))
      const bounds = `${from} .. ${from + run}`
      texts.push(all === run ? `${bounds} of axis ${axis}` : `${bounds} and further ranges of axis ${axis}`)
    }
  }
  return texts.join(', ')
}
