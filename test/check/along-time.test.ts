import { describe, expect, it } from 'vitest'
import { checkSpec } from './support/spec.ts'

const model = (equations: string, more = ''): string => `
model M {
  dim B: batch
  dim T: time
  input  x: f32[B, T, 8]
  input  p: u32[B]
  output y: f32[B, T, 8]
${equations}
}
recurrence total(v: f32[N]) -> f32[N] {
  state s: f32[N]
  s = s + v
  out s
}
${more}`

const horizon = (equations: string, more = ''): unknown => {
  const checked = checkSpec(model(equations, more))
  expect(checked.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  return checked.models[0]?.horizon
}

describe('horizons', () => {
  it.each([
    ['shift(x, 1)', 'causal'],
    ['conv1d(x, 3)', 'causal'],
    ['total(x)', 'causal'],
    ['x + select(position < 3, 1, 0)', 'causal'],
    ['shift(x, -1)', 'whole'],
    ['flip(x)', 'whole'],
    ['flip(x, upto: T - 2)', 'whole'],
    ['x + pool(x, "mean")', 'whole'],
    ['x / T', 'whole'],
    ['x + pool(flip(x, upto: p), "last")', 'whole'],
    ['dropout(x, 0.1)', 'causal'],
  ])('of %s: %s', (expression, kind) => {
    expect(horizon(`  y = ${expression}`)).toMatchObject({ kind })
  })

  it('is the prefix that a flip turns around', () => {
    expect(horizon('  y = flip(x, upto: p)')).toMatchObject({ kind: 'prefix', upto: 'p' })
    expect(horizon('  y = flip(x, upto: 5)')).toMatchObject({ kind: 'prefix', upto: 5 })
    expect(horizon('  y = flip(total(flip(x, upto: p)), upto: p)')).toMatchObject({ kind: 'prefix', upto: 'p' })
    expect(horizon('  y = flip(flip(x, upto: 5), upto: p)')).toMatchObject({ kind: 'whole' })
  })

  it('stays causal where a state is handed over in time', () => {
    expect(
      horizon(`  a = total(span(x, .. 4))
  b = total(span(x, 4 ..), initial: a.s)
  y = join(a, b)`),
    ).toEqual({ kind: 'causal' })
  })
})

describe('mistakes along time', () => {
  it.each([
    ['a state before its time', '  a = total(span(x, .. 4))\n  y = total(x, initial: a.s)', 'GDN2307'],
    [
      'a state that is known later only',
      '  a = total(span(x, .. 6))\n  b = total(span(x, 4 ..), initial: a.s)\n  y = join(span(x, .. 4), b)',
      'GDN2307',
    ],
    ['a state inside of its own time', '  a = total(x)\n  y = x + sum(a.s)', 'GDN2307'],
    ['spans that do not lie side by side', '  y = join(span(x, .. 3), span(x, 4 ..))', 'GDN2308'],
    ['spans in the wrong order', '  y = join(span(x, 4 ..), span(x, .. 4))', 'GDN2308'],
    ['spans that are mixed', '  y = join(span(x, .. 4) + span(x, 4 ..), span(x, 4 ..))', 'GDN2308'],
    ['a span as an output', '  y = span(x, .. 4)', 'GDN2308'],
    ['a span outside of a span', '  y = join(span(span(x, .. 4), 5 ..), span(x, 4 ..))', 'GDN2201'],
    ['a flip of a span', '  y = join(flip(span(x, .. 4)), span(x, 4 ..))', 'GDN2308'],
    ['a pool of a span', '  y = x + pool(span(x, .. 4), "mean")', 'GDN2308'],
    ['a mask that is no condition', '  y = total(x, reset: position)', 'GDN2201'],
    ['a mask per sequence', '  y = total(x, reset: p > 3)', 'GDN2201'],
    ['a flip up to a value of tokens', '  y = flip(x, upto: position)', 'GDN2201'],
    ['a shift by half a token', '  y = shift(x, 0.5)', 'GDN2201'],
    ['a pool of no such kind', '  y = x + pool(x, "first")', 'GDN2201'],
    ['the number of sequences', '  y = x * B', 'GDN2201'],
    ['resets around a flip', '  y = turned(x, reset: position > 3)', 'GDN2309', 'layer turned() {\n  in x: f32[B, T, d]\n  out flip(x)\n}'],
    [
      'resets around a pool',
      '  y = pooled(x, reset: position > 3)',
      'GDN2309',
      'layer pooled() {\n  in x: f32[B, T, d]\n  out x + pool(x, "mean")\n}',
    ],
  ])('%s', (_, equations, code, more = '') => {
    const errors = checkSpec(model(equations, more)).diagnostics.filter(({ severity }) => severity === 'error')
    expect(errors.map((one) => one.code)).toEqual([code])
  })
})
