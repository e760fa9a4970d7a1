import { describe, expect, it } from 'vitest'
import { checkSpec, findings, fixed, only, over } from './support/spec.ts'

/** A body of a layer over `x`. */
const layer = (body: string, params = 'width: size'): string => `layer l(${params}) {\n  in x: f32[B, T, d]\n  ${body}\n}`

describe('unknown names', () => {
  it.each([
    ['in a call', layer('out linear(x, widht)'), 'widht', 'width'],
    ['of a definition', layer('out swigluu(x, width)'), 'swigluu', 'swiglu'],
    ['of the language', layer('out linar(x, width)'), 'linar', 'linear'],
    ['with a transposition', layer('out siul(linear(x, width))'), 'siul', 'silu'],
    ['in a type of a weight', layer('weight w: f32[widths] init ones\n  out linear(x, width) * w'), 'widths', 'width'],
    ['in a default', layer('out linear(x, width)', 'width: size, half: size = widht / 2, _w: size = half'), 'widht', 'width'],
    [
      'in a stack',
      over('y = stack(x) { repeat depht { linear(d) } }', '', 'd: size = 8, depth: size = 2, _e: size = depth'),
      'depht',
      'depth',
    ],
    [
      'in a recurrence',
      'recurrence r(x: f32[N]) -> f32[N] {\n  state s: f32[N]\n  s = s + xx\n  out s\n}\n' + layer('out r(linear(x, width))'),
      'xx',
      'x',
    ],
    [
      'in a mask',
      'attention a(q[i]: f32[D], k[j]: f32[D], window: size) -> f32[D] {\n  where j <= i and i - j < windw\n  out softmax(dot(q, k)) of k\n}',
      'windw',
      'window',
    ],
  ])('%s are reported with what was probably meant', (_, spec, marked, meant) => {
    const found = checkSpec(spec).diagnostics.filter(({ severity }) => severity === 'error')
    expect(found.map(({ code, args }) => [code, args['name'], args['near']])).toEqual([['GDN2001', marked, meant]])
    const { diagnostics, text } = checkSpec(spec)
    expect(
      checkSpec(fixed(text, diagnostics.find(({ code }) => code === 'GDN2001') as (typeof diagnostics)[number])).diagnostics.filter(
        ({ severity }) => severity === 'error',
      ),
    ).toEqual([])
  })

  it('see only the equations above', () => {
    expect(findings(layer('out h + g\n  h = linear(x, width)\n  g = h'))).toEqual([
      ['GDN2001', 'h'],
      ['GDN2001', 'g'],
      ['GDN2003', 'g'],
    ])
  })

  it('are said once each, also where a model applies the definition many times', () => {
    const spec = over(
      'y = stack(x) { repeat 4 { block_of(d) } }',
      'block block_of(n: size) {\n  in x: f32[B, T, d]\n  out x + linear(x, m) + linear(x, n)\n}',
    )
    expect(findings(spec)).toEqual([['GDN2001', 'm']])
  })

  it('take the extent of time for a number', () => {
    expect(findings(layer('out linear(x, width) * T'))).toEqual([])
  })
})

describe('names given twice', () => {
  it.each([
    ['equations', layer('h = silu(x)\n  h = relu(x)\n  out linear(h, width)'), 'h'],
    ['an equation and an input', layer('x = silu(x)\n  out linear(x, width)'), 'x'],
    ['an equation and a parameter', layer('width = silu(x)\n  out linear(x, width)'), 'width'],
    ['parameters', layer('out linear(x, width)', 'width: size, width: size'), 'width'],
    ['a size and what a border binds', layer('size d = 4\n  out linear(x, d * width)'), 'd'],
    ['definitions', `${layer('out linear(x, width)')}\n${layer('out linear(x, width)')}`, 'l'],
    ['locals of a recurrence', 'recurrence r(x: f32[N]) -> f32[N] {\n  state s: f32[N]\n  a = x\n  a = a + s\n  s = a\n  out s\n}', 'a'],
    [
      'outputs',
      'model M {\n  dim B: batch\n  dim T: time\n  input x: f32[B, T, 8]\n  output y: f32[B, T, 8]\n  output y: f32[B, T, 8]\n  y = silu(x)\n}',
      'y',
    ],
  ])('%s', (_, spec, marked) => {
    const found = checkSpec(spec).diagnostics.find(({ severity }) => severity === 'error')
    expect(found).toMatchObject({ code: 'GDN2002', args: { name: marked } })
    expect(found?.related).toHaveLength(1)
  })

  it('shadow the library and the language freely', () => {
    const spec = over(
      'y = stack(x) { PreNorm(swiglu(16)) as a }',
      'block PreNorm(silu: layer) {\n  in x: f32[B, T, d]\n  out x + silu(x)\n}',
    )
    expect(findings(spec)).toEqual([])
  })

  it('assign a state again', () => {
    expect(findings('recurrence r(x: f32[N]) -> f32[N] {\n  state s: f32[N]\n  s = s + x\n  s = s * 0.5\n  out s\n}')).toEqual([])
  })
})

describe('unused names', () => {
  it.each([
    ['a value', layer('h = silu(x)\n  out linear(x, width)'), 'h'],
    ['a part', layer('a, b = split(x, width, d - width)\n  out a'), 'b'],
    ['a parameter', layer('out silu(x)'), 'width'],
    ['a size', layer('size half = width / 2\n  out linear(x, width)'), 'half'],
    ['a weight', layer('weight w: f32[d] init ones\n  out linear(x, width)'), 'w'],
    ['a shared layer', layer('shared up = linear(width)\n  out linear(x, width)'), 'up'],
    ['a model parameter', over('y = linear(x, d)', '', 'd: size = 8, e: size = 9'), 'e'],
  ])('%s is a warning with a fix', (_, spec, marked) => {
    const found = only(spec)
    expect(found).toMatchObject({ code: 'GDN2003', severity: 'warning', marked })
    expect(checkSpec(fixed(checkSpec(spec).text, found)).diagnostics).toEqual([])
  })

  it('are silent with an underscore, in checkpoints, and as items', () => {
    const spec = `${over('y = stack(x) { linear(d) as up  linear(d) as down }', '', 'd: size = 8, eps: real = 1e-6')}
checkpoint M from safetensors {
  group "" <- "" { }
  expect "eps" == eps
}`
    expect(findings(spec)).toEqual([])
    expect(findings(layer('_a, b = split(x, width, d - width)\n  out b'))).toEqual([])
  })
})

describe('kinds of parameters', () => {
  it.each([
    ['int', 'size'],
    ['siz', 'size'],
    ['PreNrm', 'PreNorm'],
  ])('%s is no kind', (kind, near) => {
    expect(only(layer('out linear(x, width)', `width: size, _a: ${kind}`))).toMatchObject({ code: 'GDN2004', marked: kind, args: { near } })
  })

  it('are the definitions of layers, but no other definitions', () => {
    expect(findings(layer('out a(linear(x, width))', 'width: size, a: swiglu'))).toEqual([])
    expect(findings(layer('out linear(x, width)', 'width: size, _a: gated_delta'))).toEqual([['GDN2201', 'gated_delta']])
  })

  it.each([
    ['size', '"8"'],
    ['size', 'true'],
    ['real', '[1, 2]'],
    ['flag', '1'],
    ['text', '2'],
    ['layer', '3'],
    ['init', '"zeros"'],
  ])('a default of %s cannot be %s', (kind, value) => {
    expect(only(layer('out linear(x, width)', `width: size, _a: ${kind} = ${value}`))).toMatchObject({ code: 'GDN2201', marked: value })
  })
})

describe('definitions that no model applies', () => {
  it('are checked for arguments', () => {
    expect(findings(layer('out swiglu(x, hiden: width)'))).toEqual([['GDN2101', 'hiden']])
    expect(findings(layer('out linear(x, "a", bias: 2, bias: 3) * width'))).toEqual([
      ['GDN2201', '"a"'],
      ['GDN2104', '3'],
    ])
    expect(findings(layer('out attention(x, width, widnow: 4)'))).toEqual([['GDN2101', 'widnow']])
    expect(findings(layer('out dense(x, x, x, capp: 2) * width'))).toEqual([['GDN2101', 'capp']])
  })

  it('are checked for their statements', () => {
    expect(findings(layer('output y: f32[B, T, d]\n  out linear(x, width)'))).toEqual([['GDN2006', 'output']])
    expect(findings(layer('h = linear(x, width)\n  out h\n  out silu(h)'))).toEqual([['GDN2505', 'out silu(h)']])
    expect(findings(layer('_h = linear(x, width)'))).toEqual([['GDN2504', 'l']])
    expect(findings('model M {\n  dim B: batch\n  dim T: tim\n  in x: f32[B, 8]\n  output y: f32[B, 8]\n}')).toEqual([
      ['GDN2005', 'tim'],
      ['GDN2006', 'in'],
      ['GDN2501', 'y'],
    ])
  })
})

describe('imports', () => {
  const blocks = 'block Twice(mix: layer) {\n  in x: f32[B, T, d]\n  out mix(mix(x) as first) as second\n}\ninit start = normal(0.1)'

  it('bring definitions with what they see', () => {
    const files = {
      './blocks.gdn': `import start from "./inits.gdn"\nlayer scale {\n  in x: f32[B, T, d]\n  weight w: f32[d] init start\n  out x * w\n}`,
      './inits.gdn': blocks,
    }
    expect(findings(`import scale as rescale from "./blocks.gdn"\n${over('y = rescale(x)')}`, files)).toEqual([])
  })

  it('do not bring what the file itself imports', () => {
    const files = {
      './a.gdn':
        'import Twice from "./b.gdn"\nlayer one {\n  in x: f32[B, T, d]\n  out Twice(x, silu_layer())\n}\nlayer silu_layer {\n  in x: f32[.., d]\n  out silu(x)\n}',
      './b.gdn': blocks,
    }
    expect(findings('import Twice from "./a.gdn"', files)).toEqual([['GDN2008', 'Twice']])
  })

  it('may go in circles', () => {
    const files = {
      './a.gdn': 'import b from "./b.gdn"\nlayer a {\n  in x: f32[.., d]\n  out b(x)\n}',
      './b.gdn':
        'import a from "./a.gdn"\nlayer b {\n  in x: f32[.., d]\n  out linear(x, d)\n}\nlayer c {\n  in x: f32[.., d]\n  out a(x)\n}',
    }
    expect(findings(`import a from "./a.gdn"\n${over('y = a(x)')}`, files)).toEqual([])
  })

  it.each([
    ['import Twise from "./blocks.gdn"', ['GDN2008', 'Twise']],
    ['import Twice from "./block.gdn"', ['GDN2007', '"./block.gdn"']],
    ['import Twice, Twice from "./blocks.gdn"', ['GDN2002', 'Twice']],
    ['import Twice from "./blocks.gdn"\nlayer Twice {\n  in x: f32[.., d]\n  out silu(x)\n}', ['GDN2002', 'Twice']],
  ])('%s', (text, expected) => {
    expect(findings(text, { './blocks.gdn': blocks })).toEqual([expected])
  })

  it('that fail say nothing of the uses of their names', () => {
    expect(findings(`import PreNorms from "./none.gdn"\n${over('y = stack(x) { PreNorms(linear(8)) as a }')}`)).toEqual([
      ['GDN2007', '"./none.gdn"'],
    ])
  })
})
