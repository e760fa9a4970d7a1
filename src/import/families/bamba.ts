import { z } from 'zod'
import { badValue } from '../../diagnostics/catalogue/import.ts'
import { family } from '../family.ts'
import { count, flag, languageModel, only, or, positive, size, stepLimit } from '../keys.ts'
import { quoted } from '../literal.ts'
import { Refusal } from '../refusal.ts'
import { readRotation, rotation, unscaled } from '../rope.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers } from '../stack.ts'

/** Bamba: Mamba2 and some attention, of which half of each head is rotated, each with a feed-forward. */
export const bamba = family({
  types: ['bamba'],
  keys: {
    ...languageModel,
    ...rotation,
    num_hidden_layers: count,
    attn_layer_indices: or(z.array(z.int().nonnegative(), 'a list of layers'), []),
    num_attention_heads: size,
    num_key_value_heads: size,
    mamba_n_heads: size,
    mamba_d_head: or(z.union([size, z.literal('auto')], 'a whole number, or "auto"'), 'auto'),
    mamba_d_state: size,
    mamba_n_groups: or(size, 1),
    mamba_d_conv: or(size, 4),
    mamba_expand: or(size, 2),
    mamba_conv_bias: or(flag, true),
    mamba_proj_bias: or(flag, false),
    time_step_limit: stepLimit,
    intermediate_size: size,
    rms_norm_eps: or(positive, 1e-5),
    hidden_act: only('silu'),
    attention_bias: only(false),
    mlp_bias: only(false),
  },
  harmless: ['z_loss_coefficient'],
  write(c, source) {
    const rope = unscaled(readRotation(c, { theta: 10_000, part: 0.5 }), source)
    const beyond = c.attn_layer_indices.find((i) => i >= c.num_hidden_layers)
    if (beyond !== undefined)
      throw new Refusal(
        badValue.at(undefined, {
          key: source.key('attn_layer_indices'),
          found: quoted(c.attn_layer_indices),
          expected: `layers below ${c.num_hidden_layers}, as num_hidden_layers says`,
        }),
      )
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const ssmHead = c.mamba_d_head === 'auto' ? Math.floor((c.mamba_expand * c.hidden_size) / c.mamba_n_heads) : c.mamba_d_head
    const options = [
      'ssm_heads, head: ssm_head, state: state, groups: groups, conv: conv',
      ...(c.mamba_conv_bias ? [] : ['conv_bias: none']),
      ...(c.mamba_proj_bias ? ['bias: zeros'] : []),
      ...(c.time_step_limit ? ['limit: limit'] : []),
      'eps: eps',
    ]
    const item = (mixer: string): string => `PreNorm(${mixer}, swiglu(ffn) as feed_forward, eps: eps)`
    const mamba = { letter: 'm', item: item(`mamba2(${options.join(', ')}) as mamba`) }
    const attention = {
      letter: 'a',
      item: item('attention(heads, kv_heads: kv_heads, theta: theta, rotated: rotated) as self_attn'),
    }
    const attends = new Set<number>(c.attn_layer_indices)
    const kinds = Array.from({ length: c.num_hidden_layers }, (_, i) => (attends.has(i) ? attention : mamba))
    const stack = layers(kinds)
    return {
      name: 'Bamba',
      doc: 'Bamba: layers of Mamba2 (arXiv 2405.21060) and of attention.',
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        ...(kinds.includes(attention)
          ? [
              param.size('heads', c.num_attention_heads, 'num_attention_heads'),
              param.size('kv_heads', c.num_key_value_heads, 'num_key_value_heads'),
              param.size('rotated', (rope.part * c.hidden_size) / c.num_attention_heads, rope.partKey, {
                is: 'rotated * heads / d',
                comment: 'Channels of each head that are rotated.',
              }),
              param.real('theta', rope.theta, rope.key),
            ]
          : []),
        ...(kinds.includes(mamba)
          ? [
              param.size('ssm_heads', c.mamba_n_heads, 'mamba_n_heads'),
              param.size('ssm_head', ssmHead, c.mamba_d_head === 'auto' ? undefined : 'mamba_d_head'),
              param.size('state', c.mamba_d_state, 'mamba_d_state'),
              param.size('groups', c.mamba_n_groups, 'mamba_n_groups'),
              param.size('conv', c.mamba_d_conv, 'mamba_d_conv'),
              ...(c.time_step_limit ? [param.reals('limit', c.time_step_limit, 'time_step_limit')] : []),
            ]
          : []),
        param.size('ffn', c.intermediate_size, 'intermediate_size'),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      rules: `"embed.table" <- "model.embed_tokens.weight"
        "norm.weight" <- "model.final_layernorm.weight"
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "model.layers.{i}" {
          "mix_norm.weight" <- "input_layernorm.weight"
          "ffn_norm.weight" <- "pre_ff_layernorm.weight"
          ${kinds.includes(mamba) ? '"mamba.conv1d.weight" <- "mamba.conv1d.weight" | squeeze(1)' : ''}
        }`,
      expect: [
        { key: 'num_hidden_layers', value: c.num_hidden_layers },
        ...c.attn_layer_indices.map((layer, i) => ({ key: `attn_layer_indices.${i}`, value: layer })),
      ],
    }
  },
})
