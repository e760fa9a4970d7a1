import { describe, expect, it } from 'vitest'
import { checkSpec, findings, fixed, model, only, paths, shapesOf } from '../support/spec.ts'
import { expectNumbers, meaning, run, spec } from './support/meaning.ts'

/** §1.1, calls and weights. */

const pair = `layer pair(n: size, m: size = 1) {
  in a: f32[.., d]
  in b: f32[.., d]
  out n * a + 100 * m * b
}
layer times(n: size) {
  in x: f32[.., d]
  out n * x
}`
const of = (equations: string, rest = ''): string => spec({ x: 'f32[B, T, 2]' }, { y: 'f32[B, T, 2]' }, equations, `${pair}\n${rest}`)
const x = [[[1, 2]]]
const y = (equation: string, rest = '') => meaning(of(`y = ${equation}`, rest), { x })['y']

describe('kinds decide what a call is', () => {
  it.each([
    ['tensors fill the open inputs in order, the rest the parameters in order', 'pair(x, 2 * x, 3, 2)', [403, 806]],
    ['in any order of the two', 'pair(3, x, 2, 2 * x)', [403, 806]],
    ['names either', 'pair(x, b: 2 * x, n: 3)', [203, 406]],
    ['names before others', 'pair(b: x, 2 * x, 3)', [106, 212]],
    ['a name leaves the other open', 'pair(a: x, 2 * x, 3)', [203, 406]],
    ['numbers are parameters, even where an input is open', 'x | pair(3, b: x)', [103, 206]],
  ] as const)('%s', (_, call, expected) => {
    expectNumbers(y(call), expected)
  })

  it('all inputs given: an application, which is a tensor', () => {
    expect(findings(of('y = x + times(x, 3)'))).toEqual([])
  })

  it('first input open: a recipe, which is a layer', () => {
    expect(only(of('y = x + times(3)'))).toMatchObject({
      code: 'GDN2201',
      marked: 'times(3)',
      message: 'found a layer (`times` with an open input)',
    })
    expectNumbers(y('stack(x) { times(3) times(2) }'), [6, 12])
    expectNumbers(y('stack(x) { pair(3, b: x) }'), [103, 206])
  })

  it('anything else is an error', () => {
    expect(only(of('y = pair(x, 3)'))).toMatchObject({ code: 'GDN2106', marked: 'pair(x, 3)' })
    expect(only(of('y = stack(x) { pair(3) }'))).toMatchObject({ code: 'GDN2201', marked: 'pair(3)' })
    expect(only(of('y = stack(x) { times(x, 3) }'))).toMatchObject({ code: 'GDN2201', marked: 'times(x, 3)' })
    expect(only(of('y = times(x)'))).toMatchObject({ code: 'GDN2105', marked: 'times(x)' })
  })

  it('a recipe is a value: it may be kept, completed and applied', () => {
    expectNumbers(meaning(of('r = times(3)\n  y = r(x)'), { x })['y'], [3, 6])
    expectNumbers(meaning(of('r = pair(3)\n  y = r(x, 2 * x)'), { x })['y'], [203, 406])
  })
})

describe('a recipe has no weights, each application makes fresh ones', () => {
  it('of the same recipe', () => {
    expect(paths(model(of('r = linear(2)\n  y = (r(x) as a) + (r(x) as b)')))).toEqual(['a.weight', 'b.weight'])
  })
  it('that differ', () => {
    const found = meaning(
      of('r = linear(2)\n  y = (r(x) as a) - (r(x) as b)'),
      { x },
      {
        weights: {
          'a.weight': [
            [1, 0],
            [0, 1],
          ],
          'b.weight': [
            [0, 1],
            [1, 0],
          ],
        },
      },
    )
    expectNumbers(found['y'], [-1, 1])
  })
})

describe('the path of a weight', () => {
  const block =
    'block wrap(mix: layer, other: layer = none) {\n  in x: f32[.., d]\n  h = mix(x)\n  out case other { none: h, else: other(h) }\n}'
  it.each([
    ['the op', 'linear(x, 2)', ['linear.weight']],
    ['the definition', 'wrap(x, linear(2))', ['wrap.mix.weight']],
    ['the parameter', 'wrap(x, linear(2), linear(2)) as w', ['w.mix.weight', 'w.other.weight']],
    ['`as` of the recipe goes before the parameter', 'wrap(x, linear(2) as proj) as w', ['w.proj.weight']],
    ['`as` of the application goes before all', 'stack(x) { wrap(linear(2) as proj) as w }', ['w.proj.weight']],
    ['the slot of a stack item', 'stack(x) { repeat 2 { wrap(linear(2)) } }', ['layers.0.mix.weight', 'layers.1.mix.weight']],
    ['the name of an item that is not repeated', 'stack(x) { wrap(linear(2)) linear(2) }', ['wrap.mix.weight', 'linear.weight']],
    ['a weight: its own name', 'stack(x) { own() as o }', ['o.scale']],
  ])('%s', (_, equation, expected) => {
    expect(
      paths(
        model(of(`y = ${equation}`, `${block}\nlayer own {\n  in x: f32[.., d]\n  weight scale: f32[d] init ones\n  out scale * x\n}`)),
      ),
    ).toEqual(expected)
  })

  it('one path twice in a body is an error with the fix `as`', () => {
    const { diagnostics, text } = checkSpec(of('y = linear(x, 2) + linear(x, 2)'))
    const [first] = diagnostics
    expect(diagnostics).toHaveLength(1)
    expect(first).toMatchObject({
      code: 'GDN2401',
      message: 'the weight `linear.weight` is made twice',
      label: 'expected a path of its own: name one of them with `as`',
    })
    expect(text.slice(first?.span?.start, first?.span?.end)).toBe('linear(x, 2)')
    expect(paths(model(fixed(text, first as NonNullable<typeof first>)))).toEqual(['linear.weight', 'linear_2.weight'])
  })

  it('nor is one numbered by textual order: two names, in either order, keep their paths', () => {
    expect(paths(model(of('y = (linear(x, 2) as b) + (linear(x, 2) as a)')))).toEqual(['b.weight', 'a.weight'])
  })

  it('a clash between a name and a definition is one too', () => {
    expect(findings(of('y = (linear(x, 2) as linear) + linear(x, 2)')).map(([code]) => code)).toEqual(['GDN2401'])
    expect(findings(of('y = stack(x) { linear(2) as layers  repeat 2 { linear(2) } }')).map(([code]) => code)).toEqual([])
    expect(findings(of('y = stack(x) { linear(2)  linear(2) }')).map(([code]) => code)).toEqual(['GDN2401'])
  })

  it('slots are numbered through the whole stack, whatever stands between', () => {
    const s = of(
      'y = stack(x) {\n    repeat 1 { linear(2) }\n    linear(2) as between\n    for v in [1, 2] { linear(2) }\n    repeat 2 { linear(2) as a  linear(2) }\n    linear(2) as last\n  }',
    )
    expect(paths(model(s))).toEqual([
      'layers.0.weight',
      'between.weight',
      'layers.1.weight',
      'layers.2.weight',
      'a.0.weight',
      'layers.3.weight',
      'a.1.weight',
      'layers.4.weight',
      'last.weight',
    ])
  })

  it('repetitions inside repetitions go on counting', () => {
    expect(paths(model(of('y = stack(x) { repeat 2 { repeat 2 { linear(2) } } }')))).toEqual([0, 1, 2, 3].map((i) => `layers.${i}.weight`))
  })

  it('an item without weights has its number as well', () => {
    expect(paths(model(of('y = stack(x) { for i in 0 .. 4 { case i % 2 { 0: linear(2), else: times(2) } } }')))).toEqual([
      'layers.0.weight',
      'layers.2.weight',
    ])
  })
})

describe('`shared` makes weights once', () => {
  it('whatever the uses', () => {
    expect(shapesOf(model(of('shared m = linear(2)\n  y = m(m(x)) + m(2 * x)')))).toEqual({ 'm.weight': [2, 2] })
  })

  it('state belongs to the application', () => {
    const total =
      'recurrence total(x: f32[N]) -> f32[N] {\n  state s: f32[N]\n  s = s + x\n  out s\n}\nlayer sum_up {\n  in x: f32[B, T, d]\n  out total(linear(x, d) as w)\n}'
    const s = spec({ x: 'f32[B, T, 2]' }, { y: 'f32[B, T, 2]' }, 'shared m = sum_up()\n  y = m(x) + 10 * m(-x)', total)
    const found = meaning(
      s,
      {
        x: [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      },
      {
        weights: {
          'm.w.weight': [
            [1, 0],
            [0, 1],
          ],
        },
      },
    )
    expectNumbers(found['y'], [-9, -18, -36, -54])
    expect(run(model(s), { x: [[[1, 2]]] }).states).toSatisfy((states: object) => Object.keys(states).length === 2)
  })

  it('in a list: each of them once, at numbered paths', () => {
    expect([...paths(model(of('shared m = [linear(2), linear(2)]\n  y = x | m[1] | m[0] | m[1]')))].sort()).toEqual([
      'm.0.weight',
      'm.1.weight',
    ])
  })

  it('parameters left open are given per use, and own their weights there', () => {
    const rest =
      'block core(adapt: layer) {\n  in x: f32[.., d]\n  out linear(x, d) as base + adapt(x)\n}\nblock use(c: core, adapt: layer) {\n  in x: f32[.., d]\n  out c(x, adapt: adapt)\n}'
    const s = of('shared c = core()\n  y = stack(x) { repeat 2 { use(c, linear(2)) } }', rest)
    expect([...paths(model(s))].sort()).toEqual(['c.base.weight', 'layers.0.c.adapt.weight', 'layers.1.c.adapt.weight'])
  })

  it('a shape that a later use needs otherwise is an error', () => {
    expect(findings(of('shared m = linear(2)\n  y = m(x) + m(concat(x, x))')).map(([code]) => code)).toEqual(['GDN2402'])
  })
})

describe('a weight can be supplied by name', () => {
  it('of a shared value, of an application and of an item: one weight, which both use', () => {
    const s = (equations: string) =>
      `model M {\n  dim B: batch\n  dim T: time\n  input ids: u32[B, T]\n  output y: f32[B, T, 3]\n  ${equations}\n}`
    for (const equations of [
      'shared e = embedding(3, 2)\n  y = linear(e(ids), weight: e.table)',
      'e = embedding(ids, 3, 2)\n  y = linear(e, weight: e.table)'.replace('embedding(ids, 3, 2)', 'embedding(ids, 3, 2) as e'),
      'y = stack(ids) { embedding(3, 2) as e  linear(3, weight: e.table) }',
    ]) {
      expect(shapesOf(model(s(equations)))).toEqual({ 'e.table': [3, 2] })
      expectNumbers(
        meaning(
          s(equations),
          { ids: [[1]] },
          {
            weights: {
              'e.table': [
                [1, 2],
                [3, 4],
                [5, 6],
              ],
            },
          },
        )['y'],
        [11, 25, 39],
      )
    }
  })
})
