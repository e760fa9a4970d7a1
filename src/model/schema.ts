import { z } from 'zod'
import type { Attribute, Graph } from '../graph/graph.ts'
import { stableJson } from '../util/json.ts'
import type { Init, Model, TensorSource } from './model.ts'

const count = z.int().nonnegative()
const shape = z.array(count)
const dtype = z.enum(['f32', 'u32', 'bool'])
const attribute: z.ZodType<Attribute> = z.lazy(() =>
  z.union([z.number(), z.string(), z.boolean(), z.null(), z.array(attribute), z.record(z.string(), attribute)]),
)
const attributes = z.record(z.string(), attribute)

const valueType = z.strictObject({ dtype, batch: z.boolean(), time: z.boolean(), shape })

const node = z.strictObject({
  id: count,
  op: z.string(),
  inputs: z.array(count),
  attrs: attributes,
  type: valueType,
  path: z.string(),
  source: z.string(),
})

const bodyParam = z.strictObject({
  name: z.string(),
  shape,
  min: z.number().nullable(),
  max: z.number().nullable(),
  side: z.enum(['i', 'j']).nullable(),
})

const bodyNode = z.strictObject({ id: count, op: z.string(), inputs: z.array(count), attrs: attributes, dtype, shape })

const body = { name: z.string(), source: z.string(), params: z.array(bodyParam), nodes: z.array(bodyNode) }

/** The form of a graph as JSON. What is legal in it beyond its form is for `verifyGraph`. */
const graphSchema: z.ZodType<Graph> = z.strictObject({
  nodes: z.array(node),
  outputs: z.array(z.strictObject({ name: z.string(), node: count })),
  recurrences: z.array(
    z.strictObject({
      ...body,
      states: z.array(z.strictObject({ name: z.string(), shape, init: count.nullable(), next: count })),
      out: count,
    }),
  ),
  attentions: z.array(
    z.strictObject({
      ...body,
      mask: count.nullable(),
      score: count,
      weighting: z.enum(['softmax', 'sigmoid']),
      sink: count.nullable(),
      value: count,
    }),
  ),
})

/** The form of a starting value. */
export const initSchema: z.ZodType<Init> = z.lazy(() =>
  z.union([z.number(), z.array(z.number()), z.strictObject({ fn: z.string(), args: z.array(initSchema) })]),
)

const tensorSource: z.ZodType<TensorSource> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('tensor'), name: z.string(), shape }),
    z.strictObject({ kind: z.literal('fill'), value: z.number(), shape }),
    z.strictObject({ kind: z.literal('apply'), op: z.string(), attrs: attributes, inputs: z.array(tensorSource), shape }),
  ]),
)

/** The form of a mapping, whatever the format of the files. */
export const mappingSchema = z.strictObject({
  weights: z.array(z.strictObject({ path: z.string(), from: tensorSource, optional: z.boolean() })),
  ignore: z.array(z.string()),
  expect: z.array(z.strictObject({ keys: z.array(z.string()).min(1), value: z.union([z.number(), z.string(), z.boolean(), z.null()]) })),
})

/** The form of how far ahead values look. */
export const horizonSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('causal') }),
  z.strictObject({
    kind: z.literal('prefix'),
    upto: z.union([z.int().nonnegative(), z.string()]),
    because: z.string(),
    source: z.string(),
  }),
  z.strictObject({ kind: z.literal('whole'), because: z.string(), source: z.string() }),
])

const border = z.array(z.strictObject({ name: z.string(), doc: z.string(), type: valueType }))

/** The form of a model as JSON. What is legal in it beyond its form is for `verifyModel`. */
export const modelSchema: z.ZodType<Model> = z.strictObject({
  name: z.string(),
  doc: z.string(),
  source: z.string(),
  sizes: z.array(z.strictObject({ name: z.string(), value: z.number() })),
  inputs: border,
  outputs: border,
  weights: z.array(z.strictObject({ path: z.string(), shape, init: initSchema, source: z.string() })),
  instances: z.array(
    z.strictObject({
      path: z.string(),
      parent: z.string(),
      definition: z.string(),
      source: z.string(),
      in: z.array(valueType),
      out: valueType,
    }),
  ),
  graph: graphSchema,
  checkpoint: mappingSchema.extend({ format: z.literal('safetensors') }).nullable(),
  precision: z.array(z.strictObject({ pattern: z.string(), dtype: z.enum(['f32', 'f16', 'bf16']) })),
  horizon: horizonSchema,
})

/** The model as JSON with sorted keys: equal models give equal text. */
export const modelJson = (model: Model): string => stableJson(model, 2)

/** @throws z.ZodError if the text is not the JSON of a model */
export const parseModel = (json: string): Model => modelSchema.parse(JSON.parse(json))

export const graphJson = (graph: Graph): string => stableJson(graph, 2)

/** @throws z.ZodError if the text is not the JSON of a graph */
export const parseGraph = (json: string): Graph => graphSchema.parse(JSON.parse(json))
