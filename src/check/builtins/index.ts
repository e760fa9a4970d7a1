import { pointwise } from '../../graph/pointwise.ts'
import type { Builtin } from './builtin.ts'
import { functions } from './functions.ts'
import { routing } from './routing.ts'
import { time } from './time.ts'
import { views } from './views.ts'
import { weighted } from './weighted.ts'

/** Layers that are ops of the graph; everything else is library text. */
export const builtins: ReadonlyMap<string, Builtin> = new Map(
  [...routing, ...weighted, ...views, ...functions, ...time].map((builtin) => [builtin.name, builtin]),
)

const operators = new Set([
  'add',
  'sub',
  'mul',
  'div',
  'mod',
  'pow',
  'lt',
  'le',
  'gt',
  'ge',
  'eq',
  'ne',
  'and',
  'or',
  'not',
  'neg',
  'to_f32',
  'to_u32',
])

/** Functions of elements that are called by name. `max(x)` of one argument is a reduction, `max(a, b)` one of these. */
export const pointwiseFunctions: ReadonlySet<string> = new Set(Object.keys(pointwise).filter((fn) => !operators.has(fn)))

/** Starting values: with how many numbers they are called. */
export const initFunctions: Readonly<Record<string, number>> = {
  zeros: 0,
  ones: 0,
  normal: 1,
  uniform: 2,
  log_uniform: 2,
  inverse_softplus: 1,
}

/** Functions of compile-time numbers only. */
export const numberFunctions: ReadonlySet<string> = new Set(['round_up'])

/** What only the body of a recurrence or an attention can say. */
export const bodyFunctions: ReadonlySet<string> = new Set(['outer', 'read', 'diag', 'dot', 'matvec'])

/** Every name that needs no declaration. */
export const builtinNames: ReadonlySet<string> = new Set([
  ...['true', 'false', 'none', 'position'],
  ...builtins.keys(),
  ...pointwiseFunctions,
  ...Object.keys(initFunctions),
  ...numberFunctions,
  ...bodyFunctions,
])
