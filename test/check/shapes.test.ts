import { describe, expect, it } from 'vitest'
import { checkSpec, findings, model, models, only, over } from './support/spec.ts'

describe('arithmetic', () => {
  it.each([
    ['a size stretches from 1', 'y = x * (linear(x, 1) as gate)'],
    ['a missing axis counts as 1', 'y = linear(x, [3, d]) | sum | flatten | linear(d) as out'],
    ['roles align by role', 'y = x + bias(x)'],
    ['positions become numbers', 'y = x * position / (position + 1)'],
    ['numbers on either side', 'y = 1 - 2 * x / 3 ^ 2'],
    ['powers', 'y = x ^ 2 + x ^ 0.5'],
    ['conditions choose', 'y = select(position < 4 and not (x > 0), x, -x)'],
    ['conditions on flags', 'y = select(position >= 2 or false, x, 0)'],
  ])('%s', (_, equations) => {
    const bias = 'layer bias {\n  in x: f32[B, T, d]\n  weight b: f32[d] init zeros\n  out x * 0 + b\n}'
    expect(findings(over(equations, bias))).toEqual([])
  })

  it('of numbers is done when the spec is compiled', () => {
    const { graph } = model(over('y = x * (2 ^ 3 - d / 4 + 7 % 4)'))
    expect(graph.nodes.filter(({ op }) => op === 'constant').map(({ attrs }) => attrs['value'])).toEqual([9])
  })

  it('with neutral numbers is left out', () => {
    expect(model(over('y = 1 * x / 1 + 0 - 0')).graph.nodes.map(({ op }) => op)).toEqual(['input'])
  })

  it.each([
    ['y = x + linear(x, heads)', ['GDN2304', 'x + linear(x, heads)'], 'f32[B, T, d = 8] does not fit f32[B, T, heads = 3]'],
    ['y = linear(x, heads) | silu', ['GDN2302', 'linear(x, heads) | silu'], '`y` has heads = 3 on its feature axis'],
    ['y = heads * x * "2"', ['GDN2201', '"2"'], 'found the text "2"'],
    ['y = heads * (x and x)', ['GDN2201', 'x'], 'found a tensor f32[B, T, d = 8]'],
    ['y = heads * (not x)', ['GDN2201', 'x'], null],
    ['y = heads * x * (x > 0)', ['GDN2201', '(x > 0)'], null],
    ['y = x / (heads - 3)', null, null],
    ['y = x * (d / (heads - 3))', ['GDN2203', 'd / (heads - 3)'], 'the divisor is 0'],
    ['y = x * log(heads - 3)', ['GDN2204', 'log(heads - 3)'], 'this is -Infinity'],
    ['y = heads * x * none', ['GDN2201', 'none'], 'found `none`'],
  ] as const)('%s', (equations, expected, message) => {
    const spec = over(equations, '', 'd: size = 8, heads: size = 3')
    expect(findings(spec)).toEqual(expected === null ? [] : [expected])
    if (message !== null) expect(only(spec).message).toBe(message)
  })

  it('warns of axes that align by chance, and only then', () => {
    const scaled =
      'layer scaled(heads: size, key: size) {\n  in x: f32[B, T, d]\n  weight s: f32[heads] init ones\n  out flatten(linear(x, [heads, key]) * s)\n}'
    expect(only(over('y = scaled(x, 4, 4) | linear(d)', scaled))).toMatchObject({
      code: 'GDN2305',
      message: 'f32[heads = 4] aligns with the last axis of f32[B, T, heads = 4, key = 4], which has another name',
    })
    expect(findings(over('y = scaled(x, 4, 3) | linear(d)', scaled))).toEqual([['GDN2304', 'linear(x, [heads, key]) * s']])
    const per = scaled.replace('* s', '* unsqueeze(s)')
    expect(findings(over('y = scaled(x, 4, 4) | linear(d)', per))).toEqual([])
  })
})

describe('views', () => {
  it.each([
    'y = x | unflatten(2, d / 2) | permute(1, 0) | permute(1, 0) | flatten',
    'y = concat(slice(x, 0 .. 3), slice(x, 3 ..))',
    'y = concat(x | unflatten(2, 4) | slice(.. 1, axis: 0), x | unflatten(2, 4) | slice(1 .., axis: 0), axis: 0) | flatten',
    'a, b, c = split(x, 2, 3, 3)\n  y = concat(c, b, a)',
    'y = (x | unflatten(2, 4))[1] | linear(d)',
    'y = (x | unflatten(2, 4))[0 .. 2] | flatten',
    'y = x * softmax(x) * mean(x) * max(x) * sum(x) * unit(x, eps: 0.1)',
    'y = clamp(x, -1, 1) + clamp(x, none, 3) + clamp(x, 0)',
    'y = rotate(x, x | slice(0 .. 4)) + rotate(x, position * iota(4), pairing: "adjacent")',
    'y: f32[B, T, 8] = linear(x, [2, 4]) | flatten',
    'y: f32[.., d] = silu(x)',
  ])('%s', (equations) => {
    expect(findings(over(equations))).toEqual([])
  })

  it('of everything are nothing', () => {
    expect(model(over('y = slice(x, 0 .. d) | concat | flatten')).graph.nodes.map(({ op }) => op)).toEqual(['input'])
  })

  it.each([
    ['y, _r = split(x, 3, 4)', 'GDN2303', 'the parts make 7', 'expected d = 8'],
    ['y = unflatten(x, 3, 3) | flatten', 'GDN2303', 'the axes make 9', 'expected d = 8'],
    ['y = slice(x, 2 .. 9)', 'GDN2201', 'found 2 .. 9', 'expected a part of 0 .. d = 8'],
    ['y = slice(x, 0.5 ..)', 'GDN2201', 'found 0.5 .. 8', 'expected a part of 0 .. d = 8'],
    ['y = permute(x, 1, 0)', 'GDN2201', 'found the axes 1, 0', 'expected each of the 1 feature axes of f32[B, T, d = 8] once'],
    ['y = x | slice(0 .. 1, axis: 1)', 'GDN2201', 'found axis 1', 'expected a feature axis 0 .. 0'],
    ['y = unsqueeze(x, 3)', 'GDN2201', 'found axis 3', 'expected 0 .. 1'],
    ['y = x[8] + x', 'GDN2207', 'there is no item 8', 'expected 0 .. 7'],
    ['y = x[x]', 'GDN2201', 'found a tensor f32[B, T, d = 8]', 'expected a whole number'],
    ['a, b = x\n  y = a + b', 'GDN2208', '2 names for 1 value', 'expected 1 name'],
    ['y = split(x, 4, 4)', 'GDN2201', 'found 2 tensors', 'expected a tensor f32[B, T, d]'],
    ['y = rotate(x, x)', 'GDN2306', '`rotate` is given f32[B, T, 8]', 'expected f32[.., 4], leading axes may be 1 or absent'],
    ['y = rotate(x, x, pairing: "both")', 'GDN2201', 'found the text "both"', 'expected "half" or "adjacent"'],
    ['y: f32[B, T, 9] = silu(x)', 'GDN2302', '`y` has d = 8 on its feature axis', 'expected 9, from f32[B, T, 9]'],
    ['y: f32[B, d] = silu(x)', 'GDN2301', '`y` is given f32[B, T, d = 8]', 'expected f32[B, d]'],
    ['y: u32[B, T, d] = silu(x)', 'GDN2301', '`y` is given f32[B, T, d = 8]', 'expected u32[B, T, d]'],
    ['y = linear(x | sum, "n")', 'GDN2201', 'found a text', 'expected a size or a list, each a size'],
    ['y = rms_norm(x, over: 2)', 'GDN2201', 'found f32[B, T, d = 8]', 'expected at least 2 feature axes for `over: 2`'],
  ])('%s is refused', (equations, code, message, label) => {
    expect(only(over(equations))).toMatchObject({ code, message, label })
  })
})

describe('borders', () => {
  const l = (type: string, body = 'out linear(x, 8)'): string => `layer l(n: size = 3) {\n  in x: ${type}\n  ${body} * n\n}`

  it.each([
    ['f32[B, T, d]', 'f32[B, T, 8]'],
    ['f32[B, T, 2 * half]', 'f32[B, T, 8]'],
    ['f32[B, T, n + rest]', 'f32[B, T, 8]'],
    ['f32[.., d]', 'f32[B, T, 8]'],
    ['f32[.., d]', 'f32[B, 8]'],
    ['f32[B, .., d]', 'f32[B, T, 2, 8]'],
    ['f32[B, d]', 'f32[B, 8]'],
    ['f32[B, T, n, d]', 'f32[B, T, 3, 8]'],
  ])('%s takes %s', (declared, type) => {
    const y = type.replace(/\d+\]$/, '8]')
    expect(
      findings(`model M {\n  dim B: batch\n  dim T: time\n  input x: ${type}\n  output y: ${y}\n  y = l(x)\n}\n${l(declared)}`),
    ).toEqual([])
  })

  it.each([
    ['f32[B, T, d]', 'f32[B, 8]', 'GDN2301'],
    ['f32[B, d]', 'f32[B, T, 8]', 'GDN2301'],
    ['f32[B, T, d]', 'f32[B, T, 2, 8]', 'GDN2301'],
    ['f32[T, B, d]', 'f32[B, T, 8]', 'GDN2301'],
    ['u32[B, T, d]', 'f32[B, T, 8]', 'GDN2301'],
    ['f32[B, T, n]', 'f32[B, T, 8]', 'GDN2302'],
    ['f32[B, T, 3 * third]', 'f32[B, T, 8]', 'GDN2302'],
    ['f32[B, T, d, d]', 'f32[B, T, 2, 8]', 'GDN2302'],
    ['f32[B, T, .., d, e, f]', 'f32[B, T, 8]', 'GDN2301'],
  ])('%s does not take %s', (declared, type, code) => {
    const found = checkSpec(
      `model M {\n  dim B: batch\n  dim T: time\n  input x: ${type}\n  output y: ${type}\n  y = l(x)\n}\n${l(declared)}`,
    ).diagnostics
    expect(found.filter(({ severity }) => severity === 'error').map((one) => one.code)).toEqual([code])
  })

  it('say what a size is on both sides', () => {
    const found = only(
      over(
        'y = l(x, linear(x, 3 * heads))',
        'layer l {\n  in a: f32[B, T, d]\n  in b: f32[B, T, 2 * d]\n  out a + slice(b, 0 .. d)\n}',
        'd: size = 8, heads: size = 4',
      ),
    )
    expect(found).toMatchObject({
      message: '`b` has 3 * heads = 12 on its feature axis',
      label: 'expected 2 * d = 16, from f32[B, T, 2 * d]',
      marked: 'linear(x, 3 * heads)',
    })
    expect(found.related.map(({ message }) => message)).toEqual(['`b` is declared here'])
  })

  it('carry sizes outwards in the words of the place', () => {
    const up = 'layer up(n: size) {\n  in x: f32[B, T, d]\n  out linear(x, 2 * n + d)\n}'
    expect(only(over('y = up(x, heads)', up, 'd: size = 8, heads: size = 4')).message).toBe(
      '`y` has 2 * heads + d = 16 on its feature axis',
    )
  })

  it('evaluate defaults after unification', () => {
    const spec = over(
      'y = l(x)',
      'layer l(heads: size = d / head, head: size = 2) {\n  in x: f32[B, T, d]\n  out linear(x, [heads, head]) | flatten\n}',
    )
    expect(findings(spec)).toEqual([])
    expect(
      only(
        over(
          'y = l(x)',
          'layer l(heads: size = 3, head: size = d / heads) {\n  in x: f32[B, T, d]\n  out linear(x, [heads, head]) | flatten\n}',
        ),
      ),
    ).toMatchObject({
      code: 'GDN2202',
      message: '`d / heads` = 2.6666667 is not a size',
      marked: 'd / heads',
    })
  })

  it('rename the run-time axes', () => {
    const spec =
      'model M {\n  dim N: batch\n  dim L: time\n  input x: f32[N, L, 8]\n  output y: f32[N, L, 8]\n  y = l(x)\n}\nlayer l {\n  dim S: time\n  in x: f32[B, S, d]\n  out silu(x)\n}'
    expect(models(spec)).toHaveLength(1)
  })

  it.each([
    ['in the model', 'model M {\n  dim B: batch\n  dim T: time\n  input x: f32[T, B, 8]\n  output y: f32[B, T, 8]\n  y = silu(x)\n}', 'B'],
    ['of a weight', over('y = l(x)', 'layer l {\n  in x: f32[B, T, d]\n  weight w: f32[T, d] init ones\n  out x * w\n}'), 'T'],
    ['rest of a weight', over('y = l(x)', 'layer l {\n  in x: f32[B, T, d]\n  weight w: f32[.., d] init ones\n  out x * w\n}'), '..'],
    ['element type', over('y = l(x)', 'layer l {\n  in x: f32[B, T, d]\n  weight w: f16[d] init ones\n  out x * w\n}'), 'f16'],
  ])('refuse a type %s', (_, spec, marked) => {
    expect(only(spec)).toMatchObject({ code: 'GDN2201', marked })
  })
})

describe('final states', () => {
  const total = 'recurrence total(x: f32[N]) -> f32[N] {\n  state s: f32[N]\n  s = s + x\n  out s\n}'

  it('are outputs without time', () => {
    const spec = `model M {\n  dim B: batch\n  dim T: time\n  input x: f32[B, T, 3, 4]\n  output y: f32[B, T, 3, 4]\n  output last: f32[B, 3, 4]\n  r = total(x)\n  y = r\n  last = 2 * r.s\n}\n${total}`
    const found = model(spec)
    expect(found.horizon).toMatchObject({ kind: 'whole', because: 'the state `s` after the last token is asked for' })
    expect(found.outputs.map(({ type }) => type.time)).toEqual([true, false])
  })

  it.each([
    ['y = x + total(x).s', 'total(x).s'],
    ['y = x + 2 * total(x).s', '2 * total(x).s'],
    ['y = total(x, initial: total(x).s)', 'total(x).s'],
  ])('%s reaches tokens that come before it', (equations, marked) => {
    expect(only(over(equations, total))).toMatchObject({ code: 'GDN2307', marked })
  })

  it('start another run as an input', () => {
    const spec = `model M {\n  dim B: batch\n  dim T: time\n  input x: f32[B, T, 4]\n  input s: f32[B, 4]\n  output y: f32[B, T, 4]\n  y = total(x, initial: s)\n}\n${total}`
    expect(model(spec).graph.nodes.find(({ op }) => op === 'recurrence')?.attrs['initial']).toEqual(['s'])
    expect(findings(spec.replace('s: f32[B, 4]', 's: f32[B, 5]'))).toEqual([['GDN2306', 's']])
  })
})
