import { describe, expect, it } from 'vitest'
import { findings, model, only } from '../support/spec.ts'
import { expectNumbers, meaning, run, spec } from './support/meaning.ts'

/** §1.3: what a call of a recurrence says beside its arguments, and the state after the last token. */

const total = 'recurrence total(x: f32[N]) -> f32[N] {\n  state s: f32[N]\n  s = s + x\n  out s\n}'
const pair = `recurrence pair(x: f32[N]) -> f32[N] {
  state a: f32[N]
  state b: f32[N]
  a = a + x
  b = b + a
  out b
}`
const over = (equations: string, { inputs = {}, outputs = {} }: { inputs?: object; outputs?: object } = {}): string =>
  spec({ x: 'f32[B, T, 1]', ...inputs }, { y: 'f32[B, T, 1]', ...outputs }, equations, `${total}\n${pair}`)
const x = [[[1], [2], [4], [8]]]

describe('initial:', () => {
  it('is the state before the first token', () => {
    expectNumbers(meaning(over('y = total(x, initial: s)', { inputs: { s: 'f32[B, 1]' } }), { x, s: [[100]] })['y'], [101, 103, 107, 115])
  })

  it('is a list where there are several states, in their order', () => {
    const s = over('y = pair(x, initial: [s, 10 * s])', { inputs: { s: 'f32[B, 1]' } })
    expectNumbers(meaning(s, { x, s: [[100]] })['y'], [1101, 1204, 1311, 1426])
  })

  it('goes before the start that the state itself declares', () => {
    const from = 'recurrence from(x: f32[N]) -> f32[N] {\n  state s: f32[N] = 7\n  s = s + x\n  out s\n}'
    const s = (call: string) =>
      spec(
        { x: 'f32[B, T, 1]', s: 'f32[B, 1]' },
        { y: 'f32[B, T, 1]' },
        `y = ${call} + 0 * s`,
        from.replace('= 7', '= 7 + 0 * x0').replace('(x: f32[N])', '(x: f32[N], x0: f32[N])'),
      )
    expectNumbers(meaning(s('from(x, s)'), { x, s: [[100]] })['y'], [8, 10, 14, 22])
    expectNumbers(meaning(s('from(x, s, initial: s)'), { x, s: [[100]] })['y'], [101, 103, 107, 115])
  })

  it('has the heads of the result and the shape of the state', () => {
    const s = (type: string) => spec({ x: 'f32[B, T, 3, 2]', s: type }, { y: 'f32[B, T, 3, 2]' }, 'y = total(x, initial: s)', total)
    expect(findings(s('f32[B, 3, 2]'))).toEqual([])
    expect(only(s('f32[B, 2]'))).toMatchObject({ code: 'GDN2306', marked: 's' })
    expect(only(s('f32[B, 2, 2]'))).toMatchObject({ code: 'GDN2306', marked: 's' })
    expect(findings(s('f32[B, T, 3, 2]')).map(([code]) => code)).toEqual(['GDN2306'])
  })
})

describe('reset:', () => {
  it('lets the incoming state be 0 where the mask holds', () => {
    expectNumbers(meaning(over('y = total(x, reset: position == 2)'), { x })['y'], [1, 3, 4, 12])
    expectNumbers(
      meaning(over('y = total(x, reset: x > 3)'.replace('x > 3', 'flag > 0'), { inputs: { flag: 'u32[B, T]' } }), {
        x,
        flag: [[0, 1, 0, 1]],
      })['y'],
      [1, 2, 6, 8],
    )
  })

  it('every state of it, and on every token if the mask always holds', () => {
    expectNumbers(meaning(over('y = pair(x, reset: position == 2)'), { x })['y'], [1, 4, 4, 16])
    expectNumbers(meaning(over('y = pair(x, reset: position >= 0)'), { x })['y'], [1, 2, 4, 8])
  })

  it('goes before `initial:` and the state itself', () => {
    expectNumbers(
      meaning(over('y = total(x, initial: s, reset: position == 1)', { inputs: { s: 'f32[B, 1]' } }), { x, s: [[100]] })['y'],
      [101, 2, 6, 14],
    )
  })

  it('is a condition for each token', () => {
    expect(only(over('y = total(x, reset: position)'))).toMatchObject({ code: 'GDN2201', marked: 'position' })
    expect(findings(over('y = total(x, reset: x > 0)')).map(([code]) => code)).toEqual(['GDN2201'])
  })

  it('given to a layer reaches every op inside that looks back', () => {
    const inside = `layer inside {
  in x: f32[B, T, d]
  h = x + conv1d(x, 3, init: ones) + shift(x, 1) + shift(x, 2)
  out total(h) + deeper(h)
}
layer deeper {
  in x: f32[B, T, d]
  out near(x, x, x)
}
attention near(q[i]: f32[D], k[j]: f32[D], v[j]: f32[V]) -> f32[V] {
  where j <= i and i - j < 3
  out sigmoid(dot(q, k)) of v
}
${total}`
    const whole = (mask: string) => model(spec({ x: 'f32[B, T, 1]' }, { y: 'f32[B, T, 1]' }, `y = inside(x${mask}) as inside`, inside))
    const y = (mask: string, rows: readonly (readonly number[])[]) => [
      ...(run(whole(mask), { x: [rows] }, { weights: { 'inside.conv1d.weight': [[1, 2, 3]] } }).outputs['y']?.data ?? []),
    ]
    const rows = [[0.1], [0.2], [0.4], [0.8], [0.3]]
    expectNumbers(y(', reset: position == 2', rows), [...y('', rows.slice(0, 2)), ...y('', rows.slice(2))])
    expectNumbers(
      y(', reset: position >= 0', rows),
      rows.flatMap((row) => y('', [row])),
    )
    expectNumbers(y(', reset: position == 1 or position == 4', rows), [
      ...y('', rows.slice(0, 1)),
      ...y('', rows.slice(1, 4)),
      ...y('', rows.slice(4)),
    ])
  })

  it('holds across passes', () => {
    const of = model(over('y = total(x, reset: position == 2)'))
    const first = run(of, { x: [[[1], [2]]] })
    const second = run(of, { x: [[[4], [8]]] }, { start: [2], states: first.states })
    expectNumbers([...(second.outputs['y']?.data ?? [])], [4, 12])
  })
})

describe('chunk:', () => {
  it('is a hint and changes no meaning', () => {
    const s = (hint: string) =>
      spec(
        { x: 'f32[B, T, 2]', g: 'f32[B, T]' },
        { y: 'f32[B, T, 2]' },
        `y = keep(x, x, x, -sigmoid(g)${hint})`,
        'recurrence keep(q: f32[K], k: f32[K], v: f32[V], g: f32 in .. 0) -> f32[V] {\n  state S: f32[K, V]\n  S = exp(g) * S + outer(k, v)\n  out read(S, q)\n}',
      )
    const inputs = {
      x: [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ],
      g: [[0.1, 0.2, 0.3]],
    }
    const plain = meaning(s(''), inputs)['y'] ?? []
    for (const hint of [', chunk: 1', ', chunk: 2', ', chunk: 64', ', chunk: none']) expectNumbers(meaning(s(hint), inputs)['y'], plain)
  })
})

describe('r.S', () => {
  it('is the state after the last token, [B, heads, ..], of sequences as long as they are', () => {
    const s = spec(
      { x: 'f32[B, T, 2, 1]' },
      { y: 'f32[B, T, 2, 1]', a: 'f32[B, 2, 1]', b: 'f32[B, 2, 1]' },
      'r = pair(x)\n  y = r\n  a = r.a\n  b = 2 * r.b',
      pair,
    )
    const found = meaning(
      s,
      {
        x: [
          [
            [[1], [10]],
            [[2], [20]],
          ],
          [
            [[3], [30]],
            [[0], [0]],
          ],
        ],
      },
      { lengths: [2, 1] },
    )
    expectNumbers(found['a'], [3, 30, 3, 30])
    expectNumbers(found['b'], [8, 80, 6, 60])
  })

  it('starts another recurrence whose tokens come later', () => {
    const s = over('a = total(span(x, .. 2))\n  b = total(span(x, 2 ..), initial: a.s)\n  y = join(a, b)')
    expect(model(s).horizon).toEqual({ kind: 'causal' })
    expectNumbers(meaning(s, { x })['y'], [1, 3, 7, 15])
  })

  it.each([
    [
      'a token of the same sequence',
      'r = total(x)\n  y = x + r.s',
      'r.s',
      '`s` is known after the last token only',
      'expected a value that every token can know',
    ],
    [
      'tokens before its position',
      'r = total(span(x, .. 2))\n  y = total(x, initial: r.s)',
      'r.s',
      '`s` is known from position 2 on',
      'expected tokens from position 2 on: `span(.., 2 ..)`',
    ],
  ])('reaches no token that comes before it: %s', (_, equations, marked, message, label) => {
    expect(only(over(equations))).toMatchObject({ code: 'GDN2307', marked, message, label })
  })

  it('is named by the states alone', () => {
    expect(findings(over('r = total(x)\n  y = r + 0 * x\n  _z = r.t')).map(([code]) => code)).toEqual(['GDN2009'])
  })

  it('alone leaves the reads out: they are dead', () => {
    const s = spec(
      { x: 'f32[B, T, 2]' },
      { y: 'f32[B, 2, 2]' },
      'r = keep(x, x, x)\n  y = r.S',
      'recurrence keep(q: f32[K], k: f32[K], v: f32[V]) -> f32[V] {\n  state S: f32[K, V]\n  S = S + outer(k, v)\n  out read(S, q)\n}',
    )
    expectNumbers(
      meaning(s, {
        x: [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      })['y'],
      [10, 14, 14, 20],
    )
  })
})
