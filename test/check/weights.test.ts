import { describe, expect, it } from 'vitest'
import type { Model } from '../../src/model/model.ts'
import { countParams } from '../../src/model/statistics.ts'
import { checkSpec, exampleText, findings, fixed, model, models, over, paths, shapesOf } from './support/spec.ts'

const residual = 'block residual(mix: layer) {\n  in x: f32[B, T, d]\n  out x + mix(rms_norm(x) as norm)\n}'

describe('paths', () => {
  it.each([
    ['an equation: the definition', 'y = linear(x, d)', ['linear.weight']],
    ['an equation: as', 'y = linear(x, d) as up', ['up.weight']],
    ['an item: the definition', 'y = stack(x) { linear(d) }', ['linear.weight']],
    ['an item: as', 'y = stack(x) { linear(d) as up }', ['up.weight']],
    ['repeated items: layers', 'y = stack(x) { repeat 2 { linear(d) } }', ['layers.0.weight', 'layers.1.weight']],
    [
      'repeated items with names: these',
      'y = stack(x) { repeat 2 { linear(d) as a  linear(d) as b } }',
      ['a.0.weight', 'b.0.weight', 'a.1.weight', 'b.1.weight'],
    ],
    [
      'one slot through the whole stack',
      'y = stack(x) { repeat 1 { linear(d) linear(d) }  linear(d)  for i in 0 .. 1 { case i { 0: linear(d), else: silu_layer() } } }',
      ['layers.0.weight', 'layers.1.weight', 'linear.weight', 'layers.2.weight'],
    ],
    ['a stack with a name', 'y = stack(x) { repeat 1 { linear(d) } } as encoder', ['encoder.layers.0.weight']],
    ['a parameter: its name', 'y = residual(x, linear(d))', ['residual.norm.weight', 'residual.mix.weight']],
    ['a parameter: the as of the layer', 'y = residual(x, linear(d) as proj) as r', ['r.norm.weight', 'r.proj.weight']],
    ['weights by their names', 'y = own(x)', ['own.scale', 'own.shift']],
    [
      'a list of letters',
      'y = stack(x) { for c in "ab-" { case c { "a": linear(d) as a, "b": linear(d), else: residual(linear(d)) } } }',
      ['a.0.weight', 'layers.0.weight', 'layers.1.norm.weight', 'layers.1.mix.weight'],
    ],
  ])('of %s', (_, equations, expected) => {
    const rest = `${residual}
layer own {
  in x: f32[B, T, d]
  weight scale: f32[d] init ones
  weight shift: f32[d] init zeros
  out x * scale + shift
}
layer silu_layer {
  in x: f32[.., d]
  out silu(x)
}`
    expect(paths(model(over(equations, rest)))).toEqual(expected)
  })

  it('are kept where no output reaches', () => {
    const spec = over(
      '_h = linear(x, 3) as dead\n  y = own(x, false)',
      'layer own(on: flag) {\n  in x: f32[B, T, d]\n  weight a: f32[d] init ones\n  weight b: f32[d] init zeros\n  out x * a + case on { true: b, else: 0 }\n}',
    )
    expect(paths(model(spec))).toEqual(['own.a'])
  })

  it('name instances with weights or state, and the nodes inside them', () => {
    const spec = over('y = stack(x) { repeat 2 { residual(attention(2, theta: 100)) } }', residual)
    const { instances, graph } = model(spec)
    expect(
      instances.filter(({ path }) => path.startsWith('layers.1')).map(({ path, parent, definition }) => [path, parent, definition]),
    ).toEqual([
      ['layers.1', '', 'residual'],
      ['layers.1.norm', 'layers.1', 'rms_norm'],
      ['layers.1.mix', 'layers.1', 'attention'],
      ['layers.1.mix.q_proj', 'layers.1.mix', 'linear'],
      ['layers.1.mix.k_proj', 'layers.1.mix', 'linear'],
      ['layers.1.mix.v_proj', 'layers.1.mix', 'linear'],
      ['layers.1.mix.o_proj', 'layers.1.mix', 'linear'],
    ])
    expect(graph.nodes.filter(({ op }) => op === 'rotate').map(({ path }) => path)).toEqual([
      'layers.0.mix',
      'layers.0.mix',
      'layers.1.mix',
      'layers.1.mix',
    ])
    expect(graph.nodes.find(({ op }) => op === 'attention')?.source).toMatch(/^std\/attention\.gdn:\d+:\d+$/)
  })
})

describe('one path twice', () => {
  it.each([
    ['y = linear(x, d) + linear(x, d)', 'linear.weight', 'linear(x, d)'],
    ['y = (linear(x, d) as up) + (linear(x, d) as up)', 'up.weight', 'up'],
    ['y = stack(x) { linear(d) linear(d) }', 'linear.weight', 'linear(d)'],
    ['y = residual(x, linear(d) as norm)', 'residual.norm.weight', 'norm'],
    ['y = stack(x) { linear(d) as up  silu_layer()  linear(d) as up }', 'up.weight', 'up'],
    ['y = x | gated_deltanet(2, key: 4) | gated_deltanet(2, key: 4)', 'gated_deltanet.A_log', 'gated_deltanet(2, key: 4)'],
  ])('%s', (equations, path, marked) => {
    const spec = over(
      equations,
      `${residual.replace('mix(rms_norm(x) as norm)', '(rms_norm(x) as norm) + mix(x)')}\nlayer silu_layer {\n  in x: f32[.., d]\n  out silu(x)\n}`,
    )
    const { diagnostics, text } = checkSpec(spec)
    const [first] = diagnostics
    expect(first).toMatchObject({ code: 'GDN2401', args: { path } })
    expect(text.slice(first?.span?.start, first?.span?.end)).toBe(marked)
    expect(first?.related[0]?.message).toBe(`\`${path}\` is made here`)
    expect(first?.fixes[0]?.title).toMatch(/^name this one: `as \w+_2`$/)
  })

  it('is mended by the fix', () => {
    const { diagnostics, text } = checkSpec(over('y = linear(x, d) + linear(x, d)'))
    expect(paths(model(fixed(text, diagnostics[0] as (typeof diagnostics)[number])))).toEqual(['linear.weight', 'linear_2.weight'])
    const named = checkSpec(over('y = (linear(x, d) as up) + (linear(x, d) as up)'))
    expect(paths(model(fixed(named.text, named.diagnostics[0] as (typeof diagnostics)[number])))).toEqual(['up.weight', 'up_2.weight'])
  })

  it('is found in the block of the design, whose norms have no names', () => {
    const block = 'block Pair(mix: layer, ffn: layer) {\n  in x: f32[B, T, d]\n  h = x + mix(rms_norm(x))\n  out h + ffn(rms_norm(h))\n}'
    expect(findings(over('y = stack(x) { repeat 3 { Pair(swiglu(4), swiglu(4)) } }', block))).toEqual([['GDN2401', 'rms_norm(h)']])
  })
})

describe('shared', () => {
  it('makes weights once', () => {
    expect(shapesOf(model(over('shared up = swiglu(4)\n  y = up(up(x))')))).toEqual({
      'up.gate_proj.weight': [4, 8],
      'up.up_proj.weight': [4, 8],
      'up.down_proj.weight': [8, 4],
    })
  })

  it('is named by as, and numbered in lists', () => {
    expect(paths(model(over('shared up = linear(d) as proj\n  y = up(x)')))).toEqual(['proj.weight'])
    expect(paths(model(over('shared ups = [linear(d), linear(d)]\n  y = x | ups[1] | ups[0] | ups[1]')))).toEqual([
      'ups.1.weight',
      'ups.0.weight',
    ])
    const many = over('shared ups = [linear(d), linear(d)]\n  y = ups[0](ups[1](ups[0](x)))')
    expect(paths(model(many))).toEqual(['ups.0.weight', 'ups.1.weight'])
  })

  it('belongs to the stack that says it', () => {
    const spec = over('y = stack(x) { shared up = linear(d)  up  repeat 2 { up }  up as last }')
    expect(paths(model(spec))).toEqual(['up.weight'])
  })

  it('gives each use a state of its own', () => {
    const { graph } = model(over('shared mix = gated_deltanet(2, key: 4, value: 4)\n  y = mix(x) + mix(silu(x))'))
    expect(graph.nodes.filter(({ op }) => op === 'recurrence')).toHaveLength(2)
    expect(graph.recurrences).toHaveLength(1)
  })

  it('leaves the weights of what each use gives to that use', () => {
    const core = `block core(hidden: size, adapt: layer) {
  in x: f32[B, T, d]
  h = (linear(x, hidden) as up) + adapt(x)
  out linear(silu(h), d) as down
}
block hybrid(base: core, adapt: layer) {
  in x: f32[B, T, d]
  out x + base(x, adapt: adapt)
}`
    const spec = over('shared c = core(4)\n  y = stack(x) { repeat 2 { hybrid(c, lora(2, 4)) } }', core)
    expect(paths(model(spec))).toEqual([
      'c.up.weight',
      'layers.0.base.adapt.down.weight',
      'layers.0.base.adapt.up.weight',
      'c.down.weight',
      'layers.1.base.adapt.down.weight',
      'layers.1.base.adapt.up.weight',
    ])
    expect(findings(over('shared c = core(4)\n  y = c(x)', core))).toContainEqual(['GDN2105', 'c(x)'])
  })

  it.each([
    ['shared half = linear(4)\n  y = half(half(x)) | linear(d) as out', ['GDN2402', 'half(half(x))']],
    ['shared up = linear(d)\n  y = linear(x, weight: up.weight)', ['GDN2403', 'weight']],
    ['shared up = linear(d)\n  y = up(x) | linear(weight: up.weights)', ['GDN2403', 'weights']],
    ['shared up = silu(x)\n  y = up', ['GDN2201', 'silu(x)']],
    ['shared up = linear(d)\n  y = up(x, n: d)', ['GDN2104', 'd']],
    ['shared up = [linear(d), 3]\n  y = up[0](x)', ['GDN2201', '[linear(d), 3]']],
  ])('%s is refused', (equations, expected) => {
    expect(findings(over(equations))).toContainEqual(expected)
  })
})

describe('weights given by name', () => {
  it.each([
    ['of an application', 'e = embedding(ids, 9, d) as embed\n  y = linear(e, weight: e.table)'],
    ['of a shared layer', 'shared embed = embedding(9, d)\n  y = linear(embed(ids), weight: embed.table)'],
    ['of an item', 'y = stack(ids) { embedding(9, d) as embed  unembedding(9, table: embed.table) }'],
    ['with its size said', 'shared embed = embedding(9, d)\n  y = linear(embed(ids), 9, weight: embed.table)'],
  ])('%s are tied', (_, equations) => {
    const spec = `model M(d: size = 8) {\n  dim B: batch\n  dim T: time\n  input ids: u32[B, T]\n  output y: f32[B, T, 9]\n  ${equations}\n}`
    expect(shapesOf(model(spec))).toEqual({ 'embed.table': [9, 8] })
  })

  it('must fit', () => {
    const spec =
      'model M(d: size = 8) {\n  dim B: batch\n  dim T: time\n  input ids: u32[B, T]\n  output y: f32[B, T, 9]\n  shared embed = embedding(9, d)\n  y = linear(linear(embed(ids), 7), 9, weight: embed.table)\n}'
    expect(findings(spec)).toEqual([['GDN2306', 'embed.table']])
  })
})

describe('starting values', () => {
  it.each([
    ['zeros', { fn: 'zeros', args: [] }],
    ['normal(0.1)', { fn: 'normal', args: [0.1] }],
    ['log(uniform(1, 16))', { fn: 'log', args: [{ fn: 'uniform', args: [1, 16] }] }],
    ['A_start', { fn: 'log', args: [{ fn: 'uniform', args: [1, 16] }] }],
    ['log(iota(d) + 1)', { fn: 'log', args: [{ fn: 'add', args: [{ fn: 'iota', args: [8] }, 1] }] }],
    ['-2 * ones', { fn: 'mul', args: [-2, { fn: 'ones', args: [] }] }],
    ['2 * d', 16],
    ['[1, 2, 3, 4, 5, 6, 7, 8]', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['own', { fn: 'exp', args: [{ fn: 'normal', args: [2] }] }],
  ])('%s', (init, expected) => {
    const spec = over(
      'y = scaled(x)',
      `layer scaled {\n  in x: f32[B, T, d]\n  weight w: f32[d] init ${init}\n  out x * w\n}\ninit own = exp(normal(2))`,
    )
    expect(model(spec).weights[0]?.init).toEqual(expected)
  })

  it('are parameters', () => {
    const spec = over(
      'y = scaled(x, uniform(0, 1)) | linear(d, bias: A_start, init: zeros) as l',
      'layer scaled(start: init = ones) {\n  in x: f32[B, T, d]\n  weight w: f32[d] init start\n  out x * w\n}',
    )
    expect(model(spec).weights.map(({ init }) => init)).toEqual([
      { fn: 'uniform', args: [0, 1] },
      { fn: 'zeros', args: [] },
      { fn: 'log', args: [{ fn: 'uniform', args: [1, 16] }] },
    ])
  })

  it.each([
    ['normal()', ['GDN2108', 'normal()']],
    ['normal(0, 1)', ['GDN2108', 'normal(0, 1)']],
    ['"zeros"', ['GDN2201', '"zeros"']],
    ['uniform(0, x)', ['GDN2201', 'x']],
    ['ones == 1', ['GDN2201', 'ones == 1']],
    ['gaussian(1)', ['GDN2001', 'gaussian']],
  ])('%s is refused', (init, expected) => {
    const spec = over('y = scaled(x)', `layer scaled {\n  in x: f32[B, T, d]\n  weight w: f32[d] init ${init}\n  out x * w\n}`)
    expect(findings(spec)).toEqual([expected])
  })
})

describe('the models of the paper', () => {
  const swiglu = (d: number, hidden: number): number => 3 * d * hidden
  const norms = (d: number): number => 2 * d
  /** q, k, v with their filters, output gate, two gates per head, A_log and dt_bias, norm per head, output. */
  const delta = (d: number, heads: number, key: number, value: number): number =>
    2 * (heads * key * d + heads * key * 4) +
    (heads * value * d + heads * value * 4) +
    heads * value * d +
    2 * heads * d +
    2 * heads +
    value +
    d * heads * value
  const attention = (d: number): number => 4 * d * d
  /** One projection to z, x, b, c and dt, a filter with bias over x, b and c, A_log, dt_bias and D, norm, output. */
  const ssd = (d: number, heads: number, state: number): number => {
    const inner = heads * 64
    return (2 * inner + 2 * state + heads) * d + (inner + 2 * state) * 5 + 3 * heads + inner + inner * d
  }
  const [d, vocab, ffn] = [2304, 32_000, 6144]

  it('H1: nine pairs of Gated DeltaNet and window attention', () => {
    const found = models(exampleText('h1')).find(({ name }) => name === 'GatedDeltaNetH1')
    const expected = 2 * vocab * d + d + 9 * (delta(d, 9, 192, 384) + attention(d) + 2 * (swiglu(d, ffn) + norms(d)))
    expect(expected).toBe(1_390_336_290)
    expect(found && countParams(found)).toBe(expected)
    expect(found?.weights).toHaveLength(3 + 9 * (13 + 4 + 2 * 5))
    expect(found && paths(found).filter((path) => path.startsWith('layers.16.'))).toEqual(
      [
        'mix_norm.weight',
        'mix.A_log',
        'mix.dt_bias',
        'mix.q_proj.weight',
        'mix.q_conv.weight',
        'mix.k_proj.weight',
        'mix.k_conv.weight',
        'mix.v_proj.weight',
        'mix.v_conv.weight',
        'mix.z_proj.weight',
        'mix.b_proj.weight',
        'mix.a_proj.weight',
        'mix.norm.weight',
        'mix.o_proj.weight',
        'ffn_norm.weight',
        'ffn.gate_proj.weight',
        'ffn.up_proj.weight',
        'ffn.down_proj.weight',
      ].map((path) => `layers.16.${path}`),
    )
  })

  it('H2: six groups of Mamba2, Gated DeltaNet and window attention', () => {
    const found = models(exampleText('h2')).find(({ name }) => name === 'GatedDeltaNetH2')
    const expected = 2 * vocab * d + d + 6 * (ssd(d, 72, 128) + delta(d, 9, 192, 384) + attention(d) + 3 * (swiglu(d, ffn) + norms(d)))
    expect(expected).toBe(1_426_687_356)
    expect(found && countParams(found)).toBe(expected)
  })

  it('Mamba2 of 130M: as many parameters as are published', () => {
    expect(countParams(models(exampleText('mamba2_lm'))[0] as Model)).toBe(128_989_632)
  })

  it.each(['gated_deltanet', 'own_recurrence', 'swa_transformer'])('%s has its weights at the slots of its layers', (name) => {
    const [large, tiny] = models(exampleText(name))
    expect(large && tiny && new Set(paths(tiny).map((path) => path.replace(/\d+/, 'i')))).toEqual(
      new Set(large && paths(large).map((path) => path.replace(/\d+/, 'i'))),
    )
  })
})
