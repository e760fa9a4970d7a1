import type { Op } from '../op.ts'
import { attention } from './attention.ts'
import { concat } from './concat.ts'
import { constant } from './constant.ts'
import { conv1d } from './conv1d.ts'
import { dropout } from './dropout.ts'
import { embedding } from './embedding.ts'
import { finalState } from './final-state.ts'
import { flip } from './flip.ts'
import { gather } from './gather.ts'
import { input } from './input.ts'
import { iota } from './iota.ts'
import { length } from './length.ts'
import { linear } from './linear.ts'
import { linearBank } from './linear-bank.ts'
import { norm } from './norm.ts'
import { permute } from './permute.ts'
import { pointwise } from './pointwise.ts'
import { pool } from './pool.ts'
import { position } from './position.ts'
import { recurrence } from './recurrence.ts'
import { reduce } from './reduce.ts'
import { reshape } from './reshape.ts'
import { rotate } from './rotate.ts'
import { shift } from './shift.ts'
import { slice } from './slice.ts'
import { softmax } from './softmax.ts'
import { topK } from './top-k.ts'
import { weight } from './weight.ts'

const all: readonly Op[] = [
  input,
  weight,
  constant,
  position,
  length,
  iota,
  pointwise,
  linear,
  linearBank,
  embedding,
  norm,
  conv1d,
  shift,
  flip,
  pool,
  slice,
  concat,
  reshape,
  permute,
  reduce,
  softmax,
  topK,
  gather,
  dropout,
  rotate,
  recurrence,
  finalState,
  attention,
]

/** Every op of the graph by its name. */
export const ops: Readonly<Record<string, Op>> = Object.freeze(
  Object.assign(Object.create(null), Object.fromEntries(all.map((op) => [op.name, op]))),
)

/** The names of ops that keep a state between runs. */
export const stateful: ReadonlySet<string> = new Set(all.filter((op) => op.stateful).map((op) => op.name))

/** @throws Error if there is no such op */
export function opNamed(name: string): Op {
  const op = ops[name]
  if (!op) throw new Error(`unknown op ${name}`)
  return op
}
