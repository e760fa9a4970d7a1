import { describe, expect, it } from 'vitest'
import { describeBodyType } from '../../src/graph/body.ts'
import { BodyBuilder } from '../../src/graph/body-builder.ts'
import { bodyFlops } from '../../src/graph/body-cost.ts'
import { BodyProgram } from '../../src/graph/body-program.ts'
import { bodyRanges } from '../../src/graph/body-range.ts'
import type { Attributes } from '../../src/graph/graph.ts'
import { ShapeError } from '../../src/graph/op.ts'
import { gatedDelta, selectiveScan, ssd } from './bodies.ts'

/** A body with the parameters that the names ask for: `m23` a matrix, `v3` a vector, `s` a scalar, `t234` three axes, `n` a whole number. */
function setUp(kind: 'recurrence' | 'attention', names: readonly string[]): { b: BodyBuilder; ids: number[] } {
  const b = new BodyBuilder(kind, 'test')
  const ids = names.map((name, i) => {
    const shape = [...(name.split(' ')[0] as string).slice(1)].map(Number)
    return b.param({ name: `p${i}`, shape, dtype: name[0] === 'n' ? 'u32' : 'f32' })
  })
  return { b, ids }
}

/** The op on parameters, evaluated with these numbers. */
function run(op: string, operands: Readonly<Record<string, readonly number[]>>, attrs: Attributes = {}): { type: string; data: number[] } {
  const names = Object.keys(operands)
  const { b, ids } = setUp('recurrence', names)
  const out = b.add(op, ids, attrs)
  const program = new BodyProgram(b.nodes, [out])
  for (const [i, name] of names.entries()) program.memory.set(operands[name]!, program.offset(ids[i]!))
  program.compile(b.nodes.map((node) => node.id))()
  const from = program.offset(out)
  return { type: describeBodyType(b.type(out)), data: [...program.memory.subarray(from, from + program.size(out))] }
}

describe('body ops', () => {
  it('multiply and contract as their names say', () => {
    expect(run('dot', { v2: [1, 2], 'v2 again': [3, 4] }).data).toEqual([11])
    expect(run('outer', { v2: [1, 2], v3: [3, 4, 5] })).toEqual({ type: 'f32[2, 3]', data: [3, 4, 5, 6, 8, 10] })
    // Sᵀ u: one element per column.
    expect(run('read', { m23: [1, 2, 3, 4, 5, 6], v2: [1, 10] })).toEqual({ type: 'f32[3]', data: [41, 52, 63] })
    expect(run('matvec', { m23: [1, 2, 3, 4, 5, 6], v3: [1, 10, 100] })).toEqual({ type: 'f32[2]', data: [321, 654] })
    expect(run('scale_rows', { v2: [2, 3], m22: [1, 1, 1, 1] })).toEqual({ type: 'f32[2, 2]', data: [2, 2, 3, 3] })
    expect(run('scale_cols', { m22: [1, 1, 1, 1], v2: [2, 3] })).toEqual({ type: 'f32[2, 2]', data: [2, 3, 2, 3] })
  })

  it('take parts', () => {
    const t = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    expect(run('index', { t232: t }, { at: 1 })).toEqual({ type: 'f32[3, 2]', data: [7, 8, 9, 10, 11, 12] })
    expect(run('index', { v3: [7, 8, 9] }, { at: 2 })).toEqual({ type: 'f32', data: [9] })
    expect(run('slice', { t232: t }, { axis: 1, start: 1, end: 3 })).toEqual({ type: 'f32[2, 2, 2]', data: [3, 4, 5, 6, 9, 10, 11, 12] })
    expect(run('slice', { v3: [7, 8, 9] }, { axis: 0, start: 1, end: 3 })).toEqual({ type: 'f32[2]', data: [8, 9] })
    expect(run('concat', { m22: [1, 2, 3, 4], m21: [5, 6] }, { axis: 1 })).toEqual({ type: 'f32[2, 3]', data: [1, 2, 5, 3, 4, 6] })
    expect(run('reshape', { m23: [1, 2, 3, 4, 5, 6] }, { shape: [3, 2] })).toEqual({ type: 'f32[3, 2]', data: [1, 2, 3, 4, 5, 6] })
  })

  it('reduce the last axis and keep it', () => {
    expect(run('reduce', { m23: [1, 2, 3, 4, 5, 9] }, { fn: 'sum' })).toEqual({ type: 'f32[2, 1]', data: [6, 18] })
    expect(run('reduce', { m23: [1, 2, 3, 4, 5, 9] }, { fn: 'mean' }).data).toEqual([2, 6])
    expect(run('reduce', { m23: [-1, -2, -3, 4, 5, 9] }, { fn: 'max' }).data).toEqual([-1, 9])
    expect(run('softmax', { v3: [1000, 1000, -1000] }).data).toEqual([0.5, 0.5, 0])
    expect(run('unit', { v2: [3, 4] }, { eps: 11 }).data).toEqual([3 / 6, 4 / 6])
    expect(run('unit', { v2: [0, 0] }, { eps: 0 }).data).toEqual([0, 0])
    expect(run('unit', { v2: [0, 0] }, { eps: 1e-6 }).data).toEqual([0, 0])
  })

  it('broadcast scalars and sizes of 1', () => {
    expect(run('pointwise', { s: [2], m22: [1, 2, 3, 4] }, { fn: 'mul' }).data).toEqual([2, 4, 6, 8])
    expect(run('pointwise', { m21: [10, 20], m22: [1, 2, 3, 4] }, { fn: 'sub' }).data).toEqual([9, 8, 17, 16])
    expect(run('pointwise', { v1: [10], v3: [1, 2, 3] }, { fn: 'max' }).data).toEqual([10, 10, 10])
    expect(run('pointwise', { n: [7], 'n again': [2] }, { fn: 'div' })).toEqual({ type: 'u32', data: [3] })
  })

  const refused: readonly (readonly [string, readonly string[], Attributes, number | null, string, string])[] = [
    ['pointwise', ['v3', 'm33'], { fn: 'mul' }, 1, 'f32[3, 3]', 'diag(a) * S'],
    ['pointwise', ['v3', 'v4'], { fn: 'mul' }, null, 'f32[3] and f32[4]', 'equal sizes'],
    ['pointwise', ['n', 's'], { fn: 'mul' }, null, 'u32 and f32', 'f32 and f32'],
    ['pointwise', ['s'], { fn: 'mul' }, null, '1 inputs', '2'],
    ['dot', ['v3', 'v4'], {}, 1, '4 elements', '3'],
    ['dot', ['v3', 'm33'], {}, 1, 'f32[3, 3]', 'vector'],
    ['outer', ['v3'], {}, null, '1 inputs', '2'],
    ['outer', ['m33', 'v3'], {}, 0, 'f32[3, 3]', 'vector'],
    ['read', ['m23', 'v3'], {}, 1, '3 elements', '2'],
    ['read', ['v3', 'v3'], {}, 0, 'f32[3]', 'matrix'],
    ['scale_rows', ['v3', 'm23'], {}, 0, '3 factors', '2'],
    ['scale_cols', ['m23', 'v2'], {}, 1, '2 factors', '3'],
    ['matvec', ['m23', 'v2'], {}, 1, '2 elements', '3'],
    ['index', ['v3'], { at: 3 }, null, 'index 3', '0 .. 2'],
    ['index', ['s'], { at: 0 }, 0, 'f32', 'at least one axis'],
    ['reduce', ['s'], { fn: 'sum' }, 0, 'f32', 'at least one axis'],
    ['reduce', ['v3'], { fn: 'median' }, null, 'fn "median"', 'sum, mean, max'],
    ['softmax', ['n'], {}, 0, 'u32', 'f32'],
    ['unit', ['v3'], {}, null, 'no eps', 'finite number'],
    ['slice', ['v3'], { axis: 0, start: 2, end: 4 }, null, '2 .. 4', '0 .. 3'],
    ['concat', ['v3', 'm33'], { axis: 0 }, 1, '[3, 3]', '[..]'],
    ['reshape', ['v3'], { shape: [2] }, 0, '[3], 3 elements', '[2], 2 elements'],
    ['constant', [], { value: Number.NaN }, null, 'value', 'finite'],
    ['param', [], { index: 1 }, null, 'parameter 1', 'one of 0'],
    ['state', [], { index: 0 }, null, 'state 0', 'one of 0'],
    ['position_i', [], {}, null, 'a position', 'an attention'],
    ['position_j', [], {}, null, 'a position', 'an attention'],
    ['convolve', [], {}, null, 'op convolve', 'an op of a body'],
  ]

  it.each(refused)('refuse %s of %j with %j', (op, names, attrs, input, found, expected) => {
    const { b, ids } = setUp('recurrence', names)
    let refusal: unknown
    try {
      b.add(op, ids, attrs)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(ShapeError)
    const error = refusal as ShapeError
    expect(error.input).toBe(input)
    expect(error.found).toContain(found)
    expect(error.expected).toContain(expected)
  })
})

describe('BodyProgram', () => {
  it('computes only what is wanted', () => {
    const { b, ids } = setUp('recurrence', ['v3'])
    const wanted = b.add('reduce', ids, { fn: 'sum' })
    const unwanted = b.pointwise('exp', ids[0]!)
    const program = new BodyProgram(b.nodes, [wanted])
    expect(program.memory.length).toBe(3 + 1)
    expect(() => program.offset(unwanted)).toThrow(`body node ${unwanted} has no place`)
  })

  it('gives views no memory of their own', () => {
    const { b, ids } = setUp('recurrence', ['t222'])
    const row = b.add('index', [b.add('index', ids, { at: 1 })], { at: 0 })
    const program = new BodyProgram(b.nodes, [row])
    expect(program.memory.length).toBe(8)
    expect(program.offset(row)).toBe(program.offset(ids[0]!) + 4)
  })
})

describe('BodyBuilder', () => {
  it('keeps a state that is never assigned', () => {
    const b = new BodyBuilder('recurrence', 'still')
    const before = b.state('S', [2])
    expect(b.recurrence(before).states).toEqual([{ name: 'S', shape: [2], init: null, next: before }])
    expect(() => b.assign('R', before)).toThrow('no state R in still')
    expect(() => b.type(9)).toThrow('no node 9 in still')
  })

  it('propagates bounds', () => {
    const b = new BodyBuilder('recurrence', 'bounds')
    const beta = b.param({ name: 'beta', shape: [], min: 0, max: 2 })
    const g = b.param({ name: 'g', shape: [4], max: 0 })
    const x = b.param({ name: 'x', shape: [4] })
    expect(b.range(b.pointwise('exp', g))).toEqual({ min: 0, max: 1 })
    expect(b.range(b.pointwise('sub', b.constant(1), beta))).toEqual({ min: -1, max: 1 })
    expect(b.range(b.add('dot', [x, x])).min).toBe(0)
    expect(b.range(b.add('dot', [g, g]))).toEqual({ min: 0, max: Number.POSITIVE_INFINITY })
    expect(b.range(b.add('reduce', [b.pointwise('exp', g)], { fn: 'sum' }))).toEqual({ min: 0, max: 4 })
    expect(b.range(b.add('softmax', [x]))).toEqual({ min: 0, max: 1 })
    expect(b.range(b.add('unit', [g], { eps: 1e-6 }))).toEqual({ min: -1, max: 0 })
    expect(b.range(b.add('outer', [g, g])).min).toBe(0)
    expect(b.range(b.add('concat', [b.pointwise('sigmoid', x), b.pointwise('exp', g)], { axis: 0 }))).toEqual({ min: 0, max: 1 })
    expect(b.range(b.add('index', [g], { at: 0 })).max).toBe(0)
    const body = b.recurrence(beta)
    expect(bodyRanges(body.nodes, body.params)).toEqual(body.nodes.map((node) => b.range(node.id)))
  })
})

describe('bodyFlops', () => {
  const flops = (body: ReturnType<typeof ssd>) => bodyFlops(body.nodes, [body.out, ...body.states.map((state) => state.next)])

  it('counts what the equations cost, constants nothing', () => {
    const [N, P] = [8, 5]
    // exp(dt a), h, outer, dt x, sum, read, skip x, sum
    expect(flops(ssd(N, P))).toBe(2 + N * P + N * P + P + N * P + 2 * N * P + P + P)
    // exp(dt A) and its product with h, dt x b, sum, dot, skip x, sum
    expect(flops(selectiveScan(N))).toBe(2 * N + N + 1 + N + N + 2 * N + 1 + 1)
    const scaled = gatedDelta(N, P)
    expect(scaled.nodes.some((node) => node.attrs['fn'] === 'rsqrt')).toBe(true)
    expect(flops(scaled)).toBe(1 + N * P + 2 * N * P + P + P + N * P + N * P + 2 * N * P + P)
  })
})
