import { z } from 'zod'
import { family } from '../family.ts'
import { count, flag, languageModel, maybe, or, positive, size, words } from '../keys.ts'
import { readRotation, rotation, unscaled } from '../rope.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers, perLayer } from '../stack.ts'

/** LFM2 (arXiv 2511.23404): gated short convolutions, and a few layers of attention. */
export const lfm2 = family({
  types: ['lfm2'],
  keys: {
    ...languageModel,
    ...rotation,
    tie_embedding: maybe(flag),
    num_hidden_layers: count,
    layer_types: maybe(words('conv', 'full_attention')),
    full_attn_idxs: maybe(z.array(z.int().nonnegative())),
    num_attention_heads: size,
    num_key_value_heads: size,
    conv_L_cache: or(size, 3),
    conv_bias: or(flag, false),
    intermediate_size: maybe(size),
    block_ff_dim: maybe(size),
    block_auto_adjust_ff_dim: or(flag, true),
    block_ffn_dim_multiplier: maybe(positive),
    block_multiple_of: or(size, 256),
    norm_eps: or(positive, 1e-5),
    block_norm_eps: maybe(positive),
  },
  harmless: ['block_dim', 'block_mlp_init_scale', 'block_out_init_scale', 'block_use_swiglu', 'block_use_xavier_init', 'conv_dim'].concat([
    'conv_dim_out',
    'conv_use_xavier_init',
    'use_pos_enc',
    'num_heads',
    'theta',
  ]),
  write(c, source) {
    const rope = unscaled(readRotation(c, { theta: 1e6 }), source)
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings ?? c.tie_embedding, hasHead)
    const attending = new Set(c.full_attn_idxs ?? [])
    const kinds =
      c.layer_types ??
      Array.from({ length: c.num_hidden_layers }, (_, i): 'conv' | 'full_attention' =>
        c.full_attn_idxs === undefined || attending.has(i) ? 'full_attention' : 'conv',
      )
    const items = {
      conv: {
        letter: 'c',
        item: `PreNorm(gated_conv(width${c.conv_bias ? ', bias: zeros' : ''}) as conv, swiglu(ffn) as feed_forward, eps: eps)`,
      },
      full_attention: {
        letter: 'a',
        item: `PreNorm(
          attention(heads, kv_heads: kv_heads, theta: theta, qk_norm: rms_norm(eps: eps)) as self_attn,
          swiglu(ffn) as feed_forward,
          eps: eps,
        )`,
      },
    }
    const stack = layers(perLayer(kinds, c.num_hidden_layers, 'layer_types', 'num_hidden_layers').map((kind) => items[kind]))
    const has = (kind: keyof typeof items): boolean => kinds.includes(kind)
    return {
      name: 'LFM2',
      doc: 'LFM2 (arXiv 2511.23404): gated short convolutions, and layers of attention.',
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        param.size('heads', c.num_attention_heads, 'num_attention_heads'),
        param.size('kv_heads', c.num_key_value_heads, 'num_key_value_heads'),
        param.real('theta', rope.theta, rope.key),
        param.size('width', c.conv_L_cache, 'conv_L_cache', { comment: 'Tokens that a convolution sees.' }),
        param.size('ffn', innerWidth(c), undefined, { comment: 'As published models adjust it, from the configured width.' }),
        param.real('eps', c.norm_eps, 'norm_eps'),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      rules: `"embed.table" <- "model.embed_tokens.weight"
        "norm.weight" <- "model.embedding_norm.weight"
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "model.layers.{i}" {
          "mix_norm.weight" <- "operator_norm.weight"
          "feed_forward.gate_proj.weight" <- "feed_forward.w1.weight"
          "feed_forward.up_proj.weight" <- "feed_forward.w3.weight"
          "feed_forward.down_proj.weight" <- "feed_forward.w2.weight"
          ${has('conv') ? '"conv.conv.weight" <- "conv.conv.weight" | squeeze(1)' : ''}
          ${has('full_attention') ? '"self_attn.{p=q|k}_norm.weight" <- "self_attn.{p}_layernorm.weight"\n"self_attn.o_proj.weight" <- "self_attn.out_proj.weight"' : ''}
        }`,
      expect: [
        { key: 'num_hidden_layers', value: c.num_hidden_layers },
        { key: 'conv_bias', value: c.conv_bias },
        ...(c.intermediate_size === undefined ? [] : [{ key: 'intermediate_size', value: c.intermediate_size }]),
        ...(c.block_ff_dim === undefined ? [] : [{ key: 'block_ff_dim', value: c.block_ff_dim }]),
        { key: 'block_auto_adjust_ff_dim', value: c.block_auto_adjust_ff_dim },
      ],
    }
  },
})

/** Two thirds of the configured width, times a factor, rounded up to a multiple: what makes 8192 of 12288. */
function innerWidth(c: {
  readonly intermediate_size: number | undefined
  readonly block_ff_dim: number | undefined
  readonly hidden_size: number
  readonly block_auto_adjust_ff_dim: boolean
  readonly block_ffn_dim_multiplier: number | undefined
  readonly block_multiple_of: number
}): number {
  const given = c.block_ff_dim ?? c.intermediate_size ?? c.hidden_size
  if (!c.block_auto_adjust_ff_dim) return given
  const scaled = Math.trunc((c.block_ffn_dim_multiplier ?? 1) * Math.trunc((2 * given) / 3))
  return c.block_multiple_of * Math.ceil(scaled / c.block_multiple_of)
}
