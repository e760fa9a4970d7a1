import { describe, expect, it } from 'vitest'
import { findings, model, only, paths } from '../support/spec.ts'
import { expectNumbers, meaning, spec } from './support/meaning.ts'

/** §3: what was ambiguous, as it was decided. */

const over = (y: string, rest = ''): string => spec({ x: 'f32[B, T, 4]', p: 'u32[B]' }, { y: 'f32[B, T, 4]' }, `y = ${y}\n  _p = p`, rest)

describe('A1: recipe or instance', () => {
  const block = 'block twice(mix: layer) {\n  in x: f32[.., d]\n  out mix(x) as first + mix(x) as second\n}'
  it('a recipe in a repetition, or applied twice, has fresh weights', () => {
    expect(paths(model(over('twice(x, linear(4))', block)))).toEqual(['twice.first.weight', 'twice.second.weight'])
  })
  it('a shared one has the same', () => {
    const text = over('twice(x, m)', block).replace('  y = ', '  shared m = linear(4)\n  y = ')
    expect(paths(model(text))).toEqual(['m.weight'])
  })
})

describe('A5: a vector times a matrix', () => {
  const body = (equation: string) =>
    over('r(x)', `recurrence r(x: f32[N]) -> f32[N] {\n  state S: f32[N, N]\n  S = ${equation} + outer(x, x)\n  out read(S, x)\n}`)
  it.each([
    ['exp(x) * S', 'scale the rows: `diag(exp(x)) * ..`'],
    ['S * exp(x)', 'scale the columns: `.. * diag(exp(x))`'],
  ])('%s is an error that shows both ways', (equation, title) => {
    const found = only(body(equation))
    expect(found).toMatchObject({ code: 'GDN2601', marked: equation })
    expect(found.fixes.map((fix) => fix.title)).toEqual([title])
  })
  it('with diag it is not', () => {
    expect(findings(body('diag(exp(x)) * S * diag(exp(x))'))).toEqual([])
  })
})

describe('A14: positions after a flip', () => {
  const turned = (at: string) =>
    over(`turned(x, p)`, `layer turned {\n  in x: f32[B, T, d]\n  in p: u32[B]\n  out rope(flip(x, upto: p), 100${at})\n}`)
  const x = [
    [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11, 12],
    ],
  ]
  const rope = (row: readonly number[], at: number): readonly number[] => {
    const [a, b] = [at, at / 10]
    const [x0, x1, x2, x3] = row as [number, number, number, number]
    return [
      x0 * Math.cos(a) - x2 * Math.sin(a),
      x1 * Math.cos(b) - x3 * Math.sin(b),
      x2 * Math.cos(a) + x0 * Math.sin(a),
      x3 * Math.cos(b) + x1 * Math.sin(b),
    ]
  }
  it('index the new order, unless `at:` says otherwise', () => {
    const [first, second, third] = x[0] as [number[], number[], number[]]
    const inputs = { x, p: [2] }
    expectNumbers(meaning(turned(''), inputs)['y'], [rope(second, 0), rope(first, 1), rope(third, 2)])
    expectNumbers(meaning(turned(', at: position'), inputs)['y'], [rope(second, 0), rope(first, 1), rope(third, 2)])
    expectNumbers(meaning(turned(', at: flip(position, upto: p)'), inputs)['y'], [rope(second, 1), rope(first, 0), rope(third, 2)])
  })
})

describe('B3: a value per head beside values per head and channel', () => {
  const scaled = (type: string, key: number) =>
    over(
      `scaled(x, 2, ${key}) | flatten | linear(4)`,
      `layer scaled(heads: size, key: size) {\n  in x: f32[.., d]\n  weight w: f32[${type}] init ones\n  out linear(x, [heads, key]) * w\n}`,
    )
  it('aligns with the channels: an error, or a warning where the sizes are equal by chance', () => {
    expect(findings(scaled('heads', 3)).map(([code]) => code)).toEqual(['GDN2304'])
    expect(findings(scaled('heads', 2)).map(([code]) => code)).toEqual(['GDN2305'])
  })
  it('declared [heads, 1] it is what was meant', () => {
    expect(findings(scaled('heads, 1', 3))).toEqual([])
    expect(findings(scaled('heads, 1', 2))).toEqual([])
  })
})

describe('B8: defaults that need `d`', () => {
  it('a recipe is complete before `d` is known', () => {
    const rest = 'layer wide(hidden: size = 4 * d) {\n  in x: f32[.., d]\n  out linear(x, hidden) as up | linear(d) as down\n}'
    expect(model(over('stack(x) { wide() as a }', rest)).weights.map(({ shape }) => shape)).toEqual([
      [16, 4],
      [4, 16],
    ])
  })
})

describe('C5: dropout and starting values', () => {
  it('are by path, never by order: an added layer changes no other', () => {
    const inits = (equation: string) => Object.fromEntries(model(over(equation)).weights.map(({ path, init }) => [path, init]))
    expect(inits('linear(x, 4) as a | linear(4) as b')['b.weight']).toEqual(inits('linear(x, 4) as b')['b.weight'])
    expectNumbers(meaning(over('dropout(x, 0.5)'), { x: [[[1, 2, 3, 4]]], p: [0] })['y'], [1, 2, 3, 4])
  })
})
