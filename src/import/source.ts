import { fits } from '../check/checkpoint/pattern.ts'

/** A tensor as a safetensors header names it. */
export interface TensorShape {
  readonly name: string
  readonly shape: readonly number[]
}

/** What a family may ask besides the keys of its schema. */
export interface Source {
  /** Whether config.json has the key, and not null. Dots lead into objects. */
  given(key: string): boolean
  /** The key as it stands in the whole file, in which a text model may be nested. */
  key(name: string): string
  /** Whether a tensor fits the glob; generations of a family differ in names. */
  has(glob: string): boolean
}

export function sourceOf(config: Readonly<Record<string, unknown>>, prefix: string, tensors: readonly TensorShape[]): Source {
  const known = new Map<string, boolean>()
  return {
    given: (key) => (lookUp(config, key) ?? null) !== null,
    key: (name) => prefix + name,
    has: (glob) => {
      const before = known.get(glob)
      if (before !== undefined) return before
      const found = tensors.some(({ name }) => fits(glob, name))
      known.set(glob, found)
      return found
    },
  }
}

function lookUp(config: Readonly<Record<string, unknown>>, key: string): unknown {
  let value: unknown = config
  for (const part of key.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}
