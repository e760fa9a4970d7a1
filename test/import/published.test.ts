import { describe, expect, it } from 'vitest'
import { nodeCompileHost } from '../../src/driver/index.ts'
import { embeddingFactor } from '../../src/import/embedding-factor.ts'
import { importCheckpoint } from '../../src/import/index.ts'
import { count, imported, messages } from './support/imported.ts'

const expected = (model: ReturnType<typeof imported>['model']) =>
  new Map(model.checkpoint!.expect.map(({ keys, value }): [string, unknown] => [keys.join(' or '), value]))

describe('text models inside multimodal ones', () => {
  it('Gemma 3 4B: a configuration that leaves out what its class has by itself', () => {
    const { diagnostics, model, tensors, spec } = imported(
      {
        architectures: ['Gemma3ForConditionalGeneration'],
        boi_token_index: 255_999,
        eoi_token_index: 256_000,
        image_token_index: 262_144,
        initializer_range: 0.02,
        mm_tokens_per_image: 256,
        model_type: 'gemma3',
        text_config: {
          hidden_size: 2560,
          intermediate_size: 10_240,
          model_type: 'gemma3_text',
          num_hidden_layers: 34,
          rope_scaling: { factor: 8, rope_type: 'linear' },
          sliding_window: 1024,
        },
        torch_dtype: 'bfloat16',
        vision_config: { hidden_size: 1152 },
      },
      ['language_model.model.norm.weight', 'vision_tower.x', 'multi_modal_projector.x'],
    )
    expect(messages(diagnostics)).toEqual([])
    expect(count(model)).toBe(3_880_263_168)
    expect(spec).toContain('pattern: text = "sssssfsssssfsssssfsssssfsssssfssss"')
    expect(spec).toContain('rotary: rope(theta, scaling: "linear", factor: 8)')
    expect(spec).toContain('theta: local_theta')
    // The root of the width, as bfloat16 has it.
    expect(spec).toContain('embed_mult: real = 50.5')
    expect(model.checkpoint!.ignore).toEqual(['vision_tower.*', 'multi_modal_projector.*'])
    expect(expected(model).get('text_config.rope_scaling.factor')).toBe(8)
    expect(tensors.get('language_model.model.layers.33.self_attn.k_norm.weight')).toEqual([256])
  })

  it('Qwen3.5 35B-A3B: experts in one tensor', () => {
    const { diagnostics, model, tensors } = imported(
      {
        architectures: ['Qwen3_5MoeForConditionalGeneration'],
        image_token_id: 248_056,
        model_type: 'qwen3_5_moe',
        text_config: {
          attn_output_gate: true,
          full_attention_interval: 4,
          head_dim: 256,
          hidden_act: 'silu',
          hidden_size: 2048,
          linear_conv_kernel_dim: 4,
          linear_key_head_dim: 128,
          linear_num_key_heads: 16,
          linear_num_value_heads: 32,
          linear_value_head_dim: 128,
          mamba_ssm_dtype: 'float32',
          model_type: 'qwen3_5_moe_text',
          moe_intermediate_size: 512,
          mtp_num_hidden_layers: 1,
          num_attention_heads: 16,
          num_experts: 256,
          num_experts_per_tok: 8,
          num_hidden_layers: 40,
          num_key_value_heads: 2,
          rms_norm_eps: 1e-6,
          rope_parameters: { mrope_interleaved: true, partial_rotary_factor: 0.25, rope_theta: 1e7, rope_type: 'default' },
          shared_expert_intermediate_size: 512,
          vocab_size: 248_320,
        },
        tie_word_embeddings: false,
        vision_config: { depth: 27 },
      },
      ['model.language_model.layers.0.mlp.experts.gate_up_proj', 'lm_head.weight', 'model.visual.x'],
    )
    expect(messages(diagnostics)).toEqual([])
    expect(count(model)).toBe(34_660_610_688)
    expect(model.checkpoint!.ignore).toEqual(['model.visual.*'])
    expect(tensors.get('model.language_model.layers.3.mlp.experts.gate_up_proj')).toEqual([256, 1024, 2048])
    expect(tensors.get('model.language_model.layers.3.self_attn.q_proj.weight')).toEqual([8192, 2048])
  })
})

it.each([
  [640, 'bfloat16', 25.25],
  [1152, 'bfloat16', 34],
  [2304, 'bfloat16', 48],
  [5376, 'bfloat16', 73.5],
  [3584, 'float16', 59.875],
  [48, 'float32', 6.92820311],
  [48, undefined, 6.92820311],
])('embeddings of width %i in %s are multiplied with %d', (width, dtype, factor) => {
  expect(embeddingFactor(width, dtype)).toBe(factor)
})

describe('keys of the rotation and of windows', () => {
  const llama = {
    hidden_act: 'silu',
    hidden_size: 4096,
    intermediate_size: 14_336,
    model_type: 'llama',
    num_attention_heads: 32,
    num_hidden_layers: 32,
    num_key_value_heads: 8,
    rms_norm_eps: 1e-5,
    rope_theta: 500_000,
    tie_word_embeddings: false,
    vocab_size: 128_256,
  }

  it('Llama 3.1 8B: a scaled rotation', () => {
    const scaling = { factor: 8, high_freq_factor: 4, low_freq_factor: 1, original_max_position_embeddings: 8192, rope_type: 'llama3' }
    const { diagnostics, model, spec } = imported({ ...llama, rope_scaling: scaling }, ['lm_head.weight'])
    expect(messages(diagnostics)).toEqual([])
    expect(count(model)).toBe(8_030_261_248)
    expect(spec).toContain('low: 1')
    expect(expected(model).get('rope_scaling.factor')).toBe(8)
    expect(expected(model).get('rope_theta')).toBe(500_000)
  })

  it('Llama with biases', () => {
    const { diagnostics, tensors } = imported({ ...llama, num_hidden_layers: 1, attention_bias: true, mlp_bias: true })
    expect(messages(diagnostics)).toEqual([])
    expect(tensors.get('model.layers.0.self_attn.k_proj.bias')).toEqual([1024])
    expect(tensors.get('model.layers.0.self_attn.o_proj.bias')).toEqual([4096])
    expect(tensors.get('model.layers.0.mlp.gate_proj.bias')).toEqual([14_336])
  })

  it.each([
    [{ use_sliding_window: false, sliding_window: 4096 }, 'repeat layers'],
    [{ use_sliding_window: true, sliding_window: 4096, max_window_layers: 2 }, 'pattern: text = "ffs"'],
    [
      { use_sliding_window: true, sliding_window: 4096, layer_types: ['sliding_attention', 'full_attention', 'full_attention'] },
      'pattern: text = "sff"',
    ],
  ])('Qwen3 with %j', (keys, text) => {
    const { diagnostics, spec, tensors } = imported({ ...llama, model_type: 'qwen3', num_hidden_layers: 3, ...keys })
    expect(messages(diagnostics)).toEqual([])
    expect(spec).toContain(text)
    expect(spec!.includes('window: window')).toBe(keys.use_sliding_window)
    expect(tensors.get('model.layers.2.self_attn.q_norm.weight')).toEqual([128])
  })
})

describe('first files of a family', () => {
  const minimax = {
    attn_type_list: [0, 0, 1],
    head_dim: 128,
    hidden_act: 'silu',
    hidden_size: 6144,
    intermediate_size: 9216,
    layernorm_full_attention_alpha: 3.5565588200778455,
    layernorm_full_attention_beta: 1,
    layernorm_linear_attention_alpha: 3.5565588200778455,
    layernorm_linear_attention_beta: 1,
    layernorm_mlp_alpha: 3.5565588200778455,
    layernorm_mlp_beta: 1,
    model_type: 'minimax_text_01',
    num_attention_heads: 64,
    num_experts_per_tok: 2,
    num_hidden_layers: 3,
    num_key_value_heads: 8,
    num_local_experts: 4,
    postnorm: true,
    rms_norm_eps: 1e-5,
    rope_theta: 1e7,
    rotary_dim: 64,
    shared_intermediate_size: 0,
    shared_moe_mode: 'sigmoid',
    tie_word_embeddings: false,
    vocab_size: 200_064,
  }

  it('MiniMax-Text-01: numbers for kinds of layers, other names of factors', () => {
    const { diagnostics, model, tensors, spec } = imported(minimax, ['lm_head.weight'])
    expect(messages(diagnostics)).toEqual([])
    expect(spec).toContain('pattern: text = "lla"')
    expect(spec).toContain('rotated: size = 64')
    expect(expected(model).get('layernorm_mlp_alpha')).toBe(3.5565588200778455)
    expect(expected(model).get('attn_type_list.2')).toBe(1)
    expect(tensors.get('model.layers.0.self_attn.qkv_proj.weight')).toEqual([24_576, 6144])
    expect(tensors.get('model.layers.2.block_sparse_moe.experts.3.w2.weight')).toEqual([6144, 9216])
  })

  it.each([
    [{ postnorm: undefined }, 'GDN6006 postnorm in config.json is missing; the importer of this family takes true'],
    [{ attn_type_list: undefined }, 'GDN6005 layer_types in config.json is missing, expected it, or attn_type_list'],
    [{ attn_type_list: [0, 1] }, 'GDN6005 attn_type_list in config.json is a list of 2, expected 3 items, as num_hidden_layers says'],
    [{ attn_type_list: [0, 1, 2] }, 'GDN6006 attn_type_list.2 in config.json is 2; the importer of this family takes 0 or 1'],
    [{ shared_intermediate_size: 64 }, 'GDN6006 shared_intermediate_size in config.json is 64; the importer of this family takes 0'],
  ])('MiniMax-Text-01 with %j is refused', (keys, message) => {
    expect(messages(importCheckpoint(nodeCompileHost(), { ...minimax, ...keys }, []).diagnostics)).toEqual([message])
  })

  it('RecurrentGemma 2B: kinds of layers that repeat', () => {
    const { diagnostics, model, spec, tensors } = imported({
      _block_types: ['recurrent', 'recurrent', 'attention'],
      attention_bias: false,
      attention_window_size: 2048,
      conv1d_width: 4,
      embeddings_scale_by_sqrt_dim: true,
      head_dim: 256,
      hidden_activation: 'gelu_pytorch_tanh',
      hidden_size: 2560,
      intermediate_size: 15_360,
      logits_soft_cap: 30,
      lru_width: 2560,
      model_type: 'recurrent_gemma',
      num_attention_heads: 10,
      num_hidden_layers: 26,
      num_key_value_heads: 1,
      partial_rotary_factor: 0.5,
      rms_norm_eps: 1e-6,
      rope_theta: 10_000,
      vocab_size: 256_000,
    })
    expect(messages(diagnostics)).toEqual([])
    expect(count(model)).toBe(2_682_862_080)
    expect(spec).toContain('pattern: text = "rrarrarrarrarrarrarrarrarr"')
    expect(spec).toContain('embed_mult: real = 50.5')
    expect(tensors.get('model.layers.2.temporal_block.k_proj.weight')).toEqual([256, 2560])
  })

  it('LFM2 8B-A1B: dense layers first, then experts', () => {
    const { diagnostics, model, spec } = imported({
      conv_L_cache: 3,
      conv_bias: false,
      hidden_size: 2048,
      intermediate_size: 7168,
      layer_types: [...'ccaccc'].map((kind) => (kind === 'c' ? 'conv' : 'full_attention')),
      model_type: 'lfm2_moe',
      moe_intermediate_size: 1792,
      norm_eps: 1e-5,
      norm_topk_prob: true,
      num_attention_heads: 32,
      num_dense_layers: 2,
      num_experts: 32,
      num_experts_per_tok: 4,
      num_hidden_layers: 6,
      num_key_value_heads: 8,
      rope_theta: 1e6,
      routed_scaling_factor: 1,
      use_expert_bias: true,
      vocab_size: 65_536,
    })
    expect(messages(diagnostics)).toEqual([])
    expect(spec).toContain('pattern: text = "ccACCC"')
    expect(model.weights.filter(({ path }) => path.endsWith('correction'))).toHaveLength(4)
  })
})
