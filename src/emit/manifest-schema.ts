import { z } from 'zod'
import { horizonSchema, initSchema, mappingSchema } from '../model/schema.ts'
import type { Manifest } from '../runtime/manifest.ts'

/** The form of `manifest.json`, for tools that read it. */

const count = z.int().nonnegative()
const shape = z.array(count)

const operand = z.strictObject({ arena: count, offset: count, stride: count, column: count, words: count })

const io = z.strictObject({
  name: z.string(),
  doc: z.string(),
  dtype: z.enum(['f32', 'u32']),
  batch: z.boolean(),
  time: z.boolean(),
  shape,
  below: count.optional(),
  last: operand.optional(),
  all: operand.optional(),
})

const weight = z.strictObject({
  path: z.string(),
  shape,
  init: initSchema,
  constant: z.literal(true).optional(),
  format: z.enum(['f16', 'bf16']).optional(),
  packed: z.literal(true).optional(),
  parts: z.array(z.strictObject({ buffer: count, offset: count, first: count, rows: count })),
})

const state = z.union([
  z.strictObject({ kind: z.literal('fold'), path: z.string(), words: count }),
  z.strictObject({ kind: z.literal('cache'), path: z.string(), words: count, window: count.nullable() }),
])

const buffer = z.union([
  z.strictObject({ kind: z.literal('arena'), arena: count }),
  z.strictObject({ kind: z.literal('weights'), buffer: count, offset: count, words: count }),
  z.strictObject({ kind: z.literal('state'), state: count }),
  z.strictObject({ kind: z.literal('input'), name: z.string() }),
])

const place = z.union([
  z.strictObject({ kind: z.literal('number'), value: count }),
  z.strictObject({ kind: z.literal('arena'), arena: count, offset: count }),
  z.strictObject({ kind: z.literal('capacity'), state: count }),
])

const term = z.union([
  count,
  z.strictObject({ of: z.enum(['rows', 'batch', 'tokens']), times: count, tile: count, plus: count.optional() }),
  z.strictObject({ of: z.literal('capacity'), state: count, tile: count, most: count, plus: z.int().optional() }),
])

const command = z.strictObject({
  kernel: count,
  buffers: z.array(buffer),
  places: z.array(place),
  grid: z.tuple([term, term, term]),
  label: z.string(),
})

export const manifestSchema: z.ZodType<Manifest> = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  doc: z.string(),
  inputs: z.array(io),
  outputs: z.array(io),
  horizon: horizonSchema,
  weights: z.array(weight),
  weightBuffers: z.array(count),
  states: z.array(state),
  arenas: z.array(z.strictObject({ words: count, rows: z.enum(['chunk', 'batch']), use: z.enum(['session', 'forward']) })),
  kernels: z.array(
    z.strictObject({ name: z.string(), family: z.string(), access: z.array(z.enum(['read', 'read_write'])), places: count }),
  ),
  programs: z.strictObject({
    prefill: z.array(command),
    take: z.array(command),
    tail: z.array(command),
    step: z.array(command),
    forwardTail: z.array(command),
  }),
  sampling: z.strictObject({ tokens: z.string(), logits: z.string(), vocab: count }).nullable(),
  checkpoint: mappingSchema.nullable(),
  limits: z.record(z.string(), z.number()),
  parameters: count,
}) as z.ZodType<Manifest>
