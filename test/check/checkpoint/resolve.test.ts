import { describe, expect, test } from 'vitest'
import { applyTransforms, compareWithFile, resolveCheckpoint } from '../../../src/check/checkpoint/index.ts'
import type { Checkpoint } from '../../../src/model/model.ts'
import { evaluateNumber, Mapping, weights } from './mapping.ts'

const resolve = (mapping: Mapping, shapes: Readonly<Record<string, readonly number[]>>) =>
  resolveCheckpoint(mapping.decl(), weights(shapes), evaluateNumber)

/** What a correct mapping gives: path to source. */
const sources = (mapping: Mapping, shapes: Readonly<Record<string, readonly number[]>>) => {
  const { checkpoint, diagnostics } = resolve(mapping, shapes)
  expect(diagnostics).toEqual([])
  return Object.fromEntries(checkpoint!.weights.map(({ path, from }) => [path, from]))
}

/** What a wrong one gives: code, message, label, and the text that is marked. */
const mistakes = (mapping: Mapping, shapes: Readonly<Record<string, readonly number[]>>) => {
  const { checkpoint, diagnostics } = resolve(mapping, shapes)
  expect(checkpoint).toBeUndefined()
  return diagnostics.map(({ code, message, label, span }) => ({ code, message, label, at: mapping.at(span) }))
}

describe('rules', () => {
  test('a plain rule names a tensor of the same shape', () => {
    expect(sources(new Mapping().rule('embed.table', 'model.embed_tokens.weight'), { 'embed.table': [96, 48] })).toEqual({
      'embed.table': { kind: 'tensor', name: 'model.embed_tokens.weight', shape: [96, 48] },
    })
  })

  test('a number on both sides makes one rule for each layer that has the weight', () => {
    const made = sources(new Mapping().rule('layers.{i}.attn.q', 'h.{i}.q'), { 'layers.0.attn.q': [4], 'layers.10.attn.q': [6] })
    expect(Object.values(made)).toEqual([
      { kind: 'tensor', name: 'h.0.q', shape: [4] },
      { kind: 'tensor', name: 'h.10.q', shape: [6] },
    ])
  })

  test('a list on both sides makes one rule for each value', () => {
    const made = sources(new Mapping().rule('{p=q|k}_norm', 'attn.{p}.norm', ['add', 1]), { q_norm: [4], k_norm: [6] })
    expect(made).toEqual({
      q_norm: { kind: 'apply', op: 'add', attrs: { value: 1 }, inputs: [{ kind: 'tensor', name: 'attn.q.norm', shape: [4] }], shape: [4] },
      k_norm: { kind: 'apply', op: 'add', attrs: { value: 1 }, inputs: [{ kind: 'tensor', name: 'attn.k.norm', shape: [6] }], shape: [6] },
    })
  })

  test('a list on the left takes the parts of a split, behind which the transforms go on', () => {
    const heads = 16
    const qkvz = new Mapping().rule(
      '{p=q|k|v|z}.weight',
      'in_proj_qkvz.weight',
      ['unflatten', 0, heads, 12],
      ['split', 1, 2, 2, 4, 4],
      ['flatten', 0, 1],
    )
    const made = sources(qkvz, { 'q.weight': [32, 5], 'k.weight': [32, 5], 'v.weight': [64, 5], 'z.weight': [64, 5] })
    const rows = applyTransforms(made['v.weight']!, (_, shape) =>
      Float64Array.from({ length: shape[0]! * shape[1]! }, (_, k) => Math.floor(k / 5)),
    )
    expect(made['v.weight']!.shape).toEqual([64, 5])
    // Head 1, the first row of v: 12 + 4.
    expect(rows[4 * 5]).toBe(16)
  })

  test('a number on the right is stacked for as many tensors as the weight is long', () => {
    const experts = new Mapping().rule('experts.{p=up|down}', 'experts.{e}.{p}', ['transpose'], ['stack', 'e'])
    const made = sources(experts, { 'experts.up': [3, 4, 5], 'experts.down': [3, 6, 4] })
    expect(made['experts.up']).toMatchObject({ op: 'stack', shape: [3, 4, 5] })
    expect(made['experts.up']).toMatchObject({
      inputs: [0, 1, 2].map((e) => ({ op: 'permute', inputs: [{ name: `experts.${e}.up`, shape: [5, 4] }] })),
    })
  })

  test('a list on the right is concatenated', () => {
    const made = sources(new Mapping().rule('gate_up', '{p=gate|up}_proj', ['concat', 'p', 0, 3, 5]), { gate_up: [8, 2] })
    expect(made['gate_up']).toMatchObject({
      op: 'concat',
      inputs: [
        { name: 'gate_proj', shape: [3, 2] },
        { name: 'up_proj', shape: [5, 2] },
      ],
    })
  })

  test('zeros and ones need no tensor', () => {
    const made = sources(new Mapping().rule('b', { fill: 'zeros' }).rule('w', { fill: 'ones' }), { b: [2], w: [3] })
    expect(made).toEqual({ b: { kind: 'fill', value: 0, shape: [2] }, w: { kind: 'fill', value: 1, shape: [3] } })
  })

  test('an optional rule may match nothing, and its tensor may be absent', () => {
    const mapping = new Mapping().rule('x', 'x').optional('head.weight', 'lm_head.weight').optional('y', 'y')
    const { checkpoint, diagnostics } = resolve(mapping, { x: [1], y: [2] })
    expect(diagnostics).toEqual([])
    expect(checkpoint!.weights.map(({ path, optional }) => [path, optional])).toEqual([
      ['x', false],
      ['y', true],
    ])
    expect(compareWithFile(checkpoint!, [{ name: 'x', shape: [1] }])).toEqual([])
  })

  test('a slice sees the largest end that any rule names', () => {
    const mapping = new Mapping().rule('a', 'w', ['slice', 0, { from: 0, to: 3 }]).rule('b', 'w', ['slice', 0, { from: 3, to: 8 }])
    expect(sources(mapping, { a: [3, 2], b: [5, 2] })['a']).toMatchObject({ op: 'slice', inputs: [{ name: 'w', shape: [8, 2] }] })
  })

  test('an open slice ends where the weight does', () => {
    const mapping = new Mapping().rule('a', 'w', ['slice', 0, { to: 3 }]).rule('b', 'w', ['slice', 0, { from: 3 }])
    expect(resolve(mapping, { a: [3], b: [5] }).diagnostics.map(({ code }) => code)).toEqual(['GDN5018'])
    const stated = new Mapping().rule('a', 'w', ['slice', 0, { to: 3 }, { name: 'of', value: 8 }]).rule('b', 'w', ['slice', 0, { from: 3 }])
    expect(sources(stated, { a: [3], b: [5] })['b']).toMatchObject({ attrs: { axis: 0, start: 3, end: 8 } })
  })
})

describe('groups', () => {
  test('give prefixes, and equal names to what has no rule', () => {
    const mapping = new Mapping().group('layers.{i}', 'model.layers.{i}', (inside) =>
      inside.rule('norm.weight', 'input_layernorm.weight', ['add', 1]),
    )
    const made = sources(mapping, { 'layers.0.norm.weight': [4], 'layers.0.mlp.up.weight': [8, 4] })
    expect(made['layers.0.norm.weight']).toMatchObject({ inputs: [{ name: 'model.layers.0.input_layernorm.weight' }] })
    expect(made['layers.0.mlp.up.weight']).toEqual({ kind: 'tensor', name: 'model.layers.0.mlp.up.weight', shape: [8, 4] })
  })

  test('nest, the inner one first', () => {
    const mapping = new Mapping().group('layers.{i}', 'h.{i}', (layer) => layer.group('mix', 'mixer'))
    const made = sources(mapping, { 'layers.3.mix.A_log': [4], 'layers.3.mixed': [2] })
    expect(made).toMatchObject({ 'layers.3.mix.A_log': { name: 'h.3.mixer.A_log' }, 'layers.3.mixed': { name: 'h.3.mixed' } })
  })

  test('with empty prefixes map everything to its own name', () => {
    expect(sources(new Mapping().group('', ''), { 'a.b': [1] })).toMatchObject({ 'a.b': { name: 'a.b' } })
    expect(sources(new Mapping().group('', 'model'), { 'a.b': [1] })).toMatchObject({ 'a.b': { name: 'model.a.b' } })
  })

  test('two that cover one weight by different names are an error', () => {
    expect(mistakes(new Mapping().group('a', 'x').group('a', 'y'), { 'a.b': [1] })).toMatchObject([{ code: 'GDN5005', at: '"a"' }])
  })

  test('ignore inside a group takes its prefix', () => {
    const mapping = new Mapping().group('layers.{i}', 'h.{i}', (inside) => inside.ignore('{p=rotary|mask}.inv'))
    expect(resolve(mapping, { 'layers.0.x': [1] }).checkpoint!.ignore).toEqual(['h.*.rotary.inv', 'h.*.mask.inv'])
  })
})

describe('mistakes', () => {
  const one = { 'layers.0.norm.weight': [4], 'layers.1.norm.weight': [4] }

  test('a malformed pattern', () => {
    for (const [pattern, problem] of [
      ['layers.{i.norm.weight', 'never closed'],
      ['layers.i}.norm', 'without its'],
      ['layers.{}.norm', 'names no variable'],
      ['{p=a||b}', 'empty value'],
      ['{p=a|a}', 'twice'],
    ] as const) {
      const [first, ...more] = mistakes(new Mapping().rule(pattern, 'x'), one)
      expect(first).toMatchObject({ code: 'GDN5001', message: expect.stringContaining(problem) })
      expect(more).toEqual([])
    }
    expect(mistakes(new Mapping().rule('layers.i}.norm', 'x'), one)[0]!.at).toBe('}')
  })

  test('a rule that matches nothing names the nearest weight, and that weight is not reported again', () => {
    expect(mistakes(new Mapping().rule('layers.{i}.nrom.weight', 'h.{i}.norm'), one)).toEqual([
      {
        code: 'GDN5002',
        message: 'no weight of the model is named "layers.{i}.nrom.weight"',
        label: 'the nearest weights are "layers.{i}.norm.weight"',
        at: '"layers.{i}.nrom.weight"',
      },
    ])
  })

  test('a value of a list that matches nothing', () => {
    expect(mistakes(new Mapping().rule('{p=q|k}.w', '{p}.w'), { 'q.w': [1] })).toMatchObject([
      { code: 'GDN5002', message: 'no weight of the model is named "{p=q|k}.w" with p = k' },
    ])
  })

  test('a group that covers nothing silences the rules inside', () => {
    const mapping = new Mapping().group('layer.{i}', 'h.{i}', (inside) => inside.rule('norm.weight', 'n').rule('x', 'y'))
    expect(mistakes(mapping, one)).toMatchObject([{ code: 'GDN5003', label: 'the nearest is "layers.{i}"', at: '"layer.{i}"' }])
    // What that cannot explain is reported beside it.
    expect(mistakes(mapping, { ...one, head: [2] }).map(({ code }) => code)).toEqual(['GDN5003', 'GDN5004'])
  })

  test('weights without a rule, with rules to complete', () => {
    const mapping = new Mapping().rule('layers.{i}.norm.weight', 'h.{i}.norm')
    const { diagnostics } = resolve(mapping, { ...one, 'layers.0.up': [1], 'layers.1.up': [1], head: [2] })
    expect(diagnostics).toMatchObject([
      {
        code: 'GDN5004',
        message: '3 weights of the model have no rule: `layers.{i}.up`, `head`',
        fixes: [{ edits: [{ text: '  "layers.{i}.up" <- "layers.{i}.up"\n  "head" <- "head"\n' }] }],
      },
    ])
  })

  test('a weight made twice', () => {
    const mapping = new Mapping().rule('layers.{i}.norm.weight', 'a.{i}').rule('layers.1.norm.weight', 'b')
    expect(mistakes(mapping, one)).toMatchObject([
      { code: 'GDN5005', message: '`layers.1.norm.weight` is already made by another rule', at: '"layers.1.norm.weight"' },
    ])
  })

  test('an unknown transform, and wrong arguments', () => {
    expect(mistakes(new Mapping().rule('a', 'a', ['transposed']), { a: [1] })).toMatchObject([
      { code: 'GDN5006', label: 'did you mean `transpose`?', at: 'transposed' },
    ])
    for (const [written, at] of [
      [['add'], 'add'],
      [['add', 1, 2], '2'],
      [['neg', 1], '1'],
      [['squeeze', -1], '-1'],
      [['permute', 0, 0], 'permute(0, 0)'],
      [['unflatten', 0], 'unflatten(0)'],
      [['unflatten', 0, 4, 0], 'unflatten(0, 4, 0)'],
      [['flatten', 1, 0], 'flatten(1, 0)'],
      [['slice', 0, { from: 3, to: 3 }], 'slice(0, 3 .. 3)'],
      [['reshape', 4, { name: 'form', value: { items: [2, 2] } }], 'form: [2, 2]'],
      [['reshape', 5, { name: 'from', value: { items: [2, 2] } }], 'reshape(5, from: [2, 2])'],
      [['scale', 'heads'], 'heads'],
      [['split', 0, 1, 1], 'split(0, 1, 1)'],
    ] as const) {
      expect(mistakes(new Mapping().rule('a', 'a', written), { a: [4] })).toMatchObject([{ code: 'GDN5007', at }])
    }
  })

  test('variables on the wrong side', () => {
    for (const [ours, theirs, transforms, at] of [
      ['{i}', 'x', [], '{i}'],
      ['{p=0|1}', 'x', [], '{p=0|1}'],
      ['{p=0|1}{q=0|1}', 'x', [['split', 0, 2, 2]], '{q=0|1}'],
      ['0', 'x.{e}', [], '{e}'],
      ['0', 'x.{e}', [['stack', 'f']], 'stack(f)'],
      ['0', 'x.{e}', [['concat', 'e']], 'concat(e)'],
    ] as const) {
      const found = mistakes(new Mapping().rule(ours, theirs, ...transforms), {
        0: [4],
        1: [4],
        '00': [1],
        '01': [1],
        '10': [1],
        '11': [1],
      })
      expect(found.filter(({ code }) => code !== 'GDN5004')).toContainEqual(expect.objectContaining({ code: 'GDN5010', at }))
    }
  })

  test('a split into weights of which one does not exist', () => {
    const found = mistakes(new Mapping().rule('{p=q|k|v}.w', 'qkv', ['split', 0, 2, 2, 4]), { 'q.w': [2], 'k.w': [2] })
    expect(found).toMatchObject([{ code: 'GDN5011', message: 'the list makes `q.w`, `k.w`, but the model has no `v.w`' }])
  })

  test('shapes that disagree, with numbers, once for all layers', () => {
    const layers = Object.fromEntries(
      [0, 1, 2].flatMap((i) => [
        [`${i}.q`, [32, 48]],
        [`${i}.k`, [32, 48]],
        [`${i}.v`, [96, 48]],
      ]),
    )
    expect(mistakes(new Mapping().rule('{i}.{p=q|k|v}', '{i}.qkv', ['split', 0, 32, 32, 64]), layers)).toEqual([
      {
        code: 'GDN5008',
        message: '"0.qkv" cannot become `0.v` of shape [96, 48]: part 3 of `split(0, 32, 32, 64)` is 64 on axis 0, but 96 is needed',
        label: "and so for 2 more of this rule's tensors",
        at: 'split(0, 32, 32, 64)',
      },
    ])
    for (const [shape, transforms, problem] of [
      [[4], [['transpose']], 'of a tensor with 1 axis'],
      [[4, 2], [['permute', 0, 2, 1]], 'orders 3 axes, but there are 2'],
      [[4, 2], [['unflatten', 0, 2, 3]], 'axis 0 after `unflatten(0, 2, 3)` is 2, but 4 is needed'],
      [[4, 2], [['flatten', 0, 1, { name: 'from', value: { items: [3, 2] } }]], '3 × 2 = 6, but 4 is needed'],
      [[4, 2], [['reshape', 8]], 'the shape is [8], but [4, 2] is needed'],
      [[4, 2], [['slice', 0, { from: 0, to: 3 }]], 'is 3, but 4 is needed'],
      [[4, 2], [['squeeze', 5]], 'drops axis 5'],
    ] as const) {
      expect(mistakes(new Mapping().rule('a', 'a', ...transforms), { a: shape })).toMatchObject([
        { code: 'GDN5008', message: expect.stringContaining(problem) },
      ])
    }
  })

  test('a shape that does not follow', () => {
    expect(mistakes(new Mapping().rule('a', 'w', ['flatten', 0, 1]), { a: [12, 2] })).toEqual([
      {
        code: 'GDN5009',
        message: 'the shape of "w" does not follow from `flatten(0, 1)`: only [?, ?, 2] is known',
        label: 'write the sizes before it, `from: [..]`',
        at: 'flatten(0, 1)',
      },
    ])
    const stated = new Mapping().rule('a', 'w', ['flatten', 0, 1, { name: 'from', value: { items: [3, 4] } }])
    expect(sources(stated, { a: [12, 2] })['a']).toMatchObject({ inputs: [{ shape: [3, 4, 2] }] })
  })

  test('elements used twice, and not at all', () => {
    const shapes = { a: [8, 3], b: [8, 3] }
    const slices = (from: number) =>
      new Mapping().rule('a', 'w', ['slice', 0, { from: 0, to: 8 }]).rule('b', 'w', ['slice', 0, { from, to: from + 8 }])
    expect(mistakes(slices(4), shapes)).toMatchObject([
      { code: 'GDN5012', message: '4 .. 8 of axis 0 of "w" [12, 3] is used by `a` and again by `b`', at: '"b" <- "w" | slice(0, 4 .. 12)' },
    ])
    expect(mistakes(slices(10), shapes)).toMatchObject([
      { code: 'GDN5013', message: '6 elements of "w" [18, 3] are used by no weight: 8 .. 10 of axis 0' },
    ])
    expect(resolve(slices(10).ignore('w'), shapes).diagnostics).toEqual([])
    expect(mistakes(new Mapping().rule('a', 'w').rule('b', 'w'), shapes)).toMatchObject([
      { code: 'GDN5012', message: expect.stringContaining('all of "w"') },
    ])
  })

  test('unused rows inside a fused projection', () => {
    const mapping = new Mapping().rule('a', 'w', ['unflatten', 0, 4, 6], ['slice', 1, { from: 0, to: 4 }], ['flatten', 0, 1])
    expect(mistakes(mapping, { a: [16, 2] })).toMatchObject([
      { code: 'GDN5013', message: '16 elements of "w" [24, 2] are used by no weight: 4 .. 6 of every 6 of axis 0' },
    ])
  })

  test('an unknown constant, format, and expectation', () => {
    expect(mistakes(new Mapping().rule('a', { fill: 'zero' }), { a: [1] })).toMatchObject([{ code: 'GDN5015', at: 'zero' }])
    expect(resolveCheckpoint(new Mapping().rule('a', 'a').decl('gguf'), weights({ a: [1] }), evaluateNumber).diagnostics).toMatchObject([
      { code: 'GDN5017' },
    ])
    const expectations = new Mapping()
      .rule('a', 'a')
      .expect('theta', 1e4)
      .expect('rope', 'yarn')
      .expect('window', null)
      .expect('tied', false)
    expect(resolve(expectations, { a: [1] }).checkpoint!.expect).toEqual([
      { keys: ['theta'], value: 1e4 },
      { keys: ['rope'], value: 'yarn' },
      { keys: ['window'], value: null },
      { keys: ['tied'], value: false },
    ])
    expect(mistakes(expectations.expect('theta', 5), { a: [1] })).toMatchObject([
      { code: 'GDN5016', message: expect.stringContaining('is 10000 already') },
    ])
  })
})

describe('a file', () => {
  const { checkpoint } = resolve(new Mapping().rule('a', 'w.a').rule('b', 'w.b').ignore('mtp.*'), { a: [2, 3], b: [4] })
  const compare = (tensors: Readonly<Record<string, readonly number[]>>) =>
    compareWithFile(
      checkpoint as Checkpoint,
      Object.entries(tensors).map(([name, shape]) => ({ name, shape })),
    ).map(({ code, message }) => ({ code, message }))

  test('that fits says nothing', () => {
    expect(compare({ 'w.a': [2, 3], 'w.b': [4], 'mtp.head': [9] })).toEqual([])
  })

  test('that does not is described from both sides', () => {
    expect(compare({ 'w.a': [3, 2], 'w.c': [4] })).toEqual([
      { code: 'GDN5020', message: 'the file has no tensor "w.b" [4], which `b` is made of' },
      { code: 'GDN5022', message: '"w.a" is [3, 2] in the file, but `a` is made of [2, 3]' },
      { code: 'GDN5021', message: '1 tensor of the file is read by no rule: `w.c`' },
    ])
  })
})
