import type { ValueType } from './graph.ts'

/** How one argument of a recurrence or attention reaches the heads. */
export interface MappedArgument {
  readonly batch: boolean
  readonly time: boolean
  /** Its counts per map axis; none: all heads share it. */
  readonly map: readonly number[]
}

export interface Mapping {
  /** Counts of the heads per map axis, those of the result. */
  readonly heads: readonly number[]
  readonly args: readonly MappedArgument[]
  readonly problem?: MappingProblem
}

export interface MappingProblem {
  readonly argument: number
  readonly found: string
  readonly expected: string
}

/**
 * The one mapping rule: the declared rank is what one head sees; the axes before it are map axes. An argument without any is shared, all
 * others have equally many; per axis the largest count wins and every other divides it. Head `j` of `n` reads `floor(j / (n / count))`.
 *
 * With a `problem` the rest is a best effort, for messages.
 */
export function mapArguments(types: readonly ValueType[], declaredRanks: readonly number[]): Mapping {
  let problem: MappingProblem | undefined
  const refuse = (argument: number, found: string, expected: string) => {
    problem ??= { argument, found, expected }
  }
  const args = types.map((type, i): MappedArgument => {
    const rank = declaredRanks[i] ?? 0
    if (type.shape.length < rank) refuse(i, axes(type.shape.length), `at least ${rank}, which one head sees`)
    return { batch: type.batch, time: type.time, map: type.shape.slice(0, Math.max(0, type.shape.length - rank)) }
  })
  const heads: number[] = []
  const widest = args.findIndex((arg) => arg.map.length > 0)
  const depth = args[widest]?.map.length ?? 0
  for (const [i, arg] of args.entries()) {
    if (arg.map.length > 0 && arg.map.length !== depth) {
      refuse(i, `${count(arg.map.length, 'map axis', 'map axes')} [${arg.map.join(', ')}]`, `${depth} as in argument ${widest}, or none`)
    }
  }
  for (let axis = 0; axis < depth; axis++) {
    const counts = args.map((arg) => arg.map[axis] ?? 1)
    const most = Math.max(...counts)
    for (const [i, size] of counts.entries()) {
      if (size === 0 || most % size !== 0) refuse(i, `${size} on map axis ${axis}`, `a divisor of ${most}, the largest count`)
    }
    heads.push(most)
  }
  return problem === undefined ? { heads, args } : { heads, args, problem }
}

/** Which of the argument's own heads a head reads; both are flat indices. */
export function headOf(map: readonly number[], heads: readonly number[], head: number): number {
  let flat = 0
  let stride = 1
  let rest = head
  for (let axis = heads.length - 1; axis >= 0; axis--) {
    const size = heads[axis] ?? 1
    const own = map[axis] ?? 1
    flat += Math.floor((rest % size) / (size / own)) * stride
    rest = Math.floor(rest / size)
    stride *= own
  }
  return flat
}

const axes = (length: number): string => count(length, 'feature axis', 'feature axes')
const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`
