import { describe, expect, it } from 'vitest'
import { applyTransforms, compareWithFile } from '../../../src/check/checkpoint/index.ts'
import { product } from '../../../src/util/numbers.ts'
import { findings, model, models, only } from '../support/spec.ts'
import { expectNumbers } from './support/meaning.ts'

/** §1.6: checkpoints, precision, requirements, as they are written. */

/** A model that has these weights, `layer.name` each, with a mapping. */
const spec = (weights: Readonly<Record<string, readonly number[]>>, rules: string): string => {
  const layers = new Map<string, [name: string, shape: readonly number[]][]>()
  for (const [path, shape] of Object.entries(weights)) {
    const [layer = '', name = ''] = path.split('.')
    layers.set(layer, [...(layers.get(layer) ?? []), [name, shape]])
  }
  const definition = ([layer, own]: readonly [string, readonly [string, readonly number[]][]]) => `layer hold_${layer} {
  in x: f32[.., d]
${own.map(([name, shape]) => `  weight ${name}: f32[${shape.join(', ')}] init zeros`).join('\n')}
  out x${own.map(([name]) => ` + sum(flatten(${name}))`).join('')}
}`
  return `model M(heads: size = 2, eps: real = 1e-6) {
  dim B: batch
  dim T: time
  input x: f32[B, T, 1]
  output y: f32[B, T, 1]
  y = x * (heads + eps)${[...layers.keys()].map((layer) => ` + (hold_${layer}(x) as ${layer})`).join('')}
}
${[...layers].map(definition).join('\n')}
checkpoint M from safetensors {
${rules}
}`
}

/** The elements of a weight, made of tensors that count 0, 1, 2 .. from `first`. */
function made(text: string, path: string, first: Readonly<Record<string, number>> = {}): readonly number[] {
  const from = model(text).checkpoint?.weights.find((weight) => weight.path === path)?.from
  if (from === undefined) throw new Error(`no ${path}`)
  return [...applyTransforms(from, (name, shape) => Float64Array.from({ length: product(shape) }, (_, i) => i + (first[name] ?? 0)))]
}

describe('`"ours" <- "theirs" | transform ..`', () => {
  it.each([
    ['nothing', '', [2, 2], [0, 1, 2, 3]],
    ['transpose', '| transpose', [2, 3], [0, 2, 4, 1, 3, 5]],
    ['transpose of two axes', '| transpose(0, 2)', [2, 1, 2], [0, 2, 1, 3]],
    ['permute', '| permute(1, 0)', [2, 3], [0, 2, 4, 1, 3, 5]],
    ['reshape', '| reshape(3, 2, from: [6])', [3, 2], [0, 1, 2, 3, 4, 5]],
    ['squeeze', '| squeeze(1)', [2, 2], [0, 1, 2, 3]],
    ['unflatten', '| unflatten(0, 2, 2)', [2, 2], [0, 1, 2, 3]],
    ['flatten', '| flatten(0, 1, from: [2, 2])', [4], [0, 1, 2, 3]],
    ['add', '| add(1)', [2], [1, 2]],
    ['scale', '| scale(0.5)', [2], [0, 0.5]],
    ['neg', '| neg', [2], [0, -1]],
    ['exp', '| exp', [2], [1, Math.E]],
    ['log', '| add(1) | log', [2], [0, Math.log(2)]],
    ['one after the other', '| transpose | scale(2) | add(1)', [2, 2], [1, 5, 3, 7]],
  ] as const)('%s', (_, transforms, shape, expected) => {
    expectNumbers(made(spec({ 'a.w': shape }, `  "a.w" <- "t" ${transforms}`), 'a.w'), expected)
  })

  it('slice, the rest ignored', () => {
    expectNumbers(made(spec({ 'a.w': [2] }, '  "a.w" <- "t" | slice(0, 1 .. 3)\n  ignore "t"'), 'a.w'), [1, 2])
  })
})

describe('variables', () => {
  const two = { 'a.w': [2], 'b.w': [2] }

  it('`{p=a|b}` on both sides: one rule each', () => {
    const text = spec(two, '  "{p=a|b}.w" <- "t.{p}"')
    expectNumbers(made(text, 'a.w', { 't.a': 10 }), [10, 11])
    expectNumbers(made(text, 'b.w', { 't.b': 20 }), [20, 21])
  })

  it('a list on the left only: several targets in order, by split', () => {
    const text = spec({ 'a.w': [2], 'b.w': [3] }, '  "{p=a|b}.w" <- "t" | split(0, 2, 3)')
    expectNumbers(made(text, 'a.w'), [0, 1])
    expectNumbers(made(text, 'b.w'), [2, 3, 4])
  })

  it('behind a split the transforms go on', () => {
    const text = spec({ 'a.w': [4], 'b.w': [2] }, '  "{p=a|b}.w" <- "t" | unflatten(0, 2, 3) | split(1, 2, 1) | flatten(0, 1)')
    expectNumbers(made(text, 'a.w'), [0, 1, 3, 4])
    expectNumbers(made(text, 'b.w'), [2, 5])
  })

  it('on the right only: `stack(e)`, 0 .. E - 1', () => {
    const text = spec({ 'a.w': [3, 2] }, '  "a.w" <- "t.{e}" | stack(e)')
    expectNumbers(made(text, 'a.w', { 't.0': 0, 't.1': 10, 't.2': 20 }), [0, 1, 10, 11, 20, 21])
  })

  it('or `concat(p, axis)` of a list', () => {
    const text = spec({ 'a.w': [4] }, '  "a.w" <- "t.{p=x|y}" | concat(p, 0)')
    expectNumbers(made(text, 'a.w', { 't.x': 0, 't.y': 10 }), [0, 1, 10, 11])
  })

  it('`{i}` is a number: a rule for each layer that has the weight', () => {
    const text = `model M {
  dim B: batch
  dim T: time
  input x: f32[B, T, 2]
  output y: f32[B, T, 2]
  y = stack(x) { repeat 2 { linear(2) } }
}
checkpoint M from safetensors { "layers.{i}.weight" <- "h.{i}.w" }`
    expectNumbers(made(text, 'layers.1.weight', { 'h.1.w': 10 }), [10, 11, 12, 13])
  })
})

describe('group', () => {
  it('sets prefixes of both sides, and equal names inside need no rule', () => {
    const text = spec({ 'a.w': [2], 'a.v': [2], 'b.u': [2] }, '  group "a" <- "model.x" { "w" <- "weight" | scale(2) }\n  "b.u" <- "u"')
    expectNumbers(made(text, 'a.w', { 'model.x.weight': 1 }), [2, 4])
    expectNumbers(made(text, 'a.v', { 'model.x.v': 7 }), [7, 8])
  })

  it('what no rule makes outside of a group is an error, with the rules to add', () => {
    const found = only(spec({ 'a.w': [2], 'b.u': [2] }, '  "a.w" <- "w"'))
    expect(found).toMatchObject({ code: 'GDN5004', message: '1 weight of the model has no rule: `b.u`' })
    expect(found.fixes[0]?.edits[0]?.text).toBe('  "b.u" <- "b.u"\n')
  })
})

describe('each element of each file tensor is used once or ignored', () => {
  const halves = (a: string, b: string, more = '') =>
    findings(spec({ 'a.w': [2], 'b.w': [2] }, `  "a.w" <- "t" | slice(0, ${a})\n  "b.w" <- "t" | slice(0, ${b})${more}`)).map(
      ([code]) => code,
    )

  it.each([
    ['side by side', '0 .. 2', '2 .. 4', '', []],
    ['in the other order', '2 .. 4', '0 .. 2', '', []],
    ['twice', '0 .. 2', '1 .. 3', '', ['GDN5012']],
    ['with a gap', '0 .. 2', '3 .. 5', '', ['GDN5013']],
    ['with a gap that is ignored', '0 .. 2', '3 .. 5', '\n  ignore "t"', []],
    ['twice, although ignored', '0 .. 2', '1 .. 3', '\n  ignore "t"', ['GDN5012']],
  ] as const)('%s', (_, a, b, more, expected) => {
    expect(halves(a, b, more)).toEqual(expected)
  })

  it('a tensor that no rule reads is an error with the file, unless it is ignored', () => {
    const file = [
      { name: 'w', shape: [2] },
      { name: 'extra.w', shape: [9] },
    ]
    const compare = (more: string) =>
      compareWithFile(model(spec({ 'a.w': [2] }, `  "a.w" <- "w"${more}`)).checkpoint as never, file).map(({ code }) => code)
    expect(compare('')).toEqual(['GDN5021'])
    expect(compare('\n  ignore "extra.*"')).toEqual([])
  })

  it('each weight is made once', () => {
    expect(findings(spec({ 'a.w': [2] }, '  "a.w" <- "t"\n  "a.w" <- "u"')).map(([code]) => code)).toEqual(['GDN5005'])
  })

  it('shapes lead from the file to the weight', () => {
    expect(only(spec({ 'a.w': [2, 3] }, '  "a.w" <- "t" | unflatten(0, 3, 3)')).code).toBe('GDN5008')
  })
})

describe('optional, zeros, ones, expect', () => {
  it('`"x" <- zeros` makes what a file lacks', () => {
    const text = spec({ 'a.w': [2], 'a.v': [2] }, '  "a.w" <- zeros\n  "a.v" <- ones')
    expectNumbers(made(text, 'a.w'), [0, 0])
    expectNumbers(made(text, 'a.v'), [1, 1])
  })

  it('`optional`: a weight that not every size of the model has', () => {
    expect(findings(spec({ 'a.w': [2] }, '  "a.w" <- "t"\n  optional "b.w" <- "u"'))).toEqual([])
    expect(findings(spec({ 'a.w': [2] }, '  "a.w" <- "t"\n  "b.w" <- "u"')).map(([code]) => code)).toEqual(['GDN5002'])
  })

  it('`optional`: a tensor that not every file has', () => {
    const { checkpoint } = model(spec({ 'a.w': [2], 'b.w': [2] }, '  "a.w" <- "t"\n  optional "b.w" <- "u"'))
    expect(compareWithFile(checkpoint as never, [{ name: 't', shape: [2] }])).toEqual([])
  })

  it('`expect "key" == value`: numbers, texts, flags, none, parameters', () => {
    const text = spec(
      { 'a.w': [2] },
      '  "a.w" <- "t"\n  expect "a" == 1e7\n  expect "b.c" == "silu"\n  expect "d" == true\n  expect "e" == none\n  expect "eps" == eps\n  expect "f" == 2 * heads',
    )
    expect(model(text).checkpoint?.expect).toEqual([
      { keys: ['a'], value: 1e7 },
      { keys: ['b.c'], value: 'silu' },
      { keys: ['d'], value: true },
      { keys: ['e'], value: null },
      { keys: ['eps'], value: 1e-6 },
      { keys: ['f'], value: 4 },
    ])
  })

  it('`expect "key" or "older.key"`: the same value under several names', () => {
    const text = spec({ 'a.w': [2] }, '  "a.w" <- "t"\n  expect "rope.theta" or "theta" == 1e4')
    expect(models(text)[0]?.checkpoint?.expect).toEqual([{ keys: ['rope.theta', 'theta'], value: 1e4 }])
  })

  it('follow the sizes of an application', () => {
    const text = `${spec({ 'a.w': [2] }, '  "a.w" <- "t"\n  expect "heads" == heads')}\nmodel Big = M(heads: 8)`
    expect(models(text).map(({ checkpoint }) => checkpoint?.expect)).toEqual([
      [{ keys: ['heads'], value: 2 }],
      [{ keys: ['heads'], value: 8 }],
    ])
  })
})

describe('precision', () => {
  const storage = (entries: string) =>
    model(
      `model M {
  dim B: batch
  dim T: time
  input x: f32[B, T, 2]
  output y: f32[B, T, 2]
  y = linear(x, 2, bias: zeros) as a | linear(2) as b
  precision { ${entries} }
}`,
    ).precision.map(({ pattern, dtype }) => [pattern, dtype])

  it('decides how weights are stored; patterns go before that', () => {
    expect(storage('weights = f16  "*.bias" = f32  "b.*" = bf16')).toEqual([
      ['*.bias', 'f32'],
      ['b.*', 'bf16'],
      ['weights', 'f16'],
    ])
  })

  it('takes f32 for state and activations, and nothing else', () => {
    expect(storage('state = f32  activations = f32')).toEqual([
      ['state', 'f32'],
      ['activations', 'f32'],
    ])
    for (const key of ['state', 'activations']) expect(() => storage(`${key} = f16`)).toThrow('GDN2406')
  })

  it('`f32` in a type means a number, whatever stores it', () => {
    expect(() => storage('weights = bf16')).not.toThrow()
  })
})

describe('require', () => {
  const holds = (condition: string, rest = '') =>
    findings(
      `model M(d: size = 4) {
  dim B: batch
  dim T: time
  input x: f32[B, T, d]
  output y: f32[B, T, d]
  y = linear(x, d) as a | conv1d(3) as b
  require { ${condition} }
}
${rest}`,
    )

  it.each([
    ['d % 2 == 0'],
    ['params == 4 * 4 + 4 * 3'],
    ['decode_state(T: 100) == 4 * 2 * 4'],
    ['decode_state(T: 100, B: 3) == 3 * 4 * 2 * 4'],
    ['decode_state(T: 100, rollback: 5) == 4 * (2 + 5) * 4'],
    ['flops == 2 * 4 * 4 + 2 * 3 * 4'],
    ['flops(T: 9) == flops'],
    ['horizon == 0'],
    ['d > 1 and params < 1k or false'],
    ['not (d == 5)'],
  ])('%s', (condition) => {
    expect(holds(condition)).toEqual([])
  })

  it.each([
    ['d % 3 == 0', 'd % 3 == 0'],
    ['params < 10', 'params < 10'],
    ['d == 4 and params < 10', 'params < 10'],
    ['d == 5 or params < 10', 'd == 5 or params < 10'],
  ])('%s does not hold', (condition, marked) => {
    expect(holds(condition)).toEqual([['GDN2209', marked]])
  })

  it('holds in layers, of their sizes', () => {
    const text = (heads: number) =>
      `model M {
  dim B: batch
  dim T: time
  input x: f32[B, T, 4]
  output y: f32[B, T, 4]
  y = l(x, ${heads})
}
layer l(heads: size) {
  in x: f32[.., d]
  require { d % heads == 0 }
  out heads * x
}`
    expect(findings(text(2))).toEqual([])
    expect(findings(text(3))).toEqual([['GDN2209', 'd % heads == 0']])
  })
})
