import type { TensorSourceEntry } from '../manifest.ts'
import { at, product } from '../tensor.ts'

type Data = Float32Array<ArrayBuffer>
type Apply = TensorSourceEntry & { readonly kind: 'apply' }

/** The f32 numbers of a source, row-major; `read` gives those of a file's tensor. May return what `read` returned. */
export function evaluate(source: TensorSourceEntry, read: (name: string) => Data): Data {
  switch (source.kind) {
    case 'tensor':
      return read(source.name)
    case 'fill':
      return new Float32Array(product(source.shape)).fill(source.value)
    case 'apply': {
      const inputs = source.inputs.map((input) => evaluate(input, read))
      return apply(source, inputs)
    }
  }
}

/** The one tensor that a source is, but for arithmetic on each element and reshapes; null if elements move or come together. */
export function elementwise(source: TensorSourceEntry): { readonly tensor: string; readonly map: ((data: Data) => Data) | null } | null {
  if (source.kind === 'tensor') return { tensor: source.name, map: null }
  if (source.kind === 'fill') return null
  const [input] = source.inputs
  if (source.inputs.length !== 1 || input === undefined || (source.op !== 'reshape' && pointwise[source.op] === undefined)) return null
  const inner = elementwise(input)
  if (inner === null || source.op === 'reshape') return inner
  return { tensor: inner.tensor, map: (data) => apply(source, [inner.map === null ? data : inner.map(data)]) }
}

/** The names of all tensors that a source reads, each once. */
export function tensorsOf(source: TensorSourceEntry): readonly { readonly name: string; readonly shape: readonly number[] }[] {
  if (source.kind === 'tensor') return [source]
  if (source.kind === 'fill') return []
  const found = source.inputs.flatMap(tensorsOf)
  return found.filter(({ name }, i) => found.findIndex((other) => other.name === name) === i)
}

function apply(source: Apply, inputs: readonly Data[]): Data {
  const first = at(inputs, 0)
  const from = at(source.inputs, 0).shape
  switch (source.op) {
    case 'reshape':
      return first
    case 'permute':
      return permute(first, from, source.attrs['order'] as readonly number[])
    case 'slice': {
      const { axis, start } = source.attrs as { readonly axis: number; readonly start: number }
      return copyBlocks(source.shape, axis, [{ data: first, size: at(from, axis), start }])
    }
    case 'concat': {
      const axis = source.attrs['axis'] as number
      const parts = inputs.map((data, i) => ({ data, size: at(at(source.inputs, i).shape, axis), start: 0 }))
      return copyBlocks(source.shape, axis, parts)
    }
    case 'stack': {
      const axis = source.attrs['axis'] as number
      return copyBlocks(
        source.shape,
        axis,
        inputs.map((data) => ({ data, size: 1, start: 0 })),
      )
    }
    default: {
      const fn = pointwise[source.op]
      if (fn === undefined) throw new RangeError(`no transform ${source.op}`)
      const value = source.attrs['value'] as number
      return first.map((x) => fn(x, value))
    }
  }
}

const pointwise: Readonly<Record<string, (x: number, value: number) => number>> = {
  add: (x, value) => x + value,
  scale: (x, value) => x * value,
  neg: (x) => -x,
  exp: (x) => Math.exp(x),
  log: (x) => Math.log(x),
}

/**
 * Fills `shape` along `axis` from parts that follow each other there: from each, as many entries as it has from `start` on, or as are
 * still wanted. `size`: the part's own length of the axis.
 */
function copyBlocks(
  shape: readonly number[],
  axis: number,
  parts: readonly { readonly data: Data; readonly size: number; readonly start: number }[],
): Data {
  const inner = product(shape.slice(axis + 1))
  const outer = product(shape.slice(0, axis))
  const total = at(shape, axis)
  const result = new Float32Array(outer * total * inner)
  let filled = 0
  for (const { data, size, start } of parts) {
    const count = Math.min(size - start, total - filled)
    for (let o = 0; o < outer; o++) {
      const from = (o * size + start) * inner
      result.set(data.subarray(from, from + count * inner), (o * total + filled) * inner)
    }
    filled += count
  }
  return result
}

function permute(data: Data, shape: readonly number[], order: readonly number[]): Data {
  const strides = shape.map((_, axis) => product(shape.slice(axis + 1)))
  const sizes = order.map((axis) => at(shape, axis))
  const steps = order.map((axis) => at(strides, axis))
  const result = new Float32Array(data.length)
  const index = sizes.map(() => 0)
  let from = 0
  for (let to = 0; to < result.length; to++) {
    result[to] = at(data, from)
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const size = at(sizes, axis)
      const step = at(steps, axis)
      index[axis] = at(index, axis) + 1
      from += step
      if (at(index, axis) < size) break
      from -= size * step
      index[axis] = 0
    }
  }
  return result
}
