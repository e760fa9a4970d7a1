/**
 * Index arithmetic of generated kernels: sums of bounded unsigned variables with constant factors. Knowing every variable's range lets
 * a flattened index be split again without division where the mathematics allows it.
 */
export interface Index {
  readonly offset: number
  readonly terms: readonly Term[]
}

interface Term {
  readonly variable: Variable
  readonly factor: number
}

/** A u32 expression `text` with `0 <= value < range`. */
interface Variable {
  readonly text: string
  readonly range: number
  /** For what division left opaque: quotient and rest of the same index join again when they are added up. */
  readonly part?: { readonly of: Index; readonly by: number; readonly kind: 'quotient' | 'rest' }
}

export const literal = (value: number): Index => ({ offset: value, terms: [] })

/** A WGSL u32 expression as an index; a decimal literal (`12u`, `12`) is recognised as one. */
export function variable(text: string, range: number): Index {
  const constant = /^(\d+)u?$/.exec(text)
  if (constant?.[1] !== undefined) return literal(Number(constant[1]))
  return range === 1 ? literal(0) : { offset: 0, terms: [{ variable: { text, range }, factor: 1 }] }
}

export function add(a: Index, b: Index): Index {
  const terms = [...a.terms]
  for (const term of b.terms) {
    const at = terms.findIndex((other) => other.variable.text === term.variable.text)
    const same = terms[at]
    if (same) terms[at] = { variable: same.variable, factor: same.factor + term.factor }
    else terms.push(term)
  }
  return rejoin({ offset: a.offset + b.offset, terms: terms.filter((term) => term.factor !== 0) })
}

/** `(x / n) * n * f + (x % n) * f` is `x * f`. */
function rejoin(a: Index): Index {
  for (const rest of a.terms) {
    const part = rest.variable.part
    if (part?.kind !== 'rest') continue
    const text = print(part.of)
    const quotient = a.terms.find(
      ({ variable: v, factor }) =>
        v.part?.kind === 'quotient' && v.part.by === part.by && factor === rest.factor * part.by && print(v.part.of) === text,
    )
    if (!quotient) continue
    return add({ offset: a.offset, terms: a.terms.filter((term) => term !== rest && term !== quotient) }, scale(part.of, rest.factor))
  }
  return a
}

export function scale(a: Index, factor: number): Index {
  if (factor === 0) return literal(0)
  return { offset: a.offset * factor, terms: a.terms.map((term) => ({ variable: term.variable, factor: term.factor * factor })) }
}

/** The largest value, for indices without negative factors; Infinity otherwise. */
function bound(a: Index): number {
  let most = a.offset
  for (const { variable: v, factor } of a.terms) {
    if (factor < 0) return Number.POSITIVE_INFINITY
    most += factor * (v.range - 1)
  }
  return most
}

interface Parts {
  readonly quotient: Index
  readonly rest: Index
}

/** Splits off the multiples of `by`; `rest` holds what is left. */
function parts(a: Index, by: number): Parts {
  const whole = Math.floor(a.offset / by)
  return {
    quotient: {
      offset: whole,
      terms: a.terms.filter((t) => t.factor % by === 0).map((t) => ({ variable: t.variable, factor: t.factor / by })),
    },
    rest: { offset: a.offset - whole * by, terms: a.terms.filter((t) => t.factor % by !== 0) },
  }
}

/** floor(a / by), exact for indices that are never negative. */
export function divide(a: Index, by: number): Index {
  if (by === 1) return a
  const { quotient, rest } = parts(a, by)
  const most = bound(rest)
  if (most < by) return quotient
  return add(quotient, opaque(`(${printOperand(rest)} / ${by}u)`, Math.floor(most / by) + 1, { of: rest, by, kind: 'quotient' }))
}

const opaque = (text: string, range: number, part: NonNullable<Variable['part']>): Index =>
  range === 1 ? literal(0) : { offset: 0, terms: [{ variable: { text, range, part }, factor: 1 }] }

export function modulo(a: Index, by: number): Index {
  if (by === 1) return literal(0)
  const { rest } = parts(a, by)
  if (bound(rest) < by) return rest
  return opaque(`(${printOperand(rest)} % ${by}u)`, by, { of: rest, by, kind: 'rest' })
}

/** Row-major flat index. */
export function flatten(index: readonly Index[], shape: readonly number[]): Index {
  let flat = literal(0)
  for (const [axis, size] of shape.entries()) flat = add(scale(flat, size), index[axis] ?? literal(0))
  return flat
}

/** Inverse of `flatten`. */
export function unflatten(flat: Index, shape: readonly number[]): Index[] {
  const index: Index[] = []
  let rest = flat
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1
    index.unshift(axis === 0 ? rest : modulo(rest, size))
    if (axis > 0) rest = divide(rest, size)
  }
  return index
}

export function print(a: Index): string {
  const texts = a.terms.map(({ variable: v, factor }) => (factor === 1 ? v.text : `${v.text} * ${factor}u`))
  if (a.offset !== 0 || texts.length === 0) texts.push(`${a.offset}u`)
  return texts.join(' + ')
}

/** Printed as an operand of a product or a comparison. */
export function printOperand(a: Index): string {
  const text = print(a)
  return /^[\w.]+$/.test(text) ? text : `(${text})`
}

export const isLiteral = (a: Index): boolean => a.terms.length === 0
export const product = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1)
