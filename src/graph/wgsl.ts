/**
 * WGSL expressions for pointwise functions. Three rules: no intermediate overflows (a device may assume that there are no infinities), a
 * NaN stays one (so limits are put by `select`, since `min` and `max` may drop it), and small results keep their relative accuracy
 * (WGSL promises `log` and `tanh` an absolute error only).
 */

/** The expression in brackets, unless it is a name, a literal, one element or one call. */
export function operand(x: string): string {
  return /^[A-Za-z_]\w*(\.\w+)*(\[[^[\]]*\]|\([^()]*\))?$|^\d[\w.]*$/.test(x) ? x : `(${x})`
}

export const infix = (a: string, sign: string, b: string): string => `${operand(a)} ${sign} ${operand(b)}`

export const negated = (x: string): string => `-${operand(x)}`

export const relu = (x: string): string => `select(${x}, 0.0, ${operand(x)} < 0.0)`

export const sigmoid = (x: string): string => `1.0 / ${sigmoidDivisor(x)}`

export const silu = (x: string): string => `${operand(x)} / ${sigmoidDivisor(x)}`

/** `1 + exp(-x)`, at most 1.7e38. */
const sigmoidDivisor = (x: string): string => `(1.0 + exp(select(-${operand(x)}, 88.0, ${operand(x)} < -88.0)))`

/** Taylor's series up to 0.2: beyond that `1 - 2 / (exp(2x) + 1)` has lost no more than three bits. */
export function tanh(x: string): string {
  const a = operand(x)
  const large = `1.0 - 2.0 / (exp(select(2.0 * ${a}, 40.0, ${a} > 20.0)) + 1.0)`
  const small = `${a} * (1.0 - ${a} * ${a} * (0.333333343 - ${a} * ${a} * (0.13333334 - ${a} * ${a} * 0.0539682545)))`
  return `select(${large}, ${small}, abs(${x}) < 0.2)`
}

/** `log(1 + e)` for small `e = exp(x)` by its series: 1 + e has too few bits of e, and the time steps of state spaces are of this size. */
export function softplus(x: string): string {
  const a = operand(x)
  const e = `exp(min(${x}, 0.0))`
  const small = `${e} * (1.0 - ${e} * (0.5 - ${e} * (0.333333343 - ${e} * (0.25 - ${e} * 0.2))))`
  const large = `log(1.0 + exp(select(${x}, 20.0, ${a} > 20.0)))`
  return `select(select(${large}, ${small}, ${a} < -2.5), ${x}, ${a} > 20.0)`
}

export const logSigmoid = (x: string): string => `-${softplus(negated(x))}`

/** `x` less its part beyond the normal tail, by Abramowitz and Stegun 7.1.26: absolute error 1e-7. */
export function gelu(x: string): string {
  const a = operand(x)
  const t = `(1.0 / (1.0 + 0.231641888 * abs(${x})))`
  const tail = `${t} * (0.254829592 + ${t} * (-0.284496736 + ${t} * (1.42141374 + ${t} * (-1.45315203 + ${t} * 1.06140543))))`
  return `select(0.0, ${x}, ${a} > 0.0) - 0.5 * abs(${x}) * ${tail} * exp(-0.5 * ${a} * ${a})`
}

export function geluTanh(x: string): string {
  const a = operand(x)
  return silu1(a, `1.59576912 * ${a} * (1.0 + 0.044715 * ${a} * ${a})`)
}

const silu1 = (x: string, at: string): string => `${x} / ${sigmoidDivisor(at)}`

/**
 * Taylor's series within a quarter turn, after taking off half turns in two parts of pi: WGSL promises `sin` 11 bits, and nothing far
 * from 0.
 */
export function sin(x: string): string {
  const halves = `round(${operand(x)} * 0.318309873)`
  const r = `(${operand(x)} - 3.140625 * ${halves} - 0.000967653584 * ${halves})`
  const series = [1 / 6, 1 / 20, 1 / 42, 1 / 72, 1 / 110].reduceRight(
    (rest, by) => `(1.0 - ${r} * ${r} * ${by.toPrecision(9)} * ${rest})`,
    '1.0',
  )
  return `${r} * ${series} * (1.0 - 2.0 * abs(${halves} - 2.0 * trunc(0.5 * ${halves})))`
}

export const cos = (x: string): string => sin(`${operand(x)} + 1.57079637`)

/** The remainder that has the divisor's sign; `%` of WGSL has the dividend's. */
export const modulo = (a: string, b: string): string => `${operand(a)} - ${operand(b)} * floor(${operand(a)} / ${operand(b)})`

/** `pow` of WGSL takes positive bases only. */
export function power(a: string, b: string): string {
  const base = operand(a)
  const exponent = /^([123])(\.0*)?f?$/.exec(b)?.[1]
  if (exponent !== undefined) return Array.from({ length: Number(exponent) }, () => base).join(' * ')
  const odd = `${modulo(b, '2.0')} == 1.0`
  const positive = `pow(abs(${a}), ${b})`
  return `select(select(${positive}, -${positive}, ${base} < 0.0 && ${odd}), 1.0, ${operand(b)} == 0.0)`
}
