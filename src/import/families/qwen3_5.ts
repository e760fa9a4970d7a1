import { family } from '../family.ts'
import { count, languageModel, maybe, only, or, positive, size, words } from '../keys.ts'
import { readRotation, rotation, unscaled } from '../rope.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers, perLayer } from '../stack.ts'

/** Qwen3.5 and its successors of the same architecture: Gated DeltaNet and gated attention. Images are left out. */
export const qwen35 = family({
  types: ['qwen3_5_text'],
  keys: {
    ...languageModel,
    ...rotation,
    num_hidden_layers: count,
    layer_types: maybe(words('linear_attention', 'full_attention')),
    full_attention_interval: or(count, 4),
    num_attention_heads: size,
    num_key_value_heads: size,
    head_dim: or(size, 256),
    linear_num_key_heads: size,
    linear_num_value_heads: size,
    linear_key_head_dim: size,
    linear_value_head_dim: size,
    linear_conv_kernel_dim: or(size, 4),
    intermediate_size: size,
    rms_norm_eps: or(positive, 1e-6),
    hidden_act: only('silu'),
    attention_bias: only(false),
    attn_output_gate: only(true),
  },
  harmless: ['mtp_num_hidden_layers', 'mtp_use_dedicated_embeddings', 'mlp_only_layers'],
  around: ['vision_config', 'image_token_id', 'video_token_id', 'vision_start_token_id', 'vision_end_token_id', 'language_model_only'],
  write(c, source) {
    const rope = unscaled(readRotation(c, { theta: 10_000, part: 0.25 }), source)
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const root = source.has('model.language_model.*') ? 'model.language_model' : 'model'
    const kinds =
      c.layer_types ??
      Array.from({ length: c.num_hidden_layers }, (_, i) =>
        (i + 1) % c.full_attention_interval === 0 ? 'full_attention' : 'linear_attention',
      )
    const items = {
      linear_attention: {
        letter: 'l',
        item: `PreNorm(
          gated_deltanet(key_heads, key: key, value: value, v_heads: value_heads, conv: conv, eps: eps) as linear_attn,
          swiglu(ffn) as mlp,
          eps: eps,
        )`,
      },
      full_attention: {
        letter: 'a',
        item: `PreNorm(
          attention(
            heads, kv_heads: kv_heads, head: head, theta: theta, rotated: rotated, qk_norm: rms_norm(eps: eps), gate: true
          ) as self_attn,
          swiglu(ffn) as mlp,
          eps: eps,
        )`,
      },
    }
    const stack = layers(perLayer(kinds, c.num_hidden_layers, 'layer_types', 'num_hidden_layers').map((kind) => items[kind]))
    return {
      name: 'Qwen3_5',
      doc: `Qwen3.5 (text): layers of Gated DeltaNet (arXiv 2412.06464), and of attention with a gate on its output.
Norms are published as 1 + w, but for the gated norm of Gated DeltaNet.`,
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('heads', c.num_attention_heads, 'num_attention_heads'),
        param.size('kv_heads', c.num_key_value_heads, 'num_key_value_heads'),
        param.size('head', c.head_dim, 'head_dim'),
        param.size('rotated', rope.part * c.head_dim, rope.partKey, {
          is: 'rotated / head',
          comment: 'Channels of each head that are rotated.',
        }),
        param.real('theta', rope.theta, rope.key),
        param.size('key_heads', c.linear_num_key_heads, 'linear_num_key_heads'),
        param.size('value_heads', c.linear_num_value_heads, 'linear_num_value_heads'),
        param.size('key', c.linear_key_head_dim, 'linear_key_head_dim'),
        param.size('value', c.linear_value_head_dim, 'linear_value_head_dim'),
        param.size('conv', c.linear_conv_kernel_dim, 'linear_conv_kernel_dim'),
        param.size('ffn', c.intermediate_size, 'intermediate_size'),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      rules: `"embed.table" <- "${root}.embed_tokens.weight"
        "norm.weight" <- "${root}.norm.weight" | add(1)
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "${root}.layers.{i}" {
          "mix_norm.weight" <- "input_layernorm.weight" | add(1)
          "ffn_norm.weight" <- "post_attention_layernorm.weight" | add(1)
          "linear_attn.{p=q|k|v}_proj.weight" <- "linear_attn.in_proj_qkv.weight" | split(0)
          "linear_attn.{p=z|b|a}_proj.weight" <- "linear_attn.in_proj_{p}.weight"
          "linear_attn.{p=q|k|v}_conv.weight" <- "linear_attn.conv1d.weight" | squeeze(1) | split(0)
          "linear_attn.o_proj.weight" <- "linear_attn.out_proj.weight"
          "self_attn.{p=q|k}_norm.weight" <- "self_attn.{p}_norm.weight" | add(1)
        }
        ${source.has('model.visual.*') ? 'ignore "model.visual.*"' : ''}
        ${source.has('mtp.*') ? 'ignore "mtp.*"' : ''}`,
      expect: [{ key: 'num_hidden_layers', value: c.num_hidden_layers }],
    }
  },
})
