import { erfc } from '../util/erf.ts'
import type { DType } from './graph.ts'
import {
  addRanges,
  anything,
  decreasing,
  divideRanges,
  hull,
  increasing,
  multiplyRanges,
  negateRange,
  type Range,
  subtractRanges,
  truth,
} from './range.ts'
import * as wgsl from './wgsl.ts'

/** A function of one to three elements. What it means in f64 is its meaning; the WGSL says the same in f32. */
export interface PointwiseFunction {
  readonly arity: 1 | 2 | 3
  /** The dtype of the result, or null where the function does not take these arguments. */
  result(args: readonly DType[]): DType | null
  /** What it takes, in words for a refusal. */
  readonly takes: string
  /** In f64; true is 1. Never infinite or NaN for finite arguments where the mathematics is finite. */
  evaluate(a: number, b: number, c: number): number
  /** The same for whole numbers, where that differs. */
  readonly whole?: (a: number, b: number, c: number) => number
  /**
   * A WGSL expression of the arguments' expressions, without brackets around it. Neither overflows nor cancels where `evaluate` does not.
   * `dtype`: that of the arguments, where it matters (`mod`).
   */
  wgsl(args: readonly string[], dtype?: DType): string
  /** Bounds of the result from bounds of the arguments. */
  interval(args: readonly Range[]): Range
}

type Rule = Pick<PointwiseFunction, 'result' | 'takes'>
type Unary = (x: number) => number

const real = (arity: 1 | 2): Rule => ({
  result: (args) => (args.every((dtype) => dtype === 'f32') ? 'f32' : null),
  takes: arity === 1 ? 'f32' : 'f32 and f32',
})
const numeric: Rule = {
  result: ([a, b]) => (a !== undefined && a === b && a !== 'bool' ? a : null),
  takes: 'f32 and f32, or u32 and u32',
}
const comparison: Rule = { result: (args) => (numeric.result(args) ? 'bool' : null), takes: numeric.takes }
const equality: Rule = { result: ([a, b]) => (a !== undefined && a === b ? 'bool' : null), takes: 'two of one dtype' }
const logical = (arity: 1 | 2): Rule => ({
  result: (args) => (args.every((dtype) => dtype === 'bool') ? 'bool' : null),
  takes: arity === 1 ? 'bool' : 'bool and bool',
})

const first = (args: readonly Range[]): Range => args[0] ?? anything
const second = (args: readonly Range[]): Range => args[1] ?? anything

/** A function of one f32 element. */
const unary = (evaluate: Unary, text: (x: string) => string, interval: PointwiseFunction['interval']): PointwiseFunction => ({
  arity: 1,
  ...real(1),
  evaluate,
  wgsl: ([x = '']) => text(x),
  interval,
})

const arithmetic = (
  evaluate: (a: number, b: number) => number,
  text: (a: string, b: string) => string,
  interval: (a: Range, b: Range) => Range,
): PointwiseFunction => ({
  arity: 2,
  ...numeric,
  evaluate,
  wgsl: ([a = '', b = '']) => text(a, b),
  interval: (args) => interval(first(args), second(args)),
})

const predicate = (rule: Rule, evaluate: (a: number, b: number) => boolean, sign: string): PointwiseFunction => ({
  arity: 2,
  ...rule,
  evaluate: (a, b) => (evaluate(a, b) ? 1 : 0),
  wgsl: ([a = '', b = '']) => wgsl.infix(a, sign, b),
  interval: () => truth,
})

const sigmoid: Unary = (x) => 1 / (1 + Math.exp(-x))
const softplus: Unary = (x) => (x > 20 ? x : Math.log1p(Math.exp(x)))
const logSigmoid: Unary = (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)))
const silu: Unary = (x) => x * sigmoid(x)
const gelu: Unary = (x) => 0.5 * x * erfc(-x / Math.SQRT2)
const geluTanh: Unary = (x) => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))
const relu: Unary = (x) => (x < 0 ? 0 : x)
const modulo = (a: number, b: number): number => a - b * Math.floor(a / b)

/** The image under a function that falls to `least` somewhere below 0 and rises from there; it tends to 0 at minus infinity. */
const valley =
  (f: Unary, least: number): PointwiseFunction['interval'] =>
  (args) => {
    const { min, max } = first(args)
    const end = (x: number) => (x === Number.NEGATIVE_INFINITY ? 0 : f(x))
    return min >= 0 ? { min: f(min), max: f(max) } : { min: least, max: Math.max(end(min), end(max)) }
  }

const absolute = (args: readonly Range[]): Range => {
  const { min, max } = first(args)
  return { min: min <= 0 && max >= 0 ? 0 : Math.min(Math.abs(min), Math.abs(max)), max: Math.max(Math.abs(min), Math.abs(max)) }
}

const wave = (): Range => ({ min: -1, max: 1 })

const power = (a: Range, b: Range): Range => {
  if (a.min >= 0) {
    const corners = [a.min ** b.min, a.min ** b.max, a.max ** b.min, a.max ** b.max]
    return corners.some(Number.isNaN) ? { min: 0, max: Number.POSITIVE_INFINITY } : { min: Math.min(...corners), max: Math.max(...corners) }
  }
  const even = b.min === b.max && b.min % 2 === 0
  return even ? { min: 0, max: Number.POSITIVE_INFINITY } : anything
}

const remainder = (a: Range, b: Range): Range => {
  if (!(b.min > 0)) return anything
  return a.min >= 0 && a.max < b.min ? a : { min: 0, max: b.max }
}

/** Every pointwise function by its name in `attrs.fn`. */
export const pointwise: Readonly<Record<string, PointwiseFunction>> = {
  neg: unary(
    (x) => -x,
    wgsl.negated,
    (args) => negateRange(first(args)),
  ),
  exp: unary(Math.exp, (x) => `exp(${x})`, increasing(Math.exp)),
  exp2: unary(
    (x) => 2 ** x,
    (x) => `exp2(${x})`,
    increasing((x) => 2 ** x),
  ),
  log: unary(Math.log, (x) => `log(${x})`, increasing(Math.log)),
  sqrt: unary(Math.sqrt, (x) => `sqrt(${x})`, increasing(Math.sqrt)),
  rsqrt: unary(
    (x) => 1 / Math.sqrt(x),
    (x) => `inverseSqrt(${x})`,
    decreasing((x) => 1 / Math.sqrt(x)),
  ),
  abs: unary(Math.abs, (x) => `abs(${x})`, absolute),
  sin: unary(Math.sin, wgsl.sin, wave),
  cos: unary(Math.cos, wgsl.cos, wave),
  tanh: unary(Math.tanh, wgsl.tanh, increasing(Math.tanh)),
  sigmoid: unary(sigmoid, wgsl.sigmoid, increasing(sigmoid)),
  log_sigmoid: unary(
    logSigmoid,
    wgsl.logSigmoid,
    increasing((x) => (x === Number.NEGATIVE_INFINITY ? x : logSigmoid(x))),
  ),
  softplus: unary(softplus, wgsl.softplus, increasing(softplus)),
  silu: unary(silu, wgsl.silu, valley(silu, -0.2785)),
  gelu: unary(gelu, wgsl.gelu, valley(gelu, -0.1701)),
  gelu_tanh: unary(geluTanh, wgsl.geluTanh, valley(geluTanh, -0.1701)),
  relu: unary(relu, wgsl.relu, increasing(relu)),

  add: arithmetic(
    (a, b) => a + b,
    (a, b) => wgsl.infix(a, '+', b),
    addRanges,
  ),
  sub: arithmetic(
    (a, b) => a - b,
    (a, b) => wgsl.infix(a, '-', b),
    subtractRanges,
  ),
  mul: arithmetic(
    (a, b) => a * b,
    (a, b) => wgsl.infix(a, '*', b),
    multiplyRanges,
  ),
  div: {
    ...arithmetic(
      (a, b) => a / b,
      (a, b) => wgsl.infix(a, '/', b),
      divideRanges,
    ),
    whole: (a, b) => Math.trunc(a / b),
  },
  mod: {
    ...arithmetic(modulo, wgsl.modulo, remainder),
    whole: (a, b) => a % b,
    wgsl: ([a = '', b = ''], dtype = 'f32') => (dtype === 'f32' ? wgsl.modulo(a, b) : wgsl.infix(a, '%', b)),
  },
  pow: { ...arithmetic((a, b) => a ** b, wgsl.power, power), ...real(2) },
  min: arithmetic(
    (a, b) => Math.min(a, b),
    (a, b) => `min(${a}, ${b})`,
    (a, b) => ({ min: Math.min(a.min, b.min), max: Math.min(a.max, b.max) }),
  ),
  max: arithmetic(
    (a, b) => Math.max(a, b),
    (a, b) => `max(${a}, ${b})`,
    (a, b) => ({ min: Math.max(a.min, b.min), max: Math.max(a.max, b.max) }),
  ),

  lt: predicate(comparison, (a, b) => a < b, '<'),
  le: predicate(comparison, (a, b) => a <= b, '<='),
  gt: predicate(comparison, (a, b) => a > b, '>'),
  ge: predicate(comparison, (a, b) => a >= b, '>='),
  eq: predicate(equality, (a, b) => a === b, '=='),
  ne: predicate(equality, (a, b) => a !== b, '!='),
  and: predicate(logical(2), (a, b) => a !== 0 && b !== 0, '&&'),
  or: predicate(logical(2), (a, b) => a !== 0 || b !== 0, '||'),
  not: { arity: 1, ...logical(1), evaluate: (x) => (x === 0 ? 1 : 0), wgsl: ([x = '']) => `!${wgsl.operand(x)}`, interval: () => truth },

  select: {
    arity: 3,
    result: ([condition, a, b]) => (condition === 'bool' && a !== undefined && a === b ? a : null),
    takes: 'bool, then two of one dtype',
    evaluate: (condition, a, b) => (condition !== 0 ? a : b),
    wgsl: ([condition = '', a = '', b = '']) => `select(${b}, ${a}, ${condition})`,
    interval: (args) => hull(args.slice(1)),
  },
  to_f32: {
    arity: 1,
    result: ([x]) => (x === 'u32' || x === 'bool' ? 'f32' : null),
    takes: 'u32 or bool',
    evaluate: (x) => x,
    wgsl: ([x = '']) => `f32(${x})`,
    interval: first,
  },
  to_u32: {
    arity: 1,
    result: ([x]) => (x === 'f32' ? 'u32' : null),
    takes: 'f32',
    evaluate: (x) => Math.max(0, Math.trunc(x)),
    wgsl: ([x = '']) => `u32(max(${x}, 0.0))`,
    interval: (args) => ({ min: Math.max(0, Math.floor(first(args).min)), max: Math.max(0, first(args).max) }),
  },
}

/** The function by name. @throws Error if there is none */
export function pointwiseFunction(name: unknown): PointwiseFunction {
  const found = typeof name === 'string' && Object.hasOwn(pointwise, name) ? pointwise[name] : undefined
  if (!found) throw new Error(`unknown pointwise function ${String(name)}`)
  return found
}
