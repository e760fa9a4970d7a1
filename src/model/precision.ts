import type { Model } from './model.ts'

export type Storage = Model['precision'][number]['dtype']

/** How something is stored: a weight by its path, or `state` or `activations`. Weights also answer to `weights`; f32 if nothing says otherwise. */
export function storageOf(precision: Model['precision'], key: string): Storage {
  const group = key === 'state' || key === 'activations' ? key : 'weights'
  return precision.find(({ pattern }) => pattern === group || matches(pattern, key))?.dtype ?? 'f32'
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
