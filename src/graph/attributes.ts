import type { Attribute, Attributes } from './graph.ts'
import { ShapeError } from './op.ts'

/** Readers of an op's attributes: each gives the value or refuses the node. */

export function wholeNumber(attrs: Attributes, name: string, least = 0): number {
  const value = attrs[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  throw refused(name, value, `a whole number, at least ${least}`)
}

export function wholeNumbers(attrs: Attributes, name: string, least = 0): readonly number[] {
  const value = attrs[name]
  if (Array.isArray(value) && value.every((item) => typeof item === 'number' && Number.isSafeInteger(item) && item >= least)) return value
  throw refused(name, value, `a list of whole numbers, each at least ${least}`)
}

export function finiteNumber(attrs: Attributes, name: string, least = Number.NEGATIVE_INFINITY): number {
  const value = attrs[name]
  if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value
  throw refused(name, value, least === Number.NEGATIVE_INFINITY ? 'a finite number' : `a finite number, at least ${least}`)
}

export function text(attrs: Attributes, name: string): string {
  const value = attrs[name]
  if (typeof value === 'string' && value !== '') return value
  throw refused(name, value, 'a text that is not empty')
}

export function flag(attrs: Attributes, name: string): boolean {
  const value = attrs[name]
  if (typeof value === 'boolean') return value
  throw refused(name, value, 'true or false')
}

export function choice<T extends string>(attrs: Attributes, name: string, choices: readonly T[]): T {
  const value = attrs[name]
  const found = choices.find((item) => item === value)
  if (found !== undefined) return found
  throw refused(name, value, `one of ${choices.join(', ')}`)
}

/** Names that may be left out. */
export function optionalTexts(attrs: Attributes, name: string): readonly string[] {
  const value = attrs[name]
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw refused(name, value, 'a list of names')
}

const refused = (name: string, value: Attribute | undefined, expected: string): ShapeError =>
  new ShapeError(null, value === undefined ? `no ${name}` : `${name} ${JSON.stringify(value)}`, `${name} to be ${expected}`)
