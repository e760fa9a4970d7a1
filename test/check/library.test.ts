import { describe, expect, it } from 'vitest'
import { checkNames } from '../../src/check/names/index.ts'
import { loadProgram } from '../../src/check/program.ts'
import { findings, library, model, over, paths, shapesOf } from './support/spec.ts'

describe('the library', () => {
  it('has no mistakes of its own', () => {
    const entry = library[0]
    if (entry === undefined) throw new Error('the library is empty')
    const { program, diagnostics } = loadProgram(entry, library, () => undefined)
    expect([...diagnostics, ...program.library.flatMap((scope) => checkNames(scope))]).toEqual([])
  })

  it('says of every definition what it is', () => {
    const silent = library.flatMap(({ file }) =>
      file.declarations.filter((decl) => decl.kind !== 'checkpoint' && !decl.doc).map(({ name }) => name.text),
    )
    expect(silent).toEqual([])
  })

  it.each([
    ['unembedding(9)', { 'l.weight': [9, 8] }],
    ['swiglu(4)', { 'l.gate_proj.weight': [4, 8], 'l.up_proj.weight': [4, 8], 'l.down_proj.weight': [8, 4] }],
    ['geglu(4)', { 'l.gate_proj.weight': [4, 8], 'l.up_proj.weight': [4, 8], 'l.down_proj.weight': [8, 4] }],
    [
      'geglu(4, bias: zeros)',
      {
        'l.gate_proj.weight': [4, 8],
        'l.gate_proj.bias': [4],
        'l.up_proj.weight': [4, 8],
        'l.up_proj.bias': [4],
        'l.down_proj.weight': [8, 4],
        'l.down_proj.bias': [8],
      },
    ],
    ['soft_cap(30)', {}],
    [
      'SandwichNorm(short_conv(), lora(2, 8))',
      {
        'l.mix_norm.weight': [8],
        'l.mix.conv1d.weight': [8, 4],
        'l.post_mix_norm.weight': [8],
        'l.ffn_norm.weight': [8],
        'l.ffn.down.weight': [2, 8],
        'l.ffn.up.weight': [8, 2],
        'l.post_ffn_norm.weight': [8],
      },
    ],
    ['relu2(4)', { 'l.up_proj.weight': [4, 8], 'l.down_proj.weight': [8, 4] }],
    ['gelu_mlp(4)', { 'l.fc1.weight': [4, 8], 'l.fc1.bias': [4], 'l.fc2.weight': [8, 4], 'l.fc2.bias': [8] }],
    ['lora(2, 3)', { 'l.down.weight': [2, 8], 'l.up.weight': [3, 2] }],
    ['short_conv()', { 'l.conv1d.weight': [8, 4] }],
    ['short_conv(3, bias: zeros)', { 'l.conv1d.weight': [8, 3], 'l.conv1d.bias': [8] }],
    ['rms_norm()', { 'l.weight': [8] }],
    ['layer_norm()', { 'l.weight': [8], 'l.bias': [8] }],
    ['layer_norm(bias: false)', { 'l.weight': [8] }],
    ['rms_norm(affine: 0)', {}],
    ['zero_centred_rms_norm()', { 'l.weight': [8] }],
    ['conv1d(2)', { 'l.weight': [8, 2] }],
    ['attention(4)', { 'l.q_proj.weight': [8, 8], 'l.k_proj.weight': [8, 8], 'l.v_proj.weight': [8, 8], 'l.o_proj.weight': [8, 8] }],
    [
      'attention(4, kv_heads: 2, head: 3, gate: true, sinks: true, qk_norm: rms_norm(over: 2), cap: 20, width: 5)',
      {
        'l.q_proj.weight': [24, 8],
        'l.k_proj.weight': [6, 8],
        'l.v_proj.weight': [6, 8],
        'l.q_norm.weight': [4, 3],
        'l.k_norm.weight': [2, 3],
        'l.sink': [4],
        'l.o_proj.weight': [5, 12],
      },
    ],
    [
      'deltanet(2, key: 3)',
      {
        'l.q_proj.weight': [6, 8],
        'l.q_conv.weight': [6, 4],
        'l.k_proj.weight': [6, 8],
        'l.k_conv.weight': [6, 4],
        'l.v_proj.weight': [6, 8],
        'l.v_conv.weight': [6, 4],
        'l.b_proj.weight': [2, 8],
        'l.o_norm.weight': [3],
        'l.o_proj.weight': [8, 6],
      },
    ],
    [
      'mamba2(4, head: 2, state: 3, groups: 2, norm: 2)',
      {
        'l.A_log': [4],
        'l.dt_bias': [4],
        'l.D': [4],
        'l.in_proj.weight': [32, 8],
        'l.conv1d.weight': [20, 4],
        'l.conv1d.bias': [20],
        'l.norm.weight': [8],
        'l.out_proj.weight': [8, 8],
      },
    ],
    [
      'mamba2(4, head: 2, state: 3, mult: [0.5, 2, 1, 1, 3])',
      {
        'l.A_log': [4],
        'l.dt_bias': [4],
        'l.D': [4],
        'l.in_proj.weight': [26, 8],
        'l.conv1d.weight': [14, 4],
        'l.conv1d.bias': [14],
        'l.norm.weight': [8],
        'l.out_proj.weight': [8, 8],
      },
    ],
  ] as const)('%s has its weights', (recipe, expected) => {
    const found = model(over(`y = stack(x) { ${recipe} as l  linear(d) as rest }`))
    const own = Object.entries(shapesOf(found)).filter(([path]) => path.startsWith('l.'))
    expect(Object.fromEntries(own.sort())).toEqual(Object.fromEntries(Object.entries(expected).sort()))
  })

  it('rotates by both pairings, in full and in part', () => {
    const rotations = (args: string): unknown =>
      model(over(`y = linear(x, [2, 8]) | rope(${args}) | flatten | linear(d) as out`))
        .graph.nodes.filter(({ op }) => op === 'rotate')
        .map(({ attrs, type }) => [attrs['pairing'], type.shape])
    expect(rotations('100')).toEqual([['half', [2, 8]]])
    expect(rotations('100, 4')).toEqual([['half', [2, 4]]])
    expect(rotations('100, pairing: "adjacent"')).toEqual([['adjacent', [2, 8]]])
    expect(findings(over('y = rope(x, 100, 3)'))).toEqual([['GDN2202', 'rope(x, 100, 3)']])
    expect(findings(over('y = rope(x, 100, 16)'))).toEqual([['GDN2201', 'rope(x, 100, 16)']])
  })

  it('gates norms before and after', () => {
    const spec = over(
      'z = linear(x, [2, 4]) as z\n  a = gated_rms_norm(linear(x, [2, 4]) as v, z, act: "sigmoid") as a\n  y = rms_norm_gated(x, x, groups: 2) as b + flatten(a)',
    )
    expect(paths(model(spec))).toEqual(['z.weight', 'v.weight', 'a.weight', 'b.weight'])
    expect(findings(over('y = gated_rms_norm(x, x, act: "relu")'))).toEqual([['GDN2206', 'gated_rms_norm(x, x, act: "relu")']])
  })
})
