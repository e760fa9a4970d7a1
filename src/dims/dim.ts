/**
 * Symbolic sizes. A dim is a sum of terms, each a rational coefficient times integer powers of atoms (names, or what has no
 * polynomial form: a remainder, a rounding, a quotient that does not come out). Equal sums of products have equal normal forms, so
 * equality is syntactic; division by one term is always exact, division by several comes out or stays a quotient.
 *
 * Whether a size is whole is a question about numbers, which stand beside these forms in the checker; forms are what messages name.
 */
export interface Dim {
  /** In the order in which they were first written: printing keeps the author's spelling. Never with coefficient 0, no two alike. */
  readonly terms: readonly Term[]
}

export interface Term {
  readonly coefficient: Rational
  readonly factors: readonly Factor[]
}

export interface Factor {
  readonly atom: Atom
  /** Never 0. */
  readonly power: number
}

export type Atom =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly fn: 'quotient' | 'remainder' | 'round_up' | 'min' | 'max'; readonly args: readonly Dim[] }

/** In lowest terms, with a positive denominator. */
export interface Rational {
  readonly over: number
  readonly under: number
}

export const zero: Dim = { terms: [] }
export const one: Dim = constant(1)

export function constant(value: number): Dim {
  return value === 0 ? { terms: [] } : { terms: [{ coefficient: { over: value, under: 1 }, factors: [] }] }
}

export const named = (name: string): Dim => atomic({ kind: 'name', name })

export function add(a: Dim, b: Dim): Dim {
  const terms = [...a.terms]
  for (const term of b.terms) {
    const key = factorsKey(term.factors)
    const at = terms.findIndex((other) => factorsKey(other.factors) === key)
    const same = terms[at]
    if (same === undefined) {
      terms.push(term)
      continue
    }
    const coefficient = addRational(same.coefficient, term.coefficient)
    if (coefficient.over === 0) terms.splice(at, 1)
    else terms[at] = { ...same, coefficient }
  }
  return { terms }
}

export const negate = (a: Dim): Dim => scale(a, { over: -1, under: 1 })
export const subtract = (a: Dim, b: Dim): Dim => add(a, negate(b))

export function multiply(a: Dim, b: Dim): Dim {
  let sum = zero
  for (const x of a.terms) for (const y of b.terms) sum = add(sum, { terms: [multiplyTerms(x, y)] })
  return sum
}

/** The quotient as a dim: a polynomial where the division comes out, else an atom of its own. Undefined for division by 0. */
export function divide(a: Dim, b: Dim): Dim | undefined {
  const [term] = b.terms
  if (term === undefined) return undefined
  if (b.terms.length === 1) return { terms: a.terms.map((one) => multiplyTerms(one, inverse(term))) }
  return longDivision(a, b) ?? call('quotient', a, b)
}

/** `fn` of dims that are not both constants, as an atom. */
export function call(fn: Extract<Atom, { kind: 'call' }>['fn'], ...args: readonly Dim[]): Dim {
  const values = args.map((arg) => constantValue(arg))
  if (values.every((value) => value !== undefined)) {
    const value = evaluateCall(fn, values)
    if (value !== undefined && Number.isSafeInteger(value)) return constant(value)
  }
  return atomic({ kind: 'call', fn, args })
}

/** The number, where no name is left. */
export function constantValue(a: Dim): number | undefined {
  if (a.terms.length === 0) return 0
  const [term] = a.terms
  if (a.terms.length > 1 || term === undefined || term.factors.length > 0) return undefined
  return term.coefficient.over / term.coefficient.under
}

export function equal(a: Dim, b: Dim): boolean {
  return a === b || key(a) === key(b)
}

/** The same text for equal dims, whatever the order in which they were written. */
export function key(a: Dim): string {
  return a.terms
    .map(({ coefficient, factors }) => `${coefficient.over}/${coefficient.under}*${factorsKey(factors)}`)
    .sort()
    .join(' + ')
}

/** Replaces names; those that `of` gives nothing for stay. */
export function substitute(a: Dim, of: (name: string) => Dim | undefined): Dim {
  let sum = zero
  for (const { coefficient, factors } of a.terms) {
    let product: Dim = { terms: [{ coefficient, factors: [] }] }
    for (const { atom, power } of factors) {
      const base = atom.kind === 'name' ? (of(atom.name) ?? atomic(atom)) : call(atom.fn, ...atom.args.map((arg) => substitute(arg, of)))
      for (let i = 0; i < Math.abs(power); i++) product = power > 0 ? multiply(product, base) : (divide(product, base) ?? product)
    }
    sum = add(sum, product)
  }
  return sum
}

/** The number for given values of the names; undefined where one is missing or a division is by 0. */
export function evaluate(a: Dim, of: (name: string) => number | undefined): number | undefined {
  let sum: Rational = { over: 0, under: 1 }
  for (const { coefficient, factors } of a.terms) {
    let product = coefficient
    for (const { atom, power } of factors) {
      const value = atom.kind === 'name' ? of(atom.name) : callValue(atom, of)
      if (value === undefined || (value === 0 && power < 0)) return undefined
      for (let i = 0; i < Math.abs(power); i++)
        product = rational(product.over * (power > 0 ? value : 1), product.under * (power > 0 ? 1 : value))
    }
    sum = addRational(sum, product)
  }
  return sum.over / sum.under
}

/** The names in the order of their first use. */
export function namesIn(a: Dim): readonly string[] {
  const found = new Set<string>()
  for (const { factors } of a.terms) {
    for (const { atom } of factors) {
      if (atom.kind === 'name') found.add(atom.name)
      else for (const arg of atom.args) for (const name of namesIn(arg)) found.add(name)
    }
  }
  return [...found]
}

function atomic(atom: Atom): Dim {
  return { terms: [{ coefficient: { over: 1, under: 1 }, factors: [{ atom, power: 1 }] }] }
}

function scale(a: Dim, by: Rational): Dim {
  return { terms: a.terms.map((term) => ({ ...term, coefficient: multiplyRational(term.coefficient, by) })) }
}

function multiplyTerms(a: Term, b: Term): Term {
  const factors = [...a.factors]
  for (const factor of b.factors) {
    const at = factors.findIndex((other) => atomKey(other.atom) === atomKey(factor.atom))
    const same = factors[at]
    if (same === undefined) factors.push(factor)
    else if (same.power + factor.power === 0) factors.splice(at, 1)
    else factors[at] = { ...same, power: same.power + factor.power }
  }
  return { coefficient: multiplyRational(a.coefficient, b.coefficient), factors }
}

const inverse = ({ coefficient, factors }: Term): Term => ({
  coefficient: rational(coefficient.under, coefficient.over),
  factors: factors.map(({ atom, power }) => ({ atom, power: -power })),
})

/** Divides by the leading term until nothing is left; gives up when the remainder does not shrink. */
function longDivision(a: Dim, b: Dim): Dim | undefined {
  const lead = leading(b)
  let rest = a
  let quotient = zero
  for (let step = 0; rest.terms.length > 0; step++) {
    if (step > 16) return undefined
    const next: Dim = { terms: [multiplyTerms(leading(rest), inverse(lead))] }
    if (next.terms[0]?.factors.some(({ power }) => power < 0)) return undefined
    quotient = add(quotient, next)
    rest = subtract(rest, multiply(next, b))
  }
  return quotient
}

const leading = (a: Dim): Term => [...a.terms].sort((x, y) => compareMonomials(x, y))[0] as Term

/** Lexicographic by name, higher powers first: a monomial order, so that long division ends. */
function compareMonomials(a: Term, b: Term): number {
  const names = [...new Set([...a.factors, ...b.factors].map(({ atom }) => atomKey(atom)))].sort()
  for (const name of names) {
    const power = ({ factors }: Term): number => factors.find(({ atom }) => atomKey(atom) === name)?.power ?? 0
    if (power(a) !== power(b)) return power(b) - power(a)
  }
  return 0
}

const atomKey = (atom: Atom): string => (atom.kind === 'name' ? atom.name : `${atom.fn}(${atom.args.map(key).join(', ')})`)

const factorsKey = (factors: readonly Factor[]): string =>
  factors
    .map(({ atom, power }) => `${atomKey(atom)}^${power}`)
    .sort()
    .join('*')

function callValue(atom: Extract<Atom, { kind: 'call' }>, of: (name: string) => number | undefined): number | undefined {
  const args = atom.args.map((arg) => evaluate(arg, of))
  return args.every((arg) => arg !== undefined) ? evaluateCall(atom.fn, args) : undefined
}

function evaluateCall(fn: Extract<Atom, { kind: 'call' }>['fn'], [a = 0, b = 0]: readonly number[]): number | undefined {
  if (fn === 'min') return Math.min(a, b)
  if (fn === 'max') return Math.max(a, b)
  if (b === 0) return undefined
  if (fn === 'quotient') return a / b
  return fn === 'remainder' ? a - b * Math.floor(a / b) : Math.ceil(a / b) * b
}

function rational(over: number, under: number): Rational {
  const sign = under < 0 ? -1 : 1
  const common = divisor(Math.abs(over), Math.abs(under)) * sign
  return { over: over / common, under: under / common }
}

const addRational = (a: Rational, b: Rational): Rational => rational(a.over * b.under + b.over * a.under, a.under * b.under)
const multiplyRational = (a: Rational, b: Rational): Rational => rational(a.over * b.over, a.under * b.under)

function divisor(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b]
  return a === 0 ? 1 : a
}
