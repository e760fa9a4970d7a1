import { describe, expect, it } from 'vitest'
import { checkNames } from '../../src/check/names/index.ts'
import { loadProgram } from '../../src/check/program.ts'
import type { Tensor } from '../../src/graph/graph.ts'
import { verifyGraph } from '../../src/graph/verify.ts'
import { evaluate } from '../../src/reference/evaluate.ts'
import { type GoldenOp, goldenOps, readGoldenOp } from '../support/golden.ts'
import { relativeRms } from '../support/numbers.ts'
import { checkSpec, findings, library, model, over, paths, shapesOf } from './support/spec.ts'

/** How a published operator is written with the library, given inputs of its names. */
const written: Readonly<Record<string, (op: GoldenOp, initial: string) => string>> = {
  gated_delta_rule: (_, initial) => `r = gated_delta(q, k, v, clamp(beta, 0, 2), clamp(g, none, 0)${initial})\n  ht = r.S\n  o = r`,
  delta_rule: (_, initial) => `r = delta_rule(q, k, v, clamp(beta, 0, 2)${initial})\n  ht = r.S\n  o = r`,
  delta_rule_neg: (_, initial) => `r = delta_rule(q, k, v, clamp(beta, 0, 2)${initial})\n  ht = r.S\n  o = r`,
  gdn_raw: (_, initial) =>
    `r = gated_delta(unit(q), unit(k), v, sigmoid(b), -exp(A_log) * softplus(a + dt_bias)${initial})\n  ht = r.S\n  o = r`,
  mamba2: (_, initial) => `r = ssd(C, B, x, softplus(dt + dt_bias), -exp(A_log), D${initial})\n  ht = permute(r.h, 0, 2, 1)\n  o = r`,
  mamba2_z: (_, initial) =>
    `r = ssd(C, B, x, softplus(dt + dt_bias), -exp(A_log), D${initial})\n  ht = permute(r.h, 0, 2, 1)\n  o = r * silu(z)`,
  gated_delta_product_n2: (_, initial) => product(initial),
  gated_delta_product_n3: (_, initial) => product(initial),
  kda: (_, initial) => `r = kimi_delta(q, k, v, clamp(beta, 0, 2), clamp(g, none, 0)${initial})\n  ht = r.S\n  o = r`,
  kda_raw: ({ shapes }, initial) =>
    `r = kimi_delta(unit(q), unit(k), v, sigmoid(b), -unflatten(exp(A_log), ${shapes['in.A_log']?.[0]}, 1) * softplus(a + dt_bias)${initial})\n  ht = r.S\n  o = r`,
  gla: (_, initial) => `r = gated_linear(q, k, v, clamp(g, none, 0)${initial})\n  ht = r.S\n  o = r`,
  gsa: ({ shapes }) =>
    `r = slot_memory(q, k, v, s, clamp(g, none, 0), scale: rsqrt(${shapes['in.q']?.at(-1)})${'in.hk0' in shapes ? ', initial: [hk0, hv0]' : ''})\n  hk = r.keys\n  hv = r.values\n  o = r`,
  swa: ({ args }) => `o = local(rope(q, 10_000), rope(k, 10_000), v, ${args['window']})`,
  swa_sink: ({ args }) => `o = dense(rope(q, 10_000), rope(k, 10_000), v, sink: sinks, window: ${args['window']})`,
  swat: ({ args }) => `o = sigmoid_local(rope(q, 10_000), rope(k, 10_000), v, slopes, ${args['window']})`,
  swa_softcap: ({ args }) => `o = dense(rope(q, 10_000), rope(k, 10_000), v, window: ${args['window']}, cap: ${args['softcap']})`,
}

const product = (initial: string): string =>
  `r = delta_product(q, permute(k, 1, 0, 2), permute(v, 1, 0, 2), clamp(permute(beta, 1, 0), 0, 2), clamp(g, none, 0)${initial})\n  ht = r.S\n  o = r`

/** The shape in which a spec takes a tensor: steps of a token apart from tokens, a state for every query head. */
function shapeOf(op: GoldenOp, name: string): readonly number[] {
  const shape = op.shapes[name] as readonly number[]
  const n = op.args['n']
  if (typeof n === 'number' && /^in\.(k|v|beta)$/.test(name)) return [shape[0] as number, op.T, n, ...shape.slice(2)]
  return op.variant === 'gsa' && /\.h[kv]0?$/.test(name) ? shape.with(1, op.shapes['in.q']?.[2] as number) : shape
}

/** `[B, H, ..]` with each head repeated until there are `heads`. */
function repeated(values: Float64Array, shape: readonly number[], heads: number): Float64Array {
  const [batch, own] = shape as [number, number]
  const size = values.length / (batch * own)
  const data = new Float64Array(batch * heads * size)
  for (let at = 0; at < batch * heads; at++) {
    const from = (Math.floor(at / heads) * own + Math.floor((at % heads) / (heads / own))) * size
    data.set(values.subarray(from, from + size), at * size)
  }
  return data
}

/** A model whose inputs and outputs are those of the case. States lie the other way round in Mamba2's files. */
function specOf(op: GoldenOp): string {
  const type = (name: string, shape: readonly number[]): string => {
    const roles = shape.length === 1 || name === 'dt_bias' ? [] : name.startsWith('h') ? ['N'] : ['N', 'T']
    return `f32[${[...roles, ...shape.slice(roles.length)].join(', ')}]`
  }
  const names = Object.keys(op.shapes).filter((name) => /^(in|out)\./.test(name))
  const lines = names.map((name) => {
    const [kind, local] = name.split('.') as [string, string]
    const shape = shapeOf(op, name)
    return `${kind === 'in' ? 'input' : 'output'} ${local}: ${type(local, shape)}`
  })
  const state = op.variant.startsWith('mamba2') ? 'permute(h0, 0, 2, 1)' : 'h0'
  const initial = 'in.h0' in op.shapes ? `, initial: ${state}` : ''
  return `model M {\n  dim N: batch\n  dim T: time\n  ${lines.join('\n  ')}\n  ${written[op.variant]?.(op, initial)}\n}`
}

describe('definitions of the library are the published operators', () => {
  it.each(goldenOps().map((op) => [op.file, op] as const))('%s', (_, op) => {
    const {
      models: [found],
      diagnostics,
    } = checkSpec(specOf(op))
    expect(diagnostics).toEqual([])
    if (found === undefined) throw new Error('no model')
    expect(verifyGraph(found.graph)).toEqual([])
    const data = readGoldenOp(op)
    const tensor = (name: string): Tensor => {
      const file = data.get(name) as NonNullable<ReturnType<typeof data.get>>
      const values = Float64Array.from(file.data as ArrayLike<number>, Number)
      const shape = shapeOf(op, name)
      const heads = shape[1] === file.shape[1] || shape.length !== file.shape.length ? null : (shape[1] as number)
      return { dtype: 'f32', shape, data: heads === null ? values : repeated(values, file.shape, heads) }
    }
    const inputs = Object.fromEntries(found.inputs.map(({ name }) => [name, tensor(`in.${name}`)]))
    const [batch = 1, time = 1] = op.shapes['out.o'] as readonly number[]
    const extent = { batch, time, lengths: Array.from({ length: batch }, () => time) }
    const { outputs } = evaluate(found.graph, {
      inputs,
      weights: () => {
        throw new Error('no weights')
      },
      extent,
    })
    for (const { name } of found.outputs) {
      expect({ name, error: relativeRms((outputs[name] as Tensor).data, tensor(`out.${name}`).data) }).toEqual({
        name,
        error: expect.closeTo(0, 6),
      })
    }
  })
})

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
