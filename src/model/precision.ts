import type { Model } from './model.ts'

export type Storage = Model['precision'][number]['dtype']

export const storages: readonly Storage[] = ['f32', 'f16', 'bf16']

export const isStorage = (text: string): text is Storage => (storages as readonly string[]).includes(text)

const groups: readonly string[] = ['weights', 'state', 'activations']

/** How `state` or `activations` are stored, or a weight by its path: by the first pattern that it matches, else as `weights`; f32 if nothing says otherwise. */
export function storageOf(precision: Model['precision'], key: string): Storage {
  const group = groups.includes(key) ? key : 'weights'
  const fits = (pattern: string) => pattern === group || (key !== group && !groups.includes(pattern) && matches(pattern, key))
  return precision.find(({ pattern }) => fits(pattern))?.dtype ?? 'f32'
}

/** With another storage of weights, but for those that a pattern names. */
export function withWeights(precision: Model['precision'], dtype: Storage): Model['precision'] {
  const isGroup = ({ pattern }: { readonly pattern: string }): boolean => groups.includes(pattern)
  const others = precision.filter((entry) => isGroup(entry) && entry.pattern !== 'weights')
  return [...precision.filter((entry) => !isGroup(entry)), { pattern: 'weights', dtype }, ...others]
}

export const bytesOf = (storage: Storage): number => (storage === 'f32' ? 4 : 2)

/** `*` stands for any text, dots included; everything else for itself. */
export function matches(pattern: string, path: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return pattern === path
  if (!path.startsWith(first)) return false
  const last = rest.pop() ?? ''
  let from = first.length
  for (const part of rest) {
    const found = path.indexOf(part, from)
    if (found < 0) return false
    from = found + part.length
  }
  return path.length - last.length >= from && path.endsWith(last)
}
