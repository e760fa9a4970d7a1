import { describe, expect, it } from 'vitest'
import { countFlops, countParams, decodeStateBytes } from '../../src/model/statistics.ts'
import { checkSpec, findings, model, models, only, over, resized, shapesOf } from './support/spec.ts'

const plain = (params: string, body = ''): string => `model Plain(${params}) {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  output y: f32[B, T, 8]
  ${body}
  y = x | linear(width) as up | linear(8) as down
}`

describe('applications of models', () => {
  it('give values to parameters and sizes', () => {
    const found = models(`${plain('width: size')}\nmodel Small = Plain(16)\n/// Twice as wide.\nmodel Wide = Small(width: 2 * 16)`)
    expect(found.map(({ name, sizes, doc }) => [name, sizes, doc])).toEqual([
      ['Small', [{ name: 'width', value: 16 }], ''],
      ['Wide', [{ name: 'width', value: 32 }], 'Twice as wide.'],
    ])
    expect(found.map((one) => shapesOf(one)['up.weight'])).toEqual([
      [16, 8],
      [32, 8],
    ])
  })

  it('derive sizes from the values that are given', () => {
    const spec =
      'model Plain {\n  size d = 8\n  size width = 2 * d\n  size free\n  dim B: batch\n  dim T: time\n  input x: f32[B, T, d]\n  output y: f32[B, T, d]\n  y = x | linear(width + free) as up | linear(d) as down\n}\nmodel Small = Plain(d: 4, free: 1)\nmodel Other = Plain(d: 4, width: 3, free: 0)'
    expect(models(spec).map(({ name, sizes }) => [name, ...sizes.map(({ value }) => value)])).toEqual([
      ['Small', 4, 8, 1],
      ['Other', 4, 3, 0],
    ])
  })

  it('may be none where there is a default', () => {
    const spec = `${plain('width: size = 8, theta: real = 100', 'z = case theta { none: x, else: rope(x, theta) }').replace('y = x', 'y = z')}\nmodel Bare = Plain(theta: none)`
    expect(models(spec).map(({ graph }) => graph.nodes.some(({ op }) => op === 'rotate'))).toEqual([true, false])
  })

  it.each([
    ['model Small = Plain(16, 3)', ['GDN2102', '3']],
    ['model Small = Plain(widht: 16)', ['GDN2101', 'widht']],
    ['model Small = Plain(width: 1.5)', ['GDN2202', '1.5']],
    ['model Small = Plain(width: "16")', ['GDN2201', '"16"']],
    ['model Small = Plain(0)', ['GDN2105', 'width']],
    ['model Small = swiglu(16)', ['GDN2508', 'swiglu(16)']],
    ['model Small = Plane(16)', ['GDN2001', 'Plane']],
    ['model Small = Small(16)', ['GDN2508', 'Small(16)']],
    ['model Small = 16', ['GDN2508', '16']],
  ])('%s is refused', (application, expected) => {
    expect(findings(`${plain('width: size')}\n${application}`)).toEqual([expected])
  })

  it('are elaborated only if all is given', () => {
    const { models: found, diagnostics } = checkSpec(plain('width: size'))
    expect([found, diagnostics]).toEqual([[], []])
    expect(resized(plain('width: size'), 'Plain', {}).diagnostics.map(({ code, args }) => [code, args['name']])).toEqual([
      ['GDN2506', 'width'],
    ])
    expect(resized(plain('width: size'), 'Plain', { width: 24 }).model?.sizes).toEqual([{ name: 'width', value: 24 }])
  })

  it('take values from a caller', () => {
    const spec = `${plain('width: size')}\nmodel Small = Plain(16)`
    expect(resized(spec, 'Small', { width: 5 }).model?.sizes).toEqual([{ name: 'width', value: 5 }])
    expect(resized(spec, 'Smal', {}).diagnostics.map(({ code, label }) => [code, label])).toEqual([['GDN2507', 'did you mean `Small`?']])
    expect(resized(spec, 'Small', { depth: 5 }).diagnostics.map(({ code }) => code)).toEqual(['GDN2101'])
    expect(resized(spec, 'Small', { width: 2.5 }).diagnostics.map(({ code }) => code)).toEqual(['GDN2202'])
  })
})

describe('borders of models', () => {
  it('keep documents and types', () => {
    const found = model(
      '/// A model.\nmodel M {\n  dim B: batch\n  dim T: time\n  /// What is read.\n  input ids: u32[B, T]\n  input scale: f32\n  input cond: f32[B, 3]\n  /// What is said.\n  output y: f32[B, T, 4]\n  output z: f32[B, 3]\n  y = embedding(ids, 9, 4) * scale\n  z = cond * 2\n}',
    )
    expect(found).toMatchObject({
      doc: 'A model.',
      source: 'spec.gdn',
      inputs: [
        { name: 'ids', doc: 'What is read.', type: { dtype: 'u32', batch: true, time: true, shape: [] } },
        { name: 'scale', type: { batch: false, time: false, shape: [] } },
        { name: 'cond', type: { batch: true, time: false, shape: [3] } },
      ],
      outputs: [
        { name: 'y', doc: 'What is said.', type: { batch: true, time: true, shape: [4] } },
        { name: 'z', type: { time: false } },
      ],
    })
  })

  it.each([
    ['z = x', ['GDN2501', 'y']],
    ['y = linear(x, 7)', ['GDN2302', 'linear(x, 7)']],
    ['y = 8', ['GDN2201', '8']],
    ['y = linear(8)', ['GDN2201', 'linear(8)']],
    ['stack { linear(7) as up }', ['GDN2302', 'linear(7) as up']],
    ['stack { x }', ['GDN2201', 'x']],
    ['stack { linear(8) as up  sigmoid }', ['GDN2201', 'sigmoid']],
    ['stack { attention(3) }', ['GDN2202', 'attention(3)']],
    ['y = stack(x) { repeat 1.5 { linear(8) } }', ['GDN2202', '1.5']],
    ['y = stack(x) { repeat "a" { linear(8) } }', ['GDN2201', '"a"']],
    ['y = stack(x) { for i in 3 { linear(8) } }', ['GDN2201', '3']],
    ['y = stack(x) { for i in 0 .. { linear(8) } }', ['GDN2201', '0 ..']],
    ['y = stack(x) { case 3 { 1: linear(8), 2: linear(8) } }', ['GDN2206', '3']],
    ['y = stack(3) { linear(8) }', ['GDN2201', '3']],
  ])('%s', (equations, expected) => {
    expect(
      findings(over(equations, '', '_d: size = 8', 'f32[B, T, 8]').replace('x: f32[B, T, d]', 'x: f32[B, T, 8]')).filter(
        ([code]) => code !== 'GDN2003',
      ),
    ).toEqual([expected])
  })

  it('need one input and one output for a bare stack', () => {
    const spec =
      'model M {\n  dim B: batch\n  dim T: time\n  input a: f32[B, T, 8]\n  input b: f32[B, T, 8]\n  output y: f32[B, T, 8]\n  stack { linear(8) as up }\n}'
    expect(only(spec)).toMatchObject({ code: 'GDN2502', marked: 'stack', message: 'the model has 2 inputs and 1 output' })
  })

  it('name items for later items', () => {
    const spec = over(
      'y = stack(x) { linear(d) as first  repeat 2 { add_to(first) as second  add_to(second) } }',
      'layer add_to {\n  in e: f32[B, T, d]\n  in x: f32[B, T, d] = none\n  out case x { none: e, else: e + x }\n}',
    )
    expect(findings(spec)).toEqual([
      ['GDN2201', 'add_to(first) as second'],
      ['GDN2201', 'add_to(second)'],
    ])
    const given = spec.replace('add_to(first)', 'add_to(x: first)').replace('add_to(second)', 'add_to(x: second)')
    expect(findings(given)).toEqual([])
  })

  it('have side results', () => {
    const spec = over(
      'r = routed(x)\n  y = r + r.gate + stack(x) { routed as deep  plus(e: deep.gate) }',
      'layer routed {\n  in x: f32[B, T, d]\n  out gate = sigmoid(x)\n  out x * gate\n}\nlayer plus {\n  in x: f32[B, T, d]\n  in e: f32[B, T, d]\n  out x + e\n}',
    )
    expect(findings(spec)).toEqual([])
    expect(
      only(over('y = (routed(x) as r).gates', 'layer routed {\n  in x: f32[B, T, d]\n  out gate = sigmoid(x)\n  out x * gate\n}')),
    ).toMatchObject({ code: 'GDN2009', label: 'did you mean `gate`?' })
  })
})

describe('require', () => {
  it('knows what the model costs', () => {
    const spec = over(
      'require { params == 72, decode_state(T: 100) == 96, decode_state(T: 100, B: 2) == 192, flops(T: 10) > 100, horizon == 0 }\n  y = conv1d(x, 4) as conv | linear(d) as up',
      '',
      'd: size = 8',
      'f32[B, T, d]',
    ).replace('params == 72', 'params == 96')
    const found = model(spec)
    expect([countParams(found), decodeStateBytes(found, { tokens: 100 }), countFlops(found, 10)]).toEqual([96, 96, 192])
  })

  it.each([
    ['params < 10', '`params < 10` does not hold: 64 < 10'],
    ['d % 3 == 0', '`d % 3 == 0` does not hold: 2 == 0'],
    ['d > 1 and d > 9', '`d > 9` does not hold: 8 > 9'],
    ['not (d == 8)', '`not (d == 8)` does not hold'],
    ['decode_state(T: 3) > 0', '`decode_state(T: 3) > 0` does not hold: 0 > 0'],
  ])('%s', (condition, message) => {
    expect(only(over(`require { ${condition} }\n  y = linear(x, d)`))).toMatchObject({ code: 'GDN2209', message })
  })

  it('holds in layers, for their sizes', () => {
    const spec = (heads: number): string =>
      over(
        `y = l(x, ${heads}) | linear(d) as out`,
        'layer l(heads: size) {\n  in x: f32[B, T, d]\n  require { d % heads == 0 }\n  out linear(x, heads)\n}',
      )
    expect(findings(spec(4))).toEqual([])
    expect(findings(spec(3))).toEqual([['GDN2209', 'd % heads == 0']])
    expect(findings(over('require { d + 1 }\n  y = linear(x, d)'))).toEqual([['GDN2201', 'd + 1']])
    expect(findings(over('require { params2 > 1 }\n  y = linear(x, d)'))).toEqual([['GDN2001', 'params2']])
  })
})

describe('precision', () => {
  it('puts patterns before what they refine', () => {
    const spec = over(
      'precision { weights = f16, "*.norm.weight" = f32, state = f32 }\n  y = x | linear(d) as up | rms_norm() as norm',
    ).replace('"*.norm.weight"', '"norm.*"')
    expect(model(spec).precision).toEqual([
      { pattern: 'norm.*', dtype: 'f32' },
      { pattern: 'weights', dtype: 'f16' },
      { pattern: 'state', dtype: 'f32' },
    ])
  })

  it.each([
    ['weight = f16', ['GDN2404', 'weight']],
    ['weights = f8', ['GDN2201', 'f8']],
    ['"*.A_log" = f32', ['GDN2405', '"*.A_log"']],
    ['state = f16', ['GDN2406', 'f16']],
    ['activations = bf16', ['GDN2406', 'bf16']],
  ])('%s', (entry, expected) => {
    expect(findings(over(`precision { ${entry} }\n  y = linear(x, d)`))).toEqual([expected])
  })
})

describe('checkpoints', () => {
  const spec = `${plain('width: size = 16, eps: real = 0.5, on: flag = true, theta: real = none', 'z = case on { true: x * eps, else: x }\n  require { theta == none }').replace('y = x', 'y = z')}
model Small = Plain(width: 4, eps: 0.25)
checkpoint Plain from safetensors {
  "up.weight" <- "a" | slice(0, 0 .. width)
  "down.weight" <- "b" | transpose
  expect "hidden" == width
  expect "eps" == eps
  expect "ratio" == width / 32
  expect "on" == on
  expect "theta" == theta
}`

  it('belong to a model and to what is made of it', () => {
    const found = models(spec)
    expect(found.map(({ checkpoint }) => checkpoint?.expect.map(({ value }) => value))).toEqual([
      [16, 0.5, 0.5, true, null],
      [4, 0.25, 0.125, true, null],
    ])
  })

  it('are checked against the weights', () => {
    expect(findings(spec.replace('"down.weight"', '"dwn.weight"')).map(([code]) => code.slice(0, 4))).toEqual(['GDN5'])
    expect(findings(`${plain('width: size = 4')}\ncheckpoint Plane from safetensors { group "" <- "" { } }`)).toEqual([
      ['GDN2507', 'Plane'],
    ])
  })
})

describe('several mistakes', () => {
  it('are all reported, in whatever definition', () => {
    const spec = over(
      'a = linear(x, d / 3) as a\n  b = linear(x, 5) as b\n  c = x + b\n  y = l(c) + a + mystery',
      'layer l(n: size = 2) {\n  in x: f32[B, T, d]\n  out linear(x, n, bais: zeros)\n}\nrecurrence r(x: f32[N]) -> f32[N] {\n  state s: f32[N]\n  s = s + xs\n  out s\n}',
    )
    expect(findings(spec)).toEqual([
      ['GDN2202', 'd / 3'],
      ['GDN2304', 'x + b'],
      ['GDN2001', 'mystery'],
      ['GDN2101', 'bais'],
      ['GDN2001', 'xs'],
    ])
  })

  it('in one value say nothing of what is made of it', () => {
    expect(findings(over('a = linear(x, "n") as a\n  b = silu(a) + x\n  y = swiglu(b, 4) | linear(d) as out'))).toEqual([
      ['GDN2201', '"n"'],
    ])
  })
})
