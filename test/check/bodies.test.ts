import { describe, expect, it } from 'vitest'
import { checkSpec, findings, fixed, model, only, over } from './support/spec.ts'

/** A model that runs recurrence `r` over q, k, v of two heads of 3 and 4 channels and a vector g of 3. */
const recurrence = (body: string, params = 'q: f32[K], k: f32[K], v: f32[V], g: f32[K] in .. 0', args = 'q, k, v, g'): string =>
  over(
    'y = mixer(x) | linear(d) as out',
    `layer mixer {
  in x: f32[B, T, d]
  _q = linear(x, [2, 3]) as q_proj
  q = _q
  k = unit(linear(x, [2, 3]) as k_proj)
  v = linear(x, [2, 4]) as v_proj
  g = log_sigmoid(linear(x, [2, 3]) as g_proj)
  _h = [q, k, v, g]
  out r(${args}) | flatten
}
recurrence r(${params}) -> f32[V] {
  state S: f32[K, V]
  ${body}
}`,
  )

const attention = (body: string, params = 'q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]', args = 'q, k, v'): string =>
  over(
    'y = mixer(x) | linear(d) as out',
    `layer mixer {
  in x: f32[B, T, d]
  q = linear(x, [4, 3]) as q_proj
  k = linear(x, [2, 3]) as k_proj
  v = linear(x, [2, 5]) as v_proj
  _h = [q, k, v]
  out a(${args}) | flatten
}
attention a(${params}) -> f32[V] {
  ${body}
}`,
  )

describe('recurrences', () => {
  it.each([
    ['diag over rows', 'S = diag(exp(g)) * S + outer(k, v)\n  out read(S, q)'],
    ['diag over columns', 'S = S * diag(sigmoid(v)) + outer(k, v) * dot(g, g)\n  out read(S, q)'],
    ['scalars', 'S = exp(dot(g, k)) * S - 2 * outer(k, v)\n  out read(S, q) * rsqrt(K)'],
    ['elementwise', 'S = S * outer(sigmoid(k), sigmoid(v)) + outer(k, v)\n  out read(S, q) * sum(exp(g))'],
    ['loops', 'for j in 0 .. K { S = S * 0.5 + outer(k, v) * g[j] }\n  out read(S, q)'],
    ['parts', 'S = S + outer(concat(k[0 .. 2], slice(g, 2 .. 3)), v)\n  out read(S, q / 2)'],
    ['a matrix times a vector', 'S = S + outer(k, v)\n  out read(S, q) + read(S, matvec(S, v)) + sum(g)'],
    ['sizes as locals', 'n = K - 1\n  m = n + 1\n  S = S + outer(concat(k[0 .. n], g[n .. m]), v)\n  out read(S, q)'],
    ['softmax and unit', 'S = S + outer(softmax(k), unit(v))\n  out max(read(S, q), 0) + mean(g) + max(g)'],
    ['a starting value', 'state m: f32 = 1\n  m = m * 0.5 + sum(g)[0]\n  S = S + outer(k, v)\n  out read(S, q) * m'],
    ['a choice', 'S = S + outer(k, case K { 3: v, else: w })\n  out read(S, q) + sum(g)'],
  ])('%s', (_, body) => {
    expect(findings(recurrence(body)).filter(([code]) => code !== 'GDN2001')).toEqual([])
  })

  it('name vectors and matrices in what is refused, and mend it', () => {
    const spec = recurrence('S = exp(g) * S + outer(k, v)\n  out read(S, q)')
    const found = only(spec)
    expect(found).toMatchObject({
      code: 'GDN2601',
      marked: 'exp(g) * S',
      message: 'a vector f32[3] times a matrix f32[3, 4] says neither rows nor columns',
    })
    expect(findings(fixed(checkSpec(spec).text, found))).toEqual([])
    expect(only(recurrence('S = S * v + outer(k, v)\n  out read(S, q) + sum(g)')).fixes[0]?.title).toBe('scale the columns: `.. * diag(v)`')
  })

  it.each([
    ['S = diag(v) * S + outer(k, v)\n  out read(S, q) + sum(g)', 'GDN2303', 'diag(v)', 'the diagonal has V = 4'],
    ['S = S * diag(g) + outer(k, v)\n  out read(S, q)', 'GDN2303', 'diag(g)', 'the diagonal has K = 3'],
    ['S = diag(g) + outer(k, v)\n  out read(S, q)', 'GDN2201', 'diag(g)', 'found `diag` of a vector'],
    ['S = diag(g) * k + outer(k, v)\n  out read(S, q)', 'GDN2201', 'k', 'found a vector f32[3]'],
    ['S = S + outer(v, k)\n  out read(S, q) + sum(g)', 'GDN2304', 'S + outer(v, k)', 'a matrix f32[3, 4] does not fit a matrix f32[4, 3]'],
    ['S = S + outer(k, S)\n  out read(S, q) + sum(g) + sum(v)', 'GDN2201', 'S', 'found a matrix f32[3, 4]'],
    ['S = k\n  out read(S, q) + sum(g) + sum(v)', 'GDN2301', 'k', '`S` is given a vector f32[3]'],
    ['S = S + outer(k, v)\n  out read(S, v) + sum(g) + sum(q)', 'GDN2303', 'v', 'the vector that reads the rows has V = 4'],
    ['S = S + outer(k, v)\n  out q + sum(g)', 'GDN2301', 'q + sum(g)', '`out` is given a vector f32[3]'],
    ['S = S + outer(k, v)\n  out dot(q, v) + read(S, q) + sum(g)', 'GDN2303', 'v', 'the second vector has V = 4'],
    [
      'S = S + outer(k, v) * k\n  out read(S, q) + sum(g)',
      'GDN2601',
      'outer(k, v) * k',
      'a vector f32[3] times a matrix f32[3, 4] says neither rows nor columns',
    ],
    ['S = S + outer(k, v)\n  out read(S, q) * g[3]', 'GDN2207', '3', 'there is no item 3'],
    ['S = S + outer(k, v)\n  out read(S, q) * g[0.5]', 'GDN2201', '0.5', 'found the number 0.5'],
    ['S = S + outer(k, v)\n  out read(S, q) * g[g]', 'GDN2201', 'g', 'found a value that is known at run time only'],
    ['S = S + outer(k, linear(v, V))\n  out read(S, q) + sum(g)', 'GDN2605', 'linear', '`linear` does not belong in a body'],
    ['S = S + outer(k, rope(v, 100))\n  out read(S, q) + sum(g)', 'GDN2605', 'rope', '`rope` does not belong in a body'],
    ['S = S + outer(k, v)\n  out read(S, q) * position + sum(g)', 'GDN2605', 'position', '`position` does not belong in a body'],
    [
      'S = S + outer(k, v)\n  out (read(S, q) as r) + sum(g)',
      'GDN2109',
      'r',
      '`as` names an application or a layer, not a value in the body of a recurrence',
    ],
    ['S = S + outer(k, v)\n  out case sum(g) { 0: v, else: read(S, q) }', 'GDN2205', 'sum(g)', '`case` cannot choose by a vector f32[1]'],
    ['S = S + outer(k)\n  out read(S, q) + sum(g) + sum(v)', 'GDN2108', 'outer(k)', '`outer` is given 1 argument'],
    ['S = S + outer(k, v, w: 2)\n  out read(S, q) + sum(g)', 'GDN2101', 'w', '`outer` takes no `w`'],
    ['S = S + outer(k, true)\n  out read(S, q) + sum(g) + sum(v)', 'GDN2201', 'true', 'found `true`'],
    ['S = S * "a"\n  out read(S, q) + sum(g) + sum(v) + sum(k)', 'GDN2201', '"a"', 'found the text "a"'],
    ['for j in S { S = S + outer(k, v) * j }\n  out read(S, q) + sum(g)', 'GDN2201', 'S', 'found `S`, which is known at run time only'],
    ['S = S + outer(k[0 .. sum(k)], v)\n  out read(S, q) + sum(g)', 'GDN2201', 'k', 'found `k`, which is known at run time only'],
  ])('%s', (body, code, marked, message) => {
    const found = checkSpec(recurrence(body)).diagnostics.filter(({ severity }) => severity === 'error')
    expect(found.map(({ message: text }) => text)).toEqual([message])
    expect(found[0]?.code).toBe(code)
    expect(only(recurrence(body)).marked).toBe(marked)
  })

  it('share their equations between layers, not their state', () => {
    const { graph } = model(over('y = stack(x) { repeat 3 { gated_deltanet(2, key: 4, value: 4) } }'))
    expect(graph.recurrences).toHaveLength(1)
    expect(graph.nodes.filter(({ op }) => op === 'recurrence')).toHaveLength(3)
  })

  it('have a chunk as a hint', () => {
    const chunks = (chunk: string): unknown =>
      model(over(`y = gated_deltanet(x, 2, key: 4, value: 4, chunk: ${chunk})`)).graph.nodes.find(({ op }) => op === 'recurrence')?.attrs[
        'chunk'
      ]
    expect([chunks('16'), chunks('none')]).toEqual([16, 0])
  })
})

describe('arguments of bodies', () => {
  const plain = 'S = exp(g) * S + outer(k, v)\n  out read(S, q)'
  const scalar = 'q: f32[K], k: f32[K], v: f32[V], g: f32 in .. 0'

  it.each([
    ['a value per head', 'log_sigmoid(linear(x, 2) as h_proj)'],
    ['one value for all heads', '(log_sigmoid(linear(x, 1) as h_proj) | sum)[0]'],
    ['more heads than keys', 'log_sigmoid(linear(x, 4) as h_proj)'],
    ['a number', '-0.5'],
    ['none', '0'],
  ])('map %s', (_, g) => {
    const spec = recurrence(plain, scalar, `q, k, v, ${g}`)
    expect(
      checkSpec(spec)
        .diagnostics.filter(({ severity }) => severity === 'error')
        .map(({ code }) => code),
    ).toEqual([])
  })

  it.each([
    ['q, k, v, log_sigmoid(linear(x, 3) as h_proj)', 'GDN2603', 'q'],
    ['q, k, linear(x, [2, 2, 4]) as w_proj, g', 'GDN2603', 'linear(x, [2, 2, 4]) as w_proj'],
    ['q, linear(x, [2, 5]) as w_proj, v, 0', 'GDN2302', 'linear(x, [2, 5]) as w_proj'],
    ['q, k, v', 'GDN2105', 'r(q, k, v)'],
    ['q, k, v, 0, 1', 'GDN2102', '1'],
    ['q, k, v, g: 0, h: 1', 'GDN2101', 'h'],
    ['q, k, v, 0, k: k', 'GDN2102', '0'],
    ['q, k, v, "g"', 'GDN2201', '"g"'],
    ['q, 1, v, 0', 'GDN2301', '1'],
    ['q, k, v, 0, reset: position', 'GDN2201', 'position'],
    ['q, k, v, 0, initial: 1', 'GDN2201', '1'],
    ['q, k, v, 0, initial: [q, k]', 'GDN2108', '[q, k]'],
    ['q, k, v, 0, chunk: 0.5', 'GDN2202', '0.5'],
  ])('%s', (args, code, marked) => {
    const { diagnostics, text } = checkSpec(recurrence(plain, scalar, args))
    const [first] = diagnostics.filter(({ severity }) => severity === 'error')
    expect([first?.code, text.slice(first?.span?.start, first?.span?.end)]).toEqual([code, marked])
  })

  it.each([
    ['linear(x, 2) as h_proj', 'anything', 'clamp(linear(x, 2) as h_proj, none, 0)'],
    ['sigmoid(linear(x, 2) as h_proj)', '0 .. 1', 'clamp(sigmoid(linear(x, 2) as h_proj), none, 0)'],
    ['0.25', '0.25 .. 0.25', 'clamp(0.25, none, 0)'],
    ['softplus(linear(x, 2) as h_proj)', '0 ..', 'clamp(softplus(linear(x, 2) as h_proj), none, 0)'],
    ['-exp(linear(x, 2) as h_proj) + 0.5', '.. 0.5', 'clamp(-exp(linear(x, 2) as h_proj) + 0.5, none, 0)'],
  ])('prove the range of %s', (g, proven, mended) => {
    const spec = recurrence(plain, scalar, `q, k, v, ${g}`)
    const { diagnostics, text } = checkSpec(spec)
    const [first] = diagnostics.filter(({ code }) => code === 'GDN2602')
    expect(first).toMatchObject({ message: `\`g\` may be ${proven}`, label: 'expected .. 0, for every input and every weight' })
    const after = fixed(text, first as NonNullable<typeof first>)
    expect(after).toContain(mended)
    if (g !== '0.25') expect(checkSpec(after).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  it('say which heads do not fit, by their names', () => {
    const spec = over('y = gated_deltanet(x, d - 3, key: 4, v_heads: 7)')
    expect(only(spec)).toMatchObject({
      message: '`q` has heads = 5',
      label: 'expected a divisor of v_heads = 7, the heads of `v`',
      marked: 'gated_deltanet(x, d - 3, key: 4, v_heads: 7)',
    })
    expect(only(recurrence(plain, scalar, 'q, k, linear(x, [2, 2, 4]) as w_proj, sum(g)[0][0]')).label).toBe(
      'expected 1 as in `q`, or none',
    )
  })

  it('keep what is proven beside what is declared', () => {
    const spec = recurrence(plain, scalar, 'q, k, v, -5 * sigmoid(linear(x, 2) as h_proj)')
    const params = checkSpec(spec).models[0]?.graph.recurrences[0]?.params
    expect(params?.map(({ name, min, max }) => [name, min, max])).toEqual([
      ['q', null, null],
      ['k', -1, 1],
      ['v', null, null],
      ['g', -5, 0],
    ])
  })
})

describe('attentions', () => {
  it.each([
    ['causal', 'where j <= i\n  out softmax(dot(q, k)) of v', true],
    ['a window', 'where j <= i and i - j < 4\n  out softmax(dot(q, k) * rsqrt(D)) of v', true],
    ['two conditions', 'where j <= i\n  where i - j < 2 + 2\n  out softmax(dot(q, k)) of v', true],
    ['strictly before', 'where j < i\n  out softmax(dot(q, k)) of v', true],
    ['the other way round', 'where i >= j\n  out softmax(dot(q, k)) of v', true],
    ['sigmoid', 'where j <= i\n  out sigmoid(dot(q, k) - 0.5 * (i - j)) of v', true],
    ['a cap', 'where j <= i\n  s = dot(q, k)\n  out softmax(30 * tanh(s / 30), sink: 0.5) of v * 2', true],
    ['everything', 'out softmax(dot(q, k)) of v', false],
    ['a window around', 'where i - j < 4 and j - i < 4\n  out softmax(dot(q, k)) of v', false],
  ])('%s', (_, body, causal) => {
    const { horizon } = model(attention(body))
    expect(horizon.kind).toBe(causal ? 'causal' : 'whole')
    if (horizon.kind === 'whole') {
      expect(horizon.because).toBe('attention `a` sees later tokens')
      expect(horizon.source).toMatch(/^spec\.gdn:\d+:\d+$/)
    }
  })

  it.each([
    ['where j <= i\n  out dot(q, k) of v', 'GDN2606', 'dot(q, k)'],
    ['where j <= i\n  out softmax(dot(q, k), 2) of v', 'GDN2606', '2'],
    ['where j <= i\n  out sigmoid(dot(q, k), sink: 2) of v', 'GDN2606', 'sink: 2'],
    ['where j <= i\n  out softmax(q) of v', 'GDN2201', 'q'],
    ['where j <= i\n  out softmax(dot(q, k)) of dot(v, v)', 'GDN2201', 'dot(v, v)'],
    ['where j <= i\n  out softmax(dot(q, k)) of k', 'GDN2301', 'k'],
    ['where i - j\n  out softmax(dot(q, k)) of v', 'GDN2201', 'i - j'],
    ['where q < k\n  out softmax(dot(q, k)) of v', 'GDN2201', 'q < k'],
    ['where j <= i\n  out softmax(dot(q, k), sink: dot(q, q)) of v', 'GDN2607', 'dot(q, q)'],
    ['where j <= i\n  out softmax(dot(q, k)) of v + q[0]', 'GDN2607', 'v + q[0]'],
    ['where j <= i\n  out softmax(dot(q, v)) of v', 'GDN2303', 'v'],
    ['where j <= z\n  out softmax(dot(q, k)) of v', 'GDN2001', 'z'],
  ])('%s is refused', (body, code, marked) => {
    const { diagnostics, text } = checkSpec(attention(body))
    const [first] = diagnostics.filter(({ severity }) => severity === 'error')
    expect([first?.code, text.slice(first?.span?.start, first?.span?.end)]).toEqual([code, marked])
  })

  it('want tokens where a side is declared', () => {
    const params = 'q[i]: f32[D], k[j]: f32[D], v[j]: f32[V], slope: f32'
    const body = 'where j <= i\n  out softmax(dot(q, k) + slope * (i - j)) of v'
    expect(findings(attention(body, params, 'q, k, v, -iota(4)'))).toEqual([])
    expect(findings(attention(body, params, 'q, k, v, linear(x, 4) as s'))[0]).toEqual(['GDN2306', 'linear(x, 4) as s'])
    expect(findings(attention(body, params, 'q, k, iota(10) | unflatten(2, 5), 0'))[0]).toEqual(['GDN2301', 'iota(10) | unflatten(2, 5)'])
  })
})

describe('functions in bodies', () => {
  it('are put in place', () => {
    const spec = over(
      'y = attention_like(x)',
      'function soft(s: f32, cap: real) = cap * tanh(s / cap)\nattention capped(q[i]: f32[D], k[j]: f32[D]) -> f32[D] {\n  where j <= i\n  out softmax(soft(dot(q, k), 30)) of k\n}\nlayer attention_like {\n  in x: f32[B, T, d]\n  out capped(x, x)\n}',
    )
    expect(findings(spec)).toEqual([])
  })

  it.each([
    ['soft(q, 30)', 'q'],
    ['soft(dot(q, k), q)', 'q'],
    ['soft(dot(q, k))', 'soft(dot(q, k))'],
    ['soft(dot(q, k), 1, 2)', 'soft(dot(q, k), 1, 2)'],
  ])('%s is refused', (call, marked) => {
    const spec = over(
      'y = l(x)',
      `function soft(s: f32, cap: real) = cap * tanh(s / cap)\nattention capped(q[i]: f32[D], k[j]: f32[D]) -> f32[D] {\n  where j <= i\n  out softmax(${call}) of k\n}\nlayer l {\n  in x: f32[B, T, d]\n  out capped(x, x)\n}`,
    )
    expect(only(spec).marked).toBe(marked)
  })
})
