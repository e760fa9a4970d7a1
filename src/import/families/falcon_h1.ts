import { z } from 'zod'
import { family } from '../family.ts'
import { count, flag, languageModel, maybe, only, or, positive, real, size, stepLimit } from '../keys.ts'
import { readRotation, rotation, unscaled } from '../rope.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers } from '../stack.ts'

/** Falcon-H1 (arXiv 2507.22448): Mamba2 and attention side by side in every layer, with multipliers that fold into the weights. */
export const falconH1 = family({
  types: ['falcon_h1'],
  keys: {
    ...languageModel,
    ...rotation,
    num_hidden_layers: count,
    num_attention_heads: size,
    num_key_value_heads: size,
    head_dim: maybe(size),
    intermediate_size: size,
    rms_norm_eps: or(positive, 1e-5),
    hidden_act: only('silu'),
    mamba_d_ssm: maybe(size),
    mamba_n_heads: size,
    mamba_d_head: size,
    mamba_d_state: size,
    mamba_n_groups: or(size, 1),
    mamba_d_conv: or(size, 4),
    mamba_conv_bias: or(flag, true),
    mamba_rms_norm: or(flag, false),
    mamba_norm_before_gate: or(flag, true),
    mamba_use_mlp: only(true),
    time_step_limit: stepLimit,
    mamba_proj_bias: only(false),
    projectors_bias: only(false),
    attention_bias: only(false),
    mlp_bias: only(false),
    embedding_multiplier: or(real, 1),
    lm_head_multiplier: or(real, 1),
    attention_in_multiplier: or(real, 1),
    attention_out_multiplier: or(real, 1),
    key_multiplier: or(real, 1),
    ssm_in_multiplier: or(real, 1),
    ssm_out_multiplier: or(real, 1),
    ssm_multipliers: or(z.array(real).length(5), [1, 1, 1, 1, 1]),
    mlp_multipliers: or(z.array(real).length(2), [1, 1]),
  },
  harmless: ['mamba_expand', 'mlp_expansion_factor', 'attn_layer_indices'],
  write(c, source) {
    const rope = unscaled(readRotation(c, { theta: 100_000 }), source)
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const options = [
      'ssm_heads, head: ssm_head, state: state, groups: groups, conv: conv, mult: ssm_mult',
      c.mamba_rms_norm ? 'norm: groups' : 'norm: 0',
      ...(c.mamba_rms_norm && c.mamba_norm_before_gate ? ['norm_first: true'] : []),
      ...(c.mamba_conv_bias ? [] : ['conv_bias: none']),
      ...(c.time_step_limit ? ['limit: limit'] : []),
      'eps: eps',
    ]
    const item = `Parallel(
      mamba2(${options.join(', ')}) as mamba,
      attention(heads, kv_heads: kv_heads, head: head, theta: theta) as self_attn,
      swiglu(ffn) as feed_forward,
      eps,
    )`
    const stack = layers(Array(c.num_hidden_layers).fill({ letter: 'h', item }), { count: 'num_hidden_layers' })
    const factor = (name: string, value: number, key: string) => param.real(name, value, key)
    return {
      name: 'FalconH1',
      doc: `Falcon-H1 (arXiv 2507.22448): Mamba2 and attention side by side in every layer. Its multipliers are folded into the weights, but for
those of the parts of Mamba2's projection.`,
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('heads', c.num_attention_heads, 'num_attention_heads'),
        param.size('kv_heads', c.num_key_value_heads, 'num_key_value_heads'),
        param.size('head', c.head_dim ?? Math.floor(c.hidden_size / c.num_attention_heads), 'head_dim'),
        param.real('theta', rope.theta, rope.key),
        param.size('ssm_heads', c.mamba_n_heads, 'mamba_n_heads'),
        param.size('ssm_head', c.mamba_d_head, 'mamba_d_head'),
        param.size('state', c.mamba_d_state, 'mamba_d_state'),
        param.size('groups', c.mamba_n_groups, 'mamba_n_groups'),
        param.size('conv', c.mamba_d_conv, 'mamba_d_conv'),
        ...(c.time_step_limit ? [param.reals('limit', c.time_step_limit, 'time_step_limit')] : []),
        param.size('ffn', c.intermediate_size, 'intermediate_size'),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
        factor('embed_mult', c.embedding_multiplier, 'embedding_multiplier'),
        factor('head_mult', c.lm_head_multiplier, 'lm_head_multiplier'),
        factor('attn_in', c.attention_in_multiplier, 'attention_in_multiplier'),
        factor('attn_out', c.attention_out_multiplier, 'attention_out_multiplier'),
        factor('key_mult', c.key_multiplier, 'key_multiplier'),
        factor('ssm_in', c.ssm_in_multiplier, 'ssm_in_multiplier'),
        factor('ssm_out', c.ssm_out_multiplier, 'ssm_out_multiplier'),
        param.reals('ssm_mult', c.ssm_multipliers, 'ssm_multipliers', { comment: 'Of z, x, b, c and dt.' }),
        param.reals('mlp_mult', c.mlp_multipliers, 'mlp_multipliers', { comment: 'Of the gate, and of the result.' }),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      definitions: `block Parallel(ssm: layer, attn: layer, ffn: layer, eps: real) {
          in x: f32[B, T, d]
          n = rms_norm(x, eps: eps) as mix_norm
          h = x + ssm(n) + attn(n)
          out h + ffn(rms_norm(h, eps: eps) as ffn_norm)
        }`,
      // A tied head reads the scaled table, so that the factor of the logits goes into the norm before it.
      rules: `"embed.table" <- "model.embed_tokens.weight" | scale(embed_mult)
        "norm.weight" <- "model.final_layernorm.weight"${tied ? ' | scale(head_mult / embed_mult)' : ''}
        ${headRule(tied, hasHead, ' | scale(head_mult)')}
        group "layers.{i}" <- "model.layers.{i}" {
          "mix_norm.weight" <- "input_layernorm.weight"
          "ffn_norm.weight" <- "pre_ff_layernorm.weight"
          "mamba.in_proj.weight" <- "mamba.in_proj.weight" | scale(ssm_in)
          "mamba.out_proj.weight" <- "mamba.out_proj.weight" | scale(ssm_out)
          "mamba.conv1d.weight" <- "mamba.conv1d.weight" | squeeze(1)
          "self_attn.{p=q|v}_proj.weight" <- "self_attn.{p}_proj.weight" | scale(attn_in)
          "self_attn.k_proj.weight" <- "self_attn.k_proj.weight" | scale(attn_in * key_mult)
          "self_attn.o_proj.weight" <- "self_attn.o_proj.weight" | scale(attn_out)
          "feed_forward.gate_proj.weight" <- "feed_forward.gate_proj.weight" | scale(mlp_mult[0])
          "feed_forward.down_proj.weight" <- "feed_forward.down_proj.weight" | scale(mlp_mult[1])
        }`,
      expect: [
        { key: 'mamba_rms_norm', value: c.mamba_rms_norm },
        { key: 'mamba_norm_before_gate', value: c.mamba_norm_before_gate },
      ],
    }
  },
})
