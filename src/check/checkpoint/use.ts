import * as messages from '../../diagnostics/catalogue/checkpoint.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { TensorSource, Weight } from '../../model/model.ts'
import type { Span } from '../../source/source.ts'
import { product } from '../../util/numbers.ts'
import { applyTransforms } from './apply.ts'
import { type Coverage, cover, type Use } from './coverage.ts'
import { fits } from './pattern.ts'
import { type Region, regionsOf } from './region.ts'

/** A weight with its source and the place in the spec that says so. */
export interface Sourced {
  readonly weight: Weight
  readonly from: TensorSource
  readonly optional: boolean
  readonly span: Span
}

/** Above this many elements a tensor whose use no grid describes is not counted element by element. */
const MOST_ELEMENTS = 1 << 22

/** Every element of every tensor that the weights are made of is used once; what a pattern of `ignore` covers may stay unused. */
export function checkUse(weights: readonly Sourced[], ignore: readonly string[]): readonly Diagnostic[] {
  const tensors = new Map<
    string,
    { shape: readonly number[]; first: Sourced; uses: { by: Sourced; regions: readonly Region[] | undefined }[] }
  >()
  const diagnostics: Diagnostic[] = []
  const differs = new Set<string>()
  for (const by of weights) {
    const regions = regionsOf(by.from)
    for (const { name, shape } of new Map(leaves(by.from).map((leaf) => [leaf.name, leaf])).values()) {
      const known = tensors.get(name)
      if (known === undefined) tensors.set(name, { shape, first: by, uses: [{ by, regions }] })
      else {
        known.uses.push({ by, regions })
        if (known.shape.join() === shape.join() || differs.has(key(by, known.first))) continue
        differs.add(key(by, known.first))
        diagnostics.push(
          messages.shapesDiffer.at(
            by.span,
            { tensor: name, first: known.shape, second: shape, by: known.first.weight.path },
            { related: [{ span: known.first.span, message: `"${name}" is [${known.shape.join(', ')}] here` }] },
          ),
        )
      }
    }
  }
  if (diagnostics.length > 0) return diagnostics

  // A mistake repeats for every layer: the first tensor of a rule stands for the others.
  const overlaps = new Grouped<{
    tensor: string
    shape: readonly number[]
    overlap: Coverage['overlaps'][number]
    first: Sourced
    second: Sourced
  }>()
  const unused = new Grouped<{ tensor: string; shape: readonly number[]; unused: Coverage['unused']; by: Sourced }>()
  for (const [tensor, { shape, first, uses }] of tensors) {
    const coverage = uses.every(({ regions }) => regions !== undefined)
      ? cover(
          shape,
          uses.flatMap(({ by, regions }): Use[] =>
            regions!.filter((region) => region.tensor === tensor).map((region) => ({ weight: by.weight.path, region })),
          ),
        )
      : undefined
    const result =
      coverage ??
      (product(shape) <= MOST_ELEMENTS
        ? countElements(
            tensor,
            shape,
            uses.map(({ by }) => by),
          )
        : undefined)
    if (result === undefined) {
      diagnostics.push(messages.coverageUnknown.at(first.span, { tensor, shape }))
      continue
    }
    const [overlap] = result.overlaps
    if (overlap !== undefined) {
      const by = (path: string) => uses.find((use) => use.by.weight.path === path)!.by
      const [a, b] = [by(overlap.first), by(overlap.second)]
      overlaps.add(key(a, b), { tensor, shape, overlap, first: a, second: b })
    } else if (result.unused.length > 0 && !ignore.some((glob) => fits(glob, tensor))) {
      unused.add(uses.map(({ by }) => place(by)).join(), { tensor, shape, unused: result.unused, by: first })
    }
  }
  for (const [{ tensor, shape, overlap, first, second }, more] of overlaps) {
    diagnostics.push(
      messages.usedTwice.at(
        second.span,
        { tensor, shape, range: overlap.range.text, first: overlap.first, second: overlap.second, more },
        first.span === second.span ? {} : { related: [{ span: first.span, message: `\`${overlap.first}\` is made here` }] },
      ),
    )
  }
  for (const [{ tensor, shape, unused: ranges, by }, more] of unused) {
    const elements = ranges.reduce((sum, range) => sum + range.elements, 0)
    diagnostics.push(messages.unusedElements.at(by.span, { tensor, shape, ranges: ranges.map(({ text }) => text), elements, more }))
  }
  return diagnostics
}

/** The file tensors of a source, in order, with repetitions. */
export function leaves(source: TensorSource): readonly (TensorSource & { readonly kind: 'tensor' })[] {
  if (source.kind === 'tensor') return [source]
  return source.kind === 'fill' ? [] : source.inputs.flatMap(leaves)
}

/** The same answer by brute force: element numbers sent through the transforms. */
export function countElements(tensor: string, shape: readonly number[], uses: readonly Pick<Sourced, 'weight' | 'from'>[]): Coverage {
  const total = product(shape)
  const owner = new Int32Array(total).fill(-1)
  let overlap: { at: number; first: number; second: number } | undefined
  for (const [n, { from }] of uses.entries()) {
    const indices = applyTransforms(
      from,
      (name, dims) => (name === tensor ? Array.from({ length: total }, (_, k) => k) : new Float64Array(product(dims)).fill(-1)),
      'movement',
    )
    for (const index of indices) {
      if (index < 0) continue
      if (owner[index]! >= 0) overlap ??= { at: index, first: owner[index]!, second: n }
      owner[index] = n
    }
  }
  const unused: { text: string; elements: number }[] = []
  for (let from = 0; from < total; from++) {
    if (owner[from]! >= 0) continue
    let to = from
    while (to < total && owner[to]! < 0) to++
    unused.push({ text: `elements ${from} .. ${to}`, elements: to - from })
    from = to
  }
  const path = (n: number) => uses[n]!.weight.path
  return {
    unused,
    overlaps:
      overlap === undefined
        ? []
        : [{ range: { text: `element ${overlap.at}`, elements: 1 }, first: path(overlap.first), second: path(overlap.second) }],
  }
}

const place = ({ span }: Sourced): string => `${span.path}:${span.start}`
const key = (a: Sourced, b: Sourced): string => `${place(a)} ${place(b)}`

/** The first entry under each key, and how many more there were. */
class Grouped<T> {
  readonly #entries = new Map<string, { first: T; more: number }>()
  add(id: string, entry: T): void {
    const known = this.#entries.get(id)
    if (known === undefined) this.#entries.set(id, { first: entry, more: 0 })
    else known.more++
  }
  *[Symbol.iterator](): Generator<readonly [T, number]> {
    for (const { first, more } of this.#entries.values()) yield [first, more]
  }
}
