import { z } from 'zod'
import { family } from '../family.ts'
import { count, flag, languageModel, maybe, only, or, positive, real, size, stepLimit, words } from '../keys.ts'
import { readRotation, rotation, unscaled } from '../rope.ts'
import { param } from '../sheet.ts'
import { embedding, head, headRule, isTied, layers, perLayer } from '../stack.ts'

/** Granite 4.0-H: Mamba2 and some attention, each with a feed-forward that may have experts beside it. */
export const granite = family({
  types: ['granitemoehybrid'],
  keys: {
    ...languageModel,
    ...rotation,
    num_hidden_layers: count,
    layer_types: words('mamba', 'attention', 'linear_attention', 'full_attention'),
    num_attention_heads: size,
    num_key_value_heads: size,
    position_embedding_type: maybe(z.literal(['rope', 'nope'], '"rope" or "nope"')),
    attention_multiplier: or(real, 1),
    embedding_multiplier: or(positive, 1),
    residual_multiplier: or(real, 1),
    logits_scaling: or(positive, 1),
    mamba_n_heads: size,
    mamba_d_head: or(z.union([size, z.literal('auto')], 'a whole number, or "auto"'), 'auto'),
    mamba_d_state: size,
    mamba_n_groups: or(size, 1),
    mamba_d_conv: or(size, 4),
    mamba_expand: or(size, 2),
    mamba_conv_bias: or(flag, true),
    mamba_proj_bias: or(flag, false),
    time_step_limit: stepLimit,
    shared_intermediate_size: size,
    num_local_experts: or(z.int().min(0).max(4096), 0),
    num_experts_per_tok: or(z.int().min(0).max(4096), 0),
    intermediate_size: maybe(size),
    rms_norm_eps: or(positive, 1e-6),
    hidden_act: only('silu'),
    normalization_function: only('rmsnorm'),
    attention_bias: only(false),
  },
  harmless: ['init_method'],
  write(c, source) {
    const rope = unscaled(readRotation(c, { theta: 10_000 }), source)
    const hasHead = source.has('lm_head.weight')
    const tied = isTied(c.tie_word_embeddings, hasHead)
    const mixture = c.num_local_experts > 0
    const ssmHead = c.mamba_d_head === 'auto' ? Math.floor((c.mamba_expand * c.hidden_size) / c.mamba_n_heads) : c.mamba_d_head
    const options = [
      'ssm_heads, head: ssm_head, state: state, groups: groups, conv: conv',
      ...(c.mamba_conv_bias ? [] : ['conv_bias: none']),
      ...(c.mamba_proj_bias ? ['bias: zeros'] : []),
      ...(c.time_step_limit ? ['limit: limit'] : []),
      'eps: eps',
    ]
    const ffn = mixture ? 'moe(experts, top, swiglu(expert_ffn), router: "top_softmax", common: swiglu(ffn)) as mlp' : 'swiglu(ffn) as mlp'
    const mamba = { letter: 'm', item: `PreNorm(mamba2(${options.join(', ')}) as mamba, ${ffn}, eps: eps)` }
    const attention = {
      letter: 'a',
      item: `PreNorm(attention(heads, kv_heads: kv_heads, scale: scale, theta: theta) as self_attn, ${ffn}, eps: eps)`,
    }
    const kinds = perLayer(c.layer_types, c.num_hidden_layers, 'layer_types', 'num_hidden_layers').map((kind) =>
      kind === 'mamba' || kind === 'linear_attention' ? mamba : attention,
    )
    const stack = layers(kinds)
    return {
      name: 'Granite4H',
      doc: 'Granite 4.0-H: layers of Mamba2 (arXiv 2405.21060) and of attention. Multipliers are folded into the weights.',
      params: [
        param.size('d', c.hidden_size, 'hidden_size', { comment: 'Width of the residual stream.' }),
        param.size('vocab', c.vocab_size, 'vocab_size'),
        ...stack.params,
        ...(kinds.includes(attention)
          ? [
              param.size('heads', c.num_attention_heads, 'num_attention_heads'),
              param.size('kv_heads', c.num_key_value_heads, 'num_key_value_heads'),
              param.real('scale', c.attention_multiplier, 'attention_multiplier', { comment: 'Of the scores.' }),
              c.position_embedding_type === 'rope' ? param.real('theta', rope.theta, rope.key) : param.real('theta', null),
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
        param.size('ffn', c.shared_intermediate_size, 'shared_intermediate_size'),
        ...(mixture
          ? [
              param.size('experts', c.num_local_experts, 'num_local_experts'),
              param.size('top', c.num_experts_per_tok, 'num_experts_per_tok', { comment: 'Experts that a token is given to.' }),
              param.size('expert_ffn', c.intermediate_size, 'intermediate_size'),
            ]
          : []),
        param.real('eps', c.rms_norm_eps, 'rms_norm_eps'),
        param.real('embed_mult', c.embedding_multiplier, 'embedding_multiplier'),
        param.real('residual_mult', c.residual_multiplier, 'residual_multiplier'),
        param.real('logits_div', c.logits_scaling, 'logits_scaling'),
      ],
      stack: `${embedding(tied)}
        ${stack.text}
        rms_norm(eps: eps) as norm
        ${head(tied)}`,
      // A tied head reads the scaled table, so that what is to be undone goes into the norm before it.
      rules: `"embed.table" <- "model.embed_tokens.weight" | scale(embed_mult)
        "norm.weight" <- "model.norm.weight" | scale(1 / ${tied ? '(embed_mult * logits_div)' : 'logits_div'})
        ${headRule(tied, hasHead)}
        group "layers.{i}" <- "model.layers.{i}" {
          "mix_norm.weight" <- "input_layernorm.weight"
          "ffn_norm.weight" <- "post_attention_layernorm.weight"
          ${kinds.includes(mamba) ? '"mamba.conv1d.weight" <- "mamba.conv1d.weight" | squeeze(1)\n"mamba.out_proj.weight" <- "mamba.out_proj.weight" | scale(residual_mult)' : ''}
          ${kinds.includes(mamba) && c.mamba_proj_bias ? '"mamba.out_proj.bias" <- "mamba.out_proj.bias" | scale(residual_mult)' : ''}
          ${kinds.includes(attention) ? '"self_attn.o_proj.weight" <- "self_attn.o_proj.weight" | scale(residual_mult)' : ''}
          ${mixture ? expertRules : ''}
          ${sharedRules(mixture ? 'mlp.shared_expert' : 'mlp')}
        }`,
      expect: [
        { key: 'num_hidden_layers', value: c.num_hidden_layers },
        ...(c.position_embedding_type === undefined ? [] : [{ key: 'position_embedding_type', value: c.position_embedding_type }]),
      ],
    }
  },
})

const expertRules = `"mlp.gate.weight" <- "block_sparse_moe.router.layer.weight"
  "mlp.experts.{p=gate|up}_proj.weight" <- "block_sparse_moe.input_linear.weight" | split(1)
  "mlp.experts.down_proj.weight" <- "block_sparse_moe.output_linear.weight" | scale(residual_mult)`

const sharedRules = (mlp: string): string => `"${mlp}.{p=gate|up}_proj.weight" <- "shared_mlp.input_linear.weight" | split(0)
  "${mlp}.down_proj.weight" <- "shared_mlp.output_linear.weight" | scale(residual_mult)`
