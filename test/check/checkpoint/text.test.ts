import { expect, test } from 'vitest'
import { compareWithFile, resolveCheckpoint } from '../../../src/check/checkpoint/index.ts'
import type { CheckpointDecl, Expr } from '../../../src/syntax/ast.ts'
import { parseFile } from '../../../src/syntax/parse.ts'
import { weights } from './mapping.ts'

/** The mapping of a text, read by the parser. */
function mappingOf(text: string): CheckpointDecl {
  const { file, diagnostics } = parseFile({ path: 'test.gdn', text: `gdn 1\n${text}` })
  expect(diagnostics).toEqual([])
  return file.declarations.find((decl) => decl.kind === 'checkpoint')!
}

const sizes: Readonly<Record<string, number>> = { heads: 16, key: 128 }
function evaluateNumber(expression: Expr): number | undefined {
  if (expression.kind === 'number') return expression.value
  if (expression.kind === 'name') return sizes[expression.name]
  if (expression.kind !== 'binary') return undefined
  const [a, b] = [evaluateNumber(expression.left), evaluateNumber(expression.right)]
  return a === undefined || b === undefined ? undefined : expression.op === '*' ? a * b : expression.op === '+' ? a + b : undefined
}

const text = `
checkpoint Grouped from safetensors {
  "embed.table" <- "model.embed_tokens.weight"
  "norm.weight" <- "model.norm.weight" | add(1)
  "head.weight" <- "lm_head.weight"
  group "layers.{i}" <- "model.layers.{i}" {
    "mix_norm.weight" <- "input_layernorm.weight" | add(1)
    "ffn_norm.weight" <- "post_attention_layernorm.weight" | add(1)
    "linear_attn.{p=q|k|v|z}_proj.weight" <- "linear_attn.in_proj_qkvz.weight"
        | unflatten(0, heads, 6 * key) | split(1, key, key, 2 * key, 2 * key) | flatten(0, 1)
    "linear_attn.{p=b|a}_proj.weight" <- "linear_attn.in_proj_ba.weight" | unflatten(0, 16, 4) | split(1, 2, 2) | flatten(0, 1)
    "linear_attn.{p=q|k|v}_conv.weight" <- "linear_attn.conv1d.weight" | squeeze(1) | split(0, 2048, 2048, 4096)
    "linear_attn.o_proj.weight" <- "linear_attn.out_proj.weight"
    "self_attn.{p=q|k}_norm.weight" <- "self_attn.{p}_norm.weight" | add(1)
    "mlp.experts.{p=gate|up|down}_proj.weight" <- "mlp.experts.{e}.{p}_proj.weight" | stack(e)
  }
  ignore "mtp.*"
  expect "rope_parameters.rope_theta" or "rope_theta" == 1e7
}
`
const d = 8
const layer = (i: number): Record<string, readonly number[]> => ({
  [`layers.${i}.mix_norm.weight`]: [d],
  [`layers.${i}.ffn_norm.weight`]: [d],
  ...Object.fromEntries(['gate', 'up'].map((p) => [`layers.${i}.mlp.experts.${p}_proj.weight`, [3, 5, d]])),
  [`layers.${i}.mlp.experts.down_proj.weight`]: [3, d, 5],
  [`layers.${i}.mlp.gate.weight`]: [3, d],
})
const shapes: Record<string, readonly number[]> = {
  'embed.table': [11, d],
  'norm.weight': [d],
  'head.weight': [11, d],
  ...layer(0),
  ...layer(1),
  'layers.0.linear_attn.A_log': [32],
  'layers.0.linear_attn.q_proj.weight': [2048, d],
  'layers.0.linear_attn.k_proj.weight': [2048, d],
  'layers.0.linear_attn.v_proj.weight': [4096, d],
  'layers.0.linear_attn.z_proj.weight': [4096, d],
  'layers.0.linear_attn.b_proj.weight': [32, d],
  'layers.0.linear_attn.a_proj.weight': [32, d],
  'layers.0.linear_attn.q_conv.weight': [2048, 4],
  'layers.0.linear_attn.k_conv.weight': [2048, 4],
  'layers.0.linear_attn.v_conv.weight': [4096, 4],
  'layers.0.linear_attn.o_proj.weight': [d, 4096],
  'layers.1.self_attn.q_norm.weight': [6],
  'layers.1.self_attn.k_norm.weight': [6],
}

test('a published mapping with grouped projections and experts resolves to the tensors that its family publishes', () => {
  const { checkpoint, diagnostics } = resolveCheckpoint(mappingOf(text), weights(shapes), evaluateNumber)
  expect(diagnostics).toEqual([])
  const file: Record<string, readonly number[]> = {
    'model.embed_tokens.weight': [11, d],
    'model.norm.weight': [d],
    'lm_head.weight': [11, d],
    'model.layers.0.linear_attn.A_log': [32],
    'model.layers.0.linear_attn.in_proj_qkvz.weight': [12_288, d],
    'model.layers.0.linear_attn.in_proj_ba.weight': [64, d],
    'model.layers.0.linear_attn.conv1d.weight': [8192, 1, 4],
    'model.layers.0.linear_attn.out_proj.weight': [d, 4096],
    'model.layers.1.self_attn.q_norm.weight': [6],
    'model.layers.1.self_attn.k_norm.weight': [6],
    'mtp.norm.weight': [d],
  }
  for (const i of [0, 1]) {
    file[`model.layers.${i}.input_layernorm.weight`] = [d]
    file[`model.layers.${i}.post_attention_layernorm.weight`] = [d]
    file[`model.layers.${i}.mlp.gate.weight`] = [3, d]
    for (const e of [0, 1, 2]) {
      for (const p of ['gate', 'up']) file[`model.layers.${i}.mlp.experts.${e}.${p}_proj.weight`] = [5, d]
      file[`model.layers.${i}.mlp.experts.${e}.down_proj.weight`] = [d, 5]
    }
  }
  expect(
    compareWithFile(
      checkpoint!,
      Object.entries(file).map(([name, shape]) => ({ name, shape })),
    ),
  ).toEqual([])
  expect(checkpoint!.expect).toEqual([{ keys: ['rope_parameters.rope_theta', 'rope_theta'], value: 1e7 }])
})

test('a mistake is marked in the text', () => {
  const wrong = text.replace('split(1, 2, 2)', 'split(1, 2, 1)').replace('"head.weight"', '"haed.weight"')
  const { diagnostics } = resolveCheckpoint(mappingOf(wrong), weights(shapes), evaluateNumber)
  const marked = diagnostics.map(({ code, span }) => [code, `gdn 1\n${wrong}`.slice(span!.start, span!.end)])
  expect(marked).toEqual([
    ['GDN5002', '"haed.weight"'],
    ['GDN5008', 'unflatten(0, 16, 4)'],
  ])
  expect(diagnostics[1]!.message).toContain('axis 1 after `unflatten(0, 16, 4)` is 4, but 3 is needed')
})
