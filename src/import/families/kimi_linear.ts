import { z } from 'zod'
import { badValue } from '../../diagnostics/catalogue/import.ts'
import { family } from '../family.ts'
import { count, flag, languageModel, maybe, only, or, positive, real, size, words } from '../keys.ts'
import { Refusal } from '../refusal.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers, perLayer } from '../stack.ts'

/** Layers counted from 1, as the family's first files have them. */
const linear = z.strictObject({
  kda_layers: z.array(z.int().positive()),
  full_attn_layers: z.array(z.int().positive()),
  head_dim: size,
  num_heads: size,
  short_conv_kernel_size: or(size, 4),
})

/** Kimi Linear (arXiv 2510.26692): Kimi Delta Attention and multi-head latent attention without positions, with mixtures of experts. */
export const kimiLinear = family({
  types: ['kimi_linear'],
  keys: {
    ...languageModel,
    num_hidden_layers: count,
    linear_attn_config: maybe(linear),
    layer_types: maybe(words('linear_attention', 'full_attention')),
    linear_head_dim: maybe(size),
    linear_num_heads: maybe(size),
    linear_conv_kernel_dim: maybe(size),
    num_attention_heads: size,
    kv_lora_rank: size,
    q_lora_rank: z.null('no low rank of the queries').optional(),
    qk_nope_head_dim: size,
    qk_rope_head_dim: size,
    v_head_dim: size,
    mla_use_nope: only(true),
    mlp_layer_types: maybe(words('dense', 'sparse')),
    first_k_dense_replace: or(z.int().nonnegative(), 1),
    moe_layer_freq: only(1),
    intermediate_size: size,
    num_experts: count,
    num_experts_per_token: count,
    moe_intermediate_size: size,
    num_shared_experts: or(count, 1),
    moe_renormalize: or(flag, true),
    moe_router_activation_func: only('sigmoid'),
    routed_scaling_factor: or(real, 1),
    num_expert_group: only(1),
    topk_group: only(1),
    rms_norm_eps: or(positive, 1e-5),
    hidden_act: only('silu'),
    attention_bias: only(false),
  },
  harmless: ['head_dim', 'qk_head_dim', 'num_key_value_heads', 'rope_theta', 'rope_scaling', 'use_grouped_topk'].concat([
    'num_nextn_predict_layers',
    'rope_parameters',
  ]),
  write(c, source) {
    const old = c.linear_attn_config
    const full = new Set(old?.full_attn_layers)
    const kinds =
      c.layer_types ??
      (old && Array.from({ length: c.num_hidden_layers }, (_, i) => (full.has(i + 1) ? 'full_attention' : 'linear_attention')))
    const key = old?.head_dim ?? c.linear_head_dim
    const ssmHeads = old?.num_heads ?? c.linear_num_heads
    if (kinds === undefined || key === undefined || ssmHeads === undefined)
      throw new Refusal(
        badValue.at(undefined, {
          key: source.key('linear_attn_config'),
          found: 'missing',
          expected: 'it, or layer_types with linear_head_dim and linear_num_heads',
        }),
      )
    const sparse = perLayer(
      c.mlp_layer_types ?? Array.from({ length: c.num_hidden_layers }, (_, i) => (i < c.first_k_dense_replace ? 'dense' : 'sparse')),
      c.num_hidden_layers,
      'mlp_layer_types',
      'num_hidden_layers',
    )
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const dense = source.has('model.layers.*.mlp.gate_proj.weight') ? 'mlp' : 'block_sparse_moe'
    const mixers = {
      linear_attention: 'kda(kda_heads, key: key, conv: conv, eps: eps) as self_attn',
      full_attention: 'latent_attention(heads, nope: nope, extra: extra, value: value, latent: latent) as self_attn',
    }
    const experts = `moe(
      experts, top, swiglu(expert_ffn), router: "sigmoid", normalise: ${c.moe_renormalize}, scale: scale, common: swiglu(shared_ffn)
    ) as mlp`
    const items = perLayer(kinds, c.num_hidden_layers, 'layer_types', 'num_hidden_layers').map((kind, i) => {
      const letter = kind === 'full_attention' ? 'a' : 'k'
      const isDense = sparse[i] === 'dense'
      return {
        letter: isDense ? letter : letter.toUpperCase(),
        item: `PreNorm(${mixers[kind]}, ${isDense ? 'swiglu(ffn) as mlp' : experts}, eps: eps)`,
      }
    })
    const stack = layers(items)
    const some = (letters: string): boolean => items.some(({ letter }) => letters.includes(letter))
    const at = (name: string, newer: string): string => (old === undefined ? newer : `linear_attn_config.${name}`)
    return {
      name: 'KimiLinear',
      doc: `Kimi Linear (arXiv 2510.26692): layers of Kimi Delta Attention (k), and of multi-head latent attention without positions (a); capital
letters have a mixture of experts.`,
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('kda_heads', ssmHeads, at('num_heads', 'linear_num_heads')),
        param.size('key', key, at('head_dim', 'linear_head_dim')),
        param.size(
          'conv',
          old?.short_conv_kernel_size ?? c.linear_conv_kernel_dim ?? 4,
          at('short_conv_kernel_size', 'linear_conv_kernel_dim'),
        ),
        param.size('heads', c.num_attention_heads, 'num_attention_heads'),
        param.size('nope', c.qk_nope_head_dim, 'qk_nope_head_dim', {
          comment: 'Channels of a key of its own per head, and of what the heads share.',
        }),
        param.size('extra', c.qk_rope_head_dim, 'qk_rope_head_dim'),
        param.size('value', c.v_head_dim, 'v_head_dim'),
        param.size('latent', c.kv_lora_rank, 'kv_lora_rank'),
        ...(some('ka') ? [param.size('ffn', c.intermediate_size, 'intermediate_size')] : []),
        ...(some('KA')
          ? [
              param.size('experts', c.num_experts, 'num_experts'),
              param.size('top', c.num_experts_per_token, 'num_experts_per_token', { comment: 'Experts that a token is given to.' }),
              param.size('expert_ffn', c.moe_intermediate_size, 'moe_intermediate_size'),
              param.size('shared_ffn', c.moe_intermediate_size * c.num_shared_experts),
              param.real('scale', c.routed_scaling_factor, 'routed_scaling_factor', { comment: "Of the experts' results." }),
            ]
          : []),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      rules: `"embed.table" <- "model.embed_tokens.weight"
        "norm.weight" <- "model.norm.weight"
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "model.layers.{i}" {
          "mix_norm.weight" <- "input_layernorm.weight"
          "ffn_norm.weight" <- "post_attention_layernorm.weight"
          ${some('kK') ? kdaRules : ''}
          ${some('ka') ? `"mlp.{p=gate|up|down}_proj.weight" <- "${dense}.{p}_proj.weight"` : ''}
          ${some('KA') ? expertRules : ''}
        }`,
      expect: [
        { key: 'num_hidden_layers', value: c.num_hidden_layers },
        { key: 'moe_renormalize', value: c.moe_renormalize },
      ],
    }
  },
})

const kdaRules = `"self_attn.A_log" <- "self_attn.A_log" | squeeze(0, 1)
  "self_attn.dt_bias" <- "self_attn.dt_bias" | unflatten(0, kda_heads, key)
  "self_attn.{p=q|k|v}_conv.weight" <- "self_attn.{p}_conv1d.weight" | squeeze(1)`

const expertRules = `"mlp.gate.weight" <- "block_sparse_moe.gate.weight"
  "mlp.correction" <- "block_sparse_moe.gate.e_score_correction_bias"
  "mlp.experts.gate_proj.weight" <- "block_sparse_moe.experts.{e}.w1.weight" | stack(e)
  "mlp.experts.up_proj.weight" <- "block_sparse_moe.experts.{e}.w3.weight" | stack(e)
  "mlp.experts.down_proj.weight" <- "block_sparse_moe.experts.{e}.w2.weight" | stack(e)
  "mlp.shared_expert.{q=gate|up|down}_proj.weight" <- "block_sparse_moe.shared_experts.{q}_proj.weight"`
