import { z } from 'zod'
import { badValue } from '../../diagnostics/catalogue/import.ts'
import { family } from '../family.ts'
import { count, flag, languageModel, only, or, positive, size } from '../keys.ts'
import { Refusal } from '../refusal.ts'
import { type Param, param } from '../sheet.ts'
import type { Source } from '../source.ts'
import { embedding, head, headRule, isTied } from '../stack.ts'

/** Jamba (arXiv 2403.19887): Mamba and some attention without positions, some layers with a mixture of experts. */
export const jamba = family({
  types: ['jamba'],
  keys: {
    ...languageModel,
    num_hidden_layers: count,
    attn_layer_period: or(count, 8),
    attn_layer_offset: or(z.int().nonnegative(), 4),
    expert_layer_period: or(count, 2),
    expert_layer_offset: or(z.int().nonnegative(), 1),
    num_attention_heads: size,
    num_key_value_heads: or(size, 8),
    mamba_d_state: or(size, 16),
    mamba_d_conv: or(size, 4),
    mamba_expand: or(size, 2),
    mamba_dt_rank: or(z.union([size, z.literal('auto')], 'a whole number, or "auto"'), 'auto'),
    mamba_conv_bias: or(flag, true),
    mamba_proj_bias: or(flag, false),
    intermediate_size: size,
    num_experts: or(count, 16),
    num_experts_per_tok: or(count, 2),
    rms_norm_eps: or(positive, 1e-6),
    hidden_act: only('silu'),
    mamba_inner_layernorms: only(true),
    // A window is published as absent.
    sliding_window: z.null('no window').optional(),
  },
  harmless: ['use_mambapy', 'use_associative_scan', 'calc_logits_for_entire_prompt', 'n_ctx'],
  write(c, source) {
    const attention = periodic(c.num_hidden_layers, 'attn', c.attn_layer_period, c.attn_layer_offset, source)
    // With one expert there is nothing to choose, and no router.
    const experts = periodic(c.num_experts > 1 ? c.num_hidden_layers : 0, 'expert', c.expert_layer_period, c.expert_layer_offset, source)
    const hasMamba = attention.layers < c.num_hidden_layers
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const fused = source.has('model.layers.*.feed_forward.experts.gate_up_proj')
    const options = [
      'state: state, expand: expand, conv: conv, rank: rank, norms: rms_norm(eps: eps)',
      ...(c.mamba_proj_bias ? ['bias: zeros'] : []),
      ...(c.mamba_conv_bias ? [] : ['conv_bias: none']),
    ]
    return {
      name: 'Jamba',
      doc: 'Jamba (arXiv 2403.19887): layers of Mamba with norms inside, some of attention without positions, some with a mixture of experts.',
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        param.size('layers', c.num_hidden_layers, 'num_hidden_layers'),
        ...attention.params,
        ...experts.params,
        ...(attention.layers > 0
          ? [
              param.size('heads', c.num_attention_heads, 'num_attention_heads'),
              param.size('kv_heads', c.num_key_value_heads, 'num_key_value_heads'),
            ]
          : []),
        ...(hasMamba
          ? [
              param.size('state', c.mamba_d_state, 'mamba_d_state', { comment: 'Numbers that a channel keeps.' }),
              param.size('expand', c.mamba_expand, 'mamba_expand', { comment: 'Channels of the scan for each of the residual stream.' }),
              param.size('conv', c.mamba_d_conv, 'mamba_d_conv'),
              param.size(
                'rank',
                c.mamba_dt_rank === 'auto' ? Math.ceil(c.hidden_size / 16) : c.mamba_dt_rank,
                c.mamba_dt_rank === 'auto' ? undefined : 'mamba_dt_rank',
                { comment: 'Width of the projection that time steps come from.' },
              ),
            ]
          : []),
        param.size('ffn', c.intermediate_size, 'intermediate_size'),
        ...(experts.layers > 0
          ? [
              param.size('experts', c.num_experts, 'num_experts'),
              param.size('top', c.num_experts_per_tok, 'num_experts_per_tok', { comment: 'Experts that a token is given to.' }),
            ]
          : []),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
      ],
      stack: `${embedding(tied)}
        ${attention.params.length + experts.params.length > 0 ? 'for i in 0 .. layers' : 'repeat layers'} {
          PreNorm(
            ${attention.choose('attention(heads, kv_heads: kv_heads) as self_attn', `mamba(${options.join(', ')}) as mamba`)},
            ${experts.choose('moe(experts, top, swiglu(ffn), normalise: false) as feed_forward', 'swiglu(ffn) as feed_forward')},
            eps: eps,
          )
        }
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      rules: `"embed.table" <- "model.embed_tokens.weight"
        "norm.weight" <- "model.final_layernorm.weight"
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "model.layers.{i}" {
          "mix_norm.weight" <- "input_layernorm.weight"
          "ffn_norm.weight" <- "pre_ff_layernorm.weight"
          ${hasMamba ? '"mamba.conv1d.weight" <- "mamba.conv1d.weight" | squeeze(1)' : ''}
          ${experts.layers > 0 ? expertRules(fused) : ''}
        }`,
      expect: experts.layers > 0 ? [] : [{ key: 'num_experts', value: c.num_experts }],
    }
  },
})

interface Periodic {
  /** How many of the layers it is. */
  readonly layers: number
  /** Where it is some of the layers and not others. */
  readonly params: readonly Param[]
  /** What layer `i` has: `one` if it is one of them. */
  choose(one: string, other: string): string
}

/** One layer in every period. @throws Refusal where the offset lies beyond the period */
function periodic(layers: number, name: string, period: number, offset: number, source: Source): Periodic {
  const key = `${name}_layer_offset`
  if (offset >= period)
    throw new Refusal(
      badValue.at(undefined, { key: source.key(key), found: String(offset), expected: `less than ${name}_layer_period, ${period}` }),
    )
  const those = Math.max(0, Math.ceil((layers - offset) / period))
  const mixed = those > 0 && those < layers
  return {
    layers: those,
    params: mixed ? [param.size(`${name}_period`, period, `${name}_layer_period`), param.size(`${name}_offset`, offset, key)] : [],
    choose: (one, other) => (mixed ? `case i % ${name}_period { ${name}_offset: ${one}, else: ${other} }` : those > 0 ? one : other),
  }
}

const expertRules = (fused: boolean): string => `"feed_forward.gate.weight" <- "feed_forward.router.weight"
  ${
    fused
      ? `"feed_forward.experts.{p=gate|up}_proj.weight" <- "feed_forward.experts.gate_up_proj" | split(1)
         "feed_forward.experts.down_proj.weight" <- "feed_forward.experts.down_proj"`
      : '"feed_forward.experts.{p=gate|up|down}_proj.weight" <- "feed_forward.experts.{e}.{p}_proj.weight" | stack(e)'
  }`
