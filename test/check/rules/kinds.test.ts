import { describe, expect, it } from 'vitest'
import { findings, model, only, paths, shapesOf } from '../support/spec.ts'
import { expectNumbers, meaning, spec } from './support/meaning.ts'

/** §1.1: kinds and values. */

const over = (y: string, rest = '', type = 'f32[B, T, 2]'): string => spec({ x: 'f32[B, T, 2]' }, { y: type }, `y = ${y}`, rest)
const x = [
  [
    [1, 2],
    [3, 4],
  ],
]
const y = (equation: string, rest = '', type?: string) => meaning(over(equation, rest, type), { x })['y']

describe('compile-time kinds', () => {
  const sized = (param: string, out = 'n * x') => `layer l(n: ${param}) {\n  in x: f32[B, T, d]\n  out ${out}\n}`

  it.each([
    ['size', '3', 'n * x', [3, 6, 9, 12]],
    ['real', '0.5', 'n * x', [0.5, 1, 1.5, 2]],
    ['flag', 'true', 'case n { true: x, else: 0 * x }', [1, 2, 3, 4]],
    ['text', '"b"', 'case n { "a": 0 * x, "b": 2 * x }', [2, 4, 6, 8]],
    ['init', 'ones', 'x', [1, 2, 3, 4]],
    ['layer', 'silu_like()', 'n(x)', [2, 4, 6, 8]],
    ['size[2]', '[1, 10]', 'n[1] * x', [10, 20, 30, 40]],
    ['real[]', '[0.5]', 'n[0] * x', [0.5, 1, 1.5, 2]],
  ] as const)('%s', (kind, value, out, expected) => {
    const used = kind === 'init' ? 'x * 1' : out
    const rest = `${kind === 'init' ? `layer l(n: init) {\n  in x: f32[B, T, d]\n  weight w: f32[d] init n\n  out ${used} + 0 * w\n}` : sized(kind, used)}\nlayer silu_like {\n  in x: f32[.., d]\n  out 2 * x\n}`
    expectNumbers(y(`l(x, ${value})`, rest), expected)
  })

  it.each([
    ['a list of another length', 'size[2]', '[1, 2, 3]', 'GDN2201'],
    ['a list with another kind in it', 'size[2]', '[1, "a"]', 'GDN2201'],
    ['a fraction for a size', 'size', '0.5', 'GDN2202'],
  ])('refuses %s', (_, kind, value, code) => {
    expect(findings(over(`l(x, ${value})`, sized(kind, kind === 'size' ? 'n * x' : 'n[0] * x'))).map(([c]) => c)).toContain(code)
  })

  it('a text is the list of its letters', () => {
    const s = over(
      'stack(x) { for c in "ab" { case c { "a": times(2), else: times(5) } } }',
      'layer times(n: size) {\n  in x: f32[.., d]\n  out n * x\n}',
    )
    expectNumbers(meaning(s, { x })['y'], [10, 20, 30, 40])
    expectNumbers(y('case "xyz"[1] { "y": x, else: 0 * x }'), [1, 2, 3, 4])
  })

  it('`= none` makes a parameter or an input optional, and `case` asks for it', () => {
    const rest = `layer l(scale: real = none, norm: layer = none) {
  in x: f32[B, T, d]
  in e: f32[B, T, d] = none
  a = case scale { none: x, else: scale * x }
  b = case e { none: a, else: a + e }
  out case norm { none: b, else: norm(b) }
}
layer negate {
  in x: f32[.., d]
  out -x
}`
    expectNumbers(y('l(x)', rest), [1, 2, 3, 4])
    expectNumbers(y('l(x, 10)', rest), [10, 20, 30, 40])
    expectNumbers(y('l(x, e: x)', rest), [2, 4, 6, 8])
    expectNumbers(y('l(x, x, 10, negate())', rest), [-11, -22, -33, -44])
  })

  it('an optional input in a body: the term exists only if it is given', () => {
    const rest =
      'attention a(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V], bias[j]: f32 = none) -> f32[V] {\n  where j == i\n  s = dot(q, k)\n  out sigmoid(case bias { none: s, else: s + bias }) of v\n}'
    const gate = (score: number) => 1 / (1 + Math.exp(-score))
    const rows = (bias: number) => [gate(5 + bias), 2 * gate(5 + bias), 3 * gate(25 + bias), 4 * gate(25 + bias)]
    expectNumbers(y('a(x, x, x)', rest), rows(0))
    expectNumbers(y('a(x, x, x, bias: position - position + 2)', rest), rows(2))
  })

  it('defaults may use what is bound at `in`: they are evaluated after unification', () => {
    const rest = 'layer l(parts: size = d / each, each: size = 1) {\n  in x: f32[B, T, d]\n  out parts * x\n}'
    expectNumbers(y('l(x)', rest), [2, 4, 6, 8])
    expectNumbers(y('l(x, each: 2)', rest), [1, 2, 3, 4])
  })

  it('a function may do so as well', () => {
    expectNumbers(y('f(x)', 'function f(x: f32[V], s: real = 1 / V) = s * x'), [0.5, 1, 1.5, 2])
  })
})

describe('layers as parameters', () => {
  const core = `layer core(n: size) {
  in a: f32[B, T, d]
  in b: f32[B, T, d]
  out n * a + b
}
block known(c: core) {
  in x: f32[B, T, d]
  out c(x, x)
}
block plain(c: layer) {
  in x: f32[B, T, d]
  out c(x)
}
layer one {
  in x: f32[.., d]
  out x + 1
}`

  it('the name of a definition: a layer made with it, with all its inputs', () => {
    expectNumbers(y('known(x, core(3))', core), [4, 8, 12, 16])
    expect(only(over('known(x, one())', core))).toMatchObject({
      code: 'GDN2201',
      marked: 'one()',
      label: 'expected a layer made with `core`',
    })
  })

  it('`layer`: exactly one open input and one output', () => {
    expectNumbers(y('plain(x, one())', core), [2, 3, 4, 5])
    expectNumbers(y('plain(x, core(3, b: x))', core), [4, 8, 12, 16])
    expect(only(over('plain(x, core(3))', core))).toMatchObject({
      code: 'GDN2201',
      marked: 'core(3)',
      label: 'expected a layer with one open input',
    })
  })
})

describe('x | f(a) as n', () => {
  it('is f(x, a) as n', () => {
    expect(paths(model(over('x | linear(2) as up | linear(2, bias: zeros) as down')))).toEqual(['up.weight', 'down.weight', 'down.bias'])
  })
  it('binds loosest', () => {
    expectNumbers(y('1 + x | relu'), [2, 3, 4, 5])
    expectNumbers(y('x - 2 | relu'), [0, 0, 1, 2])
    expect(paths(model(over('x + linear(x, 2) as a | linear(2) as b')))).toEqual(['a.weight', 'b.weight'])
  })
  it('gives the first argument: names and further inputs stay', () => {
    const rest = 'layer minus {\n  in a: f32[.., d]\n  in b: f32[.., d]\n  out a - b\n}'
    expectNumbers(y('x | minus(2 * x)', rest), [-1, -2, -3, -4])
    expectNumbers(y('x | minus(a: 2 * x)', rest), [1, 2, 3, 4])
  })
  it('takes a layer without parentheses', () => {
    expectNumbers(y('x | relu | negate', 'layer negate {\n  in x: f32[.., d]\n  out -x\n}'), [-1, -2, -3, -4])
  })
})

describe('case', () => {
  it('only the chosen arm is shaped and has weights', () => {
    const s = (n: number) =>
      over(
        `case ${n} { 1: linear(x, 2) as one, 2: linear(x, 2) as two, else: linear(x, 2, bias: zeros) as rest | linear(1 / 3) }`.replace(
          ' | linear(1 / 3)',
          '',
        ),
      )
    expect(paths(model(s(2)))).toEqual(['two.weight'])
    expect(paths(model(s(3)))).toEqual(['rest.weight', 'rest.bias'])
    expect(paths(model(over('case 1 { 1: x, else: linear(x, 1 / 3) }')))).toEqual([])
  })
  it.each([
    ['a number', '2', '2'],
    ['a size made of others', '1 + 1', '2'],
    ['a text', '"a"', '"a"'],
    ['a flag', '1 < 2', 'true'],
    ['none', 'none', 'none'],
  ])('chooses by %s', (_, subject, key) => {
    expectNumbers(y(`case ${subject} { ${key}: 3 * x, else: x }`), [3, 6, 9, 12])
  })
  it('may be a value of any kind', () => {
    expectNumbers(y('x * case 1 { 1: 2 / 4, else: 0 }'), [0.5, 1, 1.5, 2])
    expect(
      paths(model(over('l(x, case 1 { 1: linear(2), else: linear(4) })', 'layer l(f: layer) {\n  in x: f32[.., d]\n  out f(x)\n}'))),
    ).toEqual(['l.f.weight'])
  })
  it('that nothing fits is an error', () => {
    expect(only(over('case 3 { 1: x, 2: x }'))).toMatchObject({ code: 'GDN2206', marked: '3' })
  })
})

describe('a weight that `out` does not reach', () => {
  it('does not exist', () => {
    const rest =
      'layer l(n: flag) {\n  in x: f32[B, T, d]\n  weight a: f32[d] init ones\n  weight b: f32[3, d] init ones\n  h = linear(x, 5) as unused\n  out x * a + case n { true: sum(b[0]), else: 0 } + 0 * case n { true: sum(h), else: 0 }\n}'
    expect(shapesOf(model(over('l(x, false)', rest)))).toEqual({ 'l.a': [2] })
    expect(Object.keys(shapesOf(model(over('l(x, true)', rest)))).sort()).toEqual(['l.a', 'l.b', 'l.unused.weight'])
  })
})

describe('a function', () => {
  const f = 'function cap(x: f32, c: real = 2) = c * tanh(x / c)'
  it('is usable in layers, recurrences and attentions alike', () => {
    const rest = `${f}
recurrence r(x: f32[N]) -> f32[N] {
  state s: f32[N]
  s = x
  out cap(s[0]) + 0 * s
}
attention a(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {
  where j == i
  out sigmoid(cap(dot(q, k), 3)) of v
}`
    const c = (v: number, k = 2) => k * Math.tanh(v / k)
    expectNumbers(
      y('cap(x)', rest),
      [1, 2, 3, 4].map((v) => c(v)),
    )
    expectNumbers(y('r(x)', rest), [c(1), c(1), c(3), c(3)])
    const gate = (v: number) => 1 / (1 + Math.exp(-c(v, 3)))
    expectNumbers(y('a(x, x, x)', rest), [gate(5), 2 * gate(5), 3 * gate(25), 4 * gate(25)])
  })

  it('binds its sizes once: arguments that name one size agree', () => {
    const rest = 'function f(a: f32[V], b: f32[V]) = a + b'
    expectNumbers(y('f(x, x)', rest), [2, 4, 6, 8])
    expect(only(over('f(x, slice(x, 0 .. 1))', rest))).toMatchObject({ code: 'GDN2302', marked: 'slice(x, 0 .. 1)' })
  })

  it.each([
    ['linear(x, 2)', 'linear'],
    ['x | conv1d(3)', 'conv1d'],
    ['shift(x, 1)', 'shift'],
    ['l(x)', 'l'],
    ['1 + (x | swiglu(4))', 'swiglu'],
  ])('is pointwise: %s does not belong in one', (equation, marked) => {
    const rest = `function f(x: f32[V]) = ${equation}\nlayer l {\n  in x: f32[.., d]\n  out 2 * x\n}`
    expect(only(over('f(x)', rest))).toMatchObject({
      code: 'GDN2605',
      marked,
      label: 'a function is pointwise: it has no weights, and sees one token',
    })
  })

  it('may call others', () => {
    expectNumbers(
      y('g(x)', `${f}\nfunction g(x: f32) = 1 + cap(x, 4)`),
      [1, 2, 3, 4].map((v) => 1 + 4 * Math.tanh(v / 4)),
    )
  })
})
