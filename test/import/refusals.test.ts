import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nodeCompileHost } from '../../src/driver/index.ts'
import { importCheckpoint, openFolder, Refusal } from '../../src/import/index.ts'
import { literal, quoted } from '../../src/import/literal.ts'
import { parsePythonJson } from '../../src/runtime/weights/python-json.ts'
import { goldenModelFolder } from '../support/golden.ts'

const mistral = JSON.parse(readFileSync(`${goldenModelFolder('mistral')}/config.json`, 'utf8')) as Record<string, unknown>
const found = (config: Record<string, unknown>) =>
  importCheckpoint(nodeCompileHost(), config, [{ name: 'lm_head.weight', shape: [1] }]).diagnostics.filter(({ code }) =>
    code.startsWith('GDN6'),
  )
const first = (change: Record<string, unknown>) => {
  const [one] = found({ ...mistral, ...change })
  return one && `${one.code} ${one.message}`
}

describe('a configuration that cannot be taken', () => {
  it.each([
    [{ model_type: 'some\u001b[31mthing' }, /^GDN6004 no importer knows the family "some.*; expected one of bamba, falcon_h1, /],
    [{ model_type: '__proto__' }, /^GDN6004/],
    [{ hidden_size: '48' }, /^GDN6005 hidden_size in config.json is "48", expected a whole number from 1 on$/],
    [{ hidden_size: 48.5 }, /^GDN6005 hidden_size in config.json is 48.5/],
    [{ hidden_size: -1 }, /^GDN6005/],
    [{ hidden_size: null }, /^GDN6005 hidden_size in config.json is null/],
    [{ num_hidden_layers: 1e9 }, /^GDN6005 num_hidden_layers in config.json is 1000000000, expected at most 4096$/],
    [{ rms_norm_eps: 0 }, /^GDN6005 rms_norm_eps in config.json is 0, expected a number greater than 0$/],
    [{ hidden_act: 'gelu' }, /^GDN6006 hidden_act in config.json is "gelu"; the importer of this family takes "silu"$/],
    [{ rope_scaling: { type: 'dynamic', factor: 4 } }, /^GDN6006 rope_scaling in config.json is "dynamic"/],
    [{ rope_scaling: { type: 'yarn', factor: 4 } }, /^GDN6005 rope_scaling.original_max_position_embeddings in config.json is missing/],
    [{ partial_rotary_factor: 0.5 }, /^GDN6006 partial_rotary_factor in config.json is 0.5; the importer of this family takes 1$/],
    [{ rope_parameters: { rope_theta: 1e4, surprise: 1 } }, /^GDN6006 rope_parameters.surprise in config.json is 1/],
    [
      { residual_scale: 0.5, 'a\nb': 1 },
      /^GDN6007 config.json has keys that this family's importer does not know: residual_scale, a\\u\{a\}b$/,
    ],
  ])('%j', (change, message) => {
    const text = first(change)
    expect(text).toMatch(message)
    expect(text).not.toMatch(/[\p{Cc}]/u)
  })

  it('says which tensors the file of an unknown family has', () => {
    const [one] = importCheckpoint(nodeCompileHost(), { model_type: 'other' }, [
      { name: 'layers.0.w', shape: [2, 3] },
      { name: 'layers.1.w', shape: [2, 3] },
    ]).diagnostics
    expect(one?.notes).toEqual(['layers.{i}.w [2, 3], 2 times'])
  })

  it('a list of layers of another length', () => {
    const config = JSON.parse(readFileSync(`${goldenModelFolder('qwen3_5')}/config.json`, 'utf8'))
    expect(found({ ...config, num_hidden_layers: 5 }).map(({ message }) => message)).toEqual([
      'layer_types in config.json is a list of 4, expected 5 items, as num_hidden_layers says',
    ])
  })
})

describe('layers that cannot be', () => {
  it.each([
    [
      'bamba',
      { attn_layer_indices: [1, 3] },
      'attn_layer_indices in config.json is [1,3], expected layers below 3, as num_hidden_layers says',
    ],
    ['jamba', { attn_layer_offset: 4 }, 'attn_layer_offset in config.json is 4, expected less than attn_layer_period, 4'],
    ['falcon_mamba', { intermediate_size: 100 }, 'intermediate_size in config.json is 100, expected a multiple of hidden_size'],
    ['zamba2', { num_mem_blocks: 4 }, 'num_mem_blocks in config.json is 4, expected at most one for each hybrid layer, 3'],
    ['zamba2', { num_key_value_heads: 2 }, 'num_key_value_heads in config.json is 2, expected num_attention_heads, 4'],
    ['zamba2', { time_step_limit: [0.01, 1] }, 'time_step_limit in config.json is [0.01,1], expected no limit'],
    ['zamba2', { use_long_context: true }, 'use_long_context in config.json is true; the importer of this family takes false'],
  ] as const)('in %s: %j', (family, change, message) => {
    const config = JSON.parse(readFileSync(`${goldenModelFolder(family)}/config.json`, 'utf8'))
    expect(found({ ...config, ...change }).map((one) => one.message)).toEqual([message])
  })
})

describe('a folder that cannot be read', () => {
  const open = async (files: Record<string, string>): Promise<string> => {
    const bytes = new Map(Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)]))
    try {
      await openFolder(bytes, 'folder')
      return 'read'
    } catch (error) {
      return error instanceof Refusal ? error.message : String(error)
    }
  }

  it.each([
    [{ 'config.json': '{', 'model.safetensors': '' }, /^config.json cannot be read/],
    [{ 'config.json': '[]', 'model.safetensors': '' }, /^config.json cannot be read/],
    [{ 'config.json': '{}' }, /^the headers of the safetensors files cannot be read/],
    [{ 'config.json': '{}', 'model.safetensors': 'version https' }, /^the headers of the safetensors files cannot be read/],
    [{ 'config.json': '{}', 'model.safetensors.index.json': '{"weight_map":{"a":"../x.safetensors"}}' }, /^the headers/],
  ])('%j', async (files, message) => {
    expect(await open(files as Record<string, string>)).toMatch(message)
  })
})

describe('values', () => {
  it.each([
    [32_000, '32_000'],
    [4096, '4096'],
    [1e7, '1e7'],
    [1e-5, '1e-5'],
    [0.000_95, '9.5e-4'],
    [0.25, '0.25'],
    [10_000.5, '10_000.5'],
    [-0.7, '-0.7'],
    [0, '0'],
    [null, 'none'],
    [true, 'true'],
  ])('%j is written %s', (value, text) => {
    expect(literal(value)).toBe(text)
    if (typeof value === 'number') expect(Number(text.replaceAll('_', ''))).toBe(value)
  })

  it('of Python are read, and texts stay what they are', () => {
    expect(parsePythonJson('{"a": [0.0, Infinity], "b": -Infinity, "c": NaN, "d": "NaN, Infinity"}')).toEqual({
      a: [0, Number.POSITIVE_INFINITY],
      b: Number.NEGATIVE_INFINITY,
      c: Number.NaN,
      d: 'NaN, Infinity',
    })
    expect(() => parsePythonJson('{"a": Infinit}')).toThrow(SyntaxError)
    expect(quoted({ a: Number.POSITIVE_INFINITY })).toBe('{"a":"Infinity"}')
  })
})
