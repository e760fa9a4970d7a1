import { describe, expect, it } from 'vitest'
import { nodeCompileHost } from '../../src/driver/index.ts'
import { importCheckpoint } from '../../src/import/index.ts'
import { modelOf } from '../support/spec.ts'
import { count, imported, messages } from './support/imported.ts'

describe('configurations as they were published', () => {
  it('Mistral 7B v0.1: keys of the rotation at the top', () => {
    const { diagnostics, model, tensors } = imported(
      {
        architectures: ['MistralForCausalLM'],
        bos_token_id: 1,
        eos_token_id: 2,
        hidden_act: 'silu',
        hidden_size: 4096,
        initializer_range: 0.02,
        intermediate_size: 14_336,
        max_position_embeddings: 32_768,
        model_type: 'mistral',
        num_attention_heads: 32,
        num_hidden_layers: 32,
        num_key_value_heads: 8,
        rms_norm_eps: 1e-5,
        rope_theta: 10_000,
        sliding_window: 4096,
        tie_word_embeddings: false,
        torch_dtype: 'bfloat16',
        transformers_version: '4.34.0.dev0',
        use_cache: true,
        vocab_size: 32_000,
      },
      ['lm_head.weight'],
    )
    expect(messages(diagnostics)).toEqual([])
    expect(model.checkpoint!.expect).toContainEqual({ keys: ['rope_theta'], value: 10_000 })
    expect(tensors.get('model.layers.31.self_attn.k_proj.weight')).toEqual([1024, 4096])
  })

  it('Qwen3.5 0.8B: a text model inside a multimodal one', () => {
    const { diagnostics, model, tensors } = imported(
      {
        architectures: ['Qwen3_5ForConditionalGeneration'],
        image_token_id: 1,
        model_type: 'qwen3_5',
        text_config: {
          attention_bias: false,
          attention_dropout: 0,
          attn_output_gate: true,
          dtype: 'bfloat16',
          full_attention_interval: 4,
          head_dim: 256,
          hidden_act: 'silu',
          hidden_size: 1024,
          intermediate_size: 3584,
          linear_conv_kernel_dim: 4,
          linear_key_head_dim: 128,
          linear_num_key_heads: 16,
          linear_num_value_heads: 16,
          linear_value_head_dim: 128,
          mamba_ssm_dtype: 'float32',
          max_position_embeddings: 262_144,
          model_type: 'qwen3_5_text',
          mtp_num_hidden_layers: 1,
          num_attention_heads: 8,
          num_hidden_layers: 24,
          num_key_value_heads: 2,
          rms_norm_eps: 1e-6,
          rope_parameters: {
            mrope_interleaved: true,
            mrope_section: [11, 11, 10],
            partial_rotary_factor: 0.25,
            rope_theta: 1e7,
            rope_type: 'default',
          },
          vocab_size: 248_320,
        },
        tie_word_embeddings: true,
        vision_config: { depth: 12 },
      },
      ['model.language_model.norm.weight', 'model.visual.x', 'mtp.x'],
    )
    // The second time the file has no images, so that the spec need not ignore them.
    expect(messages(diagnostics)).toEqual([])
    expect(model.checkpoint!.ignore).toEqual(['model.visual.*', 'mtp.*'])
    expect(model.checkpoint!.expect).toContainEqual({ keys: ['text_config.hidden_size'], value: 1024 })
    expect(tensors.get('model.language_model.layers.0.linear_attn.in_proj_qkv.weight')).toEqual([6144, 1024])
    expect(tensors.has('lm_head.weight')).toBe(false)
  })

  it('OLMo-Hybrid 7B: no rotation, the norm after attention under its own name', () => {
    const { model, tensors } = imported(
      {
        model_type: 'olmo_hybrid',
        hidden_size: 3840,
        num_hidden_layers: 32,
        num_attention_heads: 30,
        intermediate_size: 11_008,
        vocab_size: 100_352,
        linear_allow_neg_eigval: true,
        rope_parameters: null,
        tie_word_embeddings: false,
      },
      ['model.layers.3.post_attention_layernorm.weight', 'lm_head.weight'],
    )
    expect(tensors.get('model.layers.0.linear_attn.q_proj.weight')).toEqual([2880, 3840])
    expect(tensors.get('model.layers.0.linear_attn.v_proj.weight')).toEqual([5760, 3840])
    expect(tensors.get('model.layers.3.post_attention_layernorm.weight')).toEqual([3840])
    expect(count(model)).toBe(7_430_870_688)
  })

  it('LFM2 1.2B: indices of attention, a width to be adjusted', () => {
    const { diagnostics, tensors } = imported({
      model_type: 'lfm2',
      block_auto_adjust_ff_dim: true,
      block_ff_dim: 12_288,
      block_ffn_dim_multiplier: 1,
      block_multiple_of: 256,
      conv_L_cache: 3,
      conv_bias: false,
      full_attn_idxs: [2, 5, 8, 10, 12, 14],
      hidden_size: 2048,
      norm_eps: 1e-5,
      num_attention_heads: 32,
      num_hidden_layers: 16,
      num_key_value_heads: 8,
      rope_theta: 1e6,
      tie_embedding: true,
      vocab_size: 65_536,
    })
    expect(messages(diagnostics)).toEqual([])
    expect(tensors.get('model.layers.0.feed_forward.w1.weight')).toEqual([8192, 2048])
    expect(tensors.get('model.layers.2.self_attn.q_layernorm.weight')).toEqual([64])
    expect(tensors.has('model.layers.3.self_attn.q_proj.weight')).toBe(false)
  })

  it('Kimi Linear 48B-A3B: layers counted from 1', () => {
    const full = [4, 8, 12, 16, 20, 24, 27]
    const { diagnostics, tensors } = imported(
      {
        model_type: 'kimi_linear',
        first_k_dense_replace: 1,
        hidden_size: 2304,
        intermediate_size: 9216,
        kv_lora_rank: 512,
        linear_attn_config: {
          full_attn_layers: full,
          head_dim: 128,
          kda_layers: Array.from({ length: 27 }, (_, i) => i + 1).filter((i) => !full.includes(i)),
          num_heads: 32,
          short_conv_kernel_size: 4,
        },
        mla_use_nope: true,
        moe_intermediate_size: 1024,
        moe_renormalize: true,
        num_attention_heads: 32,
        num_experts: 8,
        num_experts_per_token: 8,
        num_hidden_layers: 27,
        q_lora_rank: null,
        qk_nope_head_dim: 128,
        qk_rope_head_dim: 64,
        rms_norm_eps: 1e-5,
        routed_scaling_factor: 2.446,
        tie_word_embeddings: false,
        v_head_dim: 128,
        vocab_size: 163_840,
      },
      ['model.layers.0.mlp.gate_proj.weight', 'lm_head.weight'],
    )
    expect(messages(diagnostics)).toEqual([])
    expect(tensors.get('model.layers.2.self_attn.f_b_proj.weight')).toEqual([4096, 128])
    expect(tensors.get('model.layers.3.self_attn.kv_a_proj_with_mqa.weight')).toEqual([576, 2304])
    expect(tensors.get('model.layers.26.self_attn.kv_b_proj.weight')).toEqual([8192, 512])
    expect(tensors.get('model.layers.0.mlp.gate_proj.weight')).toEqual([9216, 2304])
    expect(tensors.get('model.layers.26.block_sparse_moe.experts.7.w2.weight')).toEqual([2304, 1024])
  })

  it('Mamba 130M: keys of the first implementation beside those of the second', () => {
    const { diagnostics, tensors, model } = imported({
      architectures: ['MambaForCausalLM'],
      conv_kernel: 4,
      d_inner: 1536,
      d_model: 768,
      expand: 2,
      fused_add_norm: true,
      hidden_act: 'silu',
      hidden_size: 768,
      intermediate_size: 1536,
      layer_norm_epsilon: 1e-5,
      model_type: 'mamba',
      n_layer: 24,
      num_hidden_layers: 24,
      pad_vocab_size_multiple: 8,
      rms_norm: true,
      ssm_cfg: {},
      state_size: 16,
      time_step_rank: 48,
      time_step_scale: 1,
      use_bias: false,
      use_conv_bias: true,
      vocab_size: 50_280,
    })
    expect(messages(diagnostics)).toEqual([])
    expect(tensors.get('backbone.layers.23.mixer.x_proj.weight')).toEqual([80, 1536])
    expect(count(model)).toBe(129_135_360)
  })

  it('Falcon-Mamba 7B: an `expand` that does not count', () => {
    const { diagnostics, model } = imported(
      {
        conv_kernel: 4,
        expand: 16,
        hidden_act: 'silu',
        hidden_size: 4096,
        intermediate_size: 8192,
        layer_norm_epsilon: 1e-5,
        model_type: 'falcon_mamba',
        num_hidden_layers: 64,
        state_size: 16,
        tie_word_embeddings: false,
        time_step_init_scheme: 'random',
        time_step_rank: 256,
        time_step_scale: 1,
        use_bias: false,
        use_conv_bias: true,
        vocab_size: 65_024,
      },
      ['lm_head.weight'],
    )
    expect(messages(diagnostics)).toEqual([])
    expect(model.checkpoint!.expect).toContainEqual({ keys: ['intermediate_size'], value: 8192 })
    expect(count(model)).toBe(7_272_665_088)
  })

  it('Jamba v0.1: periods of layers', () => {
    const { diagnostics, model, tensors } = imported(
      {
        attn_layer_offset: 4,
        attn_layer_period: 8,
        calc_logits_for_entire_prompt: false,
        expert_layer_offset: 1,
        expert_layer_period: 2,
        hidden_act: 'silu',
        hidden_size: 4096,
        intermediate_size: 14_336,
        mamba_conv_bias: true,
        mamba_d_conv: 4,
        mamba_d_state: 16,
        mamba_dt_rank: 256,
        mamba_expand: 2,
        mamba_inner_layernorms: true,
        mamba_proj_bias: false,
        model_type: 'jamba',
        num_attention_heads: 32,
        num_experts: 16,
        num_experts_per_tok: 2,
        num_hidden_layers: 32,
        num_key_value_heads: 8,
        rms_norm_eps: 1e-6,
        sliding_window: null,
        tie_word_embeddings: false,
        use_mamba_kernels: true,
        vocab_size: 65_536,
      },
      ['lm_head.weight'],
    )
    expect(messages(diagnostics)).toEqual([])
    expect(model.checkpoint!.expect).toContainEqual({ keys: ['expert_layer_offset'], value: 1 })
    expect(tensors.get('model.layers.31.feed_forward.experts.15.up_proj.weight')).toEqual([14_336, 4096])
    expect(tensors.has('model.layers.28.mamba.A_log')).toBe(false)
    expect(count(model)).toBe(51_570_323_328)
  })

  it('Jamba with biases, without experts, and with experts that lie together', () => {
    const config = {
      attn_layer_offset: 4,
      attn_layer_period: 8,
      hidden_size: 64,
      intermediate_size: 96,
      mamba_conv_bias: false,
      mamba_dt_rank: 'auto',
      mamba_proj_bias: true,
      model_type: 'jamba',
      num_attention_heads: 4,
      num_hidden_layers: 8,
      num_key_value_heads: 2,
      sliding_window: null,
      tie_word_embeddings: true,
      vocab_size: 96,
    }
    const dense = imported({ ...config, num_experts: 1 })
    expect(messages(dense.diagnostics)).toEqual([])
    expect(dense.model.checkpoint!.expect).toContainEqual({ keys: ['num_experts'], value: 1 })
    expect(dense.tensors.get('model.layers.0.mamba.in_proj.bias')).toEqual([256])
    expect(dense.tensors.get('model.layers.0.mamba.x_proj.weight')).toEqual([36, 128])
    expect(dense.tensors.has('model.layers.0.mamba.conv1d.bias')).toBe(false)
    expect(dense.tensors.has('model.layers.4.self_attn.k_proj.weight')).toBe(true)
    expect(dense.tensors.has('model.layers.1.feed_forward.router.weight')).toBe(false)
    const { diagnostics, tensors } = imported(config, ['model.layers.1.feed_forward.experts.gate_up_proj'])
    expect(messages(diagnostics)).toEqual([])
    expect(tensors.get('model.layers.7.feed_forward.experts.gate_up_proj')).toEqual([16, 192, 64])
  })

  const zamba2 = {
    adapter_rank: 128,
    add_bias_linear: false,
    hidden_act: 'gelu',
    hidden_size: 3584,
    intermediate_size: 14_336,
    layers_block_type: Array.from({ length: 81 }, (_, i) => (i === 6 || (i > 6 && i < 78 && i % 6 === 5) ? 'hybrid' : 'mamba')),
    mamba_d_state: 64,
    mamba_ngroups: 2,
    model_type: 'zamba2',
    n_mamba_heads: 112,
    num_attention_heads: 32,
    num_hidden_layers: 81,
    num_key_value_heads: 32,
    num_mem_blocks: 2,
    rope_theta: 10_000,
    tie_word_embeddings: true,
    time_step_limit: null,
    use_long_context: false,
    use_mem_rope: true,
    vocab_size: 32_000,
  }

  it('Zamba2 7B: blocks where they are used first', () => {
    const { diagnostics, model, tensors } = imported(zamba2)
    expect(messages(diagnostics)).toEqual([])
    expect(count(model)).toBe(7_356_749_648)
    expect(model.checkpoint!.expect).toContainEqual({ keys: ['layers_block_type.77'], value: 'hybrid' })
    expect(tensors.get('model.layers.6.shared_transformer.feed_forward.gate_up_proj_adapter_list.12.0.weight')).toEqual([128, 3584])
    expect(tensors.get('model.layers.11.shared_transformer.self_attn.o_proj.weight')).toEqual([3584, 7168])
    expect(tensors.has('model.layers.17.shared_transformer.self_attn.o_proj.weight')).toBe(false)
  })

  it('Zamba2 7B: blocks that another layer has, and that several have', () => {
    const norm = (layer: number): string => `model.layers.${layer}.shared_transformer.input_layernorm.weight`
    const { spec } = importCheckpoint(
      nodeCompileHost(),
      zamba2,
      [norm(6), norm(17), norm(77), norm(23)].map((name) => ({ name, shape: [1] })),
    )
    const { weights, ignore } = modelOf(spec!).checkpoint!
    const made = new Map(weights.map(({ path, from }) => [path, from]))
    expect(made.get('block.0.input_layernorm.weight')).toMatchObject({ name: norm(6) })
    expect(made.get('block.1.input_layernorm.weight')).toMatchObject({ name: norm(23) })
    expect(ignore).toEqual(['model.layers.17.shared_transformer.*', 'model.layers.77.shared_transformer.*'])
  })

  it('Nemotron-H 8B: letters', () => {
    const pattern = 'M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M-'
    const { diagnostics, model, tensors } = imported(
      {
        model_type: 'nemotron_h',
        attention_head_dim: 128,
        hidden_size: 4096,
        hybrid_override_pattern: pattern,
        intermediate_size: 21_504,
        mamba_head_dim: 64,
        mamba_num_heads: 128,
        mlp_hidden_act: 'relu2',
        n_groups: 8,
        norm_eps: 1e-5,
        num_attention_heads: 32,
        num_hidden_layers: 52,
        num_key_value_heads: 8,
        ssm_state_size: 128,
        tie_word_embeddings: false,
        vocab_size: 131_072,
      },
      ['lm_head.weight'],
    )
    expect(messages(diagnostics)).toEqual([])
    expect(model.checkpoint!.expect).toContainEqual({ keys: ['hybrid_override_pattern'], value: pattern })
    expect(tensors.get('backbone.layers.0.mixer.in_proj.weight')).toEqual([18_560, 4096])
    expect(tensors.get('backbone.layers.7.mixer.k_proj.weight')).toEqual([1024, 4096])
  })
})
