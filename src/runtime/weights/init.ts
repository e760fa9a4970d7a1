import { InputError } from '../errors.ts'
import type { InitEntry, WeightEntry } from '../manifest.ts'
import { keyOf, philox, uniformPair } from '../philox.ts'
import { product } from '../tensor.ts'

type Random = (a: number, b: number, args: readonly number[]) => number
type Pointwise = (x: number, y: number) => number

/** A number for the element of that flat index. */
type Element = (index: number) => number

interface Context {
  readonly path: string
  readonly words: number
  readonly last: number
  readonly key: readonly [number, number]
  /** Random functions met so far: each has a stream of its own. */
  streams: number
}

/**
 * The starting values of a weight, a piece at a time. Random numbers are a function of (seed, path, element), never of order: adding a
 * layer changes no other layer's values, and every engine gives the same ones.
 *
 * @throws InputError for a function that does not exist
 */
export function initialiser(
  weight: Pick<WeightEntry, 'path' | 'shape' | 'init'>,
  seed: number,
): (from: number, into: Float32Array) => void {
  const words = product(weight.shape)
  const context: Context = { path: weight.path, words, last: weight.shape.at(-1) ?? 1, key: keyOf(weight.path, seed), streams: 0 }
  const element = compile(weight.init, context)
  return (from, into) => {
    for (let i = 0; i < into.length; i++) into[i] = element(from + i)
  }
}

function compile(init: InitEntry, context: Context): Element {
  if (typeof init === 'number') return () => init
  if (isList(init)) {
    if (init.length === 0 || context.words % init.length !== 0)
      throw new InputError(`${context.path}: its initialiser lists ${init.length} numbers for ${context.words} elements`)
    return (index) => init[index % init.length] ?? 0
  }
  const random = Object.hasOwn(randoms, init.fn) ? randoms[init.fn] : undefined
  if (random !== undefined) {
    const stream = context.streams++
    const args = init.args.map((arg) => {
      if (typeof arg !== 'number') throw new InputError(`${context.path}: ${init.fn} takes numbers`)
      return arg
    })
    const [k0, k1] = context.key
    const words = new Uint32Array(4)
    return (index) => {
      philox(words, index | 0, Math.floor(index / 2 ** 32), stream, 0, k0, k1)
      const [a, b] = uniformPair(words)
      return random(a, b, args)
    }
  }
  if (init.fn === 'iota') return (index) => index % context.last
  const fn = Object.hasOwn(functions, init.fn) ? functions[init.fn] : undefined
  if (fn === undefined) throw new InputError(`${context.path}: no initialiser ${init.fn}`)
  const args = init.args.map((arg) => compile(arg, context))
  const [x = zero, y = zero] = args
  return (index) => fn(x(index), y(index))
}

const zero: Element = () => 0
const isList = (init: InitEntry): init is readonly number[] => Array.isArray(init)

/** From two uniform numbers in [0, 1). */
const randoms: Readonly<Record<string, Random>> = {
  uniform: (a, _, [low = 0, high = 1]) => low + a * (high - low),
  log_uniform: (a, _, [low = 1, high = 1]) => Math.exp(Math.log(low) + a * (Math.log(high) - Math.log(low))),
  // Box-Muller; 1 - a is never 0.
  normal: (a, b, [std = 1, mean = 0]) => mean + std * Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b),
}

/** Applied to each element. */
const functions: Readonly<Record<string, Pointwise>> = {
  zeros: () => 0,
  ones: () => 1,
  constant: (x) => x,
  neg: (x) => -x,
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  log: Math.log,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  abs: Math.abs,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  log_sigmoid: (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  relu: (x) => Math.max(x, 0),
  // The number whose softplus is x; exact for small x too.
  inverse_softplus: (x) => x + Math.log(-Math.expm1(-x)),
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  mod: (x, y) => x - y * Math.floor(x / y),
  pow: (x, y) => x ** y,
  min: Math.min,
  max: Math.max,
}
