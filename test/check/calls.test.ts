import { describe, expect, it } from 'vitest'
import { checkSpec, findings, fixed, model, only, over, paths, shapesOf } from './support/spec.ts'

const pair = `layer pair(n: size, scale: real = 1) {
  in a: f32[B, T, d]
  in b: f32[B, T, d]
  out scale * linear(a, n) as left + linear(b, n) as right
}`

describe('calls go by kind', () => {
  it.each([
    ['tensors and parameters in order', 'y = pair(x, x, d, 2)'],
    ['in any mixture', 'y = pair(d, x, 2, x)'],
    ['by name', 'y = pair(scale: 2, b: x, n: d, a: x)'],
    ['piped', 'y = x | pair(x, d)'],
    ['with the second input given and the first one open', 'y = stack(x) { pair(d, b: x) as p }'],
    ['as a recipe that is completed', 'shared p = pair(d)\n  y = p(x, b: x)'],
  ])('%s', (_, equations) => {
    expect(paths(model(over(equations, pair))).map((path) => path.replace(/^\w+\./, ''))).toEqual(['left.weight', 'right.weight'])
  })

  it.each([
    ['y = pair(x, d)', ['GDN2106', 'pair(x, d)']],
    ['y = pair(x, x, x, d)', ['GDN2103', 'x']],
    ['y = pair(x, x, d, 2, 3)', ['GDN2102', '3']],
    ['y = pair(x, x, n: d, n: d)', ['GDN2104', 'd']],
    ['y = pair(x, d, b: x, a: x)', ['GDN2103', 'x']],
    ['y = pair(x, x)', ['GDN2105', 'pair(x, x)']],
    ['y = pair(x, x, m: d)', ['GDN2101', 'm']],
    ['y = pair(x, x, "d")', ['GDN2201', '"d"']],
    ['y = pair(x, x, 2.5)', ['GDN2202', '2.5']],
    ['y = pair(x, 2 * d, b: 4)', ['GDN2201', '4']],
    ['y = d(x)', ['GDN2107', 'd']],
    ['y = linear(x) as up', ['GDN2105', 'linear(x)']],
    ['y = linear(x, 0)', ['GDN2105', '0']],
    ['y = flatten(x, 3)', ['GDN2102', '3']],
    ['y = sigmoid(x, x)', ['GDN2108', 'sigmoid(x, x)']],
    ['y = sigmoid(x: x)', ['GDN2101', 'x']],
    ['y = round_up(d, 0) * x', ['GDN2108', 'round_up(d, 0)']],
    ['y = dot(x, x)', ['GDN2604', 'dot(x, x)']],
    ['y = M(x)', ['GDN2201', 'M']],
    ['y = linear(x, d) + pair', ['GDN2201', 'pair']],
    ['y = linear(x, d, bias: "zero")', ['GDN2201', '"zero"']],
    ['y = swiglu(x, x | linear(4))', ['GDN2103', 'x | linear(4)']],
  ])('%s is refused', (equations, expected) => {
    expect(findings(over(equations, pair))).toEqual([expected])
  })

  it('say what a definition takes, with its kinds', () => {
    expect(only(over('y = pair(x, x, d, 2, 3)', pair)).label).toBe('expected 2 (`n`: a size, `scale`: a number)')
    expect(only(over('y = pair(x, x, m: d)', pair)).label).toBe('expected `a`, `b`, `n`, `scale`')
    expect(only(over('y = pair(x, x, scalar: d)', pair))).toMatchObject({ label: 'did you mean `scale`?' })
  })
})

describe('layers as parameters', () => {
  const block = 'block residual(mix: layer) {\n  in x: f32[B, T, d]\n  out x + mix(x)\n}'

  it.each([
    ['y = residual(x, linear(d))', 'residual.mix'],
    ['y = residual(x, linear(d) as proj)', 'residual.proj'],
    ['y = residual(x, linear(d)) as r', 'r.mix'],
    ['y = residual(x, swiglu(4)) as r', 'r.mix.gate_proj'],
  ])('%s', (equations, path) => {
    expect(paths(model(over(equations, block)))[0]).toBe(`${path}.weight`)
  })

  it.each([
    ['y = residual(x, pair(d))', ['GDN2201', 'pair(d)']],
    ['y = residual(x, silu)', ['GDN2201', 'silu']],
    ['y = residual(x, d)', ['GDN2201', 'd']],
    ['y = residual(x, linear)', ['GDN2105', 'linear']],
    ['y = residual(x, iota(8))', ['GDN2103', 'iota(8)']],
  ])('%s is refused', (equations, expected) => {
    expect(findings(over(equations, `${block}\n${pair}`)).map(([code, marked]) => [code, marked])).toEqual([expected])
  })

  it('may be of one definition only', () => {
    const spec = `${pair}\nblock twice(core: pair) {\n  in x: f32[B, T, d]\n  out core(x, x)\n}`
    expect(paths(model(over('y = twice(x, pair(d))', spec)))).toEqual(['twice.core.left.weight', 'twice.core.right.weight'])
    expect(findings(over('y = twice(x, linear(d))', spec))).toEqual([['GDN2201', 'linear(d)']])
  })

  it('are wrong where they were given, not where they are applied', () => {
    const found = only(over('y = stack(x) { repeat 2 { residual(attention(3)) } }', block))
    expect(found).toMatchObject({ code: 'GDN2202', marked: 'attention(3)', message: '`d / heads` = 2.6666667 is not a size' })
    expect(found.related.map(({ span }) => span.path)).toEqual(['std/attention.gdn', 'spec.gdn'])
  })
})

describe('case', () => {
  it('shapes only the chosen arm', () => {
    const spec = over('y = case d { 8: linear(x, d) as up, else: linear(x, d / 3) as down }')
    expect(paths(model(spec))).toEqual(['up.weight'])
  })

  it.each([
    ['4', 'down'],
    ['none', 'up'],
  ])('tells %s by none', (value, path) => {
    expect(
      paths(
        model(
          over(
            `y = l(x, ${value})`,
            'layer l(n: size = none) {\n  in x: f32[B, T, d]\n  out case n { none: linear(x, d) as up, else: linear(x, d) as down }\n}',
          ),
        ),
      ),
    ).toEqual([`l.${path}.weight`])
  })

  it('tells optional inputs and layers by none', () => {
    const l =
      'layer l(norm: layer = none) {\n  in x: f32[B, T, d]\n  in e: f32[B, T, d] = none\n  h = case e { none: x, else: x + e }\n  out case norm { none: h, else: norm(h) as norm }\n}'
    expect(paths(model(over('y = l(x) + l(x, e: x)', l)))).toEqual([])
    expect(paths(model(over('y = l(x, rms_norm())', l)))).toEqual(['l.norm.weight'])
  })

  it.each([
    ['y = case d { 4: x, 9: x }', ['GDN2206', 'd']],
    ['y = case x { 0: x, else: x }', ['GDN2205', 'x']],
    ['y = case d { "8": x, else: 2 * z }', ['GDN2001', 'z']],
  ])('%s is refused', (equations, expected) => {
    expect(findings(over(equations))).toEqual([expected])
  })
})

describe('functions', () => {
  const squash = 'function squash(a: f32, x: f32[V], limit: real = 2) = clamp(a, 0, limit) * tanh(x)'

  it('are mapped over the axes before what they see', () => {
    const spec = over('y = squash(sigmoid(linear(x, 4) as a), linear(x, [4, 2]) as b, 3) | flatten', squash)
    expect(findings(spec)).toEqual([])
    expect(findings(over('y = squash(linear(x, 4) as a, linear(x, [4, 2]) as b) | flatten', squash))).toEqual([])
  })

  it.each([
    ['y = squash(x)', ['GDN2105', 'squash(x)']],
    ['y = squash(x, x, 1, 2)', ['GDN2108', 'squash(x, x, 1, 2)']],
    ['y = squash(linear(x, 3), linear(x, [4, 2]) as b) | flatten', ['GDN2603', 'linear(x, 3)']],
    ['y = squash(x, x, limits: 2)', ['GDN2101', 'limits']],
  ])('%s is refused', (equations, expected) => {
    expect(findings(over(equations, squash))).toEqual([expected])
  })

  it('work on numbers when the spec is compiled', () => {
    const spec = over('y = linear(x, round_up(d, 3)) as a | linear(min(d, 9)) as b | linear(max(2, 8)) as c')
    expect(shapesOf(model(spec))).toEqual({ 'a.weight': [9, 8], 'b.weight': [8, 9], 'c.weight': [8, 8] })
  })

  it('that find themselves inside end', () => {
    expect(findings(over('y = again(x)', 'function again(x: f32[V]) = again(-x)'))).toEqual([['GDN2110', 'again(-x)']])
    expect(findings(over('y = again(x)', 'layer again {\n  in x: f32[.., d]\n  out again(-x)\n}'))).toEqual([['GDN2110', 'again(-x)']])
  })
})

describe('as', () => {
  it.each([
    ['y = silu(x) as act', 'act'],
    ['y = (x + x) * (d as e)', 'e'],
  ])('%s names nothing', (equations, marked) => {
    expect(only(over(equations))).toMatchObject({ code: 'GDN2109', marked })
  })

  it('is removed by the fix', () => {
    const spec = checkSpec(over('y = x * (d as e)'))
    expect(fixed(spec.text, spec.diagnostics[0] as (typeof spec.diagnostics)[number])).toContain('y = x * (d)')
  })
})
