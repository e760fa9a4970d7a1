import { describe, expect, it } from 'vitest'
import { GraphBuilder } from '../../src/graph/builder.ts'
import type { Attributes, DType, ValueType } from '../../src/graph/graph.ts'
import { ShapeError } from '../../src/graph/op.ts'
import { opNamed, ops } from '../../src/graph/ops/index.ts'
import { describeType } from '../../src/graph/types.ts'
import { gatedDelta, softmaxAttention } from './bodies.ts'

/** `f32[B, T, 4, 16]` as a type. */
function type(text: string): ValueType {
  const [, dtype = '', axes = ''] = /^(\w+)(?:\[(.*)\])?$/.exec(text) ?? []
  const names = axes === '' ? [] : axes.split(',').map((axis) => axis.trim())
  return {
    dtype: dtype as DType,
    batch: names.includes('B'),
    time: names.includes('T'),
    shape: names.filter((name) => /^\d+$/.test(name)).map(Number),
  }
}

const bodies = { recurrences: [gatedDelta(4, 6)], attentions: [softmaxAttention(4, 6, { sink: true })] }

const infer = (op: string, inputs: readonly string[], attrs: Attributes): string =>
  describeType(opNamed(op).infer(inputs.map(type), attrs, bodies))

const legal: readonly (readonly [op: string, inputs: readonly string[], attrs: Attributes, result: string])[] = [
  ['input', [], { name: 'tokens', dtype: 'u32', batch: true, time: true, shape: [] }, 'u32[B, T]'],
  ['weight', [], { path: 'a.weight', shape: [3, 4] }, 'f32[3, 4]'],
  ['constant', [], { value: 2 }, 'f32'],
  ['constant', [], { value: true }, 'bool'],
  ['constant', [], { value: 7, dtype: 'u32' }, 'u32'],
  ['position', [], {}, 'u32[B, T]'],
  ['iota', [], { count: 5 }, 'f32[5]'],
  ['pointwise', ['f32[B, T, 3, 1]', 'f32[B, 4]'], { fn: 'add' }, 'f32[B, T, 3, 4]'],
  ['pointwise', ['f32[T]', 'f32[B, 2]'], { fn: 'mul' }, 'f32[B, T, 2]'],
  ['pointwise', ['u32[B, T]', 'u32'], { fn: 'lt' }, 'bool[B, T]'],
  ['pointwise', ['bool[B, T]', 'f32[B, T, 3]', 'f32'], { fn: 'select' }, 'f32[B, T, 3]'],
  ['linear', ['f32[B, T, 8]', 'f32[12, 8]', 'f32[12]'], { out: [3, 4] }, 'f32[B, T, 3, 4]'],
  ['linear', ['f32[B, T, 2, 8]', 'f32[5, 8]'], { out: [5] }, 'f32[B, T, 2, 5]'],
  ['embedding', ['f32[10, 4]', 'u32[B, T]'], {}, 'f32[B, T, 4]'],
  ['embedding', ['f32[10, 4]', 'u32[B, T, 3]'], {}, 'f32[B, T, 3, 4]'],
  ['norm', ['f32[B, T, 2, 8]'], { kind: 'rms', eps: 1e-5, over: 2 }, 'f32[B, T, 2, 8]'],
  ['conv1d', ['f32[B, T, 2, 3]', 'f32[6, 4]', 'f32[6]'], { width: 4 }, 'f32[B, T, 2, 3]'],
  ['conv1d', ['f32[B, T, 6]', 'f32[6, 4]', 'f32[6]', 'u32[B, T]'], { width: 4, begin: true }, 'f32[B, T, 6]'],
  ['conv1d', ['f32[B, T, 6]', 'f32[6, 4]', 'u32[B, T]'], { width: 4, begin: true }, 'f32[B, T, 6]'],
  ['length', [], {}, 'u32[B]'],
  ['shift', ['f32[B, T, 2, 3]'], { count: 2 }, 'f32[B, T, 2, 3]'],
  ['shift', ['f32[B, T]'], { count: -1 }, 'f32[B, T]'],
  ['shift', ['f32[B, T, 3]', 'u32[B, T]'], { count: 1, begin: true }, 'f32[B, T, 3]'],
  ['flip', ['f32[B, T, 3]'], {}, 'f32[B, T, 3]'],
  ['flip', ['u32[B, T]', 'u32[B]'], {}, 'u32[B, T]'],
  ['flip', ['f32[B, T, 3]', 'f32'], {}, 'f32[B, T, 3]'],
  ['pool', ['f32[B, T, 2, 3]'], { fn: 'last' }, 'f32[B, 2, 3]'],
  ['dropout', ['f32[B, 3]'], { rate: 0.1 }, 'f32[B, 3]'],
  ['slice', ['f32[B, T, 4, 8]'], { axis: 1, start: 2, end: 5 }, 'f32[B, T, 4, 3]'],
  ['concat', ['f32[B, T, 4, 1]', 'f32[4, 2]'], { axis: 1 }, 'f32[B, T, 4, 3]'],
  ['reshape', ['f32[B, T, 4, 6]'], { shape: [2, 12] }, 'f32[B, T, 2, 12]'],
  ['permute', ['f32[B, T, 2, 3, 4]'], { order: [2, 0, 1] }, 'f32[B, T, 4, 2, 3]'],
  ['reduce', ['f32[B, T, 3, 4]'], { fn: 'mean' }, 'f32[B, T, 3, 1]'],
  ['softmax', ['f32[B, T, 3, 4]'], {}, 'f32[B, T, 3, 4]'],
  ['top_k', ['f32[B, T, 8]'], { count: 2 }, 'u32[B, T, 2]'],
  ['gather', ['f32[B, T, 8]', 'u32[B, T, 2]'], {}, 'f32[B, T, 2]'],
  ['linear_bank', ['f32[B, T, 1, 6]', 'f32[8, 5, 6]', 'u32[B, T, 2]'], { out: [5] }, 'f32[B, T, 2, 5]'],
  ['rotate', ['f32[B, T, 3, 4]', 'f32[B, T, 1, 2]'], { pairing: 'half' }, 'f32[B, T, 3, 4]'],
  ['rotate', ['f32[B, T, 3, 4]', 'f32[2]'], { pairing: 'adjacent' }, 'f32[B, T, 3, 4]'],
  [
    'recurrence',
    ['f32[B, T, 2, 4]', 'f32[B, T, 2, 4]', 'f32[B, T, 4, 6]', 'f32[B, T, 4]', 'f32[B, T, 4]'],
    { body: 0, chunk: 64 },
    'f32[B, T, 4, 6]',
  ],
  ['recurrence', ['f32[T, 4]', 'f32[4]', 'f32[6]', 'f32', 'f32', 'f32[B, 4, 6]'], { body: 0, chunk: 0, initial: ['S'] }, 'f32[B, T, 6]'],
  [
    'recurrence',
    ['f32[T, 4]', 'f32[4]', 'f32[6]', 'f32', 'f32', 'f32[B, 4, 6]', 'bool[B, T]'],
    { body: 0, chunk: 0, initial: ['S'], reset: true, from: 3, until: 5 },
    'f32[B, T, 6]',
  ],
  ['final_state', ['f32[B, T, 3, 6]'], { name: 'S', body: 0 }, 'f32[B, 3, 4, 6]'],
  ['attention', ['f32[B, T, 8, 4]', 'f32[B, T, 2, 4]', 'f32[B, T, 2, 6]', 'f32[8]'], { body: 0 }, 'f32[B, T, 8, 6]'],
]

/** Input (null: attribute or number of inputs), what is found, what is expected. */
const refused: readonly (readonly [
  op: string,
  inputs: readonly string[],
  attrs: Attributes,
  input: number | null,
  found: string,
  expected: string,
])[] = [
  ['input', [], { name: 'x' }, null, 'no dtype', 'one of f32, u32, bool'],
  ['input', [], { name: '', dtype: 'f32', batch: true, time: true, shape: [] }, null, 'name ""', 'text'],
  ['weight', [], { path: 'w', shape: [2.5] }, null, 'shape [2.5]', 'whole numbers'],
  ['constant', [], {}, null, 'no value', 'finite number'],
  ['constant', [], { value: Number.NEGATIVE_INFINITY }, null, 'value', 'finite number'],
  ['constant', [], { value: -1, dtype: 'u32' }, null, 'value -1', 'u32'],
  ['position', ['f32'], {}, null, '1 inputs', '0'],
  ['iota', [], { count: -1 }, null, 'count -1', 'whole number'],
  ['pointwise', ['f32'], { fn: 'frobnicate' }, null, 'fn "frobnicate"', 'one of neg, exp'],
  ['pointwise', ['f32'], { fn: 'add' }, null, '1 inputs', '2'],
  ['pointwise', ['f32[B, T, 3]', 'u32'], { fn: 'add' }, null, 'f32[B, T, 3] and u32', 'f32 and f32, or u32 and u32'],
  ['pointwise', ['f32[B, T, 3]', 'f32[4]'], { fn: 'add' }, null, 'f32[B, T, 3] and f32[4]', 'equal sizes'],
  ['linear', ['f32[B, T]', 'f32[12, 8]'], { out: [12] }, 0, 'f32[B, T]', 'at least 1 feature axis'],
  ['linear', ['f32[B, T, 8]', 'f32[12, 9]'], { out: [12] }, 1, 'f32[12, 9]', 'f32[12, 8]'],
  ['linear', ['f32[B, T, 8]', 'f32[B, 12, 8]'], { out: [12] }, 1, 'f32[B, 12, 8]', 'f32[12, 8]'],
  ['linear', ['f32[B, T, 8]', 'f32[12, 8]', 'f32[3, 4]'], { out: [3, 4] }, 2, 'f32[3, 4]', 'f32[12]'],
  ['linear', ['f32[B, T, 8]', 'f32[0, 8]'], { out: [0] }, null, 'out [0]', 'at least 1'],
  ['embedding', ['f32[10, 4, 2]', 'u32[B, T]'], {}, 0, 'f32[10, 4, 2]', 'f32[entries, width]'],
  ['embedding', ['f32[10, 4]', 'f32[B, T]'], {}, 1, 'f32[B, T]', 'u32'],
  ['norm', ['f32[B, T, 8]'], { kind: 'rms', eps: 1e-5, over: 2 }, 0, 'f32[B, T, 8]', 'at least 2 feature axes'],
  ['norm', ['f32[B, T, 8]'], { kind: 'rms', eps: -1, over: 1 }, null, 'eps -1', 'at least 0'],
  ['norm', ['f32[B, T, 8]'], { kind: 'l1', eps: 0, over: 1 }, null, 'kind "l1"', 'rms, layer, l2'],
  ['conv1d', ['f32[B, 6]', 'f32[6, 4]'], { width: 4 }, 0, 'f32[B, 6]', 'B and T'],
  ['conv1d', ['f32[B, T, 6]', 'f32[6, 1, 4]'], { width: 4 }, 1, 'f32[6, 1, 4]', 'f32[6, 4]'],
  ['conv1d', ['f32[B, T, 6]', 'f32[6, 0]'], { width: 0 }, null, 'width 0', 'at least 1'],
  ['conv1d', ['f32[B, T, 6]', 'f32[6, 4]', 'bool[B, T]'], { width: 4, begin: true }, 2, 'bool[B, T]', 'u32[B, T]'],
  ['length', ['f32'], {}, null, '1 inputs', '0'],
  ['shift', ['f32[B, T, 3]'], { count: 0 }, null, 'count 0', 'other than 0'],
  ['shift', ['f32[B, T, 3]'], { count: 1.5 }, null, 'count 1.5', 'whole number'],
  ['shift', ['f32[B, 3]'], { count: 1 }, 0, 'f32[B, 3]', 'B and T'],
  ['shift', ['f32[B, T, 3]', 'u32[B, T, 2]'], { count: 1, begin: true }, 1, 'u32[B, T, 2]', 'u32[B, T]'],
  ['flip', ['f32[T, 3]'], {}, 0, 'f32[T, 3]', 'B and T'],
  ['flip', ['f32[B, T, 3]', 'u32[B, T]'], {}, 1, 'u32[B, T]', 'per sequence'],
  ['pool', ['f32[B, 3]'], { fn: 'last' }, 0, 'f32[B, 3]', 'B and T'],
  ['pool', ['f32[B, T, 3]'], { fn: 'first' }, null, 'fn "first"', 'last, mean, sum, max'],
  ['dropout', ['f32[B, 3]'], { rate: 1 }, null, 'rate 1', 'a probability below 1'],
  ['slice', ['f32[B, T, 8]'], { axis: 1, start: 0, end: 1 }, 0, 'axis 1 of 1', '0 .. 0'],
  ['slice', ['f32[B, T, 8]'], { axis: 0, start: 4, end: 9 }, null, '4 .. 9', '0 .. 8'],
  ['slice', ['f32[B, T, 8]'], { axis: 0, start: 5, end: 4 }, null, '5 .. 4', '0 .. 8'],
  ['concat', [], { axis: 0 }, null, '0 inputs', 'at least 1'],
  ['concat', ['f32[4, 2]', 'f32[3, 2]'], { axis: 1 }, 1, '[3, 2]', '[4, ..]'],
  ['concat', ['f32[4]', 'u32[4]'], { axis: 0 }, 1, 'u32', 'f32'],
  ['reshape', ['f32[B, T, 8]'], { shape: [3, 3] }, 0, '[8], 8 elements', '[3, 3], 9 elements'],
  ['permute', ['f32[B, T, 2, 3]'], { order: [0, 0] }, null, 'order [0, 0]', 'each of the 2 feature axes once'],
  ['permute', ['f32[B, T, 2, 3]'], { order: [0] }, null, 'order [0]', 'each of the 2'],
  ['reduce', ['f32[B, T]'], { fn: 'sum' }, 0, 'f32[B, T]', 'at least 1 feature axis'],
  ['reduce', ['f32[B, T, 0]'], { fn: 'max' }, 0, 'f32[B, T, 0]', 'at least one element'],
  ['reduce', ['f32[B, T, 3]'], { fn: 'product' }, null, 'fn "product"', 'sum, mean, max'],
  ['softmax', ['bool[B, T, 3]'], {}, 0, 'bool[B, T, 3]', 'f32'],
  ['top_k', ['f32[B, T, 8]'], { count: 9 }, 0, 'f32[B, T, 8]', 'at least 9'],
  ['gather', ['f32[B, T, 8]', 'f32[B, T, 2]'], {}, 1, 'f32[B, T, 2]', 'u32'],
  ['linear_bank', ['f32[B, T, 1, 7]', 'f32[8, 5, 6]', 'u32[B, T, 2]'], { out: [5] }, 1, 'f32[8, 5, 6]', '7'],
  ['rotate', ['f32[B, T, 5]', 'f32[2]'], { pairing: 'half' }, 0, 'f32[B, T, 5]', 'even'],
  ['rotate', ['f32[B, T, 3, 4]', 'f32[B, T, 2, 2]'], { pairing: 'half' }, 1, 'f32[B, T, 2, 2]', 'f32[.., 3, 2]'],
  ['rotate', ['f32[B, T, 4]', 'f32[B, T, 3, 2]'], { pairing: 'half' }, 1, 'f32[B, T, 3, 2]', 'f32[.., 2]'],
  ['rotate', ['f32[B, T, 4]', 'f32[2]'], { pairing: 'quarter' }, null, 'pairing "quarter"', 'half, adjacent'],
  ['recurrence', ['f32', 'f32', 'f32', 'f32', 'f32'], { body: 3, chunk: 0 }, null, 'body 3', 'one of 1 recurrences'],
  ['recurrence', ['f32'], { body: 0, chunk: 0 }, null, '1 inputs', '5'],
  ['recurrence', ['f32[B, T, 5]', 'f32[4]', 'f32[6]', 'f32', 'f32'], { body: 0, chunk: 0 }, 0, 'f32[B, T, 5]', 'q: f32[.., 4]'],
  ['recurrence', ['f32[B, T, 4]', 'f32[4]', 'f32[6]', 'u32', 'f32'], { body: 0, chunk: 0 }, 3, 'u32', 'beta: f32[..]'],
  ['recurrence', ['f32[B, T, 4, 4]', 'f32[3, 4]', 'f32[6]', 'f32', 'f32'], { body: 0, chunk: 0 }, 1, '3 on map axis 0', 'a divisor of 4'],
  [
    'recurrence',
    ['f32[T, 4]', 'f32[4]', 'f32[6]', 'f32', 'f32', 'f32[B, 6, 4]'],
    { body: 0, chunk: 0, initial: ['S'] },
    5,
    'f32[B, 6, 4]',
    'f32[B, 4, 6]',
  ],
  [
    'recurrence',
    ['f32[T, 4]', 'f32[4]', 'f32[6]', 'f32', 'f32', 'f32'],
    { body: 0, chunk: 0, initial: ['R'] },
    null,
    'initial R',
    'a state: S',
  ],
  ['recurrence', ['f32[T, 4]', 'f32[4]', 'f32[6]', 'f32', 'f32'], { body: 0, chunk: 0, from: 5, until: 4 }, null, '5 .. 4', 'an end'],
  [
    'recurrence',
    ['f32[T, 4]', 'f32[4]', 'f32[6]', 'f32', 'f32', 'bool[B]'],
    { body: 0, chunk: 0, reset: true },
    5,
    'bool[B]',
    'bool[B, T]',
  ],
  ['final_state', ['f32[B, T, 3, 6]'], { name: 'R', body: 0 }, null, 'state R', 'one of S'],
  ['final_state', ['f32[B, 3, 6]'], { name: 'S', body: 0 }, 0, 'f32[B, 3, 6]', 'recurrence gated_delta'],
  ['attention', ['f32[B, T, 8, 4]', 'f32[B, 2, 4]', 'f32[B, T, 2, 6]', 'f32[8]'], { body: 0 }, 1, 'f32[B, 2, 4]', 'k[j] with T'],
  [
    'attention',
    ['f32[B, T, 8, 4]', 'f32[B, T, 2, 4]', 'f32[B, T, 2, 6]', 'f32[B, T, 8]'],
    { body: 0 },
    3,
    'f32[B, T, 8]',
    'sink without T',
  ],
  ['attention', ['f32[B, T, 8, 4]', 'f32[B, T, 3, 4]', 'f32[B, T, 2, 6]', 'f32[8]'], { body: 0 }, 1, '3 on map axis 0', 'a divisor of 8'],
]

describe('shape rules', () => {
  it.each(legal)('%s of %j with %j', (op, inputs, attrs, result) => {
    expect(infer(op, inputs, attrs)).toBe(result)
  })

  it.each(refused)('refuses %s of %j with %j', (op, inputs, attrs, input, found, expected) => {
    let refusal: unknown
    try {
      infer(op, inputs, attrs)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(ShapeError)
    const error = refusal as ShapeError
    expect(error.input).toBe(input)
    expect(error.found).toContain(found)
    expect(error.expected).toContain(expected)
  })

  it('are tried for every op, both ways', () => {
    const covered = (cases: readonly (readonly [string, ...unknown[]])[]) => [...new Set(cases.map(([op]) => op))].sort()
    expect(covered(legal)).toEqual(Object.keys(ops).sort())
    expect(covered(refused)).toEqual(Object.keys(ops).sort())
  })

  it('have no op that JavaScript knows by itself', () => {
    expect(() => opNamed('toString')).toThrow('unknown op toString')
  })
})

describe('flops', () => {
  const flops = (op: string, inputs: readonly string[], attrs: Attributes, context = 1): number => {
    const g = new GraphBuilder()
    g.addRecurrence(bodies.recurrences[0]!)
    g.addAttention(bodies.attentions[0]!)
    const ids = inputs.map((text, i) => g.input(`x${i}`, type(text)))
    const id = g.add(op, ids, attrs)
    return opNamed(op).flops(g.node(id), inputs.map(type), g.finish([]), context)
  }

  it('count a multiply-add as two', () => {
    expect(flops('linear', ['f32[B, T, 8]', 'f32[12, 8]'], { out: [12] })).toBe(2 * 8 * 12)
    expect(flops('linear', ['f32[B, T, 2, 8]', 'f32[12, 8]', 'f32[12]'], { out: [12] })).toBe(2 * (2 * 8 * 12 + 12))
    expect(flops('conv1d', ['f32[B, T, 6]', 'f32[6, 4]'], { width: 4 })).toBe(2 * 4 * 6)
    expect(flops('pointwise', ['f32[B, T, 3]'], { fn: 'silu' })).toBe(3)
    expect(flops('embedding', ['f32[10, 4]', 'u32[B, T]'], {})).toBe(0)
  })

  it('follow the equations of a body', () => {
    const [K, V, heads] = [4, 6, 3]
    const perHead = 1 + K * V + 2 * K * V + V + V + K * V + K * V + 2 * K * V + V
    expect(flops('recurrence', [`f32[B, T, ${heads}, 4]`, 'f32[4]', 'f32[6]', 'f32', 'f32'], { body: 0, chunk: 0 })).toBe(heads * perHead)
  })

  it('grow with the context where pairs are seen', () => {
    const perPair = 2 * 4 + 1 + 5 + 2 * 6
    const inputs = ['f32[B, T, 8, 4]', 'f32[B, T, 2, 4]', 'f32[B, T, 2, 6]', 'f32[8]']
    expect(flops('attention', inputs, { body: 0 }, 1)).toBe(8 * perPair)
    expect(flops('attention', inputs, { body: 0 }, 100)).toBe(800 * perPair)
  })
})
