import { type Dim, printDim } from '../../dims/index.ts'
import type { TensorArgument } from './arguments.ts'

/**
 * How each argument's axes before the declared ones meet the heads that the body is mapped over: a forgotten axis silently means that all
 * heads share a value, so people are shown what is shared.
 */
export function describeMapping(tensors: readonly TensorArgument[], heads: readonly Dim[]): readonly string[] {
  if (heads.length === 0) return []
  const all = tensors.map(({ value, type }) => value.type.shape.slice(0, value.type.shape.length - type.axes.length))
  const counts = heads.map((_, axis) => Math.max(1, ...all.map((map) => map[axis] ?? 1)))
  const names = heads.map((form, axis) => {
    const text = printDim(form)
    return text === String(counts[axis]) ? text : `${text} = ${counts[axis]}`
  })
  const lines = tensors.map(({ param }, i) => `${param.name.text}: ${sharing(all[i] as readonly number[], counts)}`)
  return [`mapped over ${names.join(' and ')}`, ...lines]
}

function sharing(map: readonly number[], counts: readonly number[]): string {
  if (map.length === 0) return 'shared by all'
  const parts = counts.map((count, axis) => {
    const own = map[axis] ?? 1
    return own === count ? 'one for each' : own === 1 ? 'shared by all' : `${own}, each shared by ${count / own}`
  })
  return [...new Set(parts)].length === 1 ? (parts[0] as string) : parts.join('; ')
}
