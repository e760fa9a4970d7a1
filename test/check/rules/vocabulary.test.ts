import { describe, expect, it } from 'vitest'
import { findings, model, only, shapesOf } from '../support/spec.ts'
import { expectNumbers, meaning, type Nested, spec } from './support/meaning.ts'

/** §1.7: what needs no definition, by numbers. */

const rows = [[1, 2, 3, 4]]
const value = (expression: string, output = 'f32[B, T, 4]', weights: Record<string, Nested> = {}, x: Nested = rows) =>
  meaning(spec({ x: 'f32[B, T, 4]' }, { y: output }, `y = ${expression}`), { x: [x] }, { weights })['y']
const weightsOf = (expression: string, output = 'f32[B, T, 4]') =>
  shapesOf(model(spec({ x: 'f32[B, T, 4]' }, { y: output }, `y = ${expression}`)))

const mean = (v: readonly number[]) => v.reduce((a, b) => a + b, 0) / v.length
const rms = (v: readonly number[], eps = 1e-5) => v.map((a) => a / Math.sqrt(mean(v.map((b) => b * b)) + eps))
const centred = (v: readonly number[], eps = 1e-5) => {
  const middle = mean(v)
  const variance = mean(v.map((a) => (a - middle) ** 2))
  return v.map((a) => (a - middle) / Math.sqrt(variance + eps))
}

describe('linear', () => {
  it('of a size, of a list, with a bias', () => {
    expect(weightsOf('linear(x, 3) as w', 'f32[B, T, 3]')).toEqual({ 'w.weight': [3, 4] })
    expect(weightsOf('linear(x, [2, 3], bias: zeros) as w', 'f32[B, T, 2, 3]')).toEqual({ 'w.weight': [6, 4], 'w.bias': [6] })
    expectNumbers(value('linear(x, 1, bias: zeros) as w', 'f32[B, T, 1]', { 'w.weight': [[1, 0, 0, 2]], 'w.bias': [10] }), [19])
  })
  it('of the last axis only', () => {
    const text = spec({ x: 'f32[B, T, 2, 2]' }, { y: 'f32[B, T, 2, 1]' }, 'y = linear(x, 1) as w')
    expectNumbers(
      meaning(
        text,
        {
          x: [
            [
              [
                [1, 2],
                [3, 4],
              ],
            ],
          ],
        },
        { weights: { 'w.weight': [[1, 10]] } },
      )['y'],
      [21, 43],
    )
  })
})

describe('embedding', () => {
  it('gives rows of its table', () => {
    const text = spec({ ids: 'u32[B, T]' }, { y: 'f32[B, T, 2]' }, 'y = embedding(ids, 3, 2) as e')
    expectNumbers(
      meaning(
        text,
        { ids: [[2, 0]] },
        {
          weights: {
            'e.table': [
              [1, 2],
              [3, 4],
              [5, 6],
            ],
          },
        },
      )['y'],
      [5, 6, 1, 2],
    )
  })
})

describe('rms_norm and layer_norm', () => {
  it('over the last axis, the weight over it as well', () => {
    expect(weightsOf('rms_norm(x) as n')).toEqual({ 'n.weight': [4] })
    expectNumbers(
      value('rms_norm(x) as n', undefined, { 'n.weight': [1, 10, 100, 1000] }),
      rms([1, 2, 3, 4]).map((v, i) => v * 10 ** i),
    )
    expect(weightsOf('layer_norm(x) as n')).toEqual({ 'n.weight': [4], 'n.bias': [4] })
    expectNumbers(
      value('layer_norm(x) as n', undefined, { 'n.weight': [1, 1, 1, 1], 'n.bias': [0, 0, 0, 5] }),
      centred([1, 2, 3, 4]).map((v, i) => v + (i === 3 ? 5 : 0)),
    )
    expect(weightsOf('layer_norm(x, bias: false) as n')).toEqual({ 'n.weight': [4] })
  })
  it('`affine: 0`: no weight; `eps` is in the mean', () => {
    expect(weightsOf('rms_norm(x, affine: 0)')).toEqual({})
    expectNumbers(value('rms_norm(x, affine: 0, eps: 0.5)'), rms([1, 2, 3, 4], 0.5))
    expectNumbers(value('layer_norm(x, affine: 0, eps: 0.5)'), centred([1, 2, 3, 4], 0.5))
  })
  it('`affine: 1` is shared by heads, `affine: 2` is a weight per group, `over: 2` the full width', () => {
    const grouped = (norm: string) => `x | unflatten(2, 2) | ${norm} | flatten`
    expect(weightsOf(grouped('rms_norm() as n'))).toEqual({ 'n.weight': [2] })
    expect(weightsOf(grouped('rms_norm(affine: 2) as n'))).toEqual({ 'n.weight': [2, 2] })
    expect(weightsOf(grouped('rms_norm(over: 2) as n'))).toEqual({ 'n.weight': [2, 2] })
    expectNumbers(
      value(grouped('rms_norm(affine: 2) as n'), undefined, {
        'n.weight': [
          [1, 1],
          [2, 3],
        ],
      }),
      [...rms([1, 2]), ...rms([3, 4]).map((v, i) => v * (2 + i))],
    )
    expectNumbers(value(grouped('rms_norm(over: 2, affine: 0)')), rms([1, 2, 3, 4]))
    expectNumbers(value(grouped('layer_norm(over: 2, affine: 0)')), centred([1, 2, 3, 4]))
  })
})

describe('functions of the last axis', () => {
  it.each([
    ['unit(x): eps in the sum', 'unit(x)', 'f32[B, T, 4]', [1, 2, 3, 4].map((v) => v / Math.sqrt(30 + 1e-6))],
    ['unit(x, eps: ..)', 'unit(x, eps: 6)', 'f32[B, T, 4]', [1, 2, 3, 4].map((v) => v / 6)],
    ['sum', 'sum(x)', 'f32[B, T, 1]', [10]],
    ['mean', 'mean(x)', 'f32[B, T, 1]', [2.5]],
    ['max', 'max(x)', 'f32[B, T, 1]', [4]],
    ['reductions keep the axis, so they stretch', 'x - mean(x)', 'f32[B, T, 4]', [-1.5, -0.5, 0.5, 1.5]],
    ['softmax', 'softmax(x)', 'f32[B, T, 4]', [1, 2, 3, 4].map((v) => Math.exp(v) / [1, 2, 3, 4].reduce((a, b) => a + Math.exp(b), 0))],
    ['clamp', 'clamp(x, 2, 3)', 'f32[B, T, 4]', [2, 2, 3, 3]],
    ['clamp from below', 'clamp(x, 2)', 'f32[B, T, 4]', [2, 2, 3, 4]],
    ['clamp from above', 'clamp(x, none, 2)', 'f32[B, T, 4]', [1, 2, 2, 2]],
    [
      'rotate, halves',
      'rotate(x, 0.5 * iota(2) + 0.1)',
      'f32[B, T, 4]',
      [
        Math.cos(0.1) - 3 * Math.sin(0.1),
        2 * Math.cos(0.6) - 4 * Math.sin(0.6),
        3 * Math.cos(0.1) + Math.sin(0.1),
        4 * Math.cos(0.6) + 2 * Math.sin(0.6),
      ],
    ],
    [
      'rotate, neighbours',
      'rotate(x, 0.5 * iota(2) + 0.1, pairing: "adjacent")',
      'f32[B, T, 4]',
      [
        Math.cos(0.1) - 2 * Math.sin(0.1),
        2 * Math.cos(0.1) + Math.sin(0.1),
        3 * Math.cos(0.6) - 4 * Math.sin(0.6),
        4 * Math.cos(0.6) + 3 * Math.sin(0.6),
      ],
    ],
  ] as const)('%s', (_, expression, output, expected) => {
    expectNumbers(value(expression, output), expected as unknown as Nested)
  })
})

describe('views', () => {
  it.each([
    ['slice', 'slice(x, 1 .. 3)', 'f32[B, T, 2]', [2, 3]],
    ['slice to the end', 'slice(x, 2 ..)', 'f32[B, T, 2]', [3, 4]],
    ['concat', 'concat(x, 10 * x)', 'f32[B, T, 8]', [1, 2, 3, 4, 10, 20, 30, 40]],
    [
      'concat along another axis',
      'concat(unflatten(x, 2, 2), 10 * unflatten(x, 2, 2), axis: 0) | flatten',
      'f32[B, T, 8]',
      [1, 2, 3, 4, 10, 20, 30, 40],
    ],
    ['slice along another axis', 'slice(unflatten(x, 2, 2), 1 .. 2, axis: 0) | flatten', 'f32[B, T, 2]', [3, 4]],
    ['permute', 'permute(unflatten(x, 2, 2), 1, 0) | flatten', 'f32[B, T, 4]', [1, 3, 2, 4]],
    ['flatten joins all feature axes', 'unflatten(x, 2, 2, 1) | flatten', 'f32[B, T, 4]', [1, 2, 3, 4]],
    ['unsqueeze: a last axis of 1', 'unsqueeze(x)', 'f32[B, T, 4, 1]', [1, 2, 3, 4]],
    ['unsqueeze at an axis', 'unsqueeze(x, 0)', 'f32[B, T, 1, 4]', [1, 2, 3, 4]],
    ['indices take a part of the first feature axis', 'unflatten(x, 2, 2)[1]', 'f32[B, T, 2]', [3, 4]],
    ['ranges of it', 'unflatten(x, 4, 1)[1 .. 3] | flatten', 'f32[B, T, 2]', [2, 3]],
  ] as const)('%s', (_, expression, output, expected) => {
    expectNumbers(value(expression, output), expected as unknown as Nested)
  })
  it('split gives several values, along any feature axis', () => {
    const text = (split: string, y: string) => spec({ x: 'f32[B, T, 4]' }, { y: 'f32[B, T, 4]' }, `a, b = ${split}\n  y = ${y}`)
    expectNumbers(meaning(text('split(x, 1, 3)', 'concat(b, a)'), { x: [rows] })['y'], [2, 3, 4, 1])
    expectNumbers(meaning(text('split(unflatten(x, 2, 2), 1, 1, axis: 0)', 'flatten(concat(b, a))'), { x: [rows] })['y'], [3, 4, 1, 2])
  })
})

describe('routing', () => {
  it('top_k: indices, largest first; gather: what is there', () => {
    const text = spec({ x: 'f32[B, T, 4]' }, { y: 'f32[B, T, 2]' }, 'e = top_k(x, 2)\n  y = gather(10 * x, e) + 0.5 * e')
    expectNumbers(
      meaning(text, {
        x: [
          [
            [3, 9, 5, 1],
            [1, 2, 3, 4],
          ],
        ],
      })['y'],
      [90.5, 51, 41.5, 31],
    )
  })
  it('bank: one recipe with weights stacked on a first axis, at the chosen indices, summed by weights', () => {
    const text = spec(
      { x: 'f32[B, T, 2]', s: 'f32[B, T, 3]' },
      { y: 'f32[B, T, 2]' },
      'e = top_k(s, 2)\n  y = bank(x, linear(2) as w, 3, at: e, by: gather(s, e)) as experts',
    )
    expect(shapesOf(model(text))).toEqual({ 'experts.w.weight': [3, 2, 2] })
    const weight = [
      [
        [1, 0],
        [0, 1],
      ],
      [
        [2, 0],
        [0, 2],
      ],
      [
        [0, 1],
        [1, 0],
      ],
    ]
    expectNumbers(meaning(text, { x: [[[1, 10]]], s: [[[0.5, 0.1, 0.25]]] }, { weights: { 'experts.w.weight': weight } })['y'], [
      0.5 + 0.25 * 10,
      5 + 0.25,
    ])
  })
})

describe('numbers of positions and sizes', () => {
  it('iota', () => {
    expectNumbers(value('x * 0 + iota(4)'), [0, 1, 2, 3])
  })
  it('sinusoid: cosines, then sines', () => {
    const t = spec({ t: 'f32[B]' }, { y: 'f32[B, 4]' }, 'y = sinusoid(t, 4)')
    const found = meaning(t, { t: [3] })['y'] ?? []
    const angles = [3, 3 * 10_000 ** -0.5]
    expectNumbers(found, [...angles.map(Math.cos), ...angles.map(Math.sin)])
  })
  it('round_up, min and max at compile time', () => {
    expectNumbers(value('x * (round_up(5, 4) + min(2, 1) + max(2, 1))'), [11, 22, 33, 44])
  })
})

describe('pointwise functions', () => {
  const erf = (z: number) => {
    let [sum, term] = [0, z]
    for (let n = 0; n < 60; n++) {
      sum += term / (2 * n + 1)
      term *= (-z * z) / (n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  const sigmoid = (v: number) => 1 / (1 + Math.exp(-v))
  it.each<[string, (v: number) => number]>([
    ['exp(x)', Math.exp],
    ['exp2(x)', (v) => 2 ** v],
    ['log(abs(x))', (v) => Math.log(Math.abs(v))],
    ['sqrt(abs(x))', (v) => Math.sqrt(Math.abs(v))],
    ['rsqrt(abs(x))', (v) => 1 / Math.sqrt(Math.abs(v))],
    ['sin(x)', Math.sin],
    ['cos(x)', Math.cos],
    ['tanh(x)', Math.tanh],
    ['sigmoid(x)', sigmoid],
    ['log_sigmoid(x)', (v) => Math.log(sigmoid(v))],
    ['softplus(x)', (v) => Math.log(1 + Math.exp(v))],
    ['silu(x)', (v) => v * sigmoid(v)],
    ['gelu(x)', (v) => 0.5 * v * (1 + erf(v / Math.SQRT2))],
    ['gelu_tanh(x)', (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))],
    ['relu(x)', (v) => Math.max(v, 0)],
    ['min(x, 1)', (v) => Math.min(v, 1)],
    ['max(x, 1)', (v) => Math.max(v, 1)],
    ['select(x > 0, 2, x)', (v) => (v > 0 ? 2 : v)],
  ])('%s', (expression, f) => {
    const x = [-2, -0.5, 0.25, 3]
    expectNumbers(value(expression, undefined, {}, [x]), x.map(f))
  })
})

describe('all other names are text of the library', () => {
  it('which a file may define anew', () => {
    const text = `${spec({ x: 'f32[B, T, 4]' }, { y: 'f32[B, T, 4]' }, 'y = swiglu(x)')}layer swiglu {\n  in x: f32[.., d]\n  out 2 * x\n}`
    expectNumbers(meaning(text, { x: [rows] })['y'], [2, 4, 6, 8])
    expect(findings(text)).toEqual([])
  })
  it('and none is known that is in neither', () => {
    expect(only(spec({ x: 'f32[B, T, 4]' }, { y: 'f32[B, T, 4]' }, 'y = swigloo(x, 4)'))).toMatchObject({
      code: 'GDN2001',
      marked: 'swigloo',
    })
  })
})
