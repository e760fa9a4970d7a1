import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cover } from '../../../src/check/checkpoint/coverage.ts'
import { applyTransforms, resolveCheckpoint } from '../../../src/check/checkpoint/index.ts'
import { regionsOf } from '../../../src/check/checkpoint/region.ts'
import { countElements } from '../../../src/check/checkpoint/use.ts'
import type { TensorSource } from '../../../src/model/model.ts'
import { evaluate } from '../../../src/runtime/weights/transform.ts'
import { type Value as Argument, evaluateNumber, Mapping, type Written, weights } from './mapping.ts'

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
const iota = (shape: readonly number[]): Float64Array => Float64Array.from({ length: product(shape) }, (_, k) => k)

/** An array with a shape, and what each transform means element by element: written apart from the resolver's own lowering. */
interface Value {
  readonly shape: readonly number[]
  readonly at: (index: readonly number[]) => number
}
const flat = (shape: readonly number[], index: readonly number[]): number => index.reduce((sum, n, k) => sum * shape[k]! + n, 0)
const unflat = (shape: readonly number[], n: number): readonly number[] => {
  const index: number[] = []
  for (const size of shape.toReversed()) {
    index.unshift(n % size)
    n = Math.floor(n / size)
  }
  return index
}
const reshaped = (value: Value, shape: readonly number[]): Value => ({
  shape,
  at: (index) => value.at(unflat(value.shape, flat(shape, index))),
})

/** A transform with its meaning: of the value so far, the next one. */
interface Sample {
  readonly written: Written
  readonly next: Value
}

const divisors = (n: number): readonly number[] => Array.from({ length: n }, (_, k) => k + 1).filter((k) => n % k === 0)

function transformsOf(value: Value): fc.Arbitrary<Sample> {
  const rank = value.shape.length
  const axis = fc.nat(rank - 1)
  const options: fc.Arbitrary<Sample>[] = [
    fc
      .shuffledSubarray(
        value.shape.map((_, k) => k),
        { minLength: rank },
      )
      .map((order) => ({
        written: ['permute', ...order],
        next: {
          shape: order.map((k) => value.shape[k]!),
          at: (index) => value.at(value.shape.map((_, k) => index[order.indexOf(k)]!)),
        },
      })),
    axis.chain((k) =>
      fc.constantFrom(...divisors(value.shape[k]!)).map((outer) => {
        const sizes = [outer, value.shape[k]! / outer]
        return { written: ['unflatten', k, ...sizes], next: reshaped(value, value.shape.toSpliced(k, 1, ...sizes)) } satisfies Sample
      }),
    ),
    axis.chain((k) =>
      fc.tuple(fc.nat(value.shape[k]! - 1), fc.nat(value.shape[k]! - 1)).map(([a, b]) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b) + 1]
        return {
          written: ['slice', k, { from, to }, { name: 'of', value: value.shape[k]! }],
          next: { shape: value.shape.with(k, to - from), at: (index) => value.at(index.with(k, index[k]! + from)) },
        } satisfies Sample
      }),
    ),
    fc.constant({ written: ['add', 1], next: value } satisfies Sample),
  ]
  if (rank > 1) {
    options.push(
      fc.nat(rank - 2).map((k) => {
        const from = [value.shape[k]!, value.shape[k + 1]!]
        return {
          written: ['flatten', k, k + 1, { name: 'from', value: { items: from } }],
          next: reshaped(value, value.shape.toSpliced(k, 2, from[0]! * from[1]!)),
        } satisfies Sample
      }),
      fc.constant({
        written: ['transpose'],
        next: {
          shape: [...value.shape.slice(0, -2), value.shape.at(-1)!, value.shape.at(-2)!],
          at: (index) => value.at([...index.slice(0, -2), index.at(-1)!, index.at(-2)!]),
        },
      } satisfies Sample),
      fc.constant({
        written: ['reshape', product(value.shape), { name: 'from', value: { items: value.shape } }],
        next: reshaped(value, [product(value.shape)]),
      } satisfies Sample),
    )
    const ones = [...value.shape.entries()].flatMap(([k, size]) => (size === 1 ? [k] : []))
    if (ones.length > 0)
      options.push(
        fc.constantFrom(...ones).map((k) => ({
          written: ['squeeze', k],
          next: reshaped(value, value.shape.toSpliced(k, 1)),
        })),
      )
  }
  return fc.oneof(...options)
}

function chains(value: Value, length: number): fc.Arbitrary<{ readonly written: readonly Written[]; readonly result: Value }> {
  if (length === 0) return fc.constant({ written: [], result: value })
  return transformsOf(value).chain(({ written, next }) =>
    chains(next, length - 1).map((rest) => ({ written: [written, ...rest.written], result: rest.result })),
  )
}

const files = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 })
  .map((shape): Value => ({ shape, at: (index) => flat(shape, index) }))
const samples = files.chain((file) => fc.nat(5).chain((length) => chains(file, length).map((chain) => ({ file, ...chain }))))

test('transforms move the elements as written, here and in the runtime, and the shape in the file follows from the weight', () => {
  fc.assert(
    fc.property(samples, ({ file, written, result }) => {
      const mapping = new Mapping().rule('w', 'file', ...written).ignore('file')
      const { checkpoint, diagnostics } = resolveCheckpoint(mapping.decl(), weights({ w: result.shape }), evaluateNumber)
      expect(diagnostics).toEqual([])
      const { from } = checkpoint!.weights[0]!
      expect(from.shape).toEqual(result.shape)
      const seen: (readonly number[])[] = []
      const moved = applyTransforms(
        from,
        (_, shape) => {
          seen.push(shape)
          return iota(shape)
        },
        'movement',
      )
      expect(seen).toEqual([file.shape])
      expect([...moved]).toEqual(Array.from({ length: product(result.shape) }, (_, n) => result.at(unflat(result.shape, n))))
      expect(evaluate(from, (name) => (name === 'file' ? Float32Array.from(iota(file.shape)) : new Float32Array()))).toEqual(
        Float32Array.from(applyTransforms(from, (_, shape) => iota(shape))),
      )
      const plus = written.filter(([name]) => name === 'add').length
      expect(applyTransforms(from, (_, shape) => iota(shape))).toEqual(moved.map((x) => x + plus))
    }),
    { numRuns: 300 },
  )
})

test('a wrong shape of the weight is refused, or leads to another shape in the file', () => {
  fc.assert(
    fc.property(samples, fc.nat(5), fc.integer({ min: 1, max: 3 }), ({ file, written, result }, axis, more) => {
      const shape = result.shape.with(axis % result.shape.length, result.shape[axis % result.shape.length]! + more)
      const mapping = new Mapping().rule('w', 'file', ...written).ignore('file')
      const { checkpoint, diagnostics } = resolveCheckpoint(mapping.decl(), weights({ w: shape }), evaluateNumber)
      if (checkpoint === undefined) expect(diagnostics).toMatchObject([{ code: 'GDN5008' }])
      else {
        applyTransforms(checkpoint.weights[0]!.from, (_, inFile) => {
          expect(inFile).not.toEqual(file.shape)
          return iota(inFile)
        })
      }
    }),
    { numRuns: 300 },
  )
})

test('the grid of digits counts elements as brute force does', () => {
  let followed = 0
  fc.assert(
    fc.property(
      files.chain((file) =>
        fc.tuple(
          fc.constant(file),
          fc.array(
            fc.nat(4).chain((length) => chains(file, length)),
            { minLength: 1, maxLength: 4 },
          ),
        ),
      ),
      ([file, uses]) => {
        const made = uses.flatMap(({ written, result }, n) => {
          const mapping = new Mapping().rule(`w${n}`, 'file', ...written).ignore('file')
          const { checkpoint } = resolveCheckpoint(mapping.decl(), weights({ [`w${n}`]: result.shape }), evaluateNumber)
          return [{ weight: { path: `w${n}`, shape: result.shape, init: 0, source: '' }, from: checkpoint!.weights[0]!.from }]
        })
        const regions = made.map(({ from }) => regionsOf(from))
        const slow = countElements('file', file.shape, made)
        const fast = regions.every((region) => region !== undefined)
          ? cover(
              file.shape,
              made.flatMap(({ weight }, n) => regions[n]!.map((region) => ({ weight: weight.path, region }))),
            )
          : undefined
        if (fast === undefined) return
        followed++
        const total = (ranges: readonly { readonly elements: number }[]) => ranges.reduce((sum, { elements }) => sum + elements, 0)
        expect(total(fast.unused)).toBe(total(slow.unused))
        expect(fast.overlaps.length > 0).toBe(slow.overlaps.length > 0)
      },
    ),
    { numRuns: 500 },
  )
  // Reshapes across axes are rare even here.
  expect(followed).toBeGreaterThan(300)
})

test('parts of a split, however cut, cover a tensor', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), (parts, heads, columns) => {
      const list = parts.map((_, k) => `p${k}`)
      const width = parts.reduce((a, b) => a + b, 0)
      const shapes = Object.fromEntries(parts.map((part, k) => [`p${k}`, [heads * part, columns]]))
      const mapping = new Mapping().rule(
        `{p=${list.join('|')}}`,
        'fused',
        ['unflatten', 0, heads, width],
        ['split', 1, ...parts],
        ['flatten', 0, 1],
      )
      const { checkpoint, diagnostics } = resolveCheckpoint(mapping.decl(), weights(shapes), evaluateNumber)
      expect(diagnostics).toEqual([])
      const rows = checkpoint!.weights.flatMap(({ from }) => [...applyTransforms(from, (_, shape) => iota(shape), 'movement')])
      expect(rows.sort((a, b) => a - b)).toEqual([...iota([heads * width, columns])])
    }),
  )
})

test('one element too few or too many shows', () => {
  const cut = fc
    .integer({ min: 2, max: 30 })
    .chain((total) => fc.tuple(fc.constant(total), fc.integer({ min: 1, max: total - 1 }), fc.constantFrom(-1, 0, 1)))
  fc.assert(
    fc.property(cut, ([total, at, gap]) => {
      const start = Math.min(Math.max(at + gap, 0), total - 1)
      const mapping = new Mapping()
        .rule('a', 'w', ['slice', 0, { from: 0, to: at }])
        .rule('b', 'w', ['slice', 0, { from: start, to: total }])
      const { diagnostics } = resolveCheckpoint(mapping.decl(), weights({ a: [at, 2], b: [total - start, 2] }), evaluateNumber)
      const expected = start < at ? ['GDN5012'] : start > at ? ['GDN5013'] : []
      expect(diagnostics.map(({ code }) => code)).toEqual(expected)
    }),
  )
})

test('a concatenation of stacked tensors is followed', () => {
  const tensor = (name: string, shape: readonly number[]): TensorSource => ({ kind: 'tensor', name, shape })
  const stacked: TensorSource = {
    kind: 'apply',
    op: 'stack',
    attrs: { axis: 1 },
    inputs: [tensor('a', [4, 3]), tensor('b', [4, 3])],
    shape: [4, 2, 3],
  }
  const joined: TensorSource = {
    kind: 'apply',
    op: 'concat',
    attrs: { axis: 1 },
    inputs: [stacked, tensor('c', [4, 5, 3])],
    shape: [4, 7, 3],
  }
  const part: TensorSource = { kind: 'apply', op: 'slice', attrs: { axis: 1, start: 1, end: 4 }, inputs: [joined], shape: [4, 3, 3] }
  const regions = regionsOf(part)!
  expect(regions.map(({ tensor: name }) => name)).toEqual(['b', 'c'])
  const weight = { path: 'w', shape: part.shape, init: 0, source: '' }
  for (const [name, shape] of [
    ['a', [4, 3]],
    ['b', [4, 3]],
    ['c', [4, 5, 3]],
  ] as const) {
    const uses = regions.filter((region) => region.tensor === name).map((region) => ({ weight: 'w', region }))
    const count = (ranges: readonly { readonly elements: number }[]) => ranges.reduce((sum, { elements }) => sum + elements, 0)
    expect(count(cover(shape, uses)!.unused)).toBe(count(countElements(name, shape, [{ weight, from: part }]).unused))
  }
})

test('nonsense is refused and never throws', () => {
  const small = fc.integer({ min: -1, max: 7 })
  const value: fc.Arbitrary<Argument> = fc.oneof(
    { weight: 6, arbitrary: small },
    fc.constantFrom('e', 'p', 'heads'),
    fc.record({ from: fc.option(small, { nil: undefined }), to: fc.option(small, { nil: undefined }) }),
    fc.array(small, { maxLength: 3 }).map((items) => ({ items })),
  )
  const argument = fc.oneof({ weight: 4, arbitrary: value }, fc.record({ name: fc.constantFrom('from', 'of', 'axis', 'sizes'), value }))
  const names = [
    'transpose',
    'permute',
    'reshape',
    'squeeze',
    'unflatten',
    'flatten',
    'slice',
    'split',
    'concat',
    'stack',
    'add',
    'log',
    'roll',
  ]
  const transform = fc
    .tuple(fc.constantFrom(...names), fc.array(argument, { maxLength: 4 }))
    .map(([name, args]): Written => [name, ...args] as Written)
  const ours = fc.constantFrom('a.{i}', 'a.0', '{p=a|b}.{i}', '{p=a|b}.0', 'a.{i', 'c')
  const theirs = fc.constantFrom('x', 'x.{i}', 'x.{e}', 'x.{e}.{i}', '{p=a|b}', '{p}', '{q=a|b}.{i}')
  const shape = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 })
  fc.assert(
    fc.property(ours, theirs, fc.array(transform, { maxLength: 3 }), shape, shape, (left, right, transforms, first, second) => {
      const shapes = { 'a.0': first, 'a.1': second, 'b.0': first, 'b.1': second }
      const mapping = new Mapping().rule(left, right, ...transforms).group('', '')
      const { checkpoint, diagnostics } = resolveCheckpoint(mapping.decl(), weights(shapes), evaluateNumber)
      if (checkpoint === undefined) expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(true)
      else for (const { path, from } of checkpoint.weights) expect(from.shape).toEqual(shapes[path as keyof typeof shapes])
      for (const { span } of diagnostics) expect(mapping.at(span)).not.toBe('')
    }),
    { numRuns: 3000 },
  )
})
