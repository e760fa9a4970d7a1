import { describe, expect, it } from 'vitest'
import { checkSpec, findings, model, models, only, paths } from '../support/spec.ts'
import { expectNumbers, meaning, spec } from './support/meaning.ts'

/** §1.2: models, stacks, layers and weights. */

const times =
  'layer times(n: size) {\n  in x: f32[.., d]\n  out n * x\n}\nlayer plus {\n  in x: f32[.., d]\n  in e: f32[.., d]\n  out x + e\n}'
const of = (equations: string, rest = ''): string => spec({ x: 'f32[B, T, 2]' }, { y: 'f32[B, T, 2]' }, equations, `${times}\n${rest}`)
const x = [[[1, 2]]]
const y = (equations: string, rest = '') => meaning(of(equations, rest), { x })['y']

describe('a model', () => {
  it('has sizes, dims, inputs, outputs and equations', () => {
    const s = `model M(d: size = 2) {
  dim B: batch
  dim T: time
  size twice = 2 * d
  /// The first.
  input a: f32[B, T, d]
  input ids: u32[B, T]
  input c: f32[B]
  output y: f32[B, T, twice]
  output z: f32[B, T]
  h = concat(a, 10 * a)
  y = h + c
  z = ids + 0.5
}`
    const found = meaning(s, { a: [[[1, 2]]], ids: [[7]], c: [100] })
    expectNumbers(found['y'], [101, 102, 110, 120])
    expectNumbers(found['z'], [7.5])
  })

  it('a bare stack needs one input and one output', () => {
    expectNumbers(y('stack { times(3) }'), [3, 6])
    const two = (a: object, b: object) => spec({ x: 'f32[B, T, 2]', ...a }, { y: 'f32[B, T, 2]', ...b }, 'stack { times(3) }', times)
    expect(findings(two({ e: 'f32[B, T, 2]' }, {}))[0]?.[0]).toBe('GDN2502')
    expect(findings(two({}, { z: 'f32[B, T, 2]' })).map(([code]) => code)).toContain('GDN2502')
  })

  it('`y = stack(x) { .. }` says where it begins, also inside of an expression', () => {
    expectNumbers(y('h = stack(2 * x) { times(3) }\n  y = x + h'), [7, 14])
    expectNumbers(y('y = 1 + stack(x) { times(3) }'), [4, 7])
  })

  it('an application gives its parameters and sizes, positions and names', () => {
    const s = `model M(n: size, k: size = 1) {
  dim B: batch
  dim T: time
  size w = 2
  input x: f32[B, T, w]
  output y: f32[B, T, w]
  y = linear(x, n) as up | linear(w + k - k) as down
}
model A = M(3)
model C = M(n: 4, w: 6)`
    expect(models(s).map(({ name, weights }) => [name, weights[0]?.shape])).toEqual([
      ['A', [3, 2]],
      ['C', [4, 6]],
    ])
  })

  it('every output has one equation', () => {
    expect(only(of('_h = x'))).toMatchObject({ code: 'GDN2501' })
    expect(findings(of('y = x\n  y = 2 * x')).map(([code]) => code)).toEqual(['GDN2002'])
  })
})

describe('items of a stack', () => {
  it('recipes, one after the other', () => {
    expectNumbers(y('y = stack(x) { times(3) times(5) }'), [15, 30])
  })
  it('`repeat n`, also of nothing and of several', () => {
    expectNumbers(y('y = stack(x) { repeat 3 { times(2) } }'), [8, 16])
    expectNumbers(y('y = stack(x) { repeat 0 { times(2) } times(3) }'), [3, 6])
    expectNumbers(y('y = stack(x) { repeat 2 { times(2) times(3) } }'), [36, 72])
  })
  it('`for v in list`: numbers, letters, a range', () => {
    expectNumbers(y('y = stack(x) { for v in [2, 3, 5] { times(v) } }'), [30, 60])
    expectNumbers(y('y = stack(x) { for c in "aab" { case c { "a": times(2), else: times(7) } } }'), [28, 56])
    expectNumbers(y('y = stack(x) { for i in 1 .. 4 { times(i) } }'), [6, 12])
  })
  it('`case`, with one item or several in an arm', () => {
    expectNumbers(y('y = stack(x) { case 1 { 1: { times(2) times(3) }, else: times(7) } }'), [6, 12])
    expectNumbers(y('y = stack(x) { case 2 { 1: times(2) } times(3) }'.replace('case 2 { 1', 'case 1 { 1')), [6, 12])
  })
  it('`shared`, and a value that is shared outside', () => {
    expectNumbers(y('shared m = times(5)\n  y = stack(x) { shared n = times(3)  n  m  n }'), [45, 90])
  })
  it("an item's name is its output for later items", () => {
    expectNumbers(y('y = stack(x) { times(3) as first  times(5)  plus(e: first) }'), [18, 36])
  })
  it('which do not see it before', () => {
    expect(findings(of('y = stack(x) { plus(e: late)  times(5) as late }')).map(([code]) => code)).toEqual(['GDN2001'])
  })
  it('a name in a repetition is known in its round', () => {
    expectNumbers(y('y = stack(x) { repeat 2 { times(3) as a  times(5)  plus(e: a) } }'), [18 * 18, 2 * 18 * 18])
    expect(findings(of('y = stack(x) { repeat 2 { times(3) as a }  plus(e: a) }'))).toContainEqual(['GDN2001', 'a'])
  })
})

describe('layer and block', () => {
  const body = '{\n  in x: f32[.., d]\n  out 3 * x\n}'
  it('are one', () => {
    expectNumbers(y('y = l(x)', `layer l ${body}`), [3, 6])
    expectNumbers(y('y = l(x)', `block l ${body}`), [3, 6])
  })
  it('assign each name once', () => {
    expect(findings(of('y = l(x)', 'layer l {\n  in x: f32[.., d]\n  h = x\n  h = 2 * h\n  out h\n}')).map(([code]) => code)).toContain(
      'GDN2002',
    )
  })
  it('unify their inputs: one name is one size', () => {
    const rest = 'layer l {\n  in a: f32[B, T, d]\n  in b: f32[B, T, d]\n  in c: f32[B, T, 2 * d]\n  out a + b + slice(c, 0 .. d)\n}'
    expectNumbers(y('y = l(x, x, concat(x, x))', rest), [3, 6])
    expect(only(of('y = l(x, concat(x, x), concat(x, x))', rest))).toMatchObject({ code: 'GDN2302', marked: 'concat(x, x)' })
  })
  it('an input may have a default of other inputs', () => {
    expectNumbers(y('y = l(x)', 'layer l {\n  in x: f32[B, T, d]\n  in e: f32[B, T, d] = 2 * x\n  out x + e\n}'), [3, 6])
  })
  it('side results are members of the application', () => {
    const rest = 'layer l {\n  in x: f32[.., d]\n  out half = x / 2\n  out twice = 2 * x\n  out 3 * x\n}'
    expectNumbers(y('r = l(x)\n  y = r + 10 * r.half + 100 * r.twice', rest), [208, 416])
    expectNumbers(y('y = l(x).half', rest), [0.5, 1])
    expect(findings(of('y = l(x).third', rest)).map(([code]) => code)).toEqual(['GDN2009'])
  })
  it('which items of a stack have as well', () => {
    const rest = 'layer l {\n  in x: f32[.., d]\n  out half = x / 2\n  out 3 * x\n}'
    expectNumbers(y('y = stack(x) { l() as l  times(5)  plus(e: l.half) }', rest), [15.5, 31])
  })
  it('and read themselves', () => {
    expectNumbers(y('y = l(x)', 'layer l {\n  in x: f32[.., d]\n  out half = x / 2\n  out x + half\n}'), [1.5, 3])
  })
  it('a value that needs itself is an error, as is one that is read before', () => {
    expect(findings(of('y = l(x)', 'layer l {\n  in x: f32[.., d]\n  h = g + x\n  g = x\n  out h\n}')).map(([code]) => code)).toContain(
      'GDN2001',
    )
  })
})

describe('weights', () => {
  it('`weight w: f32[n] init i`', () => {
    const rest = 'layer l {\n  in x: f32[.., d]\n  weight w: f32[3, d] init uniform(0, 1)\n  out x + w[1]\n}'
    const { weights } = model(of('y = l(x)', rest))
    expect(weights.map(({ path, shape, init }) => [path, shape, init])).toEqual([['l.w', [3, 2], { fn: 'uniform', args: [0, 1] }]])
    expectNumbers(
      meaning(
        of('y = l(x)', rest),
        { x },
        {
          weights: {
            'l.w': [
              [1, 2],
              [10, 20],
              [3, 4],
            ],
          },
        },
      )['y'],
      [11, 22],
    )
  })
  it('`linear` stores [out, in] flat, as published', () => {
    const s = spec({ x: 'f32[B, T, 2]' }, { y: 'f32[B, T, 2, 2]' }, 'y = linear(x, [2, 2]) as w')
    expect(model(s).weights[0]?.shape).toEqual([4, 2])
    expectNumbers(
      meaning(
        s,
        { x },
        {
          weights: {
            'w.weight': [
              [1, 0],
              [0, 1],
              [1, 1],
              [2, 0],
            ],
          },
        },
      )['y'],
      [1, 2, 3, 2],
    )
  })
  it('recurrences and attentions have none inside', () => {
    expect(
      findings(of('y = r(x)', 'recurrence r(x: f32[N]) -> f32[N] {\n  state s: f32[N]\n  s = linear(x, N)\n  out s\n}')).map(
        ([code]) => code,
      ),
    ).toEqual(['GDN2605'])
    const { diagnostics } = checkSpec(of('y = a(x)', 'attention a(q[i]: f32[D]) -> f32[D] {\n  out softmax(dot(linear(q, D), q)) of q\n}'))
    expect(diagnostics.map(({ code }) => code)).toContain('GDN2605')
  })
  it("no name of an `in` or a parameter is a weight's", () => {
    expect(
      findings(of('y = l(x)', 'layer l {\n  in x: f32[.., d]\n  weight x: f32[d] init ones\n  out x\n}')).map(([code]) => code),
    ).toContain('GDN2002')
  })
  it('no weights, no paths', () => {
    expect(paths(model(of('y = stack(x) { repeat 3 { times(2) } }')))).toEqual([])
  })
})
